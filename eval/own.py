"""An installation's knowledge base asked its own phrasings, each with its article present and with it left out.

The samples are those that the decision was last fitted to; every probability comes from a model that had not seen the
phrasing's article.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import numpy as np

from assistant.container import open_container
from assistant.errors import NotFound
from assistant.settings import Settings
from assistant.storage import index, passages
from eval.figures import BUDGET, Figure
from eval.metrics import answered_at_risk, auroc, bootstrap, calibration_error, decision_accuracy, risk_coverage


def run_own(settings: Settings) -> dict[str, Any]:
    """The report of an installation's own knowledge base.

    Raises:
        NotFound: it has no phrasings of its own yet.
    """
    with open_container(settings) as container:
        calibration = container.calibrations.current()
        budget = container.installation.current().assistant.error_budget
        with container.database.read() as session:
            held_passages, pointer = passages.count(session), index.any_pointer(session)
    n = calibration.samples
    if not n:
        raise NotFound("This knowledge base has no phrasings to ask itself yet: publish articles first.")
    held = calibration.held_out
    can, right, scores = held.answerable[:n], held.right[:n], held.probability[:n]
    did = scores >= calibration.threshold(budget)
    figures = [
        _figure("search", "hit@1", lambda good: float(np.mean(good)), right[can]),
        _figure("deciding", "AUROC", auroc, scores, can),
        _figure("deciding", f"answered rightly at {BUDGET:.0%} wrong", _at_budget, scores, can, right),
        _figure("deciding", "accuracy", decision_accuracy, did, can, right),
        _figure("deciding", "answerable, answered rightly", lambda good: float(np.mean(good)), (did & right)[can]),
        _figure("deciding", "unanswerable, answered", lambda bad: float(np.mean(bad)), did[~can], better="lower"),
        _figure("deciding", "calibration error", calibration_error, scores, can, better="lower"),
    ]
    named = {figure.name: figure.value for figure in figures}
    parts = np.array_split(np.argsort(scores, kind="stable"), 10)
    return {
        "suite": "kb",
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "version": version("askdesk"),
        "embedder": {"name": pointer.embedder, "model": pointer.model} if pointer else {},
        "passages": held_passages,
        "cases": n,
        "seconds": {},
        "figures": [asdict(figure) for figure in figures],
        "baselines": {},
        "kinds": [_kind("article present", can, did, right), _kind("article left out", ~can, did, right & False)],
        "confusion": {},
        "curve": [asdict(point) for point in risk_coverage(scores, can, right)],
        "today": {"wrong": named["unanswerable, answered"], "answered": named["answerable, answered rightly"]},
        "reliability": [
            {"promised": float(scores[part].mean()), "came": float(can[part].mean()), "n": float(part.size)}
            for part in parts
            if part.size
        ],
        "latency": [],
        "worst": [],
    }


def _figure(group: str, name: str, measure: Any, *columns: Any, better: str = "higher") -> Figure:
    interval = bootstrap(measure, *columns)
    return Figure(group, name, interval.value, interval.low, interval.high, len(columns[0]), better)


def _at_budget(scores: Any, can: Any, right: Any) -> float:
    return answered_at_risk(scores, can, right, BUDGET).answered


def _kind(name: str, some: Any, did: Any, right: Any) -> dict[str, Any]:
    passed = (did & right)[some].sum() if right.any() else (~did)[some].sum()
    return {
        "kind": name,
        "n": int(some.sum()),
        "answered": int(did[some].sum()),
        "right": int((did & right)[some].sum()),
        "hit@1": int(right[some].sum()) if right.any() else None,
        "passed": int(passed),
    }
