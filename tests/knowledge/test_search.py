"""The searcher over a real keyword index and exact vectors: both searches, one of them, none."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from assistant.domain.answers import LivePassage
from assistant.errors import IndexBroken, ModelUnavailable
from assistant.knowledge.embedder import Embedder
from assistant.knowledge.keywords import KeywordDocument, KeywordIndex
from assistant.knowledge.languages import NearestVectors
from assistant.knowledge.reader import AdapterReader, Readable
from assistant.knowledge.reading import Reading
from assistant.knowledge.search import BY_VECTOR, Found, Searcher, best_phrasing
from assistant.knowledge.segment import tokens
from assistant.knowledge.stages import Watch

Floats = NDArray[np.float64]

TEXTS = {
    "reset": "Hold the reset button for ten seconds.",
    "refund": "Refunds arrive within five days.",
    "error": "Error E-14 means that the hub is offline.",
    "camera": "Place the camera near the door.",
}


class Shelf:
    """A small knowledge base: each passage has a vector of its own direction."""

    def __init__(self, folder: Path) -> None:
        self.keywords = KeywordIndex(folder)
        documents = {name: KeywordDocument(name, " ".join(tokens(text))) for name, text in TEXTS.items()}
        self.keywords.upsert(documents.values())
        self.keywords.commit(1)
        self.vectors = dict(zip(TEXTS, np.eye(len(TEXTS), dtype=np.float32), strict=True))
        self.hidden: set[str] = set()
        self.passages = {
            name: LivePassage(
                name, name, "en", 1, "", "", "", "paragraph", 0, text, "", "public", documents[name].tokens
            )
            for name, text in TEXTS.items()
        }

    def nearest(self, vector: NDArray[np.float32], k: int) -> list[tuple[str, float]]:
        scored = [(f"{name}:0", float(own @ vector)) for name, own in self.vectors.items()]
        return sorted(scored, key=lambda pair: -pair[1])[:k]

    def load(self, ids: Sequence[str]) -> Mapping[str, LivePassage]:
        return {name: self.passages[name] for name in ids if name in self.passages and name not in self.hidden}

    def vector(self, **directions: float) -> NDArray[np.float32]:
        made = sum(weight * self.vectors[name] for name, weight in directions.items())
        return np.asarray(made / np.linalg.norm(made), dtype=np.float32)

    def searcher(self, reading: Reading | None = None) -> Searcher:
        return Searcher(self.nearest, self.keywords, self.load, reading=reading)


class Other:
    """A reader of another kind, which says of each passage what it is made to say."""

    name, depth = "other", 4

    def __init__(self, say: Callable[[Readable], float], *, decides: bool) -> None:
        self._say = say
        self.decides = decides

    def read(self, question: str, passages: Sequence[Readable], *, patient: bool = False) -> NDArray[np.float64]:
        return np.array([self._say(passage) for passage in passages])


@pytest.fixture(scope="module")
def reader(embedder: Embedder) -> AdapterReader:
    """The reader that ships."""
    return AdapterReader(embedder)


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(tmp_path / "keywords")
    yield made
    made.keywords.close()


def test_vectors_and_words_agree(shelf: Shelf) -> None:
    hits = shelf.searcher().search(shelf.vector(reset=1.0, camera=0.3), tokens("reset button"), "en")
    assert hits[0].passage.id == "reset"
    assert hits[0].dense == pytest.approx(0.957, abs=0.01)
    assert hits[0].keyword > 0
    assert hits[0].score == pytest.approx(sum(hits[0].why.values()), abs=1e-3)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_words_find_the_code_that_vectors_blur(shelf: Shelf) -> None:
    query = shelf.vector(reset=1.0, refund=1.0, error=1.0, camera=1.0)
    assert shelf.searcher().search(query, tokens("E14"), "en")[0].passage.id == "error"


def test_vectors_answer_a_question_that_shares_no_word(shelf: Shelf) -> None:
    found = shelf.searcher().find(shelf.vector(refund=1.0, reset=0.4), tokens("何时到账"), "zh-Hans")
    assert found.hits[0].passage.id == "refund"
    assert not found.evidence.known.any()


def test_what_sql_does_not_show_is_not_found(shelf: Shelf) -> None:
    shelf.hidden = {"reset"}
    hits = shelf.searcher().search(shelf.vector(reset=1.0, camera=0.3), tokens("reset button"), "en")
    assert "reset" not in {hit.passage.id for hit in hits}
    assert hits


def test_without_a_vector_keywords_serve(shelf: Shelf) -> None:
    found = shelf.searcher().find(None, tokens("reset button"), "en")
    assert [hit.passage.id for hit in found.hits] == ["reset"]
    assert found.missing == ("dense",)


def test_with_a_broken_vector_index_keywords_serve(shelf: Shelf) -> None:
    def broken(vector: NDArray[np.float32], k: int) -> list[tuple[str, float]]:
        raise IndexBroken("The vectors cannot be read; run “askdesk reindex”.")

    found = Searcher(broken, shelf.keywords, shelf.load).find(shelf.vector(reset=1.0), tokens("reset button"), "en")
    assert ([hit.passage.id for hit in found.hits], found.missing) == (["reset"], ("dense",))


def test_a_passage_that_only_words_found_gets_its_cosine(shelf: Shelf) -> None:
    query = shelf.vector(reset=1.0, error=0.2)

    def only_reset(vector: NDArray[np.float32], k: int) -> list[tuple[str, float]]:
        return [("reset:0", 0.98)]

    def vectors_of(ids: Sequence[str]) -> Mapping[str, NDArray[np.float32]]:
        return {name: shelf.vectors[name][None, :] for name in ids}

    found = Searcher(only_reset, shelf.keywords, shelf.load, vectors_of).find(query, tokens("error e14"), "en")
    cosines = {hit.passage.id: hit.dense for hit in found.hits}
    assert cosines["error"] == pytest.approx(0.196, abs=0.01)


def test_nothing_known_finds_nothing_by_words_alone(shelf: Shelf) -> None:
    found = shelf.searcher().find(None, tokens("giraffe"), "en")
    assert found.hits == []


def test_an_empty_knowledge_base(tmp_path: Path) -> None:
    keywords = KeywordIndex(tmp_path / "empty")
    searcher = Searcher(lambda vector, k: [], keywords, lambda ids: {})
    assert searcher.search(np.ones(4, dtype=np.float32), tokens("anything"), "en") == []


def test_many_phrasings_of_few_passages_do_not_crowd_out_the_rest(shelf: Shelf) -> None:
    def crowded(vector: NDArray[np.float32], k: int) -> list[tuple[str, float]]:
        return ([(f"reset:{n}", 0.9) for n in range(100)] + [("camera:0", 0.5)])[:k]

    found = Searcher(crowded, shelf.keywords, shelf.load).find(shelf.vector(reset=1.0), [], "en")
    assert {hit.passage.id for hit in found.hits} == {"reset", "camera"}


class TestHowFarItLooks:
    """The nearest passages are candidates, further ones only where these may not be seen."""

    WANTED = np.ones(4, dtype=np.float32)

    def searcher(
        self, shelf: Shelf, many: int, hidden: Collection[str] = ()
    ) -> tuple[Searcher, list[int], list[list[str]]]:
        """A searcher over passages that are ever further away, how deep it looks each time and what it loads."""
        depths: list[int] = []
        loaded: list[list[str]] = []

        def nearest(vector: NDArray[np.float32], k: int) -> list[tuple[str, float]]:
            depths.append(k)
            return [(f"p{number}:0", 0.9 - number / 10_000) for number in range(min(k, many))]

        def load(ids: Sequence[str]) -> Mapping[str, LivePassage]:
            loaded.append(list(ids))
            shown = shelf.passages["reset"]
            return {name: shown._replace(id=name, article=name, text=name) for name in ids if name not in hidden}

        return Searcher(nearest, shelf.keywords, load), depths, loaded

    def test_only_the_nearest_passages_are_candidates(self, shelf: Shelf) -> None:
        searcher, depths, loaded = self.searcher(shelf, 600)
        found = searcher.find(self.WANTED, tokens("unheard"), "en")
        assert (len(depths), [len(ids) for ids in loaded]) == (1, [BY_VECTOR])
        assert found.evidence.cosines.tolist() == pytest.approx([0.9 - n / 10_000 for n in range(BY_VECTOR)])

    def test_where_some_may_not_be_seen_the_next_ones_are_without_searching_again(self, shelf: Shelf) -> None:
        searcher, depths, loaded = self.searcher(shelf, 600, hidden={f"p{number}" for number in range(20)})
        found = searcher.find(self.WANTED, tokens("unheard"), "en")
        assert (len(depths), len(loaded)) == (1, 2)
        assert found.evidence.cosines.tolist() == pytest.approx([0.9 - n / 10_000 for n in range(20, 20 + BY_VECTOR)])

    def test_where_most_may_not_be_seen_it_looks_deeper(self, shelf: Shelf) -> None:
        searcher, depths, _ = self.searcher(shelf, 600, hidden={f"p{number}" for number in range(100)})
        found = searcher.find(self.WANTED, tokens("unheard"), "en")
        assert (len(depths), depths[-1] > 100) == (2, True)
        assert found.evidence.cosines.tolist() == pytest.approx([0.9 - n / 10_000 for n in range(100, 100 + BY_VECTOR)])

    def test_a_passage_further_away_is_a_candidate_by_its_words(self, shelf: Shelf) -> None:
        shelf.keywords.upsert([KeywordDocument("p50", " ".join(tokens("unheard")))])
        shelf.keywords.commit(2)
        searcher, _, loaded = self.searcher(shelf, 600)
        found = searcher.find(self.WANTED, tokens("unheard"), "en")
        assert len(loaded[0]) == BY_VECTOR + 1
        assert found.evidence.cosines[-1] == pytest.approx(0.9 - 50 / 10_000)


def test_the_best_phrasing_counts() -> None:
    assert best_phrasing([("p:1:0", 0.5), ("p:1:3", 0.9), ("q:0", 0.7)]) == {"p:1": 0.9, "q": 0.7}


def test_a_title_that_several_share_does_not_choose_between_them(shelf: Shelf) -> None:
    title = shelf.vector(reset=1.0, refund=1.0, error=1.0)
    query = np.asarray(title + 0.2 * shelf.vectors["refund"], dtype=np.float32)

    def nearest(vector: NDArray[np.float32], k: int) -> list[tuple[str, float]]:
        titles = [(f"{name}:1", float(title @ vector)) for name in ("reset", "refund", "error")]
        return sorted([*titles, *shelf.nearest(vector, k)], key=lambda pair: -pair[1])[:k]

    def vectors_of(ids: Sequence[str]) -> Mapping[str, NDArray[np.float32]]:
        return {name: np.stack((shelf.vectors[name], title)) for name in ids}

    found = Searcher(nearest, shelf.keywords, shelf.load, vectors_of).find(query, tokens("money"), "en")
    assert found.hits[0].passage.id == "refund"
    assert found.hits[0].dense == pytest.approx(float(shelf.vectors["refund"] @ query))
    assert found.hits[0].dense > found.hits[1].dense


class TestReading:
    """The best candidates are read with the question before they are put in order."""

    def test_what_answers_gains_on_what_is_only_near(self, shelf: Shelf, reader: AdapterReader) -> None:
        question = "What does error E-14 mean?"
        query, words = shelf.vector(camera=1.0, error=0.9), tokens("what does it mean")
        watch = Watch(("error", "camera"))
        found = shelf.searcher(Reading(reader, question)).find(query, words, "en", watch=watch)
        by_id = {hit.passage.id: hit for hit in found.hits}
        assert by_id["error"].why["reader"] > by_id["camera"].why["reader"]
        assert by_id["error"].score == pytest.approx(sum(by_id["error"].why.values()), abs=1e-3)
        assert found.evidence.read is not None
        assert int(np.isfinite(found.evidence.read).sum()) == reader.depth
        assert found.reading > 0
        assert [stage.name for stage in watch.stages] == [
            "keyword",
            "dense",
            "fused",
            "reader",
            "translation",
            "duplicates",
        ]

    def test_nothing_found_is_nothing_to_read(self, shelf: Shelf, reader: AdapterReader) -> None:
        shelf.hidden = set(TEXTS)
        assert shelf.searcher(Reading(reader, "?")).find(None, tokens("zebra"), "en").hits == []

    def test_a_reader_that_fails_costs_quality_only(self, shelf: Shelf) -> None:
        def fail(_passage: Readable) -> float:
            raise ModelUnavailable("The model is gone.")

        query, words = shelf.vector(reset=1.0, camera=0.3), tokens("reset button")
        gone = Reading(Other(fail, decides=True), "reset?")
        read, plain = (shelf.searcher(each).find(query, words, "en") for each in (gone, None))
        assert [hit.score for hit in read.hits] == [hit.score for hit in plain.hits]
        assert read.evidence.read is None

    def test_another_model_orders_whatever_units_it_has(self, shelf: Shelf) -> None:
        wordy = Other(lambda passage: 1e-3 * len(passage.text), decides=False)
        everything = shelf.vector(reset=1.0, refund=1.0, error=1.0, camera=1.0)
        found = shelf.searcher(Reading(wordy, "?")).find(everything, tokens("zebra"), "en")
        lengths = [len(hit.passage.text) for hit in found.hits]
        assert lengths == sorted(lengths, reverse=True)


def chinese(shelf: Shelf, texts: Mapping[str, str]) -> None:
    """Put Chinese passages on the shelf."""
    for name, text in texts.items():
        document = KeywordDocument(name, " ".join(tokens(text)))
        shelf.keywords.upsert([document])
        shelf.passages[name] = shelf.passages["reset"]._replace(
            id=name, article=name, locale="zh-Hans", text=text, tokens=document.tokens
        )
    shelf.keywords.commit(2)


def among(near: Mapping[str, float]) -> NearestVectors:
    """A search by vector that finds these passages."""
    return lambda _vector, _k: [(f"{name}:0", cosine) for name, cosine in near.items()]


@pytest.mark.parametrize(
    ("forms", "first"),
    [({}, "hub"), ({"school": ["school"]}, "school"), ({"school": ["通电"]}, "hub"), (None, "school")],
)
def test_a_foreign_word_tells_nothing_where_it_stands_by_chance(
    shelf: Shelf, forms: dict[str, list[str]] | None, first: str
) -> None:
    chinese(shelf, {"school": "网关的英文手册里有一张 school 的照片。", "hub": "先给网关通电，再等十秒。"})
    nearest = among({"hub": 0.84, "school": 0.83, "reset": 0.7, "refund": 0.69, "error": 0.68, "camera": 0.68})
    searcher = Searcher(nearest, shelf.keywords, shelf.load, forms=forms)
    found = searcher.find(shelf.vector(reset=1.0), tokens("how does a school switch it on"), "en")
    assert found.hits[0].passage.id == first
    # It stays part of what was asked, even as a word that no article knows.
    known = dict(zip(found.evidence.words, found.evidence.known.tolist(), strict=True))
    assert known["school"] == (forms != {})


def test_what_a_word_means_tells_passages_in_another_language_apart(shelf: Shelf) -> None:
    chinese(shelf, {"bill": "电子发票在订单页下载。", "refund": "退款五天内到账。", "card": "信用卡在结账时填写。"})
    nearest = among({"bill": 0.842, "card": 0.841, "refund": 0.84, "error": 0.7, "camera": 0.69})
    forms = {"refund": ["退款", "退还", "三包"], "credit": ["信用", "信用 信用卡"], "card": ["卡", "信用 信用卡"]}

    def found(question: str) -> Found:
        return Searcher(nearest, shelf.keywords, shelf.load, forms=forms).find(
            shelf.vector(reset=1.0), tokens(question), "en"
        )

    assert found("refund").hits[0].passage.id == "refund"
    card = found("credit card")
    assert card.hits[0].passage.id == "card"
    assert card.hits[0].keyword > 0
    assert card.evidence.coverage.max() == 1.0
    assert found("what").hits[0].passage.id == "bill"


def test_a_word_of_many_meanings_leaves_room_for_the_others(shelf: Shelf) -> None:
    many = [f"意{number}" for number in range(300)]
    chinese(shelf, {"many": " ".join(many[:150]), "more": " ".join(many[150:]), "refund": "退款五天内到账。"})
    nearest = among({"many": 0.7, "more": 0.7})
    forms = {"get": many, "refund": ["退款"]}
    found = Searcher(nearest, shelf.keywords, shelf.load, forms=forms).find(
        shelf.vector(reset=1.0), tokens("get refund"), "en"
    )
    assert {hit.passage.id for hit in found.hits if hit.keyword} >= {"refund"}
