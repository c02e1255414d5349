"""Vectors in Chroma: embedded, one folder for each collection, or on a server started with ``chroma run``."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

import numpy as np

from assistant.errors import IndexBroken
from assistant.knowledge.vectors import Matrix, Vector, audit

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection

_Item = TypeVar("_Item")

_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]{1,510}[a-zA-Z0-9]")  # Chroma's own rule, and safe as a folder's name
_DIMENSIONS = "dimensions"
_SHAPE = {"hnsw": {"space": "cosine", "ef_construction": 200, "ef_search": 256}}
_DATABASE = "chroma.sqlite3"


class _Home(Protocol):
    """Where collections live."""

    where: str
    batch: int

    def names(self) -> list[str]: ...

    def open(self, name: str) -> Collection: ...

    def make(self, name: str, dimensions: int) -> None: ...

    def remove(self, name: str) -> None: ...

    def close(self) -> None: ...


class _Folders:
    """A folder and an embedded client for each collection.

    In one shared folder, Chroma 1.5.9 leaves the files of dropped collections behind for ever (measured), and damage
    to one collection's database takes the others with it.
    """

    batch = 4000  # below the 5,461 that Chroma takes at once

    def __init__(self, path: Path) -> None:
        self.where = str(path)
        self._path = path
        self._lock = threading.RLock()
        self._clients: dict[str, tuple[Client, tuple[int, int]]] = {}
        self._collections: dict[str, Collection] = {}

    def names(self) -> list[str]:
        return [database.parent.name for database in self._path.glob(f"*/{_DATABASE}")]

    def open(self, name: str) -> Collection:
        with self._lock:
            client = self._client(name)
            if name not in self._collections:
                self._collections[name] = client.get_collection(name, embedding_function=None)
            return self._collections[name]

    def make(self, name: str, dimensions: int) -> None:
        with self._lock:
            with suppress(Exception):  # whatever is wrong with what is there, it is replaced
                if _dimensions(self.open(name)) == dimensions:
                    return
            self.remove(name)
            (self._path / name).mkdir(parents=True)
            client = self._start(name)
            client.create_collection(
                name, metadata={_DIMENSIONS: dimensions}, configuration=_configuration(), embedding_function=None
            )

    def remove(self, name: str) -> None:
        with self._lock:
            self._stop(name)
            folder = self._path / name
            if folder.exists():
                shutil.rmtree(folder)

    def close(self) -> None:
        with self._lock:
            for name in list(self._clients):
                self._stop(name)

    def _client(self, name: str) -> Client:
        # Chroma goes on answering from open files after its folder was deleted or replaced, so look each time.
        with self._lock:
            client, opened = self._clients.get(name, (None, None))
            try:
                if client is not None and opened == self._identity(name):
                    return client
                self._stop(name)
                self._identity(name)  # opening a folder that is not there would make it
            except OSError:
                self._stop(name)
                raise
            return self._start(name)

    def _start(self, name: str) -> Client:
        import chromadb
        from chromadb.api.shared_system_client import SharedSystemClient
        from chromadb.config import Settings

        settings = Settings(anonymized_telemetry=False)
        try:
            client = cast("Client", chromadb.PersistentClient(str(self._path / name), settings))
        except BaseException:
            # Chroma remembers a failed start under its path, and would fail again after the folder is mended.
            SharedSystemClient.clear_system_cache()
            raise
        self._clients[name] = (client, self._identity(name))
        return client

    def _stop(self, name: str) -> None:
        client, _ = self._clients.pop(name, (None, None))
        self._collections.pop(name, None)
        if client is not None:
            with suppress(Exception):  # a broken one may not close cleanly
                client.close()

    def _identity(self, name: str) -> tuple[int, int]:
        status = (self._path / name / _DATABASE).stat()
        return status.st_dev, status.st_ino


class _Server:
    """The collections of a server; connected on first use, so that a server that is down does not stop a start."""

    batch = 500  # small enough to be written within the client's time limit
    _page = 1000

    def __init__(self, url: str) -> None:
        self.where = url
        self._lock = threading.Lock()
        self._connected: Client | None = None

    def names(self) -> list[str]:
        names: list[str] = []
        while True:
            page = self._client().list_collections(limit=self._page, offset=len(names))
            names += [collection.name for collection in page]
            if len(page) < self._page:
                return names

    def open(self, name: str) -> Collection:
        return self._client().get_collection(name, embedding_function=None)

    def make(self, name: str, dimensions: int) -> None:
        collection = self._client().get_or_create_collection(
            name, metadata={_DIMENSIONS: dimensions}, configuration=_configuration(), embedding_function=None
        )
        if _dimensions(collection) != dimensions:
            self.remove(name)
            self.make(name, dimensions)

    def remove(self, name: str) -> None:
        from chromadb.errors import NotFoundError

        with suppress(NotFoundError):
            self._client().delete_collection(name)

    def close(self) -> None:
        with self._lock:
            if self._connected is not None:
                from assistant.knowledge.chroma_http import disconnect

                disconnect(self._connected)
                self._connected = None

    def _client(self) -> Client:
        with self._lock:
            if self._connected is None:
                from assistant.knowledge.chroma_http import connect

                self._connected = connect(self.where)
            return self._connected


class ChromaVectors:
    """A ``VectorIndex`` kept by Chroma; safe between threads.

    Embedded in ``path``, which one process may hold at a time, or on the server at ``url``. Whatever goes wrong there
    is raised as ``IndexBroken``.
    """

    def __init__(self, path: Path | None = None, url: str | None = None) -> None:
        if url:
            self._home: _Home = _Server(url)
        elif path:
            self._home = _Folders(path)
        else:
            raise ValueError("Chroma needs a folder or the URL of a server")

    def collections(self) -> list[str]:
        """The names of all collections, sorted."""
        with self._guard("list collections"):
            return sorted(self._home.names())

    def create(self, name: str, dimensions: int) -> None:
        """Make an empty collection. One of the same dimensions stays as it is; a broken one is replaced."""
        if not _NAME.fullmatch(name):
            raise ValueError(f"“{name}” cannot name a collection: 3 to 512 letters, digits, dots, dashes, underscores")
        with self._guard(f"create {name}"):
            self._home.make(name, dimensions)

    def drop(self, name: str) -> None:
        """Remove the collection and what it takes on disk; one that does not exist is no error."""
        with self._guard(f"drop {name}"):
            self._home.remove(name)

    def upsert(self, name: str, ids: Sequence[str], vectors: Matrix) -> None:
        """Add the vectors (one a row), or replace those of the same ids; of an id given twice, the last counts."""
        rows = np.asarray(vectors, dtype=np.float32)
        places = {id_: place for place, id_ in enumerate(ids)}
        with self._guard(f"write to {name}"):
            collection = self._home.open(name)
            for batch in _batches(list(places), self._home.batch):
                collection.upsert(ids=batch, embeddings=rows[[places[id_] for id_ in batch]])

    def delete(self, name: str, ids: Sequence[str]) -> None:
        """Remove these ids; unknown ones are no error."""
        with self._guard(f"remove vectors of {name}"):
            collection = self._home.open(name)
            for batch in _batches(list(dict.fromkeys(ids)), self._home.batch):
                collection.delete(ids=batch)

    def query(self, name: str, vector: Vector, k: int) -> list[tuple[str, float]]:
        """The ``k`` nearest ids with their cosine similarities, best first."""
        if k < 1:
            return []
        with self._guard(f"search {name}"):
            collection = self._home.open(name)
            answer = collection.query(
                query_embeddings=np.asarray(vector, dtype=np.float32)[None], n_results=k, include=["distances"]
            )
            found = answer["ids"][0]
            distances = (answer["distances"] or [[]])[0]
            # Without its graph files Chroma answers from the few latest rows and says nothing (measured).
            if 2 * len(found) < k and 2 * len(found) < (held := collection.count()):
                raise IndexBroken(f"The index {name} finds only {len(found)} of {held} vectors: run “askdesk reindex”.")
            return [(id_, 1.0 - distance) for id_, distance in zip(found, distances, strict=True)]

    def count(self, name: str) -> int:
        """How many vectors the collection holds."""
        with self._guard(f"count {name}"):
            return self._home.open(name).count()

    def ids(self, name: str) -> set[str]:
        """All ids of the collection."""
        ids: set[str] = set()
        with self._guard(f"read {name}"):
            collection = self._home.open(name)
            offset = 0
            while page := collection.get(include=[], limit=self._home.batch, offset=offset)["ids"]:
                ids.update(page)
                offset += len(page)
        return ids

    def get(self, name: str, ids: Sequence[str]) -> dict[str, Vector]:
        """The vectors of these ids; unknown ones are left out."""
        vectors: dict[str, Vector] = {}
        with self._guard(f"read {name}"):
            collection = self._home.open(name)
            for batch in _batches(list(dict.fromkeys(ids)), self._home.batch):
                answer = collection.get(ids=batch, include=["embeddings"])
                rows = np.asarray(answer["embeddings"], dtype=np.float32)
                vectors.update(zip(answer["ids"], rows, strict=True))
        return vectors

    def audit(self, name: str, sample: Mapping[str, Vector]) -> list[str]:
        """The ids of the sample that are not found by their own vector."""
        return audit(self, name, sample)

    def close(self) -> None:
        """Let go of the folder or the server; the next call opens it again."""
        self._home.close()

    @contextmanager
    def _guard(self, act: str) -> Iterator[None]:
        try:
            yield
        except (IndexBroken, KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # a panic in Chroma's Rust core is not an Exception
            raise IndexBroken(
                f"The vector index in {self._home.where} could not {act} ({type(error).__name__}: {error}): "
                "check that it is there and can be written to, then run “askdesk reindex”."
            ) from error


def _configuration() -> Any:
    # A fresh one for each call: the library writes into what it is given.
    return {kind: dict(values) for kind, values in _SHAPE.items()}


def _dimensions(collection: Collection) -> int | None:
    value = (collection.metadata or {}).get(_DIMENSIONS)
    return value if isinstance(value, int) else None


def _batches(items: list[_Item], size: int) -> Iterator[list[_Item]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
