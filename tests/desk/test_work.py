"""Fields of a ticket change by version; what cannot be is refused with what stands now."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.domain.people import Role
from assistant.errors import Conflict, Invalid, NotFound
from assistant.storage.tables import Rating
from tests.desk.scene import Scene


def _change(scene: Scene, number: int, fields: dict[str, Any]) -> dict[str, Any]:
    mia = scene.person() if not scene.desk.tickets.agents() else None
    actor = mia or scene.person("other@example.com", name="Other")
    return scene.desk.work.change(number, fields, scene.row(number).version, actor)


def test_fields_change_together_and_leave_a_history(scene: Scene) -> None:
    mia, number = scene.person(), scene.ticket()
    version = scene.row(number).version
    fields = {"assignee": mia.email.upper(), "group": " Locks ", "priority": "high", "tags": ["a", "b", "a", " "]}
    facts = scene.desk.work.change(number, fields, version, mia)
    assert (facts["assignee"], facts["group"], facts["priority"], facts["tags"]) == (
        mia.id,
        "Locks",
        "high",
        ["a", "b"],
    )
    assert facts["version"] == version + 1
    (_, entry) = scene.desk.tickets.one(number)["history"]
    assert (entry["actor"], entry["changes"]["assignee"]) == ("Mia Chen", [None, "Mia Chen"])


def test_nobody_can_be_assigned(scene: Scene) -> None:
    mia, number = scene.person(), scene.ticket()
    scene.desk.work.change(number, {"assignee": mia.id}, scene.row(number).version, mia)
    assert scene.desk.work.change(number, {"assignee": None}, scene.row(number).version, mia)["assignee"] is None


def test_stale_version_is_refused_with_the_current_state(scene: Scene) -> None:
    mia, number = scene.person(), scene.ticket()
    version = scene.row(number).version
    scene.desk.work.change(number, {"priority": "urgent"}, version, mia)
    with pytest.raises(Conflict) as refused:
        scene.desk.work.change(number, {"priority": "low"}, version, mia)
    assert refused.value.details["current"]["priority"] == "urgent"
    assert scene.row(number).priority == "urgent"


def test_the_same_again_changes_nothing(scene: Scene) -> None:
    mia, number = scene.person(), scene.ticket()
    version = scene.row(number).version
    assert scene.desk.work.change(number, {"priority": "normal", "status": "new"}, version, mia)["version"] == version


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "done"},
        {"priority": "asap"},
        {"assignee": "nobody@example.com"},
        {"tags": [str(n) for n in range(21)]},
        {"group": "g" * 101},
    ],
)
def test_impossible_values(scene: Scene, fields: dict[str, Any]) -> None:
    number = scene.ticket()
    before = scene.row(number).version
    with pytest.raises(Invalid):
        _change(scene, number, fields)
    assert scene.row(number).version == before


def test_editors_cannot_be_assigned(scene: Scene) -> None:
    number, editor = scene.ticket(), scene.person("ed@example.com", Role.EDITOR, "Ed")
    with pytest.raises(Invalid, match="active agent"):
        _change(scene, number, {"assignee": editor.id})


def test_solving_gives_back_to_the_assistant_and_asks_for_a_rating(scene: Scene) -> None:
    mia, number = scene.person(), scene.ticket()
    scene.desk.turns.take_over(scene.talk(number).id, mia)
    scene.says(scene.talk(number).id, "Thanks!")
    scene.desk.work.change(number, {"status": "solved"}, scene.row(number).version, mia)
    ticket, talk = scene.row(number), scene.talk(number)
    assert (ticket.status, talk.state, talk.pending) == ("solved", "assistant", False)
    assert ticket.solved_at is not None
    assert scene.heard(number)[-1].startswith("Mia Chen marked this as solved.")
    assert ("rating", {"ticket": number}) in scene.public(number)


def test_whoever_has_rated_is_not_asked_again(scene: Scene) -> None:
    mia, number = scene.person(), scene.ticket()
    with scene.database.write() as session:
        session.add(Rating(conversation_id=scene.talk(number).id, score=5))
    scene.desk.work.change(number, {"status": "solved"}, scene.row(number).version, mia)
    assert "rating" not in [kind for kind, _ in scene.public(number)]


def test_reopening_tells_the_customer(scene: Scene) -> None:
    mia, number = scene.person(), scene.ticket()
    for status in ("solved", "open"):
        scene.desk.work.change(number, {"status": status}, scene.row(number).version, mia)
    assert scene.heard(number)[-1] == "Your ticket is open again."


def test_closed_stays_closed(scene: Scene) -> None:
    mia, number = scene.person(), scene.ticket()
    scene.desk.work.change(number, {"status": "closed"}, scene.row(number).version, mia)
    assert scene.talk(number).state == "closed"
    with pytest.raises(Conflict, match="cannot become open"):
        scene.desk.work.change(number, {"status": "open"}, scene.row(number).version, mia)


def test_unknown_ticket(scene: Scene) -> None:
    with pytest.raises(NotFound):
        scene.desk.work.change(404, {}, 1, scene.person())
