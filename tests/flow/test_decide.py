"""Answer only when sure enough; otherwise offer a person, and hand over when that is due."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.domain.answers import Hit, Outcome, Utterance
from assistant.domain.conversations import ConversationState
from assistant.flow.decide import decide
from assistant.flow.request import Intent, Retrieved, TurnRequest, Understanding
from assistant.knowledge.segment import tokens
from tests.passages import passage


def hit(article: str, score: float) -> Hit:
    found = passage(article, title=f"About {article}", text=f"All about {article}.", category="setup", tokens=article)
    return Hit(found, score, score, 0.0)


def asked(
    text: str, *, state: ConversationState = ConversationState.ASSISTANT, history: tuple[Utterance, ...] = ()
) -> TurnRequest:
    return TurnRequest(text=text, state=state, history=history)


def question(text: str) -> Understanding:
    return Understanding(Intent.QUESTION, "en", text)


SURE = Retrieved((hit("hub", 2.0), hit("camera", 0.5)), confidence=0.9, threshold=0.6)
UNSURE = Retrieved((hit("hub", 2.0), hit("camera", 0.5)), confidence=0.2, threshold=0.6)
BETWEEN = Retrieved((hit("hub", 1.0), hit("camera", 0.9)), confidence=0.5, threshold=0.6)


def test_a_question_is_searched_before_it_is_decided() -> None:
    assert decide(asked("How do I reset it?"), question("How do I reset it?"), None) is None


def test_sure_enough_is_answered_and_not_sure_enough_is_offered_a_person() -> None:
    text = "How do I reset my hub after it was moved?"
    sure, unsure = decide(asked(text), question(text), SURE), decide(asked(text), question(text), UNSURE)
    assert sure is not None and sure.outcome is Outcome.ANSWERED
    assert unsure is not None and unsure.outcome is Outcome.HANDOVER_OFFERED


def test_a_short_question_between_two_articles_is_asked_back_once() -> None:
    first = decide(asked("reset device"), question("reset device"), BETWEEN)
    assert first is not None and first.outcome is Outcome.CLARIFYING
    assert [found.passage.article for found in first.hits] == ["hub", "camera"]
    history = (Utterance("customer", "reset"), Utterance("assistant", "Which one?", outcome=Outcome.CLARIFYING))
    again = decide(asked("reset device", history=history), question("reset device"), BETWEEN)
    assert again is not None and again.outcome is Outcome.HANDOVER_OFFERED


def test_while_a_person_is_awaited_nothing_is_offered_again() -> None:
    waiting = asked("Why is the sky green here?", state=ConversationState.WAITING)
    decision = decide(waiting, question(waiting.text), UNSURE)
    assert decision is not None and decision.outcome is Outcome.DECLINED


def test_an_accepted_offer_hands_over_and_a_mere_ok_does_not() -> None:
    offered = (
        Utterance("customer", "odd question"),
        Utterance("assistant", "Shall I?", outcome=Outcome.HANDOVER_OFFERED),
    )
    answered = (Utterance("customer", "question"), Utterance("assistant", "So.", outcome=Outcome.ANSWERED))
    yes = Understanding(Intent.ACKNOWLEDGEMENT, "en", "yes")
    accepted = decide(asked("yes please", history=offered), yes, None)
    nodded = decide(asked("yes", history=answered), yes, None)
    declined = decide(asked("no", history=offered), yes, None)
    assert accepted is not None and accepted.outcome is Outcome.HANDED_OVER
    assert nodded is not None and nodded.outcome is Outcome.DECLINED
    assert declined is not None and declined.outcome is Outcome.DECLINED


def test_the_same_open_question_again_hands_over() -> None:
    text = "Why does the green lamp sing at night?"
    history = (Utterance("customer", text), Utterance("assistant", "Not found.", outcome=Outcome.HANDOVER_OFFERED))
    decision = decide(asked(text, history=history), question(text), UNSURE)
    assert decision is not None and decision.outcome is Outcome.HANDED_OVER


def test_still_unsolved_is_offered_first_and_handed_over_the_second_time() -> None:
    still = Understanding(Intent.STILL_UNSOLVED, "en", "reset\nit still doesn't work")
    answered = (Utterance("customer", "reset"), Utterance("assistant", "Hold it.", outcome=Outcome.ANSWERED))
    first = decide(asked("it still doesn't work", history=answered), still, UNSURE)
    assert first is not None and first.outcome is Outcome.HANDOVER_OFFERED
    history = (
        *answered,
        Utterance("customer", "still broken"),
        Utterance("assistant", "Sorry.", outcome=Outcome.HANDOVER_OFFERED),
    )
    second = decide(asked("it still doesn't work", history=history), still, None)
    assert second is not None and second.outcome is Outcome.HANDED_OVER


def known(article: str, title: str, text: str, score: float = 2.0, locale: str = "en") -> Hit:
    """A hit with its own words."""
    found = hit(article, score)
    words = "\n".join(" ".join(tokens(part)) for part in (text, "", title, ""))
    return found._replace(passage=found.passage._replace(title=title, text=text, tokens=words, locale=locale))


H2 = known("hub-h2", "Reset your Hub H2", "Hold the button of the H2 for 15 seconds.")
H1 = known("hub-h1", "Reset your Hub mini H1", "Hold the pin of the H1 for 8 seconds.", 1.9)
H2_ZH = known("hub-h2", "重置网关 H2", "按住 H2 的按钮 15 秒。", locale="zh-Hans")
CODES = known("codes", "Error codes", "E-14 means that an update failed.")
PAYING = known("paying", "Ways to pay", "Everything in the shop can be paid by card.")


def sure(*hits: Hit) -> Retrieved:
    return Retrieved(hits, confidence=0.9, threshold=0.6)


@pytest.mark.parametrize(
    ("query", "hits", "codes"),
    [
        ("How do I reset my Hub H3?", (H2, H1), ("H3",)),
        ("Hub H-3 reset", (H2, H1), ("H-3",)),
        ("H3 网关怎么重置", (H2_ZH,), ("H3",)),
        ("Ｈ３ 網關怎麼重置", (H2_ZH,), ("H3",)),
        ("what does error E-31 mean", (CODES,), ("E-31",)),
        ("错误代码 e31 是什么", (CODES,), ("e31",)),
        ("reset the hub mini H1", (H2, H1), ("H1",)),
    ],
)
def test_what_holds_for_another_model_or_code_is_no_answer_and_its_article_is_offered(
    query: str, hits: tuple[Hit, ...], codes: tuple[str, ...]
) -> None:
    decision = decide(asked(query), question(query), sure(*hits))
    assert decision is not None
    assert (decision.outcome, decision.reason, decision.codes) == (Outcome.HANDOVER_OFFERED, "unknown_code", codes)
    assert decision.hits[0] is hits[0]


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ("How do I reset my Hub H2?", (H2, H1)),
        ("H2怎么重置", (H2_ZH,)),
        ("what does e14 mean", (CODES,)),
        ("what does E 14 mean", (CODES,)),
        ("reset the H2, or is the H1 the same?", (H2, H1)),
        ("Can I pay for the H2 by card?", (PAYING, H2)),
        ("Do you sell B2B?", (PAYING,)),
        ("Can I pay for order FH20487731 by card?", (PAYING,)),
        ("Can I pay within 30s by card?", (PAYING,)),
    ],
)
def test_a_code_that_the_answer_knows_or_need_not_know_is_answered(query: str, hits: tuple[Hit, ...]) -> None:
    decision = decide(asked(query), question(query), sure(*hits))
    assert decision is not None
    assert decision.outcome is Outcome.ANSWERED


def test_a_model_that_only_articles_not_found_know_is_known() -> None:
    query = "Can I pay for the S1 by card?"
    for heard_of, outcome in (((), Outcome.HANDOVER_OFFERED), (("s1",), Outcome.ANSWERED)):
        decision = decide(asked(query), question(query), replace(sure(PAYING), heard_of=frozenset(heard_of)))
        assert decision is not None
        assert decision.outcome is outcome
    query = "How do I reset my Hub H3?"
    decision = decide(asked(query), question(query), replace(sure(H2, H1), heard_of=frozenset({"h3"})))
    assert decision is not None
    assert decision.codes == ("H3",)


def test_an_unknown_code_with_nothing_near_names_no_article() -> None:
    text = "What does E-31 mean?"
    decision = decide(asked(text), question(text), Retrieved((CODES,), confidence=0.1, threshold=0.6))
    assert decision is not None
    assert (decision.reason, decision.hits) == ("unknown_code", ())


def test_of_an_unknown_model_the_articles_about_its_like_are_named() -> None:
    text = "How do I reset my Hub H3?"
    far = H2._replace(score=1.0)
    decision = decide(asked(text), question(text), Retrieved((H1, PAYING, far), confidence=0.5, threshold=0.6))
    assert decision is not None
    assert decision.hits == (H1, far)


def titled(title: str, score: float) -> Hit:
    return known(title, title, f"{title}. Hold the button for 10 seconds.", score)


HUBS = (titled("Reset your Hub H2", 9.0), titled("Reset your Hub mini H1", 8.0))
ASKED_BACK = (
    Utterance("customer", "reset my hub"),
    Utterance("assistant", "Which one do you mean?", outcome=Outcome.CLARIFYING),
)


def test_a_question_that_several_products_fit_is_asked_back_even_if_one_looks_sure() -> None:
    decision = decide(asked("how do I reset my hub"), question("how do I reset my hub"), sure(*HUBS))
    assert decision is not None
    assert (decision.outcome, decision.names) == (Outcome.CLARIFYING, ("Hub H2", "Hub mini H1"))


def test_the_choice_made_is_answered_from_its_article_and_nothing_is_asked_a_second_time() -> None:
    unsure = Retrieved(HUBS, confidence=0.4, threshold=0.6)
    for found in (sure(*HUBS), unsure):
        chosen = decide(asked("Hub mini H1", history=ASKED_BACK), question("reset my hub\nHub mini H1"), found)
        assert chosen is not None and chosen.outcome is Outcome.ANSWERED
        assert chosen.hits[0].passage.title == "Reset your Hub mini H1"
    other = decide(asked("the grey one", history=ASKED_BACK), question("reset my hub\nthe grey one"), unsure)
    assert other is not None and other.outcome is Outcome.HANDOVER_OFFERED


def test_who_names_nothing_is_asked_what_it_is_about_once() -> None:
    first = decide(asked("how do I reset it"), question("how do I reset it"), UNSURE)
    assert first is not None and (first.outcome, first.reason, first.hits) == (Outcome.CLARIFYING, "unnamed", ())
    again = decide(asked("how do I reset it", history=ASKED_BACK), question("how do I reset it"), UNSURE)
    assert again is not None and again.outcome is Outcome.HANDOVER_OFFERED
    waiting = decide(asked("how do I reset it", state=ConversationState.WAITING), question("how do I reset it"), UNSURE)
    assert waiting is not None and waiting.outcome is Outcome.DECLINED


class TestTwoReadings:
    """A message that may or may not go with the questions before it, of which nothing sure was found either way."""

    TEXT = "hub and camera somewhere in the garden shed"

    def named(self, together: Retrieved, text: str = TEXT) -> list[str]:
        alone = replace(BETWEEN, together=together)
        decision = decide(asked(text), question(text), alone)
        assert decision is not None and decision.reason == "not_sure"
        return [found.passage.article for found in decision.hits]

    def test_the_best_article_of_each_is_named(self) -> None:
        lock = Retrieved((hit("hub camera lock garden", 2.0), hit("plug", 1.0)), confidence=0.4, threshold=0.6)
        assert self.named(lock) == ["hub", "hub camera lock garden"]

    def test_once_where_they_agree(self) -> None:
        agreed = Retrieved((hit("hub", 2.0), hit("plug", 1.0)), confidence=0.4, threshold=0.6)
        assert self.named(agreed, "the hub and the camera") == ["hub", "camera"]

    def test_one_that_is_far_from_sure_or_not_about_the_message_is_not_named(self) -> None:
        far = Retrieved((hit("hub camera garden", 2.0),), confidence=0.1, threshold=0.6)
        beside = Retrieved((hit("delivery", 2.0),), confidence=0.5, threshold=0.6)
        assert self.named(far) == self.named(beside) == ["hub", "camera"]
