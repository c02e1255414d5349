"""What the bundled reader is trained on, how its pairs are made, and one short training."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain.sentences import sentences
from assistant.errors import NotFound
from assistant.knowledge.embedder import Embedder, Prompts
from assistant.knowledge.reader import Readable
from assistant.knowledge.reader_model import adapted, batch
from eval.datasets import Document
from eval.reader_material import (
    PIECE_TOKENS,
    held_out_documents,
    held_out_titles,
    in_pieces,
    is_held_out,
    is_read,
    load_material,
    read_documents,
)
from eval.reader_pairs import (
    Mixture,
    Pair,
    cross_pairs,
    faq_pairs,
    held_out_pairs,
    holds,
    pairs_of,
    swapped,
    without_answer,
)
from eval.train_reader import Trainer, answer_places, batches, lesson, train

# Each stands in every sentence about one thing, so that whatever is made of the thing can be told by it.
SQUAD = ("Abelo", "Brunti", "Corvat", "Dimsel", "Erpo", "Fulgan", "Grosta", "Hilmek")
PARALLEL = (*SQUAD, "Ibnor", "Jastel", "Kelvig", "Lompra", "Morduk", "Nistel", "Ospren", "Pludo", "Quenza", "Rastik")
DEVELOPMENT, TAIWAN, TRIAL = ("Sorbin", "Tavlo"), ("Ultrek", "Vespo"), ("Wolrim", "Xandel")
PROMPTS = Prompts("query: ", "passage: ")


def english(name: str, year: int) -> dict[str, Any]:
    text = (
        f"The bridge at {name} was opened in {year}. It takes Emil Ossian 12 minutes to cross {name} on foot. "
        f"At night {name} is lit by lamps that Berta Quist gave."
    )
    question = {"text": f"In which year did {name} open its bridge?", "answers": [str(year)]}
    return {"title": name, "text": text, "questions": [question]}


def chinese(name: str, year: int) -> dict[str, Any]:
    text = f"{name}的桥于{year}年开放。步行穿过{name}需要12分钟。夜里{name}有灯光照明。"
    return {"title": "", "text": text, "questions": [{"text": f"{name}的桥哪一年开放？", "answers": [f"{year}年"]}]}


def written(folder: Path, part: str, things: Sequence[dict[str, Any]]) -> None:
    folder.mkdir(exist_ok=True)
    passages = [{"id": f"{n}-0", "title": thing["title"], "text": thing["text"]} for n, thing in enumerate(things)]
    queries = [
        {"id": f"q{n}", "gold": f"{n}-0", **question}
        for n, thing in enumerate(things)
        for question in thing["questions"]
    ]
    for stem, rows in (("passages", passages), ("queries", queries)):
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
        (folder / f"{stem}{part}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Small collections in the shape of those that the reader is trained on."""
    squad = [english(name, 1801 + n) for n, name in enumerate(SQUAD)]
    for name, thing in zip(SQUAD, squad, strict=True):
        thing["questions"].append({"text": f"Who closed {name}?", "answerable": False})
    written(tmp_path / "squad2", "", squad)
    written(tmp_path / "xquad", ".en", [english(name, 1801 + n) for n, name in enumerate(PARALLEL)])
    written(tmp_path / "xquad", ".zh", [chinese(name, 1801 + n) for n, name in enumerate(PARALLEL)])
    for folder, names in (("cmrc2018_dev", DEVELOPMENT), ("drcd_dev", TAIWAN), ("cmrc2018", TRIAL)):
        written(tmp_path / folder, "", [chinese(name, 1901 + n) for n, name in enumerate(names)])
    banking = tmp_path / "banking77"
    banking.mkdir()
    rows = [
        {"text": text, "intent": label}
        for label, texts in {
            "lost_card": ["My card is lost", "I cannot find my card", "Where has my card gone"],
            "exchange": ["What is your rate for euros", "Which rate do you use", "How are euros exchanged"],
            "top_up": ["Can I add money by card", "How do I top up", "Topping up with cash"],
        }.items()
        for text in texts
    ]
    (banking / "train.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    return tmp_path


def words(text: str) -> int:
    return len(text.split())


def named(pairs: Sequence[Pair]) -> set[str]:
    """The things that questions or passages are about."""
    every = {*PARALLEL, *DEVELOPMENT, *TAIWAN, *TRIAL}
    told = "\n".join(f"{pair.question} {pair.passage.written()}" for pair in pairs)
    return {name for name in every if name in told}


class TestHeldOut:
    def test_two_titles_of_squad(self, data: Path) -> None:
        held = held_out_titles(data)
        assert len(held) == 2
        assert held < set(SQUAD)
        assert {title for title in SQUAD if is_held_out(data, "squad2", title)} == held
        assert held_out_documents(data, "squad2").isdisjoint(read_documents(data, "squad2"))
        assert len(held_out_documents(data, "squad2") | read_documents(data, "squad2")) == len(SQUAD)

    def test_what_was_read_as_squad_is_not_held_out_of_xquad(self, data: Path) -> None:
        elsewhere = [name for name in SQUAD if name not in held_out_titles(data) and not is_read(data, "xquad", name)]
        assert elsewhere, "the hash picks no title that is read as SQuAD: choose other names"
        assert not any(is_held_out(data, "xquad", name) for name in elsewhere)
        assert all(is_held_out(data, "xquad", name) for name in held_out_titles(data))
        for name in set(PARALLEL) - set(SQUAD):
            assert is_held_out(data, "xquad", name) != is_read(data, "xquad", name)

    @pytest.mark.parametrize("collection", ["banking77", "cmrc2018_dev", "drcd_dev"])
    def test_read_whole(self, tmp_path: Path, collection: str) -> None:
        assert not is_held_out(tmp_path, collection, "anything")

    @pytest.mark.parametrize("collection", ["mtrag_un", "hint3_sofmattress", "clinc150", "cmrc2018"])
    def test_never_read(self, tmp_path: Path, collection: str) -> None:
        assert is_held_out(tmp_path, collection, "anything")

    def test_never_in_training_and_alone_in_tests(self, data: Path) -> None:
        held = {name for name in SQUAD if is_held_out(data, "squad2", name)}
        parallel = {name for name in PARALLEL if is_held_out(data, "xquad", name)}
        mixture = Mixture(data, words)
        pairs = [pair for epoch in range(4) for pair in mixture.pairs(epoch)]
        assert parallel - set(SQUAD), "the hash holds no title out: choose other names"
        assert (
            named(pairs) == {*SQUAD, *DEVELOPMENT, *TAIWAN, *(n for n in PARALLEL if is_read(data, "xquad", n))} - held
        )
        tests = held_out_pairs(data, words)
        assert named(tests["squad2"]) == held
        assert named(tests["xquad zh→en"]) == named(tests["xquad en→zh"]) == parallel
        assert named(tests["cmrc2018"]) == set(TRIAL)

    def test_a_missing_collection_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(NotFound, match=r"squad2.passages\.jsonl"):
            Mixture(tmp_path, words)


SENTENCE = st.lists(st.sampled_from(["alder", "birch", "cedar", "drift", "elm"]), min_size=1, max_size=4)


class TestCut:
    @given(st.lists(SENTENCE, min_size=1, max_size=6), st.sampled_from(["alder", "birch cedar", "elm. Drift"]))
    def test_leaves_no_answer_and_whole_sentences(self, parts: list[list[str]], answer: str) -> None:
        text = " ".join(" ".join(part).capitalize() + "." for part in parts)
        left = without_answer(text, [answer], "en")
        kept = [sentence for sentence in sentences(text) if answer not in sentence]
        if left is None:
            assert answer in " ".join(kept) or len(" ".join(kept)) <= 0.4 * len(text)
        else:
            assert answer not in left
            assert sentences(left) == kept

    def test_chinese(self) -> None:
        text = "桥于1901年开放。步行需要十二分钟。夜里有灯光照明。"
        assert without_answer(text, ["1901年"], "zh") == "步行需要十二分钟。夜里有灯光照明。"

    def test_too_little_left(self) -> None:
        assert without_answer("It rained. The bridge over the wide river was opened in 1901.", ["1901"], "en") is None

    def test_pairs_are_made_of_it(self, data: Path) -> None:
        material = load_material("cuts", data / "squad2", words, locale="en")
        pairs = [pair for epoch in range(10) for pair in pairs_of(material, epoch)]
        whole = {piece.passage.text for piece in material.pieces}
        cut = [pair for pair in pairs if pair.passage.text not in whole]
        assert cut
        years = [str(1801 + n) for n in range(len(SQUAD))]
        assert not any(pair.right or holds(pair.passage.text, years) for pair in cut)


class TestSwapped:
    @given(st.integers(0, 120), st.lists(st.integers(0, 120), max_size=5), st.integers(0, 1000))
    def test_a_number_for_another(self, asked: int, told: list[int], seed: int) -> None:
        before, after = "How far is it to gate ", " on foot?"
        question = f"{before}{asked}{after}"
        text = "There are gates " + ", ".join(f"{number} " for number in told)
        changed = swapped(question, text, ["7"], "en", random.Random(seed))
        if changed is None:
            assert not [number for number in told if str(number) not in question and "7" not in str(number)]
            return
        assert changed != question
        new = changed.removeprefix(before).removesuffix(after)
        assert new not in question
        others = {str(number) for number in told if str(number) not in question and "7" not in str(number)}
        assert new in others if others else 10 <= int(new) < 100

    def test_a_name_for_another_that_is_no_answer(self) -> None:
        text = "It was built by Berta Quist, paid for by Emil Ossian and opened by Carla Dorn in 1901."
        made = {
            swapped("When was it opened by Carla Dorn?", text, ["Emil Ossian"], "en", random.Random(seed))
            for seed in range(20)
        }
        assert made == {"When was it opened by Berta Quist?"}

    def test_chinese_titles(self) -> None:
        text = "《春日河》和《秋山录》都在这里拍摄。"
        assert swapped("《春日河》在哪里拍摄？", text, ["这里"], "zh", random.Random(0)) == "《秋山录》在哪里拍摄？"

    @pytest.mark.parametrize("question", ["who built it?", "Was it built by Berta Quist?"])
    def test_nothing_to_swap(self, question: str) -> None:
        assert swapped(question, "it was built by Berta Quist.", [], "en", random.Random(0)) is None


class TestPairs:
    def test_labels_say_whether_the_passage_answers(self, data: Path) -> None:
        material = load_material("labels", data / "squad2", words, locale="en")
        asked = {question.text: question for question in material.questions}
        pairs = pairs_of(material, 0)
        assert {pair.right for pair in pairs} == {True, False}
        for pair in pairs:
            question = asked.get(pair.question)
            if pair.right:
                assert question is not None
                assert question.answerable
                assert holds(pair.passage.text, pair.answers)
            elif question is not None and question.answerable:
                assert not holds(pair.passage.text, question.answers)

    def test_each_epoch_is_drawn_anew_and_again_the_same(self, data: Path) -> None:
        mixture = Mixture(data, words)
        assert mixture.pairs(1) == mixture.pairs(1)
        assert mixture.pairs(1) != mixture.pairs(2)

    def test_across_languages(self, data: Path) -> None:
        english_half = load_material("en", data / "xquad", words, part="en", locale="en")
        chinese_half = load_material("zh", data / "xquad", words, part="zh", locale="zh")
        pairs = cross_pairs(chinese_half, english_half, 0)
        assert {pair.right for pair in pairs} == {True, False}
        assert all("哪一年" in pair.question and "bridge at" in pair.passage.text for pair in pairs if pair.right)
        assert all(pair.passage.title in pair.question and holds(pair.passage.text, pair.answers) for pair in pairs[:1])

    def test_messages_that_want_the_same(self) -> None:
        labelled = {"a": ["a1", "a2"], "b": ["b1", "b2", "b3"], "c": ["c1", "c2"]}
        pairs = faq_pairs(labelled, 0, rounds=200)
        assert len([pair for pair in pairs if pair.right]) == 200
        for pair in pairs:
            assert (pair.question[0] == pair.passage.text[0]) == pair.right
            assert pair.question != pair.passage.text

    def test_pieces_are_whole_sentences_within_bounds(self) -> None:
        lengths = (60, 60, 60, 200, 3)
        text = " ".join(" ".join([f"Word{n}", *["word"] * (length - 1)]) + "." for n, length in enumerate(lengths))
        pieces = [piece.passage.text for piece in in_pieces(Document("d", "Title", text), words)]
        assert [words(piece) for piece in pieces] == [120, 60, 200, 3]
        assert " ".join(pieces) == text
        assert PIECE_TOKENS == 140


@pytest.fixture(scope="module")
def trainer(embedder: Embedder) -> Trainer:
    return embedder.with_model(lambda encoder: Trainer(encoder, 1e6))


def pair(question: str, text: str, *answers: str, title: str = "", right: bool = True) -> Pair:
    return Pair(question, Readable(title, "", text), right, answers)


class TestAnswerPlaces:
    @pytest.mark.parametrize(
        ("made", "answer"),
        [
            (pair("When was it opened?", "It was opened in 1901, before the war.", "in 1901", "1901"), "1901"),
            (pair("Who gave lamps?", "Berta Quist gave the lamps.", "Berta Quist", title="Berta Quist"), "Berta Quist"),
            (pair("多久？", "步行穿过需要１２分钟，夜里有灯光照明。", "１２分钟", title="１２分钟的桥"), "１２分钟"),
            (pair("Wie lange?" * 40, "Der Übergang dauert zwölf Minuten.", "zwölf Minuten"), "zwölf Minuten"),
        ],
    )
    def test_cover_the_answer_and_no_more(self, trainer: Trainer, made: Pair, answer: str) -> None:
        each = lesson(made, PROMPTS)
        places = answer_places(trainer.tokenizer, each)
        assert places is not None
        ids, _, asked = batch(trainer.tokenizer, [(each.question, each.passage)])
        read = trainer.tokenizer.encode(each.passage)
        first, last = (place - int(asked[0]) + 1 for place in places)
        assert ids[0, places[0] : places[1] + 1].tolist() == read.ids[first : last + 1]
        start = len(each.passage) - len(made.passage.text)
        assert read.offsets[first][0] >= start - 1
        assert answer in each.passage[read.offsets[first][0] : read.offsets[last][1]]
        assert answer not in each.passage[read.offsets[first][1] : read.offsets[last][1]]
        assert answer not in each.passage[read.offsets[first][0] : read.offsets[last][0]]

    def test_nowhere_unknown_and_cut_off(self, trainer: Trainer) -> None:
        wrong = pair("When?", "It was opened in 1901.", right=False)
        same = pair("My card is lost", "I cannot find my card")
        late = pair("When?", "The river is wide here. " * 80 + "It was opened in 1901.", "1901")
        found = [answer_places(trainer.tokenizer, lesson(each, PROMPTS)) for each in (wrong, same, late)]
        assert found == [(0, 0), None, None]


class TestTraining:
    PAIRS = (
        pair("When was the bridge opened?", "The bridge was opened in 1901.", "1901"),
        pair("When was the bridge opened?", "The bridge is lit at night.", right=False),
        pair("谁捐了灯？", "灯是由贝尔塔捐赠的。", "贝尔塔"),
        pair("谁捐了灯？", "步行需要十二分钟。", right=False),
        pair("My card is lost", "I cannot find my card"),
        pair("My card is lost", "How do I top up", right=False),
    )

    def test_batches_hold_each_lesson_once(self, trainer: Trainer) -> None:
        lessons = [lesson(pair(f"Question {n}?", "word " * (n % 50), right=n % 2 == 0), PROMPTS) for n in range(100)]
        made = batches(lessons, trainer.length, random.Random(0))
        assert Counter(each for some in made for each in some) == Counter(lessons)
        assert sorted(map(len, made)) == [4, 24, 24, 24, 24]
        spread = [max(map(trainer.length, some)) - min(map(trainer.length, some)) for some in made]
        assert max(spread) < 25

    def test_learns_and_writes_what_the_reader_loads(
        self, trainer: Trainer, embedder: Embedder, tmp_path: Path
    ) -> None:
        lessons = [lesson(each, PROMPTS) for each in self.PAIRS]
        losses = [trainer.learn(lessons) for _ in range(6)]
        assert losses[-1] < losses[0]
        file = tmp_path / "reader.safetensors"
        trainer.save(file)
        loaded = embedder.with_model(lambda encoder: adapted(encoder, file))
        read = [float(loaded.logits(each.question, [each.passage])[0]) for each in lessons]
        assert read == pytest.approx(trainer.logits(lessons), abs=0.15)

    def test_ends_with_its_time_and_scores_last(self, embedder: Embedder, tmp_path: Path) -> None:
        short = embedder.with_model(lambda encoder: Trainer(encoder, 1e-6))
        file = tmp_path / "reader.safetensors"
        told = train(short, lambda _epoch: self.PAIRS * 5, {"small": self.PAIRS}, PROMPTS, file)
        assert next(told) == "epoch 0: 30 pairs, 0.50 of them right"
        assert not file.exists()
        (last,) = islice(told, 5)
        assert last.startswith("step 1: AUROC small ")
        assert file.exists()
        assert short.step == 1
