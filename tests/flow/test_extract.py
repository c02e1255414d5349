"""The place in the article that answers is quoted, and everything is said in the customer's script."""

from __future__ import annotations

import pytest

from assistant.domain.answers import Hit, LivePassage, Outcome
from assistant.flow.answer import Answering
from assistant.flow.decide import Decision
from assistant.flow.extract import chosen, extract
from assistant.flow.request import Intent, TurnRequest, Understanding
from assistant.knowledge.segment import tokens

TITLE = "Restart or reset your Hub H2"


def hit(
    text: str, score: float, heading: str = "", kind: str = "paragraph", locale: str = "en", title: str = TITLE
) -> Hit:
    place = sum(map(ord, heading)) if heading else 0
    passage = LivePassage(
        id=f"{heading}:{text[:20]}",
        article="hub-h2-reset",
        locale=locale,
        revision=1,
        title=title,
        heading=heading,
        anchor="",
        kind=kind,
        position=place,
        text=text,
        category="",
        audience="public",
        tokens="\n".join(" ".join(tokens(part)) for part in (text, heading, title, "")),
    )
    return Hit(passage, score, 0.9, 1.0)


LEAD = hit("Restart the hub first. This article is about the H2 with a status ring.", 10.0)
STEPS = hit("1. Hold the button for 15 seconds.\n2. Let go.", 6.0, "Factory reset the H2", "steps")
BACK = hit("The app offers to restore your automations.", 5.8, "What comes back")
LIGHTS = hit("Purple means that an update is being installed.", 5.0, "What the ring shows")


def test_title_and_phrasings_find_the_article_and_a_heading_the_place_in_it() -> None:
    assert chosen("How do I factory reset my H2?", [LEAD, STEPS, BACK, LIGHTS])[0] is STEPS
    assert chosen("what does a purple ring mean", [LEAD, STEPS, BACK, LIGHTS])[0] is LIGHTS


def test_a_word_that_asks_tells_nothing_about_the_place() -> None:
    when = hit("We send the refund. How long it then takes depends on the bank.", 5.0, "What happens next")
    days = hit("Most items can be returned within 30 days.", 6.0, "Before you start")
    assert chosen("How long do I have to return it?", [LEAD, days, when])[0] is days


def test_a_second_place_that_fits_as_well_is_quoted_too_and_never_a_third() -> None:
    cells = [
        hit("The lock needs four alkaline cells.", 6.0, "Fit new cells"),
        hit("The lock takes alkaline cells only.", 6.0, "Choose cells"),
        hit("Alkaline cells of the lock last ten months.", 5.9, "Life of cells"),
    ]
    quoted = extract("alkaline cells lock", "en", cells)
    assert [citation.n for citation in quoted.citations] == [1, 2]


def test_two_places_that_fit_alike_stand_in_the_articles_order() -> None:
    fix = hit("E-51 on the card: remove clips.", 6.0, "Remedy", "list")
    means = hit("E-51 means that the card is full.", 6.0)
    assert chosen("E-51 card", [fix, means]) == [means, fix]


@pytest.mark.parametrize("query", ["H1 怎么操作", "H1 怎麼操作"])
def test_a_question_in_either_script_finds_the_steps(query: str) -> None:
    stays = hit("摄像机照常使用。", 6.0, "会丢什么", locale="zh-Hans")
    steps = hit("1. 按住针孔 8 秒。\n2. 松开。", 6.0, "恢复出厂设置", "steps", locale="zh-Hans")
    assert chosen(query, [stays, steps]) == [steps]


def test_articles_to_tap_are_named_in_the_customers_script() -> None:
    found = (hit("重启不会删除任何内容。", 5.0, locale="zh-Hans", title="重启或重置网关"),)
    understood = Understanding(Intent.QUESTION, "zh-Hant", "網關")
    for outcome, reason in ((Outcome.CLARIFYING, "ambiguous"), (Outcome.HANDOVER_OFFERED, "not_sure")):
        decision = Decision(outcome, reason, found)
        answer = Answering(lambda: None).answer(TurnRequest("網關"), understood, None, decision, None)
        assert answer.choices[0].text == "重啟或重置網關"
