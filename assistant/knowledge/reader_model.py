"""A small cross-encoder on the bundled encoder: does this passage answer this question, and where?

Question and passage go through all layers together; a low-rank adapter (Hu et al. 2021, LoRA) moves the layers' weights
from embedding to reading. The adapter is a few megabytes beside weights that are loaded anyway, and merged into copies
of the layers when it is loaded.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from assistant.knowledge.embedder import own_tokenizer

RANK = 32
LONGEST_QUESTION = 64
LONGEST_PASSAGE = 256
_MOVED = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)


class Moved(nn.Module):
    """A linear layer of the encoder and its low-rank change, which begins as none."""

    def __init__(self, base: nn.Linear, rank: int) -> None:
        super().__init__()
        self.base = base
        self.down = nn.Parameter(torch.randn(rank, base.in_features) / base.in_features**0.5)
        self.up = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, states: Tensor) -> Tensor:
        """The layer's output, changed."""
        changed: Tensor = self.base(states) + functional.linear(functional.linear(states, self.down), self.up)
        return changed

    def merged(self) -> nn.Linear:
        """One layer that does the same."""
        weight = (self.base.weight.float() + self.up @ self.down).to(self.base.weight.dtype)
        made = nn.Linear(self.base.in_features, self.base.out_features, device="meta", dtype=weight.dtype)
        made.weight, made.bias = nn.Parameter(weight, requires_grad=False), self.base.bias
        return made


class CrossEncoder(nn.Module):
    """The encoder with an adapter that changes nothing yet, and what is read off its states.

    ``answers`` gives the logit of "the passage answers the question", ``span`` start and end of the answer.
    """

    def __init__(self, bert: Any, rank: int = RANK) -> None:
        super().__init__()
        hidden = int(bert.config.hidden_size)
        self.embeddings = bert.embeddings
        self.layers = nn.ModuleList(copy.deepcopy(layer) for layer in bert.encoder.layer)
        for parameter in self.parameters():
            parameter.requires_grad_(False)
        self._change(lambda linear: Moved(linear, rank))
        self.answers = nn.Sequential(nn.Linear(2 * hidden, hidden), nn.GELU(), nn.Linear(hidden, 1))
        self.span = nn.Linear(hidden, 2)

    def forward(self, ids: Tensor, there: Tensor, asked: Tensor) -> tuple[Tensor, Tensor]:
        """For each pair the logit (n,), and start and end logits (n, t, 2) of places in the passage.

        ``ids`` (n, t) are the tokens of question and passage, ``there`` (n, t) says which are no padding, ``asked``
        (n,) how many are the question's. The first place stands for "nowhere".
        """
        states = self.embeddings(input_ids=ids)
        mask = torch.zeros(there.shape, dtype=states.dtype).masked_fill(~there, -1e4)[:, None, None, :]
        for layer in self.layers:
            states = layer(states, attention_mask=mask)
        weight = there.to(states.dtype)[..., None]
        mean = (states * weight).sum(1) / weight.sum(1)
        # The heads are too small for their number format to matter, and are kept exact.
        logit = self.answers(torch.cat((states[:, 0], mean), dim=-1).to(self.span.weight.dtype))[:, 0]
        inside = there & (torch.arange(ids.shape[1])[None, :] >= asked[:, None])
        inside[:, 0] = True
        span = self.span(states.to(self.span.weight.dtype)).float().masked_fill(~inside[..., None], -1e4)
        return logit.float(), span

    def merge(self) -> None:
        """Make one layer of each layer and its change, which is as fast as the encoder itself."""
        self._change(lambda moved: moved.merged())

    def _change(self, make: Callable[[Any], nn.Module]) -> None:
        for layer in self.layers:
            for name in _MOVED:
                parent, _, last = name.rpartition(".")
                setattr(layer.get_submodule(parent), last, make(layer.get_submodule(name)))


class Adapted:
    """A merged cross-encoder with the encoder's tokenizer."""

    def __init__(self, model: CrossEncoder, tokenizer: Any) -> None:
        self._model = model
        self._tokenizer = tokenizer

    def logits(self, question: str, passages: Sequence[str]) -> NDArray[np.float64]:
        """For each passage the log-odds that it answers the question: (n,)."""
        ids, there, asked = batch(self._tokenizer, [(question, passage) for passage in passages])
        with torch.inference_mode():
            logit, _ = self._model(ids, there, asked)
        return np.asarray(logit.double().numpy())


def adapted(encoder: Any, adapter: Path) -> Adapted:
    """The cross-encoder of a sentence-transformers encoder and an adapter's file.

    Raises:
        OSError, ValueError, RuntimeError: as ``merged``.
    """
    return Adapted(merged(encoder[0].auto_model, adapter), own_tokenizer(encoder))


def merged(bert: Any, adapter: Path) -> CrossEncoder:
    """The encoder with an adapter merged into it, ready to read.

    Raises:
        OSError, ValueError, RuntimeError: the file is missing, damaged, or made for another encoder.
    """
    model = CrossEncoder(bert)
    wanted = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    try:
        held = {name: tensor.float() for name, tensor in load_file(adapter).items()}
    except SafetensorError as error:
        raise ValueError(f"{adapter.name} is damaged: {error}") from error
    if set(held) != wanted:
        raise ValueError(f"{adapter.name} was made for another encoder")
    model.load_state_dict(held, strict=False)
    model.merge()
    return model.eval()


def batch(tokenizer: Any, pairs: Sequence[tuple[str, str]]) -> tuple[Tensor, Tensor, Tensor]:
    """Questions and passages as ``CrossEncoder.forward`` wants them, cut where they are too long."""
    rows, asked = [], []
    for question, passage in pairs:
        first = _cut(tokenizer.encode(question).ids, LONGEST_QUESTION)
        rows.append(first + _cut(tokenizer.encode(passage).ids, LONGEST_PASSAGE)[1:])
        asked.append(len(first))
    longest = max(map(len, rows))
    ids = torch.ones((len(rows), longest), dtype=torch.long)
    there = torch.zeros((len(rows), longest), dtype=torch.bool)
    for place, row in enumerate(rows):
        ids[place, : len(row)] = torch.tensor(row)
        there[place, : len(row)] = True
    return ids, there, torch.tensor(asked)


def _cut(ids: list[int], most: int) -> list[int]:
    return ids if len(ids) <= most else [*ids[: most - 1], ids[-1]]
