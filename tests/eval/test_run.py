"""A small set from files to report: measured by the real pipeline, and shown on a page of its own."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import NotFound
from assistant.settings import Settings
from eval.cases import suite
from eval.page import quality_page
from eval.run import previous, run_suite, write

pytestmark = pytest.mark.timeout(600)

ENTRIES = [
    ("hours", "When are you open?", ["opening hours"], "We are open from 9 to 18 on working days."),
    ("refund", "When do I get my money back?", ["how long does a refund take"], "A refund takes 5 working days."),
    ("warranty", "How long is the warranty?", ["guarantee period"], "The warranty lasts 2 years from delivery."),
    ("发票", "发票怎么开？", ["开电子发票"], "电子发票在签收后 24 小时内自动开具。"),
]
QUESTIONS: list[dict[str, Any]] = [
    {"id": "q1", "text": "are you open at 5 pm", "gold": "hours"},
    {"id": "q2", "text": "where is my refund, how many days", "gold": "refund", "answers": ["5 working days"]},
    {"id": "q3", "text": "guarantee how many years", "gold": "warranty", "answers": ["2 years"]},
    {"id": "q4", "text": "我要开发票", "gold": "发票", "answers": ["24 小时"]},
    {"id": "q5", "text": "do you sell <b>bicycles</b>", "gold": None},
    {"id": "q6", "text": "who won the match yesterday", "gold": None},
]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of sets that holds one FAQ."""
    folder = tmp_path_factory.mktemp("sets")
    (folder / "shop").mkdir()
    names = ("id", "question", "alternates", "answer")
    _lines(folder / "shop" / "faq.jsonl", [dict(zip(names, entry, strict=True)) for entry in ENTRIES])
    _lines(folder / "shop" / "queries.jsonl", QUESTIONS)
    return folder


def _lines(file: Path, rows: list[dict[str, Any]]) -> None:
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reports")


@pytest.fixture(scope="module")
def report(data: Path, out: Path, model_settings: Settings) -> dict[str, Any]:
    """The report of the set."""
    return run_suite(suite("shop", data), model_settings, out, lambda _label, _done, _total: None)


class TestReport:
    def test_counts(self, report: dict[str, Any]) -> None:
        assert (report["suite"], report["cases"]) == ("shop", len(QUESTIONS))
        assert report["passages"] >= len(ENTRIES)
        assert sum(kind["n"] for kind in report["kinds"]) == len(QUESTIONS)
        assert sum(sum(row.values()) for row in report["confusion"].values()) == len(QUESTIONS)

    def test_finds_what_is_easily_found(self, report: dict[str, Any]) -> None:
        figures = {figure["name"]: figure for figure in report["figures"]}
        assert figures["hit@1"]["value"] == 1.0
        assert figures["hit@1"]["n"] == 4
        assert {"MRR", "AUROC", "accuracy", "turn, median ms"} <= set(figures)
        assert all(one["low"] <= one["value"] <= one["high"] for one in report["figures"] if one["group"] == "search")

    def test_has_each_baseline_beside_it(self, report: dict[str, Any]) -> None:
        assert set(report["baselines"]) == {"plain dense", "plain BM25", "LangChain chain"}
        for made in report["baselines"].values():
            assert {"hit@1", "hit@5", "MRR", "AUROC"} <= {figure["name"] for figure in made}

    def test_a_second_run_embeds_no_article_again(
        self, report: dict[str, Any], data: Path, out: Path, model_settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from assistant.knowledge.embedder import Embedder

        embedded: list[str] = []
        original = Embedder.embed_passages

        def counted(self: Embedder, texts: Any, on_batch: Any = None) -> Any:
            embedded.extend(texts)
            return original(self, texts, on_batch)

        monkeypatch.setattr(Embedder, "embed_passages", counted)
        again = run_suite(suite("shop", data), model_settings, out, lambda _label, _done, _total: None)
        assert embedded == []
        same = ("figures", "kinds", "confusion")
        assert [one["value"] for one in again["figures"] if one["group"] != "time"] == [
            one["value"] for one in report["figures"] if one["group"] != "time"
        ]
        assert all(again[name] == report[name] for name in same[1:])


class _Page(HTMLParser):
    """What a page loads, and its words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.tags: list[str] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loads += [str(value) for name, value in attrs if name in ("src", "href", "data", "action")]

    def handle_data(self, data: str) -> None:
        self.words += data


class TestPage:
    def test_needs_nothing_but_itself(self, report: dict[str, Any]) -> None:
        page = _Page(quality_page(report, None))
        assert page.loads == []
        assert "script" not in page.tags
        assert page.tags.count("svg") >= 3

    def test_shows_text_as_text(self, report: dict[str, Any]) -> None:
        shown = {**report, "worst": [{**_worst(), "text": "<b>bold</b>", "reply": "<img src=x>"}]}
        page = _Page(quality_page(shown, None))
        assert "img" not in page.tags
        assert "<b>bold</b>" in page.words

    def test_tells_the_difference_to_the_run_before(self, report: dict[str, Any], out: Path) -> None:
        worse = [{**figure, "value": figure["value"] - 0.25, "low": 0.0, "high": 0.1} for figure in report["figures"]]
        write({**report, "at": "2020-01-01T00:00:00+00:00", "figures": worse}, "", out)
        before = previous("shop", out)
        assert before is not None
        page = quality_page(report, before)
        assert "+0.250" in page
        assert 'class="better"' in page

    def test_a_first_run_has_none_before(self, out: Path) -> None:
        assert previous("another", out) is None


def _worst() -> dict[str, Any]:
    return {
        "id": "q",
        "kind": "answerable",
        "text": "",
        "history": [],
        "wanted": ["a"],
        "outcome": "answered",
        "rank": 2,
        "confidence": 0.9,
        "threshold": 0.7,
        "reply": "",
        "failures": [],
        "trace": {"candidates": [{"article": "b", "heading": "", "score": 1.0, "dense": 0.9, "keyword": 3.0}]},
    }


class TestSuite:
    def test_of_a_set_in_two_languages(self, tmp_path: Path) -> None:
        for language in ("en", "zh"):
            _lines(tmp_path / f"passages.{language}.jsonl", [{"id": "1", "title": "", "text": language}])
            _lines(tmp_path / f"queries.{language}.jsonl", [{"id": "1", "text": f"{language}?", "gold": "1"}])
        both = suite(str(tmp_path), Path("nowhere"))
        assert [part.locale for part in both.parts] == ["en", "zh-Hans"]
        assert [case.locale for case in both.cases] == ["en", "zh-Hans"]
        across = suite(f"{tmp_path}:zh-en", Path("nowhere"))
        assert [part.path.name for part in across.parts] == ["passages.en.jsonl"]
        assert [case.text for case in across.cases] == ["zh?"]

    def test_that_is_nowhere(self, tmp_path: Path) -> None:
        with pytest.raises(NotFound, match="--data"):
            suite("nothing", tmp_path)

    def test_sample_is_the_same_each_time(self, data: Path) -> None:
        whole = suite("shop", data)
        assert whole.sample(3).cases == whole.sample(3).cases
        assert len(whole.sample(3).cases) == 3
        assert whole.sample(0) is whole
