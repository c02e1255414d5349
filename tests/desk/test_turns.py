"""Agents take conversations over and give them back; every turn of the states follows the table."""

from __future__ import annotations

import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.conversations.recording import record, snapshot
from assistant.domain.answers import Answer, Outcome
from assistant.domain.conversations import ConversationMove, ConversationState, assistant_speaks, moved
from assistant.domain.people import Person
from assistant.domain.tickets import TicketStatus, may_move
from assistant.errors import Conflict, NotFound
from assistant.storage import conversations
from assistant.storage.database import Database
from assistant.storage.tables import Conversation, Ticket
from tests.desk.scene import Scene


def test_take_over_silences_the_assistant_and_names_the_agent(scene: Scene) -> None:
    mia, number = scene.person(), scene.ticket()
    result = scene.desk.turns.take_over(scene.talk(number).id, mia)
    assert result == {"state": "human", "number": number}
    assert (scene.row(number).assignee_id, scene.row(number).status) == (mia.id, "open")
    assert scene.heard(number) == ["Mia Chen has joined the conversation."]


def test_take_over_in_the_customers_language(scene: Scene) -> None:
    mia, number = scene.person(), scene.ticket("门锁卡住了。", "请问钥匙能用吗？", "转人工", locale="zh-Hans")
    scene.desk.turns.take_over(scene.talk(number).id, mia)
    assert scene.heard(number) == ["Mia Chen 已加入对话。"]


def test_take_over_twice_says_it_once(scene: Scene) -> None:
    mia, number = scene.person(), scene.ticket()
    for _ in range(2):
        scene.desk.turns.take_over(scene.talk(number).id, mia)
    assert len(scene.heard(number)) == 1


def test_take_over_of_a_conversation_without_ticket_opens_one_with_a_brief(scene: Scene) -> None:
    mia = scene.person()
    conversation_id = scene.conversation("My hub H2 shows error E-31.", "Try a reset.")
    number = scene.desk.turns.take_over(conversation_id, mia)["number"]
    ticket = scene.row(number)
    assert (ticket.reason, ticket.status, ticket.assignee_id) == ("takeover", "open", mia.id)
    assert "E-31" in ticket.subject
    assert ticket.brief["why"] == "Mia Chen took over this conversation."
    assert all(ids for ids in ticket.brief["evidence"]["wants"])


def test_take_over_after_closing_opens_a_new_ticket_linked_to_the_old(scene: Scene) -> None:
    mia, number = scene.person(), scene.ticket()
    scene.desk.work.change(number, {"status": "closed"}, scene.row(number).version, mia)
    fresh = scene.desk.turns.take_over(scene.talk(number).id, mia)["number"]
    assert scene.row(fresh).previous == number


def test_release_lets_the_assistant_answer_what_is_unanswered(scene: Scene) -> None:
    mia, number = scene.person(), scene.ticket()
    conversation_id = scene.talk(number).id
    scene.desk.turns.take_over(conversation_id, mia)
    scene.says(conversation_id, "How do I change the battery?")
    assert scene.desk.turns.release(conversation_id, mia)["state"] == "assistant"
    assert scene.talk(number).pending
    assert scene.heard(number)[-1] == "Mia Chen has left the conversation. The assistant is here again."


def test_release_has_nothing_to_answer_after_the_agents_reply(scene: Scene) -> None:
    mia, number = scene.person(), scene.ticket()
    scene.says(scene.talk(number).id, "How do I change the battery?")
    scene.desk.replies.send(number, "Turn the cover.", mia)
    scene.desk.turns.release(scene.talk(number).id, mia)
    assert not scene.talk(number).pending


def test_typing_reaches_the_customer_with_its_end(scene: Scene) -> None:
    mia, number = scene.person(), scene.ticket()
    scene.desk.turns.typing(number, mia)
    kind, payload = scene.public(number)[-1]
    assert (kind, payload["agent"]["name"]) == ("typing", "Mia Chen")
    assert payload["until"] > scene.row(number).created_at.isoformat()


def test_unknown_conversation(scene: Scene) -> None:
    with pytest.raises(NotFound):
        scene.desk.turns.take_over("nobody's", scene.person())


