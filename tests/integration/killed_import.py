"""Processes that run ``askdesk ingest`` until they are killed, telling on their output which texts they embed.

One is forked for each line on standard input, by a parent that has loaded the model, so that a round is short.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from assistant.knowledge import embedder as embedders
from assistant.knowledge.embedder import Embedder, Vectors, load_embedder


class Telling(Embedder):
    """The real embedder, which says the number of texts in a batch before it, and each text once it has its vector."""

    def embed_passages(self, texts: Sequence[str], on_batch: Callable[[int], None] | None = None) -> Vectors:
        say(f"embedding {len(texts)}")
        vectors = super().embed_passages(texts, on_batch)
        for text in texts:
            say(f"embedded {text!r}")
        return vectors


def say(line: str) -> None:
    """One line at once, whatever happens next."""
    os.write(1, f"{line}\n".encode())


def _ingest(docs: str, data: str, embedder: Embedder) -> None:
    from api.cli import main

    embedders.load_embedder = lambda *_args, **_kwargs: embedder
    sys.argv = ["askdesk", "ingest", docs, "--source", "kb", "--data-dir", data, "--json"]
    code = 0
    try:
        main()
    except SystemExit as ended:
        code = int(ended.code or 0)
    say(f"exit {code}")


def main() -> None:
    """Fork an importing child for each line; say its process id and, once it is gone, the signal that ended it."""
    import torch

    # A pool of threads would not survive the fork.
    torch.set_num_threads(1)
    docs, data, models = sys.argv[1:4]
    embedder = load_embedder("bundled", Path(models))
    embedder.__class__ = Telling
    import chromadb  # noqa: F401 - so that the children need not
    import tantivy  # noqa: F401

    say("loaded")
    for _line in sys.stdin:
        child = os.fork()
        if child == 0:
            _ingest(docs, data, embedder)
            sys.stdout.flush()
            os._exit(0)
        say(f"pid {child}")
        say(f"ended {os.waitpid(child, 0)[1] & 0x7F}")


if __name__ == "__main__":
    main()
