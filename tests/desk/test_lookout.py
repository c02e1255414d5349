"""Events of the desk and of the open conversation arrive once each, in order, from where a page stopped."""

from __future__ import annotations

import pytest

from assistant.desk import Mark
from tests.desk.scene import Scene


def test_page_hears_what_came_after_it_was_opened(scene: Scene) -> None:
    mia, number = scene.person(), scene.ticket()
    mark = scene.desk.lookout.now(number)
    assert scene.desk.lookout.since(mark, number) == []
    other = scene.ticket()
    scene.desk.replies.send(number, "Hello", mia)
    news = scene.desk.lookout.since(mark, number)
    assert ("ticket.created", other) in [(one.kind, one.payload.get("number")) for one in news]
    assert "Hello" in [one.payload["message"]["text"] for one in news if one.kind == "conversation.message"]
    assert scene.desk.lookout.since(news[-1].mark, number) == []


def test_every_mark_is_a_place_to_go_on_from(scene: Scene) -> None:
    mia, number = scene.person(), scene.ticket()
    mark = scene.desk.lookout.now(number)
    scene.desk.turns.take_over(scene.talk(number).id, mia)
    news = scene.desk.lookout.since(mark, number)
    for index, one in enumerate(news):
        assert scene.desk.lookout.since(one.mark, number) == news[index + 1 :]


def test_without_a_ticket_only_the_desk_is_heard(scene: Scene) -> None:
    mia, number = scene.person(), scene.ticket()
    mark = scene.desk.lookout.now()
    scene.desk.turns.typing(number, mia)
    assert scene.desk.lookout.since(mark) == []


@pytest.mark.parametrize(
    ("text", "mark"), [("3.4", Mark(3, 4)), ("3", Mark(3)), ("", None), ("a.b", None), ("1.-2", None)]
)
def test_marks_are_read_back(text: str, mark: Mark | None) -> None:
    assert Mark.parse(text) == mark
    assert mark is None or Mark.parse(str(mark)) == mark
