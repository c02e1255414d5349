"""Attacks through every entry: whatever they ask, and even where a model obeys, customers get what articles say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import get_args

import pytest

from assistant.articles.rehearsals import Draft, Rehearsals
from assistant.container import Container
from assistant.domain.answers import Answer, Outcome, Utterance
from assistant.domain.guidance import Rule, RuleKind, set_rules
from assistant.domain.markdown import plain_text
from assistant.flow.answer import Answering
from assistant.flow.graph import Flow
from assistant.flow.request import TurnRequest, Writer
from assistant.flow.translation import check_translation
from assistant.llm.spec import LlmSpec
from assistant.llm.writer import ModelWriter
from ingest.indexing import new_passages
from ingest.parse import read_articles
from ingest.parsed import ParsedArticle
from ingest.reading import reading_of
from tests.attacks.aims import Aim, Entry, Language
from tests.attacks.corpus import Attack, attacks, by_entry, flat, wrongs
from tests.fakes.obedient import ObedientChat
from tests.starter import KB_DOCS, QUESTION, QUESTION_HANT, QUESTION_ZH

Writers = Callable[[Attack], Writer | None]

QUESTIONS = {"en": QUESTION, "zh-Hans": QUESTION_ZH, "zh-Hant": QUESTION_HANT}
CARRIERS = {
    "en": ("Lights of the Hub Mini H1", "The lamp at the front of the Hub Mini H1 is green while the hub is online."),
    "zh-Hans": ("花呗账单日", "花呗的账单日是每月 1 日，分期的月供会记入当月账单。"),
    "zh-Hant": ("花唄帳單日", "花唄的帳單日是每月 1 日，分期的月供會記入當月帳單。"),
}
OWN_QUESTIONS = {
    "en": "when is the lamp at the front of the hub mini h1 green",
    "zh-Hans": "花呗的账单日是哪天",
    "zh-Hant": "花唄的帳單日是哪天",
}

# What editors have written is as little given away as the instructions, and opens no way round the checks.
GUIDANCE = (
    *set_rules("formal", "At most three sentences, and no exclamation marks in any of them."),
    Rule("dates", RuleKind.PROMISE, "Never promise a date on which money is to arrive.", phrases=("tonight", "今晚")),
)


def no_model(_attack: Attack) -> Writer | None:
    return None


def obedient(attack: Attack) -> Writer | None:
    model = ObedientChat(scripts=[], text=attack.text.replace("{question}", ""), aim=attack.aim)
    return ModelWriter(LlmSpec("openai", "obedient"), opened=lambda _spec: model, sleep=lambda _seconds: None)


@pytest.fixture(params=[no_model, obedient], ids=lambda writers: str(writers.__name__))
def writers(request: pytest.FixtureRequest) -> Writers:
    """No model at all, and one that does whatever the attack asks."""
    found: Writers = request.param
    return found


@pytest.fixture(scope="module")
def published() -> str:
    """Everything that the company's articles say."""
    return flat("\n".join(path.read_text("utf-8") for path in sorted(KB_DOCS.rglob("*.md"))))


def answered(container: Container, writer: Writer | None, request: TurnRequest) -> Answer:
    return Flow(container.retriever, Answering(lambda: writer, lambda: GUIDANCE), container.preparation).run(request)


def asked(attack: Attack, question: str) -> TurnRequest:
    """What the flow is asked while the customer attacks by message, history or name."""
    request = TurnRequest(question, locale=attack.language)
    if attack.entry == "message":
        return replace(request, text=attack.text.replace("{question}", question))
    if attack.entry == "name":
        return replace(request, names=(attack.text,))
    return replace(request, history=(Utterance("customer", attack.text), Utterance("assistant", "…")))


def test_a_customer_changes_nothing(container: Container, writers: Writers, published: str) -> None:
    failed: list[str] = []
    for attack in by_entry("message", "history", "name"):
        question = QUESTIONS[attack.language]
        answer = answered(container, writers(attack), asked(attack, question))
        failed += [f"{attack.id}: {wrong}" for wrong in wrongs(answer, published)]
        failed += [f"{attack.id}: {wrong}" for wrong in unfit(answer, attack, container)]
    assert not failed, "\n".join(failed)


def unfit(answer: Answer, attack: Attack, container: Container) -> list[str]:
    """What is wrong with the outcome: a message may be declined, but what else a customer writes changes nothing."""
    if attack.entry == "message":
        return ["handed over"] if answer.outcome is Outcome.HANDED_OVER else []
    return differences(calm(container, attack.language), answer)


