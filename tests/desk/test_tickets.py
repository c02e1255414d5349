"""What the desk reads: lists that filter and page without skipping, and a ticket with all its context."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event

from assistant.domain.desk import TicketFilter, view
from assistant.domain.people import Role
from assistant.domain.tickets import UNSOLVED, TicketPriority, TicketStatus
from assistant.errors import Invalid, NotFound
from assistant.storage.tables import Feedback, Rating
from tests.desk.scene import Scene

_CITED = {
    "n": 1,
    "kind": "passage",
    "article": "lock-l1",
    "locale": "en",
    "revision": 3,
    "passage": "p1",
    "title": "Lock L1",
    "heading": "Jammed",
    "url": "/help/en/lock-l1",
    "quote": "Turn the key twice.",
}
_FOUND = [
    {"passage": "p1", "article": "lock-l1", "title": "Lock L1", "score": 0.9},
    {"passage": "p2", "article": "hub-h2", "title": "Hub H2", "heading": "Reset", "score": 0.4},
]


def _numbers(scene: Scene, wanted: TicketFilter) -> list[int]:
    return [item["number"] for item in scene.desk.tickets.page(wanted).items]


def test_last_changed_comes_first(scene: Scene) -> None:
    mia, first, second = scene.person(), scene.ticket(), scene.ticket()
    assert _numbers(scene, TicketFilter()) == [second, first]
    scene.desk.work.change(first, {"priority": "high"}, 1, mia)
    assert _numbers(scene, TicketFilter()) == [first, second]


def test_pages_hold_each_ticket_once(scene: Scene) -> None:
    numbers = [scene.ticket() for _ in range(7)]
    seen, cursor = [], ""
    for _ in range(4):
        page = scene.desk.tickets.page(TicketFilter(), cursor, limit=2)
        seen += [item["number"] for item in page.items]
        cursor = page.next_cursor
    assert seen == numbers[::-1]
    assert cursor == ""


def test_list_takes_the_same_queries_however_long_it_is(scene: Scene) -> None:
    def queries() -> int:
        seen: list[str] = []
        event.listen(scene.database.engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
        scene.desk.tickets.page(TicketFilter())
        return len([text for text in seen if text.startswith("SELECT")])

    scene.ticket()
    few = queries()
    for _ in range(5):
        scene.ticket()
    assert queries() == few


@pytest.mark.parametrize("cursor", ["x", "2026-01-01T00:00:00~", "2026-01-01T00:00:00~4", "~4"])
def test_made_up_cursors_are_refused(scene: Scene, cursor: str) -> None:
    with pytest.raises(Invalid):
        scene.desk.tickets.page(TicketFilter(), cursor)


def test_filters(scene: Scene) -> None:
    mia, tom = scene.person(), scene.person("tom@example.com", name="Tom")
    new, hers, his = scene.ticket(group="Locks"), scene.ticket(), scene.ticket()
    solved = scene.ticket(priority=TicketPriority.URGENT)
    scene.desk.work.change(hers, {"assignee": mia.id, "status": "open"}, 1, mia)
    scene.desk.work.change(his, {"assignee": tom.id, "status": "pending"}, 1, mia)
    scene.desk.work.change(solved, {"status": "solved"}, 1, mia)
    assert _numbers(scene, TicketFilter(UNSOLVED)) == [his, hers, new]
    assert _numbers(scene, TicketFilter((TicketStatus.NEW, TicketStatus.PENDING))) == [his, new]
    assert _numbers(scene, TicketFilter(assignee=mia.id)) == [hers]
    assert _numbers(scene, TicketFilter(unassigned=True)) == [solved, new]
    assert _numbers(scene, TicketFilter(group="Locks")) == [new]
    assert _numbers(scene, TicketFilter(priority=TicketPriority.URGENT)) == [solved]
    assert _numbers(scene, view("mine", tom.id)) == [his]


def test_late_is_past_its_time_or_returned_to_the_queue(scene: Scene) -> None:
    returned = scene.ticket(due_in=timedelta(minutes=-1))
    scene.desk.promises.sweep()
    past, in_time = scene.ticket(due_in=timedelta(minutes=-1)), scene.ticket()
    assert sorted(_numbers(scene, view("late", ""))) == [returned, past]
    shown = {item["number"]: item["late"] for item in scene.desk.tickets.page(TicketFilter()).items}
    assert shown == {returned: True, past: True, in_time: False}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("jammed", 1),
        ("JAMMED", 1),
        ("lena@exa", 1),
        ("李", 2),
        ("门锁", 2),
        ("100%", 3),
        ("#2", 2),
        ("3", 3),
        ("nothing of the kind", 0),
        ("%", 3),
    ],
)
def test_search_reads_subject_customer_number_and_messages(scene: Scene, text: str, found: int) -> None:
    scene.ticket("My lock is jammed.", email="lena@example.com")
    scene.ticket("门锁打不开", name="李雷", locale="zh-Hans")
    scene.ticket("Question", "Answer", "It is at 100% battery.")
    assert _numbers(scene, TicketFilter(text=text)) == ([found] if found else [])


def test_counts_follow_the_views(scene: Scene) -> None:
    mia = scene.person()
    scene.ticket(due_in=timedelta(minutes=-1))
    hers, solved = scene.ticket(), scene.ticket()
    scene.desk.work.change(hers, {"assignee": mia.id, "status": "pending"}, 1, mia)
    scene.desk.work.change(solved, {"status": "solved"}, 1, mia)
    counts = scene.desk.tickets.counts(mia)
    assert counts == {"unsolved": 2, "mine": 1, "unassigned": 1, "late": 1, "pending": 1, "solved": 1, "all": 3}
    for name in ("unsolved", "mine", "unassigned", "late", "pending", "solved", "all"):
        assert len(_numbers(scene, view(name, mia.id))) == counts[name]


def test_a_line_shows_the_last_words_said_in_public(scene: Scene) -> None:
    mia, number = scene.person(), scene.ticket()
    scene.desk.replies.send(number, "A note", mia, note=True)
    (item,) = scene.desk.tickets.page(TicketFilter()).items
    assert item["last"]["text"] == "A person, please."
    assert item["customer"]["name"] == "Lena"
    assert (item["state"], item["assignee"], item["assignee_name"]) == ("waiting", None, None)


def test_one_ticket_with_everything(scene: Scene) -> None:
    mia = scene.person()
    number = scene.ticket("My lock L1 is jammed.", "Try the key.", "Still jammed. A person!")
    conversation_id = scene.talk(number).id
    answer = scene.answer(conversation_id, "Turn the key [1].", [_CITED], {"candidates": _FOUND})
    with scene.database.write() as session:
        session.add(Feedback(message_id=answer, helpful=False, reasons=["wrong"]))
        session.add(Rating(conversation_id=conversation_id, score=2, comment="slow"))
    scene.desk.replies.send(number, "Warranty?", mia, note=True)
    ticket = scene.desk.tickets.one(number)
    assert [message["role"] for message in ticket["messages"]] == [
        "customer",
        "assistant",
        "customer",
        "assistant",
        "note",
    ]
    assert ticket["messages"][3]["feedback"]["helpful"] is False
    assert [(source["passage"], source["quoted"], source["message"]) for source in ticket["sources"]] == [
        ("p1", True, answer),
        ("p2", False, answer),
    ]
    assert ticket["rating"]["score"] == 2
    assert ticket["link"].startswith("/t/")
    assert scene.desk.tickets.trace(answer)["trace"]["candidates"] == _FOUND


def test_pending_reply_shows_at_the_desk_with_its_time(scene: Scene) -> None:
    mia, number = scene.person(), scene.ticket()
    scene.desk.replies.send(number, "Soon", mia, undo_seconds=5)
    assert scene.desk.tickets.one(number)["messages"][-1]["visible_at"] is not None


def test_similar_and_earlier_tickets(scene: Scene) -> None:
    number = scene.ticket("Hub H2 blinks red after the update")
    alike = scene.ticket("After the update my hub H2 blinks")
    scene.ticket("Where is my invoice?")
    ticket = scene.desk.tickets.one(number)
    assert [other["number"] for other in ticket["similar"]] == [alike]
    assert ticket["customer"]["tickets"] == []


def test_similar_in_chinese(scene: Scene) -> None:
    number = scene.ticket("门锁打不开了", locale="zh-Hans")
    alike = scene.ticket("我的门锁打不开", locale="zh-Hans")
    scene.ticket("发票在哪里", locale="zh-Hans")
    assert [other["number"] for other in scene.desk.tickets.one(number)["similar"]] == [alike]


def test_conversations_by_state(scene: Scene) -> None:
    talk, number = scene.conversation("Hello", "Hi"), scene.ticket()
    page = scene.desk.tickets.conversations()
    assert [(item["id"], item["ticket"]) for item in page.items] == [(scene.talk(number).id, number), (talk, None)]
    assert [item["id"] for item in scene.desk.tickets.conversations(["assistant"]).items] == [talk]
    first = scene.desk.tickets.conversations(limit=1)
    second = scene.desk.tickets.conversations(cursor=first.next_cursor, limit=1)
    assert [item["id"] for item in second.items] == [talk]
    assert second.next_cursor == ""
    with pytest.raises(Invalid, match="waiting"):
        scene.desk.tickets.conversations(["asleep"])


def test_agents_with_their_load(scene: Scene) -> None:
    mia, _editor = scene.person(), scene.person("ed@example.com", Role.EDITOR, "Ed")
    number = scene.ticket()
    scene.desk.work.change(number, {"assignee": mia.id}, 1, mia)
    assert scene.desk.tickets.agents() == [{"id": mia.id, "name": "Mia Chen", "on_duty": True, "unsolved": 1}]


def test_what_does_not_exist(scene: Scene) -> None:
    with pytest.raises(NotFound):
        scene.desk.tickets.one(1)
    with pytest.raises(NotFound, match="limited time"):
        scene.desk.tickets.trace("x")