def _asked(scene: Scene, number: int) -> tuple[str, object]:
    """A customer's question whose turn is being run by ``turn``, and what that turn has read."""
    conversation_id = scene.talk(number).id
    scene.says(conversation_id, "Is it under warranty?")
    scene.edit(Conversation, conversation_id, pending=True)
    with scene.database.write() as session:
        row = conversations.locked(session, conversation_id)
        assert row is not None
        assert conversations.take_lease(row, "turn", 60)
        return conversation_id, snapshot(session, row, "turn")


class _Installed:
    def __init__(self, scene: Scene) -> None:
        self.current = lambda: scene.installed


def _assistants_answer() -> Answer:
    return Answer("Two years.", Outcome.ANSWERED, 0.9, "en")


def test_answer_that_is_ready_after_the_agents_reply_is_not_stored(scene: Scene) -> None:
    mia, number = scene.person(), scene.ticket()
    conversation_id, read = _asked(scene, number)
    scene.desk.replies.send(number, "I'll check your receipt.", mia)
    recorded = record(scene.database, _Installed(scene), conversation_id, read, _assistants_answer())  # type: ignore[arg-type]
    assert recorded.reply is None
    assert "Two years." not in scene.heard(number)


def test_race_of_reply_and_answer_never_ends_with_the_assistant(database: Database, scene: Scene) -> None:
    mia = scene.person()
    for _ in range(8):
        number = scene.ticket()
        conversation_id, read = _asked(scene, number)
        gate = threading.Barrier(2)

        def answer(conversation_id: str = conversation_id, read: object = read, gate: threading.Barrier = gate) -> None:
            gate.wait()
            record(database, _Installed(scene), conversation_id, read, _assistants_answer())  # type: ignore[arg-type]

        racer = threading.Thread(target=answer)
        racer.start()
        gate.wait()
        scene.desk.replies.send(number, "I'll check your receipt.", mia)
        racer.join()
        heard = scene.heard(number)
        assert heard[-1] == "I'll check your receipt."
        assert heard in (["I'll check your receipt."], ["Two years.", "I'll check your receipt."])


_STEPS = st.lists(
    st.sampled_from(["reply", "undo", "take", "release", "solved", "closed", "open", "pending", "customer", "sweep"]),
    max_size=8,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=_STEPS)
def test_no_order_of_steps_leaves_the_desk_in_contradiction(scene: Scene, steps: list[str]) -> None:
    mia = scene.person(f"{id(steps)}-{scene.ticket()}@example.com")
    number = scene.ticket()
    conversation_id = scene.talk(number).id
    for step in steps:
        before = TicketStatus(scene.row(number).status)
        try:
            _take_step(scene, step, number, conversation_id, mia)
        except Conflict:
            assert before is TicketStatus.CLOSED or not may_move(before, TicketStatus(step))
        after, state = TicketStatus(scene.row(number).status), ConversationState(scene.talk(number).state)
        assert may_move(before, after) or after is TicketStatus.OPEN
        assert not (scene.talk(number).pending and not assistant_speaks(state))
        if step == "closed":
            assert state is ConversationState.CLOSED or before is TicketStatus.CLOSED


def _take_step(scene: Scene, step: str, number: int, conversation_id: str, mia: Person) -> None:
    if step == "reply":
        scene.desk.replies.send(number, "Hello", mia)
    elif step == "undo":
        sent = scene.desk.replies.send(number, "Oops", mia, undo_seconds=30)
        scene.desk.replies.withdraw(number, sent["id"], mia)
    elif step == "take":
        scene.desk.turns.take_over(conversation_id, mia)
    elif step == "release":
        scene.desk.turns.release(conversation_id, mia)
    elif step == "customer":
        scene.says(conversation_id, "Hello?")
    elif step == "sweep":
        scene.edit(Ticket, number, due_at=scene.row(number).created_at)
        scene.desk.promises.sweep()
    else:
        scene.desk.work.change(number, {"status": step}, scene.row(number).version, mia)


@given(st.sampled_from(list(ConversationState)), st.sampled_from(list(ConversationMove)))
def test_a_move_twice_is_a_move_once(state: ConversationState, move: ConversationMove) -> None:
    once = moved(state, move)
    assert moved(once, move) is once


@given(st.sampled_from(list(ConversationState)))
def test_only_a_take_over_silences_the_assistant(state: ConversationState) -> None:
    for move in ConversationMove:
        silent = moved(state, move) is ConversationState.HUMAN
        assert not silent or move is ConversationMove.TAKE_OVER or state is ConversationState.HUMAN
