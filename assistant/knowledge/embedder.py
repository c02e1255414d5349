"""Texts to vectors through sentence-transformers, shared by a server's questions and its imports."""

from __future__ import annotations

import copy
import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from assistant.errors import ModelUnavailable
from assistant.knowledge.gate import PATIENT, URGENT, PriorityGate
from assistant.knowledge.model_folder import digest, known_prompts, locate

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

Vectors = NDArray[np.float32]
Dtype = Literal["auto", "fp32", "bf16"]
Made = TypeVar("Made")

# A question waits behind one batch at most, so a batch is bounded in texts and in padded tokens.
BATCH_TEXTS = 8
BATCH_TOKENS = 1024
# The cosine of vectors that differ by no more than bf16 rounds off.
_SAME = 0.999


class Prompts(NamedTuple):
    """What the model wants before a query and before a passage."""

    query: str
    passage: str


class Embedder:
    """Normalised vectors of queries and passages; safe to share between threads.

    One forward pass runs at a time: two would only share the same cores. Queries that wait go before the next batch
    of passages.
    """

    def __init__(self, model: SentenceTransformer, name: str, prompts: Prompts, fingerprint: str) -> None:
        self.name = name
        self.prompts = prompts
        self.fingerprint = fingerprint
        self.dimensions = int(model.get_embedding_dimension() or 0)
        self._model = model
        self.gate = PriorityGate()

    def embed_query(self, text: str) -> Vectors:
        """The vector of one query, float32 of shape ``(dimensions,)`` and length 1."""
        row: Vectors = self.embed_queries([text])[0]
        return row

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """The vectors of queries, one a row, in their order."""
        return self._embed(texts, self.prompts.query, URGENT, None)

    def embed_query_and_parts(self, text: str, parts: Sequence[str]) -> Vectors:
        """The vectors of a query and of parts of it, one a row, the whole query's first.

        A part is read where it stands: its vector is the mean of what its tokens mean within the whole query ("late
        chunking", Günther et al., arXiv:2409.04701), so parts cost no reading of their own. Those that do not stand in
        the query as they are, and all of a model whose vectors are no means of its tokens', are embedded by themselves.
        """
        if not parts:
            return self.embed_queries([text])
        with self.gate.turn(URGENT):
            read = self._read([text], self.prompts.query)
        whole, tokens = read["sentence_embedding"].float().numpy(), read["token_embeddings"][0].float().numpy()
        places: list[list[int]] = [[] for _ in parts]
        if _is_mean(whole[0], tokens):
            places = self._places(text, parts, read["input_ids"][0].tolist())
        rows = _of_length_one(np.stack([whole[0], *(tokens[inside or [0]].mean(axis=0) for inside in places)]))
        if apart := [place for place, inside in enumerate(places) if not inside]:
            rows[[place + 1 for place in apart]] = self.embed_queries([parts[place] for place in apart])
        return rows

    def embed_passages(self, texts: Sequence[str], on_batch: Callable[[int], None] | None = None) -> Vectors:
        """The vectors of passages, one a row, in their order; ``on_batch`` hears how many are done so far."""
        return self._embed(texts, self.prompts.passage, PATIENT, on_batch)

    def count_tokens(self, text: str) -> int:
        """How many tokens the text itself takes, without prompt and special tokens."""
        return len(self._counter.encode(text, add_special_tokens=False).ids)

    @cached_property
    def _counter(self) -> Tokenizer:
        # Made when it is first needed: it takes most of a second, and a question alone needs none.
        return own_tokenizer(self._model)

    @property
    def max_tokens(self) -> int:
        """How many tokens of a text, prompt and special tokens included, reach the model."""
        return int(self._model.max_seq_length or 0)

    def with_model(self, make: Callable[[SentenceTransformer], Made]) -> Made:
        """What ``make`` makes of the model, whose weights it may share but not change.

        Whoever computes with them takes turns at ``gate``.
        """
        return make(self._model)

    def _embed(
        self, texts: Sequence[str], prompt: str, urgency: int, on_batch: Callable[[int], None] | None
    ) -> Vectors:
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        done = 0
        for batch in self._batches(texts):
            with self.gate.turn(urgency):
                vectors[batch] = self._forward([texts[i] for i in batch], prompt)
            done += len(batch)
            if on_batch:
                on_batch(done)
        return vectors

    def _batches(self, texts: Sequence[str]) -> Iterator[list[int]]:
        """Indices of texts of like length together, the longest first, within the bounds of a batch."""
        if len(texts) == 1:
            yield [0]
            return
        limit, extra = self.max_tokens, len(self._counter.encode(self.prompts.passage).ids)
        encodings = self._counter.encode_batch_fast(list(texts), add_special_tokens=False)
        lengths = [min(len(encoding.ids) + extra, limit) for encoding in encodings]
        batch: list[int] = []
        for index in sorted(range(len(texts)), key=lambda i: -lengths[i]):
            if batch and (len(batch) == BATCH_TEXTS or lengths[batch[0]] * (len(batch) + 1) > BATCH_TOKENS):
                yield batch
                batch = []
            batch.append(index)
        if batch:
            yield batch

    def _forward(self, texts: list[str], prompt: str) -> Vectors:
        return _of_length_one(self._read(texts, prompt)["sentence_embedding"].float().numpy())

    def _read(self, texts: list[str], prompt: str) -> dict[str, Any]:
        # encode() itself costs several ms a query on top of the model's own steps, taken here one by one.
        import torch

        with torch.inference_mode():
            features = self._model.preprocess(texts, prompt=prompt or None)
            read: dict[str, Any] = self._model(features)
        return read

    def _places(self, text: str, parts: Sequence[str], ids: Sequence[int]) -> list[list[int]]:
        """For each part the places of its tokens among those that the model read; none where it cannot be told."""
        encoding = self._counter.encode(self.prompts.query + text)
        # Of what was cut off the last place is the end mark's.
        spans = encoding.offsets[: len(ids) - 1] if encoding.ids[: len(ids) - 1] == list(ids[:-1]) else []
        found = []
        for part in parts:
            first = len(self.prompts.query) + text.find(part)
            last = first + len(part) if part in text else 0
            found.append([place for place, (start, end) in enumerate(spans) if start < last and end > first])
        return found


