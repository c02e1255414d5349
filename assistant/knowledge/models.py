"""The embedders of a process, each loaded once and when it is first needed."""

from __future__ import annotations

import threading
from collections.abc import Callable

from assistant.errors import ModelUnavailable
from assistant.knowledge.embedder import Embedder


class Models:
    """Embedders by name. ``wanted`` is the one that the settings name."""

    def __init__(self, wanted: str, load: Callable[[str], Embedder]) -> None:
        self.wanted = wanted
        self._load = load
        self._lock = threading.Lock()
        self._loaded: dict[str, Embedder] = {}

    def get(self, name: str = "") -> Embedder:
        """The embedder of this name; without one, the one that the settings name.

        Raises:
            ModelUnavailable: it cannot be loaded.
        """
        name = name or self.wanted
        with self._lock:
            if name not in self._loaded:
                self._loaded[name] = self._load(name)
            return self._loaded[name]

    def made_by(self, fingerprint: str, name: str) -> Embedder | None:
        """The embedder of this name if its fingerprint is still this one, else None."""
        try:
            embedder = self.get(name)
        except ModelUnavailable:
            return None
        return embedder if embedder.fingerprint == fingerprint else None

    def forget(self, keep: Embedder) -> None:
        """Free every embedder but this one and the wanted one."""
        with self._lock:
            self._loaded = {
                name: embedder for name, embedder in self._loaded.items() if embedder is keep or name == self.wanted
            }
