"""Canned replies are kept by title and refused when they say nothing."""

from __future__ import annotations

import pytest

from assistant.errors import Invalid, NotFound
from tests.desk.scene import Scene


def test_created_changed_and_dropped(scene: Scene) -> None:
    boss = scene.person()
    thanks = scene.desk.macros.create("Thanks", "Thank you, {customer}.", "en", boss)
    first = scene.desk.macros.create("感谢", "谢谢您。", "zh-CN", boss)
    assert first["locale"] == "zh-Hans"
    changed = scene.desk.macros.change(thanks["id"], "A thank-you", "Thanks.", "en", boss)
    assert scene.desk.macros.every() == [changed, first]
    scene.desk.macros.drop(thanks["id"], boss)
    assert scene.desk.macros.every() == [first]


@pytest.mark.parametrize(("title", "text", "locale"), [("", "x", "en"), ("x", " ", "en"), ("x", "x", "klingon!")])
def test_empty_ones_are_refused(scene: Scene, title: str, text: str, locale: str) -> None:
    with pytest.raises(Invalid):
        scene.desk.macros.create(title, text, locale, scene.person())


def test_unknown_ones(scene: Scene) -> None:
    with pytest.raises(NotFound):
        scene.desk.macros.drop(7, scene.person())
