"""Three real indexes behind one interface: in memory, Chroma embedded, Chroma served; and what breaks them."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from assistant.errors import IndexBroken
from assistant.knowledge import chroma_http
from assistant.knowledge.chroma import ChromaVectors
from assistant.knowledge.vectors import ExactVectors, Matrix, VectorIndex, audit, unit

DIMENSIONS = 32


def random_vectors(count: int, seed: int = 0) -> Matrix:
    return unit(np.random.default_rng(seed).normal(size=(count, DIMENSIONS)).astype(np.float32))


def names(count: int) -> list[str]:
    return [f"passage-{n}:0" for n in range(count)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """The address and process of a real ``chroma run``."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).parent / "chroma"), "run", "--host", "127.0.0.1", "--port", str(port)]
    path = tmp_path_factory.mktemp("chroma-server")
    process = subprocess.Popen([*command, "--path", str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert time.monotonic() < deadline, "chroma run did not start"
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(params=["exact", "embedded", "server"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[VectorIndex]:
    if request.param == "exact":
        yield ExactVectors()
        return
    chroma = (
        ChromaVectors(tmp_path)
        if request.param == "embedded"
        else ChromaVectors(url=request.getfixturevalue("server")[0])
    )
    yield chroma
    for name in chroma.collections():
        chroma.drop(name)
    chroma.close()


class TestEveryIndex:
    def test_finds_the_nearest_by_cosine_best_first(self, index: VectorIndex) -> None:
        vectors = random_vectors(1200)
        index.create("kb-1", DIMENSIONS)
        index.upsert("kb-1", names(1200), vectors)
        query = random_vectors(1, seed=1)[0]

        found = index.query("kb-1", query, 20)

        similarities = vectors @ query
        best = np.argsort(-similarities)[:20]
        assert [id_ for id_, _ in found] == [names(1200)[place] for place in best]
        assert [similarity for _, similarity in found] == pytest.approx(similarities[best].tolist(), abs=1e-4)

    def test_lengths_of_vectors_do_not_matter(self, index: VectorIndex) -> None:
        vectors = random_vectors(3)
        index.create("kb-1", DIMENSIONS)
        index.upsert("kb-1", names(3), vectors * np.array([[1], [5], [0.1]], np.float32))
        assert dict(index.query("kb-1", vectors[2] * 3, 1)) == {"passage-2:0": pytest.approx(1, abs=1e-4)}

    def test_asks_for_more_than_there_is(self, index: VectorIndex) -> None:
        index.create("kb-1", DIMENSIONS)
        assert index.query("kb-1", random_vectors(1)[0], 10) == []
        index.upsert("kb-1", names(3), random_vectors(3))
        assert len(index.query("kb-1", random_vectors(1)[0], 10)) == 3
        assert index.query("kb-1", random_vectors(1)[0], 0) == []

    def test_upsert_replaces_and_delete_removes(self, index: VectorIndex) -> None:
        vectors = random_vectors(50)
        index.create("kb-1", DIMENSIONS)
        index.upsert("kb-1", names(40), vectors[:40])
        index.upsert("kb-1", ["passage-0:0", "extra", "extra"], vectors[[48, 47, 49]])
        index.delete("kb-1", ["passage-1:0", "passage-39:0", "never-there"])
        index.delete("kb-1", [])
        index.upsert("kb-1", [], vectors[:0])

        assert index.count("kb-1") == 39
        assert index.ids("kb-1") == {*names(40), "extra"} - {"passage-1:0", "passage-39:0"}
        assert index.query("kb-1", vectors[48], 1)[0][0] == "passage-0:0"
        assert index.query("kb-1", vectors[49], 1)[0][0] == "extra"
        assert index.query("kb-1", vectors[1], 1)[0][0] != "passage-1:0"
        kept = index.get("kb-1", ["extra", "passage-1:0", "passage-7:0"])
        assert kept.keys() == {"extra", "passage-7:0"}
        assert kept["passage-7:0"] == pytest.approx(vectors[7], abs=1e-6)
        assert index.get("kb-1", []) == {}

    def test_collections_are_made_kept_and_dropped(self, index: VectorIndex) -> None:
        index.create("kb-2", DIMENSIONS)
        index.create("kb-1", DIMENSIONS)
        index.upsert("kb-1", ["one"], random_vectors(1))
        index.create("kb-1", DIMENSIONS)
        assert index.count("kb-1") == 1, "the same again keeps what is there"
        assert index.collections() == ["kb-1", "kb-2"]
        index.create("kb-1", 8)
        index.upsert("kb-1", ["one"], np.ones((1, 8), np.float32))
        assert index.count("kb-1") == 1, "other dimensions start anew"
        index.drop("kb-2")
        index.drop("kb-2")
        assert index.collections() == ["kb-1"]

    def test_a_missing_collection_is_broken(self, index: VectorIndex) -> None:
        index.create("kb-1", DIMENSIONS)
        index.drop("kb-1")
        for call in (
            lambda: index.query("kb-1", random_vectors(1)[0], 3),
            lambda: index.upsert("kb-1", ["one"], random_vectors(1)),
            lambda: index.delete("kb-1", ["one"]),
            lambda: index.count("kb-1"),
            lambda: index.ids("kb-1"),
            lambda: index.get("kb-1", ["one"]),
        ):
            with pytest.raises(IndexBroken, match=r"kb-1.*askdesk reindex"):
                call()
        assert index.collections() == []

    def test_vectors_of_another_model_are_refused(self, index: VectorIndex) -> None:
        index.create("kb-1", DIMENSIONS)
        index.upsert("kb-1", ["one"], random_vectors(1))
        with pytest.raises(IndexBroken, match=r"kb-1.*dimension"):
            index.upsert("kb-1", ["two"], np.ones((1, 8), np.float32))

    def test_the_audit_names_what_does_not_find_itself(self, index: VectorIndex) -> None:
        vectors = random_vectors(300)
        index.create("kb-1", DIMENSIONS)
        index.upsert("kb-1", names(300), vectors)
        index.upsert("kb-1", [f"copy-{n}" for n in range(40)], np.repeat(vectors[:1], 40, axis=0))
        index.delete("kb-1", ["passage-3:0"])
        index.upsert("kb-1", ["passage-5:0"], vectors[6:7])
        sample = dict(zip(names(300), vectors, strict=True))

        assert audit(index, "kb-1", sample) == ["passage-3:0", "passage-5:0"]

    def test_serves_many_threads(self, index: VectorIndex) -> None:
        vectors = random_vectors(400)
        index.create("kb-1", DIMENSIONS)
        index.upsert("kb-1", names(400), vectors)
        failures: list[BaseException] = []

        def write() -> None:
            for start in range(0, 200, 20):
                index.delete("kb-1", names(400)[start : start + 20])
                index.upsert("kb-1", names(400)[start : start + 20], vectors[start : start + 20])

        def read() -> None:
            try:
                for place in range(300, 340):
                    id_, similarity = index.query("kb-1", vectors[place], 3)[0]
                    assert id_ == f"passage-{place}:0"
                    assert similarity > 0.999
            except (AssertionError, IndexBroken, IndexError) as error:
                failures.append(error)

        threads = [threading.Thread(target=target) for target in (write, read, read)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert index.ids("kb-1") == set(names(400))


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[tuple[ChromaVectors, Path, Matrix]]:
    """An embedded index whose 3,000 vectors are on disk."""
    vectors = random_vectors(3000)
    chroma = ChromaVectors(tmp_path / "chroma")
    chroma.create("kb-1", DIMENSIONS)
    for start in range(0, 3000, 1000):
        chroma.upsert("kb-1", names(3000)[start : start + 1000], vectors[start : start + 1000])
    yield chroma, tmp_path / "chroma", vectors
    chroma.close()


class TestEmbeddedChroma:
    def test_answers_after_a_restart(self, filled: tuple[ChromaVectors, Path, Matrix]) -> None:
        chroma, path, vectors = filled
        chroma.close()
        again = ChromaVectors(path)
        assert again.query("kb-1", vectors[17], 1)[0][0] == "passage-17:0"
        assert again.ids("kb-1") == set(names(3000))
        again.close()

    def test_a_deleted_folder_is_noticed_while_open(self, filled: tuple[ChromaVectors, Path, Matrix]) -> None:
        chroma, path, vectors = filled
        shutil.rmtree(path)
        with pytest.raises(IndexBroken, match="askdesk reindex"):
            chroma.query("kb-1", vectors[0], 3)
        assert not path.exists(), "looking must not make an empty index that seems to serve"

        chroma.create("kb-1", DIMENSIONS)
        chroma.upsert("kb-1", names(5), vectors[:5])
        assert chroma.query("kb-1", vectors[2], 1)[0][0] == "passage-2:0"

    @pytest.mark.parametrize("damage", ["database", "graph", "no graph"])
    def test_damage_is_noticed_and_mended_by_making_it_anew(
        self, damage: str, filled: tuple[ChromaVectors, Path, Matrix]
    ) -> None:
        chroma, path, vectors = filled
        chroma.close()
        graph = next(file.parent for file in path.rglob("data_level0.bin"))
        if damage == "database":
            (path / "kb-1" / "chroma.sqlite3").write_bytes(b"no database" * 500)
        elif damage == "no graph":
            shutil.rmtree(graph)
        else:
            for file in graph.iterdir():
                file.write_bytes(b"no graph")

        with pytest.raises(IndexBroken, match="kb-1"):
            chroma.query("kb-1", vectors[0], 10)

        chroma.drop("kb-1")
        chroma.create("kb-1", DIMENSIONS)
        chroma.upsert("kb-1", names(5), vectors[:5])
        assert chroma.query("kb-1", vectors[2], 1)[0][0] == "passage-2:0"

    def test_create_replaces_a_collection_that_cannot_be_opened(
        self, filled: tuple[ChromaVectors, Path, Matrix]
    ) -> None:
        chroma, path, _ = filled
        chroma.close()
        (path / "kb-1" / "chroma.sqlite3").write_bytes(b"no database" * 500)
        chroma.create("kb-1", DIMENSIONS)
        assert chroma.count("kb-1") == 0
        assert chroma.collections() == ["kb-1"]

    def test_a_dropped_collection_gives_its_disk_space_back(self, filled: tuple[ChromaVectors, Path, Matrix]) -> None:
        chroma, path, _ = filled
        assert sum(file.stat().st_size for file in path.rglob("*")) > 500_000
        chroma.drop("kb-1")
        assert list(path.iterdir()) == []

    def test_a_path_that_is_a_file_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(IndexBroken, match="file could not create"):
            ChromaVectors(tmp_path / "file").create("kb-1", DIMENSIONS)

    @pytest.mark.parametrize("name", ["..", "a/b", "x", "kb 1"])
    def test_names_that_are_no_folder_names_are_refused(self, name: str, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="cannot name"):
            ChromaVectors(tmp_path).create(name, DIMENSIONS)


class TestChromaServer:
    def test_a_server_that_is_down_is_named(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(IndexBroken, match=url):
            ChromaVectors(url=url).query("kb-1", random_vectors(1)[0], 3)

    @pytest.mark.parametrize("when", ["before the first call", "between calls"])
    def test_a_server_that_hangs_is_given_up(
        self, when: str, server: tuple[str, int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(chroma_http, "TIMEOUT", httpx.Timeout(0.5))
        url, process = server
        chroma = ChromaVectors(url=url)
        if when == "between calls":
            chroma.collections()
        os.kill(process, signal.SIGSTOP)
        # On a busy machine it may answer once more before it stops.
        os.waitid(os.P_PID, process, os.WSTOPPED)
        try:
            started = time.monotonic()
            with pytest.raises(IndexBroken, match="Timeout"):
                chroma.collections()
            assert time.monotonic() - started < 5
        finally:
            os.kill(process, signal.SIGCONT)
        chroma.close()
        assert chroma.collections() == []
        chroma.close()

    def test_another_client_sees_what_was_written(self, server: tuple[str, int]) -> None:
        writer, reader = ChromaVectors(url=server[0]), ChromaVectors(url=server[0])
        vectors = random_vectors(1100)
        writer.create("shared", DIMENSIONS)
        writer.upsert("shared", names(1100), vectors)
        assert reader.query("shared", vectors[1050], 1)[0][0] == "passage-1050:0"
        writer.drop("shared")
        writer.create("shared", DIMENSIONS)
        writer.upsert("shared", ["new"], vectors[:1])
        assert reader.ids("shared") == {"new"}
        writer.drop("shared")
        writer.close()
        reader.close()


class TestExactVectors:
    def test_load_replaces_a_collection(self) -> None:
        exact = ExactVectors()
        exact.load("kb-1", names(10), random_vectors(10))
        exact.load("kb-1", names(3), random_vectors(3, seed=2))
        exact.upsert("kb-1", ["later"], random_vectors(1, seed=3))
        assert exact.ids("kb-1") == {*names(3), "later"}
        assert exact.query("kb-1", random_vectors(1, seed=3)[0], 1)[0][0] == "later"

    def test_ids_must_fit_the_matrix(self) -> None:
        with pytest.raises(ValueError, match="2 ids, 1 of them distinct, for 2 vectors"):
            ExactVectors().load("kb-1", ["a", "a"], random_vectors(2))
