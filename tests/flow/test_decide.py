"""Answer only when sure enough; otherwise offer a person, and hand over when that is due."""

from __future__ import annotations

from assistant.domain.answers import Hit, LivePassage, Outcome, Utterance
from assistant.domain.conversations import ConversationState
from assistant.flow.decide import decide
from assistant.flow.request import Intent, Retrieved, TurnRequest, Understanding


def hit(article: str, score: float) -> Hit:
    passage = LivePassage(
        id=f"p-{article}",
        article=article,
        locale="en",
        revision=1,
        title=f"About {article}",
        heading="",
        anchor="",
        kind="paragraph",
        position=0,
        text=f"All about {article}.",
        category="setup",
        audience="public",
        tokens=article,
    )
    return Hit(passage, score, score, 0.0)


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
