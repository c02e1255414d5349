"""Articles that a question leaves to choose between, and what they are called on the choices."""

from __future__ import annotations

from itertools import count

import pytest

from assistant.domain.answers import Hit
from assistant.flow.alternatives import named, parallel, picked
from assistant.knowledge.segment import tokens
from tests.passages import passage

_ids = count()


def hit(title: str, text: str = "", score: float = 5.0, heading: str = "", category: str = "") -> Hit:
    lines = (" ".join(tokens(part)) if part else "" for part in (text, heading, title, ""))
    found = passage(
        title + heading,
        id=f"p{next(_ids)}",
        title=title,
        heading=heading,
        text=text,
        category=category,
        tokens="\n".join(lines),
    )
    return Hit(found, score, 0.8, 1.0)


def names(query: str, *hits: Hit, said: str = "", sure: bool = True) -> list[str]:
    return [found.name for found in parallel(query, said, hits, sure=sure)]


HUBS = (
    hit("Restart or reset your Hub H2", "Hold the button of the hub for 10 seconds.", 9.0),
    hit("Set up your Hub H2", "Plug the hub in.", 8.0),
    hit("Restart or reset your Hub mini H1", "Push a pin into the hub.", 7.0),
)
CAMERAS = (
    hit("设置室外摄像机 C3", "把摄像机装在墙上。", 8.0),
    hit("设置室内摄像机 C1", "扫描摄像机上的二维码。", 7.5),
)


class TestParallel:
    def test_the_same_told_of_two_products(self) -> None:
        assert names("how do I reset my hub", *HUBS) == ["Hub H2", "Hub mini H1"]

    def test_in_chinese(self) -> None:
        assert names("设置摄像机", *CAMERAS) == ["室外摄像机 C3", "室内摄像机 C1"]

    @pytest.mark.parametrize("query", ["reset hub h2", "reset the mini hub"])
    def test_a_question_that_names_one_leaves_no_choice(self, query: str) -> None:
        assert names(query, *HUBS) == []

    def test_what_was_said_before_names_one_too(self) -> None:
        assert names("how do I reset my hub", *HUBS, said="I bought the mini.") == []

    def test_a_long_question_is_left_to_search_when_it_is_sure(self) -> None:
        query = "how do I reset my hub that hangs on the wall of our kitchen"
        assert names(query, *HUBS) == []

    def test_a_question_that_only_one_article_knows_of_leaves_no_choice(self) -> None:
        assert names("push a pin into the hub", *HUBS) == []

    def test_titles_of_no_pattern_are_no_alternatives(self) -> None:
        found = (
            hit("Return an item", "Returns are free.", 5.0),
            hit("When your refund arrives", "After a return.", 4.9),
        )
        assert names("return", *found) == []

    def test_an_unsure_question_is_asked_back_only_between_near_articles(self) -> None:
        query = "how many people work as volunteers at the stadium and where do they park"
        near = (
            hit("North Stadium", "Volunteers park at the gate.", 5.0),
            hit("South Stadium", "Volunteers park here.", 4.0),
        )
        far = near[0], hit("South Stadium", "Volunteers park here.", 1.0)
        assert names(query, *near, sure=False) == ["North", "South"]
        assert names(query, *far, sure=False) == []

    def test_at_most_four(self) -> None:
        seasons = [
            hit(f"The Lighthouse (season {number})", "The season began.", 9 - number / 10) for number in range(1, 8)
        ]
        assert names("lighthouse season", *seasons) == ["season 1", "season 2", "season 3", "season 4"]


class TestNamed:
    def test_by_whole_titles_where_they_have_no_pattern(self) -> None:
        found = named((hit("Return an item"), hit("Price protection")))
        assert [one.name for one in found] == ["Return an item", "Price protection"]

    def test_by_heading_or_category_where_titles_are_the_same(self) -> None:
        found = named((hit("Questions", heading="Delivery"), hit("Questions", heading="Returns")))
        assert [one.name for one in found] == ["Questions: Delivery", "Questions: Returns"]

    def test_not_at_all_where_nothing_tells_them_apart(self) -> None:
        assert named((hit("Questions"), hit("Questions"))) == ()


class TestPicked:
    def test_the_article_that_the_answer_names_comes_first(self) -> None:
        assert picked("Hub mini H1", HUBS)[0].passage.title == "Restart or reset your Hub mini H1"

    def test_search_decides_between_articles_that_are_named_alike(self) -> None:
        assert picked("Hub H2", HUBS)[0].passage.title == "Restart or reset your Hub H2"

    def test_nothing_where_no_title_is_named(self) -> None:
        assert picked("the grey one", HUBS) == ()
