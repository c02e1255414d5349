"""Replies reach the customer once, in time, and silence the assistant; notes and withdrawn replies never do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from assistant.domain.installation import Mail
from assistant.domain.people import Role
from assistant.domain.tickets import TicketStatus
from assistant.errors import Conflict, Invalid, NotAllowed, NotFound
from assistant.storage.database import Database
from assistant.storage.tables import Conversation, Message
from tests.desk.scene import Scene, scene_on


def test_reply_reaches_the_customer_and_takes_the_conversation(scene: Scene) -> None:
    mia, number = scene.person(), scene.ticket()
    sent = scene.desk.replies.send(number, "Hello Lena,\nI am looking.", mia)
    ticket, talk = scene.row(number), scene.talk(number)
    assert scene.heard(number) == ["Hello Lena,\nI am looking."]
    assert (talk.state, talk.pending) == ("human", False)
    assert (ticket.status, ticket.assignee_id) == ("open", mia.id)
    assert ticket.first_response_at is not None
    assert ticket.due_at is None
    assert (sent["role"], sent["author"], sent["visible_at"]) == ("agent", "Mia Chen", None)


def test_customer_hears_who_has_the_conversation(scene: Scene) -> None:
    mia, number = scene.person(), scene.ticket()
    scene.desk.replies.send(number, "Hello", mia)
    states = [payload for kind, payload in scene.public(number) if kind == "status" and payload.get("state")]
    assert states == [{"state": "human", "agent": {"name": "Mia Chen"}, "ticket": {"number": number, "status": "new"}}]


def test_same_client_id_is_one_message(scene: Scene) -> None:
    mia, number = scene.person(), scene.ticket()
    first = scene.desk.replies.send(number, "Once", mia, client_id="a1")
    again = scene.desk.replies.send(number, "Once", mia, client_id="a1")
    assert first["id"] == again["id"]
    assert scene.heard(number) == ["Once"]


def test_client_id_of_the_customer_is_another(scene: Scene) -> None:
    mia, number = scene.person(), scene.ticket()
    scene.says(scene.talk(number).id, "From me", client_id="a1")
    assert scene.desk.replies.send(number, "From Mia", mia, client_id="a1")["text"] == "From Mia"


def test_reply_with_undo_is_silent_until_it_is_due(scene: Scene) -> None:
    mia, number = scene.person(), scene.ticket()
    sent = scene.desk.replies.send(number, "In a moment", mia, undo_seconds=5)
    assert sent["visible_at"] is not None
    assert scene.heard(number) == []
    assert scene.talk(number).state == "human"
    assert scene.row(number).first_response_at is None
    (job,) = scene.jobs("deliver")
    assert timedelta(seconds=3) < job.run_after - datetime.now(UTC) <= timedelta(seconds=5)
    scene.run_jobs("deliver")
    assert scene.heard(number) == ["In a moment"]
    assert scene.row(number).first_response_at is not None


def test_delivery_that_runs_twice_delivers_once(scene: Scene) -> None:
    mia, number = scene.person(), scene.ticket()
    scene.desk.replies.send(number, "Once", mia, undo_seconds=5)
    (job,) = scene.jobs("deliver")
    for _ in range(2):
        scene.desk.replies.deliver(job.payload)
    assert scene.heard(number) == ["Once"]


def test_withdrawn_reply_never_arrives_and_the_assistant_speaks_again(scene: Scene) -> None:
    mia, number = scene.person(), scene.ticket()
    sent = scene.desk.replies.send(number, "Oops", mia, undo_seconds=5)
    assert scene.desk.replies.withdraw(number, sent["id"], mia)["withdrawn"]
    assert scene.jobs("deliver") == []
    assert scene.talk(number).state == "waiting"
    assert scene.heard(number) == []
    assert sent["id"] not in [message["id"] for message in scene.desk.tickets.one(number)["messages"]]


def test_withdrawn_reply_leaves_the_conversation_to_the_agent_who_has_it(scene: Scene) -> None:
    mia, number = scene.person(), scene.ticket()
    scene.desk.replies.send(number, "First", mia)
    sent = scene.desk.replies.send(number, "Oops", mia, undo_seconds=5)
    scene.desk.replies.withdraw(number, sent["id"], mia)
    assert scene.talk(number).state == "human"


def test_question_asked_meanwhile_is_open_after_the_reply_is_withdrawn(scene: Scene) -> None:
    mia, number = scene.person(), scene.ticket()
    sent = scene.desk.replies.send(number, "Oops", mia, undo_seconds=5)
    scene.says(scene.talk(number).id, "And my other lock?")
    scene.desk.replies.withdraw(number, sent["id"], mia)
    assert scene.talk(number).pending


def test_delivered_reply_cannot_be_withdrawn(scene: Scene) -> None:
    mia, number = scene.person(), scene.ticket()
    sent = scene.desk.replies.send(number, "Gone", mia)
    with pytest.raises(Conflict, match="has this reply already"):
        scene.desk.replies.withdraw(number, sent["id"], mia)


def test_reply_whose_time_has_come_cannot_be_withdrawn_although_its_job_waits(scene: Scene) -> None:
    mia, number = scene.person(), scene.ticket()
    sent = scene.desk.replies.send(number, "Due", mia, undo_seconds=5)
    scene.edit(Message, sent["id"], visible_at=datetime.now(UTC) - timedelta(seconds=1))
    with pytest.raises(Conflict):
        scene.desk.replies.withdraw(number, sent["id"], mia)


def test_only_author_or_supervisor_withdraws(scene: Scene) -> None:
    mia, number = scene.person(), scene.ticket()
    tom = scene.person("tom@example.com", name="Tom")
    boss = scene.person("boss@example.com", Role.SUPERVISOR, "Boss")
    sent = scene.desk.replies.send(number, "Mine", mia, undo_seconds=5)
    with pytest.raises(NotAllowed):
        scene.desk.replies.withdraw(number, sent["id"], tom)
    assert scene.desk.replies.withdraw(number, sent["id"], boss)["withdrawn"]


def test_reply_that_solves_does_so_when_it_arrives(scene: Scene) -> None:
    mia, number = scene.person(), scene.ticket()
    scene.desk.replies.send(number, "Done.", mia, undo_seconds=5, status=TicketStatus.SOLVED)
    assert scene.row(number).status == "open"
    scene.run_jobs("deliver")
    assert scene.row(number).status == "solved"
    assert scene.heard(number)[0] == "Done."
    assert scene.public(number)[-2][0] == "rating"


def test_note_never_reaches_the_customer_and_moves_nothing(scene: Scene) -> None:
    helper, number = scene.person(role=Role.COLLABORATOR), scene.ticket()
    before = scene.public(number)
    scene.desk.replies.send(number, "Warranty is over", helper, note=True)
    assert scene.public(number) == before
    assert (scene.row(number).status, scene.talk(number).state) == ("new", "waiting")
    assert scene.desk.tickets.one(number)["messages"][-1]["role"] == "note"


def test_collaborator_may_not_reply(scene: Scene) -> None:
    helper, number = scene.person(role=Role.COLLABORATOR), scene.ticket()
    with pytest.raises(NotAllowed, match="internal notes"):
        scene.desk.replies.send(number, "Hello", helper)


@pytest.mark.parametrize("text", ["", "  \n", "x" * 10_001])
def test_text_must_say_something(scene: Scene, text: str) -> None:
    mia, number = scene.person(), scene.ticket()
    with pytest.raises(Invalid):
        scene.desk.replies.send(number, text, mia)


def test_closed_ticket_takes_notes_only(scene: Scene) -> None:
    mia, number = scene.person(), scene.ticket()
    scene.desk.work.change(number, {"status": "closed"}, scene.row(number).version, mia)
    with pytest.raises(Conflict, match="closed"):
        scene.desk.replies.send(number, "Late", mia)
    assert scene.desk.replies.send(number, "For the record", mia, note=True)["role"] == "note"


def test_reply_to_a_solved_ticket_opens_it(scene: Scene) -> None:
    mia, number = scene.person(), scene.ticket()
    scene.desk.work.change(number, {"status": "solved"}, scene.row(number).version, mia)
    scene.desk.replies.send(number, "One more thing", mia)
    assert (scene.row(number).status, scene.talk(number).state) == ("open", "human")


def test_ticket_that_does_not_exist(scene: Scene) -> None:
    mia = scene.person()
    with pytest.raises(NotFound):
        scene.desk.replies.send(999, "Hello", mia)


@pytest.mark.parametrize(
    ("seen_ago", "email", "expected"),
    [(None, "lena@example.com", 1), (300, "lena@example.com", 1), (10, "lena@example.com", 0), (None, "", 0)],
)
def test_mail_goes_only_to_those_who_left_and_can_be_reached(
    database: Database, seen_ago: int | None, email: str, expected: int
) -> None:
    scene = scene_on(database, Mail(smtp_url=SecretStr("smtp://localhost:1"), sender="help@example.com"))
    mia, number = scene.person(), scene.ticket(email=email)
    if seen_ago is not None:
        seen = datetime.now(UTC) - timedelta(seconds=seen_ago)
        scene.edit(Conversation, scene.talk(number).id, customer_seen_at=seen)
    scene.desk.replies.send(number, "Hello", mia)
    assert len(scene.jobs("mail")) == expected


def test_without_a_mail_server_no_mail_is_queued(scene: Scene) -> None:
    mia, number = scene.person(), scene.ticket(email="lena@example.com")
    scene.desk.replies.send(number, "Hello", mia)
    assert scene.jobs("mail") == []
