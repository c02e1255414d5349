"""No ticket is orphaned: past its promised time it is back in the queue, and the customer knows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from assistant.storage.tables import Ticket
from tests.desk.scene import Scene

_LATE = timedelta(minutes=-1)


def test_ticket_returns_to_the_queue_and_the_customer_is_told(scene: Scene) -> None:
    mia, number = scene.person(), scene.ticket(due_in=_LATE)
    scene.desk.turns.take_over(scene.talk(number).id, mia)
    scene.says(scene.talk(number).id, "Hello?")
    assert scene.desk.promises.sweep() == [number]
    ticket, talk = scene.row(number), scene.talk(number)
    assert ticket.assignee_id is None
    assert (talk.state, talk.pending) == ("waiting", True)
    assert scene.heard(number)[-1].startswith("We haven't replied in the time we promised")
    assert ticket.due_at is not None
    assert ticket.due_at > datetime.now(UTC)
    assert "ticket.overdue" in scene.desk_heard()


def test_the_customer_is_told_once(scene: Scene) -> None:
    number = scene.ticket(due_in=_LATE)
    assert scene.desk.promises.sweep() == [number]
    assert scene.desk.promises.sweep() == []


def test_in_time_nothing_happens(scene: Scene) -> None:
    scene.ticket(due_in=timedelta(minutes=1))
    scene.ticket(due_in=None)
    assert scene.desk.promises.sweep() == []


def test_answered_tickets_stay_where_they_are(scene: Scene) -> None:
    mia, number = scene.person(), scene.ticket(due_in=_LATE)
    scene.desk.replies.send(number, "Here I am", mia)
    scene.edit(Ticket, number, due_at=datetime.now(UTC) + _LATE)
    assert scene.desk.promises.sweep() == []
    assert (scene.row(number).assignee_id, scene.row(number).due_at) == (mia.id, None)


def test_a_reply_that_is_not_yet_delivered_keeps_no_promise(scene: Scene) -> None:
    mia, number = scene.person(), scene.ticket(due_in=_LATE)
    scene.desk.replies.send(number, "Here I am", mia, undo_seconds=30)
    assert scene.desk.promises.sweep() == [number]


def test_who_waits_for_the_customer_and_what_is_solved_are_left_alone(scene: Scene) -> None:
    mia = scene.person()
    for status in ("pending", "solved", "closed"):
        number = scene.ticket(due_in=_LATE)
        scene.desk.work.change(number, {"status": status}, scene.row(number).version, mia)
        scene.edit(Ticket, number, due_at=datetime.now(UTC) + _LATE)
    assert scene.desk.promises.sweep() == []
