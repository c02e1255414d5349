"""What customers thought: feedback becomes a gap, the newest word counts."""

from __future__ import annotations

from sqlalchemy import func, select

from assistant.container import Container
from assistant.domain.people import Person
from assistant.storage.tables import Job
from tests.conversations.talk import Talk, desk_events, start
from tests.starter import QUESTION, UNKNOWN


def open_gaps(container: Container) -> dict[str, list[str]]:
    """The texts asked, by the question that their group is named after."""
    listed = container.gaps.list(limit=200)["items"]
    return {item["question"]: [one["text"] for one in item["questions"]] for item in listed}


def gap_jobs(container: Container) -> int:
    """How many questions were ever queued to be filed."""
    with container.database.read() as session:
        return session.scalar(select(func.count()).select_from(Job).where(Job.kind == "gap")) or 0


class TestFeedback:
    def test_not_helpful_files_the_question_as_a_gap(self, container: Container, talk: Talk) -> None:
        reply = talk.say(QUESTION).reply
        assert reply is not None
        container.opinions.on_answer(talk.id, talk.token, reply["id"], False, ["wrong", "made up"], "No!")
        container.worker.drain()
        assert QUESTION in [text for texts in open_gaps(container).values() for text in texts]
        assert talk.transcript()["messages"][1]["helpful"] is False

    def test_the_newest_word_counts(self, container: Container, talk: Talk) -> None:
        reply = talk.say(QUESTION).reply
        assert reply is not None
        for helpful in (False, True):
            container.opinions.on_answer(talk.id, talk.token, reply["id"], helpful)
        assert talk.transcript()["messages"][1]["helpful"] is True

    def test_complaining_again_about_an_answer_makes_no_more_work(self, container: Container, talk: Talk) -> None:
        reply = talk.say(QUESTION).reply
        assert reply is not None
        before = gap_jobs(container)
        for comment in ("No!", "No, really!"):
            container.opinions.on_answer(talk.id, talk.token, reply["id"], False, ["wrong"], comment)
        assert gap_jobs(container) == before + 1

    def test_what_was_not_found_is_a_gap_by_itself(self, container: Container) -> None:
        start(container).say(UNKNOWN)
        container.worker.drain()
        assert UNKNOWN in [text for texts in open_gaps(container).values() for text in texts]


class TestRating:
    def test_is_kept_and_told_to_the_desk(self, container: Container, talk: Talk, agent: Person) -> None:
        talk.say("I want to talk to a person")
        container.opinions.on_conversation(talk.id, talk.token, 2)
        container.opinions.on_conversation(talk.id, talk.token, 2, "The same again.")
        container.opinions.on_ticket(talk.secret, 5, "In the end, well done.")
        assert talk.transcript()["rating"] == 5
        told = [
            event.payload for event in desk_events(container, "ticket.rated") if event.payload["number"] == talk.number
        ]
        assert [payload["score"] for payload in told] == [2, 5]
