"""Speed and memory in ratios of figures taken together, so that a busy machine changes them little.

The server is a real one in a process of its own, spoken to over HTTP; what it takes to embed the same text it says
itself, in turns with the turns. Articles are real; where more passages are wanted than they have, made-up ones are put
beside them (``eval.synthetic``), which costs no embedding.
"""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import version
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np

from assistant.container import Container, open_container
from assistant.domain.people import COMMAND_LINE, Role
from assistant.errors import AskdeskError
from assistant.settings import Settings
from assistant.storage import calibration
from assistant.storage.index_log import IndexLog
from eval.baselines import Chain
from eval.bench_ingest import IngestTimes, time_ingest, time_unchanged
from eval.bench_server import BenchServer, serving
from eval.cases import STARTER_ARTICLES, starter_questions
from eval.run import share_models
from eval.synthetic import fill
from ingest.importing import Importing

_ADMIN = "bench@localhost.example"
_WARM = 5


@dataclass(frozen=True, slots=True)
class Size:
    """How much is done."""

    files: int
    rounds: int
    passages: int
    small: int
    large: int
    turns: int
    growth_turns: int
    unchanged: int
    changes: int


FULL = Size(
    files=0,
    rounds=4,
    passages=10_000,
    small=1_000,
    large=100_000,
    turns=300,
    growth_turns=150,
    unchanged=2_000,
    changes=12,
)
QUICK = Size(files=4, rounds=2, passages=300, small=120, large=900, turns=6, growth_turns=4, unchanged=20, changes=2)


def run_bench(size: Size, settings: Settings, texts: Path | None, say: Callable[[str], None]) -> dict[str, Any]:
    """The report of a benchmark as JSON holds it; data live in a folder that is removed."""
    busy = [os.getloadavg()[0]]
    with tempfile.TemporaryDirectory(prefix="askdesk-bench-") as folder:
        bench = _Bench(Path(folder), size, settings)
        say("Importing articles, and embedding the same texts bare")
        ingested = bench.ingest(_files(texts or STARTER_ARTICLES, size.files))
        say(f"Taking turns on {size.passages:,} passages")
        turns = bench.turns()
        say("The same with the best passages read")
        reading = bench.reading()
        say(f"Comparing {size.large:,} passages with {size.small:,}")
        growth, published = bench.growth()
        say(f"Importing {size.unchanged:,} articles twice")
        unchanged = time_unchanged(Path(folder) / "articles", bench.installation("unchanged"), size.unchanged)
        busy.append(os.getloadavg()[0])
    return {
        "suite": "bench",
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "version": version("askdesk"),
        "machine": {"cores": os.cpu_count(), "processor": _processor(), "load": [round(load, 2) for load in busy]},
        "size": asdict(size),
        "ratios": _ratios(size, ingested, turns, reading, growth, published, unchanged),
        "ingest": asdict(ingested),
        "turns": turns,
        "reading": reading,
        "growth": growth,
        "published": published,
        "unchanged": unchanged,
    }


