"""Reads a question and a passage together and says how surely the passage answers it.

Two kinds: the adapter that ships with Askdesk, which needs nothing but the encoder that is loaded anyway
(``reader_model``), and any cross-encoder that sentence-transformers can load.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from assistant.errors import ModelUnavailable
from assistant.knowledge.gate import PATIENT, URGENT, PriorityGate

if TYPE_CHECKING:
    from assistant.knowledge.embedder import Embedder

Floats = NDArray[np.float64]

ADAPTER = Path(__file__).with_name("reader.safetensors")
BUNDLED, OFF = "bundled", "off"

# Previews and refits ask the same questions of the same passages again and again.
_JUDGED_KEPT = 50_000
_AT_ONCE = 3

log = logging.getLogger(__name__)


class Readable(NamedTuple):
    """A passage as it is read: what stands above it, and its text."""

    title: str
    heading: str
    text: str

    def written(self) -> str:
        """Both as one text, a heading that repeats the title left out."""
        above = [self.title, self.heading] if self.heading != self.title else [self.title]
        return "\n".join(part for part in (*above, self.text) if part)


class Reader(Protocol):
    """What reads questions and passages together."""

    @property
    def name(self) -> str:
        """The reader, as settings and traces name it."""

    @property
    def depth(self) -> int:
        """How many of the best candidates it should read."""

    @property
    def decides(self) -> bool:
        """Whether its log-odds are known well enough to decide by, not only to order by."""

    def read(self, question: str, passages: Sequence[Readable], *, patient: bool = False) -> Floats:
        """For each passage the log-odds that it answers the question, in the reader's own units: (n,).

        ``patient`` lets customers' questions go first.

        Raises:
            ModelUnavailable: the reader cannot work.
        """


class AdapterReader:
    """The reader that ships with Askdesk, on top of the bundled encoder's own weights."""

    name = BUNDLED
    # Each costs about as much as two questions embedded.
    depth = 3
    decides = True

    def __init__(self, embedder: Embedder, adapter: Path = ADAPTER) -> None:
        """Load the adapter.

        Raises:
            ModelUnavailable: the embedder is another model, or the adapter's file is missing or damaged.
        """
        from assistant.knowledge.reader_model import adapted

        if embedder.name != BUNDLED:
            raise ModelUnavailable("The bundled reader works with the bundled embedder only.")
        try:
            self._model = embedder.with_model(lambda model: adapted(model, adapter))
        except (OSError, ValueError, RuntimeError) as error:
            raise ModelUnavailable(f"The bundled reader cannot be loaded ({error}).") from error
        # Not the embedder itself, which nothing here must keep alive.
        self._prompts = embedder.prompts
        self._judged = _Judged(embedder.gate, self._model.logits)

    def read(self, question: str, passages: Sequence[Readable], *, patient: bool = False) -> Floats:
        """As ``Reader.read``; what was read lately is remembered."""
        texts = [self._prompts.passage + passage.written() for passage in passages]
        return self._judged.of(self._prompts.query + question, texts, patient)


class CrossEncoderReader:
    """A cross-encoder of sentence-transformers: an id or a folder."""

    depth = 8
    decides = False

    def __init__(self, name: str, models_dir: Path) -> None:
        """Load the model.

        Raises:
            ModelUnavailable: it cannot be found or loaded; the message says what to do.
        """
        self.name = name
        self._model = _cross_encoder(name, models_dir)
        self._judged = _Judged(PriorityGate(), self._logits)

    def read(self, question: str, passages: Sequence[Readable], *, patient: bool = False) -> Floats:
        """As ``Reader.read``; what was read lately is remembered."""
        return self._judged.of(question, [passage.written() for passage in passages], patient)

    def _logits(self, question: str, texts: Sequence[str]) -> Floats:
        import torch

        pairs = [(question, text) for text in texts]
        made = self._model.predict(pairs, activation_fn=torch.nn.Identity(), show_progress_bar=False)
        return np.asarray(made, dtype=float).reshape(len(texts), -1)[:, -1]


# One of each embedder: it takes a second and 90 MB.
_loaded: WeakKeyDictionary[Embedder, AdapterReader] = WeakKeyDictionary()
_loading = threading.Lock()


def decides(reranker: str, embedder: str) -> bool:
    """Whether what these settings name reads for the decision too: the bundled reader beside the bundled embedder."""
    return reranker == embedder == BUNDLED


def load_reader(name: str, embedder: Embedder, models_dir: Path) -> Reader | None:
    """The reader of a setting: ``off``, ``bundled``, or a sentence-transformers cross-encoder's id or folder.

    None for ``off``, and for ``bundled`` beside an embedder that is not the bundled one.

    Raises:
        ModelUnavailable: it cannot be found or loaded.
    """
    if name == OFF:
        return None
    if name != BUNDLED:
        return CrossEncoderReader(name, models_dir)
    if not decides(name, embedder.name):
        log.info("passages are not read with the question: the bundled reader needs the bundled embedder")
        return None
    with _loading:
        if embedder not in _loaded:
            _loaded[embedder] = AdapterReader(embedder)
        return _loaded[embedder]


class _Judged:
    """Log-odds by question and passage, the newest kept; those that are not known are asked of ``judge`` in turns."""

    def __init__(self, gate: PriorityGate, judge: Callable[[str, Sequence[str]], Floats]) -> None:
        self._gate = gate
        self._judge = judge
        self._kept: OrderedDict[bytes, float] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, question: str, texts: Sequence[str], patient: bool) -> Floats:
        """The log-odds of each text."""
        keys = [hashlib.blake2b(f"{question}\x1e{text}".encode(), digest_size=16).digest() for text in texts]
        with self._lock:
            known = {key: self._kept[key] for key in keys if key in self._kept}
        missing = [place for place, key in enumerate(keys) if key not in known]
        step = _AT_ONCE if patient else max(1, len(missing))
        for start in range(0, len(missing), step):
            some = missing[start : start + step]
            with self._gate.turn(PATIENT if patient else URGENT):
                made = self._judge(question, [texts[place] for place in some])
            known |= {keys[place]: float(logit) for place, logit in zip(some, made, strict=True)}
        with self._lock:
            self._kept.update(known)
            while len(self._kept) > _JUDGED_KEPT:
                self._kept.popitem(last=False)
        return np.array([known[key] for key in keys], dtype=float)


def _cross_encoder(name: str, models_dir: Path) -> Any:
    from sentence_transformers import CrossEncoder

    try:
        return CrossEncoder(name, device="cpu", cache_folder=str(models_dir), max_length=512)
    except Exception as error:  # a missing or damaged model fails in as many ways as it has files
        raise ModelUnavailable(
            f"The reranker {name} cannot be loaded ({type(error).__name__}: {error}): set ASKDESK_RERANKER to "
            "“bundled”, “off”, or a sentence-transformers cross-encoder's id or folder."
        ) from error
