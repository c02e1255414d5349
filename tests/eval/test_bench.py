"""The benchmark with small numbers: its report is complete. What the ratios are is not tested on a busy machine."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.knowledge.embedder import Embedder
from assistant.settings import Settings
from eval.bench import QUICK, run_bench
from eval.bench_page import bench_page
from tests.starter import one_embedder

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def report(model_settings: Settings, embedder: Embedder) -> dict[str, Any]:
    """A quick benchmark; its servers load models of their own."""
    with one_embedder(embedder):
        return run_bench(QUICK, model_settings, None, lambda _words: None)


def test_every_promise_is_measured(report: dict[str, Any]) -> None:
    limits = [one["promise"] for one in report["ratios"]]
    assert limits == [
        "at most 2×",
        "at most 4×",
        "at most 16×",
        "at least 0.9",
        "at most 5 s",
        "at most 1.5×",
        "at most 1 s",
        "for comparison",
    ]
    assert all(0 < one["value"] < 1_000 for one in report["ratios"])
    assert all(one["kept"] in (True, False) for one in report["ratios"][:-1])


def test_everything_was_done_as_often_as_asked(report: dict[str, Any]) -> None:
    assert report["turns"]["turn_ms"]["n"] == report["turns"]["embedding_ms"]["n"] == QUICK.turns
    assert {each["turn_ms"]["n"] for each in report["growth"].values()} == {QUICK.growth_turns}
    assert 0 < report["published"]["median"] <= report["published"]["slowest"]
    assert report["ingest"]["strings"] > report["ingest"]["passages"] > 0


def test_memory_is_told_of_each_size(report: dict[str, Any]) -> None:
    held = [report["turns"]["memory_mib"], *(each["memory_mib"] for each in report["growth"].values())]
    assert all(50 < each["rss"] <= each["peak"] for each in held)


def test_page_shows_each_ratio(report: dict[str, Any]) -> None:
    page = bench_page(report)
    assert all(one["promise"] in page for one in report["ratios"])
    assert "<script" not in page
    assert page.count("<svg") == 3