def _of_length_one(vectors: Vectors) -> Vectors:
    # In float32: bf16 leaves lengths that are off by some thousandths, and not every model normalises.
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return vectors


def _is_mean(vector: Vectors, tokens: Vectors) -> bool:
    mean = tokens.mean(axis=0)
    return bool(vector @ mean > _SAME * np.linalg.norm(vector) * np.linalg.norm(mean))


def own_tokenizer(model: SentenceTransformer) -> Tokenizer:
    """The model's tokenizer, which cuts and pads nothing, to be used beside the model's own.

    Calls of the model's change its truncation, which another thread must not see.
    """
    tokenizer: Tokenizer = copy.deepcopy(model.tokenizer.backend_tokenizer)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def load_embedder(name: str, models_dir: Path, *, dtype: Dtype = "auto", max_tokens: int = 512) -> Embedder:
    """The embedder ``name``: ``bundled``, a sentence-transformers id, or a folder.

    Args:
        name: as in ``ASKDESK_EMBEDDER``.
        models_dir: where the bundled model is unpacked and downloads are kept.
        dtype: ``auto`` takes bf16 where the processor computes with it, else fp32.
        max_tokens: longer texts are cut there, or earlier where the model ends earlier.

    Raises:
        ModelUnavailable: the model cannot be found or loaded; the message says what to do.
    """
    folder = locate(name, models_dir)
    chosen = _choose(dtype)
    model = _load(folder, name, chosen)
    model.max_seq_length = min(max_tokens, model.max_seq_length or max_tokens)
    prompts = _prompts(model, name)
    described = f"{digest(folder, models_dir)} {prompts!r} {model.max_seq_length} {chosen}"
    return Embedder(model, name, prompts, hashlib.sha256(described.encode()).hexdigest()[:32])


_loading = threading.Lock()


def _load(folder: Path, name: str, dtype: Literal["fp32", "bf16"]) -> SentenceTransformer:
    with _loading:  # transformers switches global defaults while it loads
        # Threads that wait must sleep, not spin: measured with one other busy process on two cores, spinning makes a
        # query four times slower at the 90th percentile (93 against 21 ms) and an import seven times.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            return SentenceTransformer(
                str(folder),
                device="cpu",
                local_files_only=True,
                model_kwargs={"dtype": torch.bfloat16 if dtype == "bf16" else torch.float32},
            ).eval()
        except Exception as error:  # a damaged folder fails in as many ways as it has files
            raise ModelUnavailable(
                f"The embedder {name} in {folder} cannot be loaded ({type(error).__name__}: {error}): "
                "remove the folder so that it is fetched or unpacked again, or set ASKDESK_EMBEDDER to “bundled”."
            ) from error


def _prompts(model: SentenceTransformer, name: str) -> Prompts:
    stated = model.prompts or {}
    query = stated.get("query") or ""
    passage = stated.get("passage") or stated.get("document") or ""
    return Prompts(query, passage) if query or passage else Prompts(*known_prompts(name))


def _choose(dtype: Dtype) -> Literal["fp32", "bf16"]:
    if dtype != "auto":
        return dtype
    return "bf16" if _computes_bf16() else "fp32"


def _computes_bf16() -> bool:
    """Whether the processor multiplies bf16 itself; emulated, it is slower than fp32."""
    try:
        flags = Path("/proc/cpuinfo").read_text().split()
    except OSError:
        return False
    return not {"amx_bf16", "avx512_bf16"}.isdisjoint(flags)
