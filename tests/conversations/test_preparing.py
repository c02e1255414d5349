"""While imported articles are on their way into search, not finding an answer is no verdict on the knowledge base."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from assistant.container import Container
from assistant.domain.people import SYSTEM
from assistant.storage.tables import Job
from ingest.importing import Importing
from tests.conversations.talk import Talk
from tests.starter import ANSWERED_BY, QUESTION, UNKNOWN

UNKNOWN_ZH, UNKNOWN_HANT = "蒙古国首都有哪条河流过？", "蒙古國首都有哪條河流過？"


@pytest.fixture
def importing(container: Container, tmp_path: Path) -> Iterator[Importing]:
    """An import whose articles nothing has indexed yet; a sixth of all."""
    names = [f"{tmp_path.name}-{number}" for number in range(4)]
    for name in names:
        (tmp_path / f"{name}.md").write_text(f"# Moon lamp {name}\n\nIt glows for hours.\n", encoding="utf-8")
    made = Importing(container)
    report = made.write([tmp_path], source=f"moon {tmp_path.name}")
    assert report.failed == []
    yield made
    container.worker.drain()
    for name in names:
        found = container.articles.reading.get(name)
        container.articles.editing.delete(found.key, found.revision, SYSTEM)
    container.worker.drain()


def gaps_queued(container: Container) -> int:
    with container.database.read() as session:
        return session.scalar(select(func.count()).where(Job.kind == "gap")) or 0


@pytest.mark.usefixtures("importing")
class TestPreparing:
    @pytest.mark.parametrize(
        ("question", "said"), [(UNKNOWN, "still being prepared"), (UNKNOWN_ZH, "准备中"), (UNKNOWN_HANT, "準備中")]
    )
    def test_says_so_and_files_no_gap(self, container: Container, talk: Talk, question: str, said: str) -> None:
        before = gaps_queued(container)
        reply = talk.say(question).reply
        assert reply is not None
        assert (reply["outcome"], said in reply["text"]) == ("declined", True)
        assert " %" in reply["text"]
        assert [choice["action"] for choice in reply["choices"]] == ["handover"]
        assert gaps_queued(container) == before

    def test_answers_from_what_is_there(self, talk: Talk) -> None:
        reply = talk.say(QUESTION).reply
        assert reply is not None
        assert reply["citations"][0]["article"] == ANSWERED_BY

    def test_who_waits_for_a_person_is_not_offered_one_again(self, talk: Talk) -> None:
        talk.say("I want to talk to a person")
        reply = talk.say(UNKNOWN).reply
        assert reply is not None
        assert "still being prepared" in reply["text"]
        assert reply["choices"] == []

    def test_readiness_tells_and_it_ends(self, container: Container, talk: Talk) -> None:
        assert container.readiness().parts["articles"].startswith("being prepared: ")
        container.worker.drain()
        assert container.readiness().parts["articles"] == "ok"
        reply = talk.say(UNKNOWN).reply
        assert reply is not None
        assert reply["outcome"] == "handover_offered"
