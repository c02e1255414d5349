"""Passages read together with the question: by the bundled reader, and by a real cross-encoder of one's own."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from assistant.errors import ModelUnavailable
from assistant.flow.request import TurnRequest
from assistant.knowledge.embedder import Embedder
from assistant.knowledge.features import NAMES
from assistant.knowledge.reader import AdapterReader, CrossEncoderReader, Readable, Reader, load_reader
from assistant.settings import Settings
from eval.cases import STARTER_ARTICLES
from tests.knowledge.cross_encoder import make_cross_encoder
from tests.starter import QUESTION, starter_container

HUB = Readable(
    "Reset the hub",
    "",
    "Hold the button on the back of the hub for ten seconds until the ring turns orange. All devices stay paired.",
)
RETURNS = Readable(
    "Return a product",
    "",
    "You can return a product within 30 days of delivery. The refund reaches your account after five working days.",
)
PRICES = Readable("价格", "", "高级订阅每月 6 元，按年付 60 元。录像保存 30 天。")

QUESTIONS = [
    ("How many days do I have to return something?", RETURNS),
    ("Which button resets the hub?", HUB),
    ("高级订阅多少钱？", PRICES),
]


@pytest.fixture(scope="module")
def reader(embedder: Embedder) -> AdapterReader:
    """The reader that ships."""
    return AdapterReader(embedder)


@pytest.mark.parametrize(("question", "right"), QUESTIONS)
def test_what_answers_is_told_from_what_does_not(reader: Reader, question: str, right: Readable) -> None:
    passages = [HUB, RETURNS, PRICES]
    assert passages[int(np.argmax(reader.read(question, passages)))] == right


def test_a_passage_about_the_same_that_lacks_the_answer_says_less(reader: Reader) -> None:
    without = RETURNS._replace(text="The refund reaches your account after five working days.")
    told, untold = reader.read("How many days do I have to return something?", [RETURNS, without])
    assert told > untold


def test_many_at_once_are_read_like_each_alone(reader: Reader, embedder: Embedder) -> None:
    alone = [AdapterReader(embedder).read("How do I reset it?", [passage])[0] for passage in (HUB, RETURNS, PRICES)]
    assert reader.read("How do I reset it?", [HUB, RETURNS, PRICES]) == pytest.approx(alone, abs=0.05)


def test_patient_reading_says_the_same(embedder: Embedder) -> None:
    urgent, patient = (
        AdapterReader(embedder).read("How do I reset it?", [HUB, RETURNS, PRICES, HUB], patient=patient)
        for patient in (False, True)
    )
    assert patient == pytest.approx(urgent, abs=0.05)


def test_nothing_to_read_and_texts_of_any_length_are_read(reader: Reader) -> None:
    assert reader.read("How do I reset it?", []).shape == (0,)
    long = Readable("", "", "The hub is reset by its button. " * 200)
    assert np.isfinite(reader.read("button " * 300, [long, Readable("", "", "")])).all()


def test_off_and_other_embedders_read_nothing(embedder: Embedder, tmp_path: Path) -> None:
    assert load_reader("off", embedder, tmp_path) is None


def test_a_damaged_adapter_is_called_unavailable(embedder: Embedder, tmp_path: Path) -> None:
    (tmp_path / "reader.safetensors").write_bytes(b"nothing of the kind")
    with pytest.raises(ModelUnavailable, match="bundled reader"):
        AdapterReader(embedder, tmp_path / "reader.safetensors")


def test_a_missing_cross_encoder_names_the_setting(embedder: Embedder, tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="ASKDESK_RERANKER"):
        load_reader(str(tmp_path / "nowhere"), embedder, tmp_path)


@pytest.fixture(scope="module")
def folder(embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cross-encoder of one's own."""
    return make_cross_encoder(tmp_path_factory.mktemp("cross-encoder"), embedder, STARTER_ARTICLES)


@pytest.mark.parametrize(("question", "right"), QUESTIONS)
def test_a_cross_encoder_in_a_folder_orders_too(
    folder: Path, embedder: Embedder, tmp_path: Path, question: str, right: Readable
) -> None:
    own = load_reader(str(folder), embedder, tmp_path)
    assert isinstance(own, CrossEncoderReader)
    assert not own.decides
    passages = [HUB, RETURNS, PRICES]
    assert passages[int(np.argmax(own.read(question, passages)))] == right


def test_it_orders_in_an_installation_and_does_not_decide(
    migrated_sqlite: Path, tmp_path: Path, starter_backup: Path, embedder: Embedder, folder: Path
) -> None:
    shutil.copy(migrated_sqlite, tmp_path / "askdesk.db")
    own = Settings(_env_file=None, data_dir=tmp_path, reranker=str(folder))
    with starter_container(own, starter_backup, embedder) as opened:
        assert isinstance(opened.knowledge.reader, CrossEncoderReader)
        answer = opened.turns.once(TurnRequest(QUESTION))
        assert len(opened.calibrations.current().weights) == len(NAMES)
        assert any(each["why"]["reader"] > 0 for each in answer.trace["candidates"])
        assert answer.citations