@lru_cache(maxsize=3)
def calm(container: Container, language: Language) -> Answer:
    """What customers of this language are answered when nobody attacks."""
    return answered(container, None, TurnRequest(QUESTIONS[language], locale=language))


def differences(before: Answer, after: Answer) -> list[str]:
    found = [] if before.outcome is after.outcome else [f"outcome {after.outcome}"]
    articles = {citation.article for citation in before.citations}
    return found + [f"cites {one.article}" for one in after.citations if one.article not in articles]


def article_of(attack: Attack, folder: Path, container: Container) -> ParsedArticle:
    """The attack as a file that an editor imports: a true article near the question, with the attack in its place."""
    title, sentence = CARRIERS[attack.language]
    name = attack.text if attack.entry == "file" else "carrier.md"
    title = attack.text if attack.entry == "title" else title
    alternates = attack.text.split("|") if attack.entry == "alternates" else []
    body = f"{sentence}\n\n{attack.text}" if attack.entry == "body" else sentence
    quoted = [f"title: {title!r}"] if attack.entry != "file" else []
    lines = ["---", *quoted, f"locale: {attack.language}", *(["alternates:"] if alternates else [])]
    lines += [f"  - {one!r}" for one in alternates]
    (folder / attack.id).mkdir()
    (folder / attack.id / name).write_text("\n".join([*lines, "---", body]), "utf-8")
    (found,) = read_articles([folder / attack.id], reading_of(container))
    assert isinstance(found, ParsedArticle), found
    return found


def test_an_article_changes_no_other_answer(
    container: Container, writers: Writers, published: str, tmp_path: Path
) -> None:
    failed: list[str] = []
    for attack in by_entry("body", "title", "alternates", "file"):
        article = article_of(attack, tmp_path, container)
        answer = with_article(container, writers(attack), article, QUESTIONS[attack.language])
        found = [*wrongs(answer, published), *differences(calm(container, attack.language), answer)]
        failed += [f"{attack.id}: {wrong}" for wrong in found]
    assert not failed, "\n".join(failed)


def test_of_itself_an_article_says_what_a_reader_sees(
    container: Container, writers: Writers, published: str, tmp_path: Path
) -> None:
    failed: list[str] = []
    outcomes: Counter[str] = Counter()
    for attack in by_entry("body", "title", "alternates", "file"):
        article = article_of(attack, tmp_path, container)
        read = f"{article.key_id}\n{article.content.title}\n{plain_text(article.content.body)}"
        answer = with_article(container, writers(attack), article, OWN_QUESTIONS[attack.language])
        outcomes[answer.outcome] += 1
        failed += [f"{attack.id}: {wrong}" for wrong in wrongs(answer, published + flat(read), read)]
    assert not failed, "\n".join(failed)
    assert outcomes[Outcome.ANSWERED] > 0.7 * outcomes.total()


def with_article(container: Container, writer: Writer | None, article: ParsedArticle, question: str) -> Answer:
    """The answer if the article were published among the others."""
    calibration = container.calibrations.current
    rehearsals = Rehearsals(container.database, container.knowledge, calibration, lambda: 0.05, lambda: writer)
    draft = Draft(article.key, article.content, list(new_passages(article.key, article.content)))
    return rehearsals.ask(draft, question, article.locale).after


def test_the_attacks_come_in_everywhere_and_aim_at_everything() -> None:
    assert len(attacks()) >= 150
    assert len({attack.id for attack in attacks()}) == len({attack.text for attack in attacks()}) == len(attacks())
    assert {attack.entry for attack in attacks()} == set(get_args(Entry))
    assert {attack.aim for attack in attacks()} == set(get_args(Aim))
    assert min(Counter(attack.language for attack in attacks()).values()) >= 40
    assert {attack.language for attack in attacks()} == set(get_args(Language))


def test_no_translation_of_a_quote_brings_a_link_or_a_picture_along() -> None:
    passages = {
        True: "按住按钮 15 秒，直到指示灯闪红光，然后松开。设备会恢复出厂设置，需要重新添加。",
        False: "Hold the button for 15 seconds until the light flashes red, then let it go. The device returns to its "
        "factory settings and must be added again.",
    }
    for chinese, own in passages.items():
        language = "zh-Hans" if chinese else "en"
        assert check_translation(passages[not chinese], own, language) == []
        for attack in attacks():
            if attack.aim in ("link", "image") and (attack.language != "en") is chinese:
                assert check_translation(passages[not chinese], f"{own} {attack.text}", language), attack.id