class _Bench:
    """The installations of a benchmark: each a copy of one into which the articles were imported."""

    def __init__(self, folder: Path, size: Size, settings: Settings) -> None:
        self._folder = folder
        self._size = size
        self._settings = settings
        self._questions = [case.text for case in starter_questions()]

    def installation(self, name: str) -> Path:
        """A new data directory with the models of the settings."""
        share_models(self._settings.models_dir, self._folder / name)
        return self._folder / name

    def _open(self, data: Path) -> Any:
        own = {"data_dir": data, "database_url": "", "chroma_url": "", "llm": "", "reranker": "off"}
        return open_container(self._settings.model_copy(update=own))

    def ingest(self, files: Sequence[Path]) -> IngestTimes:
        """How long the articles took, one way and the other; they stay in the installation ``base``."""
        with self._open(self.installation("base")) as container:
            times = time_ingest(container, files, self._size.rounds)
            Importing(container).settle([])
            return times

    def turns(self) -> dict[str, Any]:
        """Turns and bare embeddings of the same texts, in turns, with the plain chain beside them."""
        data, token = self._middle
        with serving(data, token) as server:
            ready = server.wait()
            turns, embeddings = self._pairs(server, self._size.turns)
            memory = server.memory()
        chain, bare = self._chain(data)
        return {
            "ready": ready,
            **_compared(turns, embeddings),
            "chain_ms": _spread(chain),
            "chain_embedding_ms": _spread(bare),
            "memory_mib": memory,
        }

    def reading(self) -> dict[str, Any]:
        """Turns on the same passages with the bundled reader, and bare embeddings of the same texts, in turns."""
        data, token = self._middle
        with self._open(data) as container, container.database.write() as session:
            # Fitted anew for reading, the decision would be busy while turns are measured.
            calibration.forget(session)
        with serving(data, token, reranker="bundled") as server:
            server.wait()
            return {**_compared(*self._pairs(server, self._size.growth_turns)), "memory_mib": server.memory()}

    def growth(self) -> tuple[dict[str, Any], dict[str, float]]:
        """Turns on few and on many passages, each server taking every other one; then changes published among many."""
        with ExitStack() as stack:
            servers = {}
            for name, passages in (("small", self._size.small), ("large", self._size.large)):
                servers[name] = stack.enter_context(serving(*self._grown(name, passages)))
            for server in servers.values():
                server.wait()
            times: dict[str, list[float]] = {name: [] for name in servers}
            for number, text in enumerate(self._texts(self._size.growth_turns + _WARM)):
                for name in sorted(servers, reverse=bool(number % 2)):
                    seconds = servers[name].turn(text)
                    if number >= _WARM:
                        times[name].append(seconds)
            memory = {name: server.memory() for name, server in servers.items()}
            published = servers["large"].publish(self._size.changes)
        sizes = {name: {"turn_ms": _spread(times[name]), "memory_mib": memory[name]} for name in times}
        return sizes, {"median": float(np.median(published)), "slowest": max(published)}

    def _pairs(self, server: BenchServer, n: int) -> tuple[list[float], list[float]]:
        turns, embeddings = [], []
        for number, text in enumerate(self._texts(n + _WARM)):
            if number % 2:
                turn, embedding = server.turn(text), server.embed(text)
            else:
                embedding, turn = server.embed(text), server.turn(text)
            if number >= _WARM:
                turns.append(turn)
                embeddings.append(embedding)
        return turns, embeddings

    def _chain(self, data: Path) -> tuple[list[float], list[float]]:
        """The plain chain's searches in this process, over as many vectors, and bare embeddings between them."""
        with self._open(data) as container:
            embedder = container.knowledge.target()
            _, ids, vectors = IndexLog(container.database).vectors(embedder.fingerprint)
            chain = Chain(embedder)
            chain.add_vectors(ids, vectors)
            asked, bare = [], []
            for number, text in enumerate(self._texts(self._size.turns // 2 + _WARM)):
                seconds = chain.ask(text)
                started = time.perf_counter()
                embedder.embed_query(text)
                if number >= _WARM:
                    asked.append(seconds)
                    bare.append(time.perf_counter() - started)
        return asked, bare

    @cached_property
    def _middle(self) -> tuple[Path, str]:
        return self._grown("middle", self._size.passages)

    def _grown(self, name: str, passages: int) -> tuple[Path, str]:
        """An installation with this many passages, indexed, and the token of its admin."""
        data = self._folder / name
        shutil.copytree(self._folder / "base", data, symlinks=True, ignore=shutil.ignore_patterns("index", "*.lock"))
        with self._open(data) as container:
            self._fill(container, passages)
            container.accounts.people.create(_ADMIN, [Role.ADMIN], os.urandom(12).hex(), COMMAND_LINE)
            return data, container.accounts.tokens.create(_ADMIN, COMMAND_LINE)

    def _fill(self, container: Container, passages: int) -> None:
        fill(container, passages, container.knowledge.target().fingerprint)
        importing = Importing(container)
        errors = importing.settle([importing.queue_reindex()])
        if errors:
            raise AskdeskError(f"An index to be measured could not be built: {errors[0]}")

    def _texts(self, n: int) -> list[str]:
        return list(islice(cycle(self._questions), n))


def _files(path: Path, most: int) -> list[Path]:
    """The files of a folder, in an order that mixes their folders; a file or zip alone."""
    if not path.is_dir():
        return [path]
    every = sorted((found for found in path.rglob("*") if found.is_file()), key=lambda found: (found.name, str(found)))
    return every[:most] if most else every


def _compared(turns: Sequence[float], embeddings: Sequence[float]) -> dict[str, Any]:
    ratios = np.array(turns) / np.array(embeddings)
    return {
        "turn_ms": _spread(turns),
        "embedding_ms": _spread(embeddings),
        "pairs": {"median": float(np.median(ratios)), "p95": float(np.percentile(ratios, 95))},
    }


def _spread(seconds: Sequence[float]) -> dict[str, float]:
    ms = np.array(seconds) * 1_000
    return {"median": float(np.median(ms)), "p95": float(np.percentile(ms, 95)), "n": float(ms.size)}


def _ratios(
    size: Size,
    ingested: IngestTimes,
    turns: dict[str, Any],
    reading: dict[str, Any],
    growth: dict[str, Any],
    published: dict[str, float],
    unchanged: dict[str, float],
) -> list[dict[str, Any]]:
    grown = growth["large"]["turn_ms"]["median"] / growth["small"]["turn_ms"]["median"]
    chain = turns["chain_ms"]["median"] / turns["chain_embedding_ms"]["median"]
    return [
        _ratio("turn over HTTP ÷ embedding of the same text, median", turns["pairs"]["median"], 2.0, "×"),
        _ratio("turn over HTTP ÷ embedding of the same text, p95", turns["pairs"]["p95"], 4.0, "×"),
        _ratio("the same with the best passages read, median", reading["pairs"]["median"], 16.0, "×"),
        _ratio("ingest ÷ bare encoder, strings a second", ingested.encoder / ingested.ingest, 0.9, "", least=True),
        _ratio(f"importing {size.unchanged:,} unchanged articles", unchanged["again"], 5.0, " s"),
        _ratio(f"turn on {size.large:,} passages ÷ on {size.small:,}", grown, 1.5, "×"),
        _ratio(
            f"from publishing a change among {size.large:,} passages until search finds it, the slowest",
            published["slowest"],
            1.0,
            " s",
        ),
        {
            "name": "LangChain chain in process ÷ embedding, median (it only searches)",
            "value": chain,
            "unit": "×",
            "promise": "for comparison",
            "kept": None,
        },
    ]


def _ratio(name: str, value: float, limit: float, unit: str, least: bool = False) -> dict[str, Any]:
    promise = f"{'at least' if least else 'at most'} {limit:g}{unit}"
    return {
        "name": name,
        "value": value,
        "unit": unit,
        "promise": promise,
        "kept": value >= limit if least else value <= limit,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())
