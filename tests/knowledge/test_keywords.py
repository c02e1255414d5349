"""The keyword index: what is found, what survives, what a broken folder says."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.errors import IndexBroken
from assistant.knowledge.keywords import KeywordDocument, KeywordIndex
from assistant.knowledge.ranking import idf_of
from assistant.knowledge.segment import tokens

TEXTS = {
    "p1": "Hold the reset button for ten seconds to reset the hub.",
    "p2": "Refunds arrive within five days of the return.",
    "p3": "退款会在五天内到账。",
    "p4": "Error E-14 means that the hub cannot reach Wi-Fi.",
}


def document(passage_id: str, text: str, title: str = "") -> KeywordDocument:
    return KeywordDocument(passage_id, " ".join(tokens(text)), title=" ".join(tokens(title)))


@pytest.fixture
def index(tmp_path: Path) -> Iterator[KeywordIndex]:
    made = KeywordIndex(tmp_path / "keywords")
    made.upsert(document(passage_id, text) for passage_id, text in TEXTS.items())
    made.commit(5)
    yield made
    made.close()


def found(index: KeywordIndex, question: str) -> list[str]:
    return [passage_id for passage_id, _ in index.search(tokens(question), 10)]


class TestSearch:
    def test_best_first_with_falling_scores(self, index: KeywordIndex) -> None:
        hits = index.search(tokens("how do I reset the hub"), 10)
        assert [passage_id for passage_id, _ in hits] == ["p1", "p4"]
        assert hits[0][1] > hits[1][1] > 0

    def test_codes_and_both_chinese_scripts(self, index: KeywordIndex) -> None:
        assert found(index, "what is e14") == ["p4"]
        assert found(index, "退款什麼時候到賬") == ["p3"]

    def test_unknown_words_find_nothing(self, index: KeywordIndex) -> None:
        assert index.search(tokens("giraffe"), 10) == []
        assert index.search([], 10) == []

    @pytest.mark.parametrize("text", ["body:reset OR *", '"reset', "AND OR NOT", "title:^2 (", "reset~2", "\x00stamp"])
    def test_query_syntax_is_only_text(self, index: KeywordIndex, text: str) -> None:
        assert set(found(index, text)) <= {"p1"}
        assert index.search([text], 10) == []

    def test_title_heading_and_phrasings_are_searched_too(self, index: KeywordIndex) -> None:
        index.upsert([KeywordDocument("p5", "words", heading="giraffe", title="zebra", phrasings="okapi")])
        index.commit(6)
        assert [index.search([word], 5)[0][0] for word in ("giraffe", "zebra", "okapi")] == ["p5"] * 3

    def test_scores_of_named_passages_are_those_of_the_search(self, index: KeywordIndex) -> None:
        words = tokens("reset the hub with error e-14")
        everything = dict(index.search(words, 10))
        scores = index.score(words, ["p4", "p2", "nowhere"])
        assert scores == {"p4": pytest.approx(everything["p4"], rel=1e-4)}


class TestChange:
    def test_nothing_shows_before_the_commit(self, index: KeywordIndex) -> None:
        index.upsert([document("p9", "giraffe")])
        assert found(index, "giraffe") == []
        index.commit(6)
        assert found(index, "giraffe") == ["p9"]

    def test_upsert_replaces(self, index: KeywordIndex) -> None:
        index.upsert([document("p1", "giraffe")])
        index.commit(6)
        assert found(index, "reset button") == []
        assert found(index, "giraffe") == ["p1"]
        assert index.count() == len(TEXTS)

    def test_delete(self, index: KeywordIndex) -> None:
        index.delete(["p1", "unknown"])
        index.commit(6)
        assert "p1" not in found(index, "reset hub")
        assert index.ids() == set(TEXTS) - {"p1"}

    def test_the_stamp_and_the_passages_survive_reopening(self, index: KeywordIndex, tmp_path: Path) -> None:
        index.upsert([document("p9", "giraffe")])
        index.close()
        again = KeywordIndex(tmp_path / "keywords")
        assert (again.stamp(), again.count(), again.ids()) == (5, len(TEXTS), set(TEXTS))
        assert found(again, "giraffe") == []

    def test_destroy_leaves_an_empty_index_that_can_be_filled(self, index: KeywordIndex) -> None:
        index.destroy()
        assert (index.stamp(), index.count(), index.ids()) == (0, 0, set())
        index.upsert([document("p1", "giraffe")])
        index.commit(1)
        assert found(index, "giraffe") == ["p1"]

    def test_a_change_among_many_is_searchable_at_once(self, tmp_path: Path) -> None:
        index = KeywordIndex(tmp_path / "big")
        words = tokens(" ".join(TEXTS.values()))
        index.upsert(KeywordDocument(f"p{n}", " ".join([*words, f"n{n}"])) for n in range(20_000))
        index.commit(1)
        started = time.perf_counter()
        index.upsert([document("p7", "giraffe")])
        index.commit(2)
        assert found(index, "giraffe") == ["p7"]
        assert time.perf_counter() - started < 1
        index.close()


class TestStatistics:
    def test_rarer_tokens_tell_more(self, index: KeywordIndex) -> None:
        frequencies = [index.document_frequency(token) for token in ("giraffe", "refund", "hub")]
        assert frequencies == [0, 1, 2]
        giraffe, refund, hub = idf_of(frequencies, index.count())
        assert giraffe > refund > hub > 0


class TestFolder:
    def test_a_missing_folder_starts_empty(self, tmp_path: Path) -> None:
        index = KeywordIndex(tmp_path / "new" / "keywords")
        assert (index.stamp(), index.count()) == (0, 0)
        assert index.search(["reset"], 3) == []

    @pytest.mark.parametrize("damage", ["meta", "segment"])
    def test_a_broken_folder_says_what_to_do(self, index: KeywordIndex, tmp_path: Path, damage: str) -> None:
        index.close()
        folder = tmp_path / "keywords"
        if damage == "meta":
            (folder / "meta.json").write_text("{")
        else:
            next(folder.glob("*.term")).unlink()
        with pytest.raises(IndexBroken, match=r"keywords.*reindex"):
            KeywordIndex(folder)

    def test_a_folder_of_something_else_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "notes.txt").write_text("mine")
        with pytest.raises(IndexBroken):
            KeywordIndex(tmp_path)
        assert (tmp_path / "notes.txt").read_text() == "mine"
