"""Stored conversations asked again: the same answers where nothing changed, the change where something did."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from api.commands.eval import command
from assistant.domain.articles import ArticleKey
from assistant.domain.people import SYSTEM
from assistant.errors import NotFound
from assistant.knowledge.embedder import Embedder
from assistant.settings import Settings
from assistant.storage.tables import Message
from eval.conversations import SUITE, Again, ask_again, summary
from eval.page import quality_page
from tests.conversations.talk import start
from tests.eval.test_run import _Page
from tests.starter import ANSWERED_BY, QUESTION, QUESTION_ZH, UNKNOWN, starter_container

pytestmark = pytest.mark.timeout(300)

MAIL = "jane.doe@example.org"


def silent(_label: str, _done: int, _total: int) -> None:
    """Tell nobody how far it is."""


@pytest.fixture(scope="module")
def again(
    migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory, starter_backup: Path, embedder: Embedder
) -> list[Again]:
    """Three customers have asked and given opinions, an article has gone since, and they are asked again."""
    folder = tmp_path_factory.mktemp("asked")
    shutil.copy(migrated_sqlite, folder / "askdesk.db")
    settings = Settings(_env_file=None, data_dir=folder)
    with starter_container(settings, starter_backup, embedder) as container:
        with pytest.raises(NotFound, match="nobody has asked"):
            ask_again(container, 0, silent)
        helped, useless, lost = start(container), start(container), start(container)
        reply = helped.say(QUESTION_ZH).reply
        assert reply is not None and reply["outcome"] == "answered"
        container.opinions.on_answer(helped.id, helped.token, reply["id"], True)
        helped.say("谢谢")
        reply = useless.say(f"{UNKNOWN} Write to {MAIL}.").reply
        assert reply is not None and reply["outcome"] == "handover_offered"
        container.opinions.on_answer(useless.id, useless.token, reply["id"], False)
        with container.database.write() as session:  # as if an earlier version had answered it
            session.execute(update(Message).where(Message.id == reply["id"]).values(outcome="answered"))
        useless.say("I want to talk to a person")
        reply = lost.say(QUESTION).reply
        assert reply is not None and reply["citations"][0]["article"] == ANSWERED_BY
        container.opinions.on_answer(lost.id, lost.token, reply["id"], True)
        view = container.articles.reading.get(ANSWERED_BY, "en")
        container.articles.editing.unpublish(ArticleKey(ANSWERED_BY, "en"), view.revision, SYSTEM)
        assert [one.request.text for one in ask_again(container, 1, silent)] == [QUESTION]
        return ask_again(container, 0, silent)


@pytest.fixture(scope="module")
def report(again: list[Again]) -> dict[str, Any]:
    """The report on them."""
    head = {"suite": SUITE, "at": "2026-01-01T00:00:00+00:00", "version": "1", "passages": 1, "embedder": {}}
    return {**head, "cases": len(again), **summary(again)}


def figure(report: dict[str, Any], name: str) -> float:
    return next(float(one["value"]) for one in report["figures"] if one["name"] == name)


def test_every_turn_is_asked_again(report: dict[str, Any]) -> None:
    assert report["cases"] == 5
    assert sum(sum(row.values()) for row in report["confusion"].values()) == 5
    assert figure(report, "answered then") == pytest.approx(3 / 5)
    assert report["confusion"]["handed_over"] == {"handed_over": 1}


def test_what_people_made_of_it_stands_beside_what_it_is_now(report: dict[str, Any]) -> None:
    rows = {row["label"]: row for row in report["labels"]}
    assert (rows["said helpful"]["n"], rows["said helpful"]["then"], rows["said helpful"]["same"]) == (2, 2, 1)
    assert rows["said not helpful"]["n"] == 1
    assert figure(report, "said helpful, and answered the same now") == 0.5


def test_a_good_answer_that_is_lost_comes_first_among_the_changes(report: dict[str, Any]) -> None:
    first = report["worst"][0]
    assert first["text"] == QUESTION
    assert first["wanted"] == [ANSWERED_BY]
    assert ANSWERED_BY not in first["cited"]
    assert all(one["text"] != QUESTION_ZH for one in report["worst"])


def test_no_personal_data_unless_asked_for(again: list[Again], report: dict[str, Any]) -> None:
    masked, plain = json.dumps(report), json.dumps(summary(again, unmasked=True))
    assert MAIL not in masked
    assert "EMAIL_1" in masked
    assert MAIL in plain


def test_the_page_shows_then_and_now(report: dict[str, Any]) -> None:
    page = _Page(quality_page(report, None))
    assert "What was done then, and what would be done now" in page.words
    assert "said not helpful" in page.words
    assert page.loads == []


def test_the_command_knows_the_suite() -> None:
    described = command.commands["run"].help or ""
    assert "`conversations`" in described
