"""A suite from files to a report: ingested by the real pipeline, asked turn by turn, and set beside plain baselines."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from assistant.container import Container, open_container
from assistant.errors import AskdeskError
from assistant.settings import Settings
from assistant.storage import embeddings
from eval import figures, four_way
from eval.baselines import Baselines
from eval.cases import Case, Suite
from eval.figures import Figure, Ranked
from eval.observation import Observation, Observer
from ingest.importing import Importing, working

Tell = Callable[[str, int, int], None]
_WORST = 40


def run_suite(suite: Suite, settings: Settings, out: Path, tell: Tell) -> dict[str, Any]:
    """The report of a suite as JSON holds it. ``settings`` say the models; data live in a folder that is removed.

    Vectors of articles are kept in ``out``/embeddings, so that a second run embeds only what is new.
    """
    started = time.perf_counter()
    with temporary_installation(settings) as container:
        observer = Observer(container)
        cache = out / "embeddings"
        load_vectors(container, cache / f"{suite.name}.npz")
        took = ingest(container, suite, tell)
        keep_vectors(container, cache / f"{suite.name}.npz")
        with working(container):
            observed = observe(observer, suite.cases, tell)
            ranked = compare(container, observed, cache / f"{suite.name}-chain.npz", tell)
            passages = Importing(container).indexed()[1]
            serving, reader = container.knowledge.serving, container.knowledge.reader
    return {
        "suite": suite.name,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "version": version("askdesk"),
        "embedder": {"name": serving.embedder.name, "model": serving.embedder.fingerprint} if serving else {},
        "reader": reader.name if reader else "off",
        "passages": passages,
        "cases": len(observed),
        "seconds": {"ingest": round(took, 2), "all": round(time.perf_counter() - started, 2)},
        **summary(observed, ranked),
    }


@contextmanager
def temporary_installation(settings: Settings) -> Iterator[Container]:
    """An empty installation with the models of ``settings``, removed when the block ends."""
    with tempfile.TemporaryDirectory(prefix="askdesk-eval-") as folder:
        data = Path(folder)
        share_models(settings.models_dir, data)
        own = settings.model_copy(update={"data_dir": data, "database_url": "", "chroma_url": "", "llm": settings.llm})
        with open_container(own) as container:
            yield container


def share_models(models: Path, data: Path) -> None:
    """Let an installation in ``data`` use models unpacked elsewhere."""
    models.mkdir(parents=True, exist_ok=True)
    data.mkdir(parents=True, exist_ok=True)
    (data / "models").symlink_to(models.resolve(), target_is_directory=True)


def ingest(container: Container, suite: Suite, tell: Tell) -> float:
    """The seconds until everything could be found and the decision was fitted to it.

    Raises:
        AskdeskError: something of the suite could not be ingested.
    """
    importing, started = Importing(container), time.perf_counter()
    for part in suite.parts:
        report = importing.write([part.path], locale=part.locale)
        if report.failed:
            first = report.failed[0]
            raise AskdeskError(f"{first.path} of the suite {suite.name} cannot be ingested: {first.reason}")
        errors = importing.settle(report.jobs, lambda done, total: tell("Ingesting", done, total))
        if errors:
            raise AskdeskError(f"The suite {suite.name} cannot be indexed: {errors[0]}")
    return time.perf_counter() - started


def observe(observer: Observer, cases: Sequence[Case], tell: Tell) -> list[Observation]:
    """What became of each case, in order; the first turn of the process, which loads what all share, is not counted."""
    if cases:
        observer.observe(cases[0])
    observed = []
    for done, case in enumerate(cases, 1):
        observed.append(observer.observe(case))
        tell("Asking", done, len(cases))
    return observed


def compare(container: Container, observed: Sequence[Observation], cache: Path, tell: Tell) -> dict[str, list[Ranked]]:
    """What each baseline finds for the bare text of the questions."""
    baselines = Baselines.over(container, cache)
    serving = container.knowledge.serving
    ranked: dict[str, list[Ranked]] = {name: [] for name in baselines.ways}
    for done, one in enumerate(observed, 1):
        text = one.case.text
        known = one.vector is not None and one.trace.get("query") == text
        vector = one.vector if known or serving is None else serving.embedder.embed_query(text)
        for name, way in baselines.ways.items():
            ranked[name].append(Ranked(*way(text, vector)))
        tell("Comparing", done, len(observed))
    return ranked


def summary(observed: Sequence[Observation], ranked: dict[str, list[Ranked]]) -> dict[str, Any]:
    """Figures, curves and the worst cases of a run."""
    own = figures.figures(observed)
    return {
        "figures": [asdict(figure) for figure in own],
        "baselines": {
            name: [asdict(figure) for figure in made]
            for name, made in figures.baseline_figures(observed, ranked).items()
        },
        "kinds": figures.by_kind(observed),
        "confusion": figures.confusion(observed),
        "four_way": four_way.matrix(observed),
        "curve": figures.curve(observed),
        "today": _today(own),
        "reliability": figures.reliability(observed),
        "latency": sorted(round(one.seconds * 1_000, 2) for one in observed),
        "worst": [_told(one) for one in worst(observed)[:_WORST]],
    }


def worst(observed: Sequence[Observation]) -> list[Observation]:
    """The cases that went wrong, the most harmful first."""

    def harm(one: Observation) -> float:
        if one.failures() and not one.case.decidable:
            return 4.0  # a missed cry for help, or words put into the assistant's mouth
        if one.case.decidable and one.answered and not one.right:
            return 2.0 + one.confidence
        if one.failures():
            return 1.5
        if one.case.answerable and one.case.gold and not one.right:
            return 1.0 - one.confidence
        return 0.0

    return [one for one in sorted(observed, key=harm, reverse=True) if harm(one) > 0]


def _told(one: Observation) -> dict[str, Any]:
    case = one.case
    return {
        "id": case.id,
        "kind": case.kind,
        "text": case.text,
        "history": [f"{turn.role}: {turn.text}" for turn in case.history],
        "wanted": sorted(case.gold),
        "answers": list(case.answers),
        "outcome": one.outcome,
        "cited": list(one.cited),
        "found": list(one.found[:5]),
        "rank": one.rank,
        "confidence": round(one.confidence, 3),
        "threshold": round(one.threshold, 3),
        "reply": one.text[:600],
        "failures": one.failures(),
        "trace": _shown_trace(one.trace),
    }


def _shown_trace(trace: dict[str, Any]) -> dict[str, Any]:
    return {**trace, "candidates": list(trace.get("candidates", ()))[:5]}


def _today(own: Sequence[Figure]) -> dict[str, float]:
    """Where the threshold that the knowledge base chose itself lies on the curve."""
    named = {figure.name: figure.value for figure in own if figure.group == "deciding"}
    wrong, right = named.get("unanswerable, answered"), named.get("answerable, answered rightly")
    return {"wrong": wrong, "answered": right} if wrong is not None and right is not None else {}


def load_vectors(container: Container, file: Path) -> None:
    """Give an installation the vectors that an earlier one kept in ``file``; nothing where there is none."""
    if not file.is_file():
        return
    with np.load(file, allow_pickle=False) as kept, container.database.write() as session:
        model = str(kept["model"])
        embeddings.store(session, model, kept["hashes"].tolist(), kept["vectors"].astype(np.float32))


def keep_vectors(container: Container, file: Path) -> None:
    """Keep the vectors of an installation's articles in ``file``."""
    serving = container.knowledge.serving
    if serving is None:
        return
    model = serving.embedder.fingerprint
    with container.database.read() as session:
        hashes, vectors = embeddings.every(session, model)
    file.parent.mkdir(parents=True, exist_ok=True)
    np.savez(file, model=np.array(model), hashes=np.array(hashes), vectors=vectors)


def write(report: dict[str, Any], html: str, out: Path) -> tuple[Path, Path]:
    """The JSON and the HTML file of a report."""
    out.mkdir(parents=True, exist_ok=True)
    stem = f"{report['suite'].replace(':', '-')}-{report['at'].replace(':', '').replace('+0000', 'Z')}"
    paths = out / f"{stem}.json", out / f"{stem}.html"
    for path, text in zip(paths, (json.dumps(report, ensure_ascii=False, indent=1), html), strict=True):
        path.write_text(text + "\n", encoding="utf-8")
    return paths


def previous(suite: str, out: Path) -> dict[str, Any] | None:
    """The newest report of a suite in ``out``."""
    found = sorted(out.glob(f"{suite.replace(':', '-')}-2*.json"))
    if not found:
        return None
    report: dict[str, Any] = json.loads(found[-1].read_text("utf-8"))
    return report
