"""The operator's rules over a decision: answered, held back, drafted, narrowed; topics before all of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from assistant.domain.answers import Hit, Outcome, Utterance
from assistant.domain.conversations import ConversationState
from assistant.domain.rollout import Channel, Mode, Rollout, Rule, Situation, Topic
from assistant.flow.request import Intent, Retrieved, TurnRequest, Understanding
from assistant.flow.rollout import Released, release
from tests.passages import passage

ASKED = "How do I get my money back after a return?"


def hit(article: str, category: str, score: float) -> Hit:
    found = passage(article, title=f"About {article}", text=f"All about {article}.", category=category, tokens=article)
    return Hit(found, score, score, 0.0)


REFUND, HUB = hit("refund", "Billing", 2.0), hit("hub", "Setup", 1.9)
SURE = Retrieved((REFUND, HUB), confidence=0.9, threshold=0.6)
BETWEEN = Retrieved((REFUND, HUB), confidence=0.5, threshold=0.6)
NOTHING = Retrieved((REFUND, HUB), confidence=0.1, threshold=0.6)


def request(*rules: Rule, text: str = ASKED, **more: Any) -> TurnRequest:
    fields = {name: more.pop(name) for name in ("state", "history", "topics", "paused") if name in more}
    is_open = more.pop("is_open", True)
    return TurnRequest(
        text=text, situation=Situation(Rollout(rules=rules, **more), Channel.WIDGET, is_open, "c1"), **fields
    )


def released(
    asked: TurnRequest, retrieved: Retrieved | None, intent: Intent = Intent.QUESTION, query: str = ""
) -> Released:
    found = release(asked, Understanding(intent, "en", query or asked.text), retrieved)
    assert found is not None
    return found


class TestModes:
    def test_on_answers_and_names_the_rule(self) -> None:
        found = released(request(Rule(mode=Mode.ON, category="Billing"), mode=Mode.OFF), SURE)
        assert found.decision.outcome is Outcome.ANSWERED
        told = found.trace["rollout"]
        assert (told["rule"], told["mode"], told["effect"], told["category"]) == (1, "on", "answer", "Billing")

    def test_off_needs_no_search(self) -> None:
        found = released(request(mode=Mode.OFF), None)
        assert (found.decision.outcome, found.decision.reason) == (Outcome.HANDOVER_OFFERED, "rollout")
        assert (found.trace["rollout"]["rule"], found.draft) == (0, None)

    @pytest.mark.parametrize("retrieved", [SURE, BETWEEN, NOTHING], ids=["sure", "between", "nothing"])
    def test_off_for_a_category_says_nothing_of_its_articles(self, retrieved: Retrieved) -> None:
        here = request(Rule(mode=Mode.ON, category="Setup"), mode=Mode.OFF)
        assert release(here, Understanding(Intent.QUESTION, "en", ASKED), None) is None
        found = released(here, retrieved)
        assert (found.decision.reason, found.decision.hits) == ("rollout", ())

    def test_a_draft_is_the_answer_that_was_held_back(self) -> None:
        found = released(request(mode=Mode.DRAFTS), SURE)
        assert found.decision.reason == "rollout"
        assert found.draft is not None and found.draft.outcome is Outcome.ANSWERED
        assert found.draft.hits == SURE.hits

    def test_without_an_answer_there_is_no_draft_and_no_title(self) -> None:
        for text, retrieved, reason in ((ASKED, BETWEEN, "not_sure"), (ASKED, NOTHING, "not_found")):
            found = released(request(mode=Mode.DRAFTS, text=text), retrieved)
            assert (found.decision.outcome, found.decision.reason) == (Outcome.HANDOVER_OFFERED, reason)
            assert found.draft is None
        near = released(request(mode=Mode.DRAFTS), BETWEEN)
        assert near.decision.hits == ()

    @pytest.mark.parametrize(("is_open", "reason"), [(True, "rollout"), (False, "sure")])
    def test_outside_hours(self, is_open: bool, reason: str) -> None:
        assert released(request(mode=Mode.OUTSIDE_HOURS, is_open=is_open), SURE).decision.reason == reason

    @pytest.mark.parametrize(("share", "reason"), [(0, "rollout"), (100, "sure")])
    def test_share(self, share: int, reason: str) -> None:
        assert released(request(mode=Mode.SHARE, share=share), SURE).decision.reason == reason

    def test_whoever_waits_is_offered_nothing_again(self) -> None:
        found = released(request(mode=Mode.OFF, state=ConversationState.WAITING), None)
        assert (found.decision.outcome, found.decision.reason) == (Outcome.DECLINED, "rollout")


class TestWhatStays:
    @pytest.mark.parametrize(
        ("intent", "outcome"),
        [
            (Intent.GREETING, Outcome.DECLINED),
            (Intent.PERSON, Outcome.HANDED_OVER),
            (Intent.SAFETY, Outcome.HANDED_OVER),
        ],
    )
    def test_small_talk_and_wishes_for_a_person(self, intent: Intent, outcome: Outcome) -> None:
        found = released(request(mode=Mode.OFF), None, intent)
        assert (found.decision.outcome, found.decision.reason) == (outcome, intent)

    def test_whoever_is_still_unsolved_is_handed_over(self) -> None:
        offered = Utterance("assistant", "Shall I?", outcome=Outcome.HANDOVER_OFFERED)
        here = request(mode=Mode.OFF, history=(Utterance("customer", "refund?"), offered))
        assert released(here, None, Intent.STILL_UNSOLVED).decision.outcome is Outcome.HANDED_OVER

    def test_a_pause_comes_first(self) -> None:
        assert released(request(mode=Mode.ON, paused=True), None).decision.reason == "paused"

    def test_without_a_situation_everything_is_answered(self) -> None:
        found = released(TurnRequest(text=ASKED), SURE)
        assert (found.decision.outcome, dict(found.trace)) == (Outcome.ANSWERED, {})


class TestMixedCategories:
    def test_an_answer_quotes_only_what_may_be_said(self) -> None:
        found = released(request(Rule(mode=Mode.OFF, category="setup")), SURE)
        assert found.decision.outcome is Outcome.ANSWERED
        assert found.decision.hits == (REFUND,)

    def test_a_draft_leaves_out_what_is_off(self) -> None:
        here = request(Rule(mode=Mode.OFF, category="setup"), mode=Mode.DRAFTS)
        found = released(here, SURE)
        assert found.draft is not None and found.draft.hits == (REFUND,)

    def test_a_question_back_with_a_choice_missing_is_none(self) -> None:
        asked = request(text="reset money")
        whole = released(asked, BETWEEN)
        assert whole.decision.outcome is Outcome.CLARIFYING
        part = released(replace(asked, situation=request(Rule(mode=Mode.OFF, category="setup")).situation), BETWEEN)
        assert (part.decision.reason, part.decision.hits) == ("not_sure", (REFUND,))


class TestTopics:
    TOPICS = (Topic(name="Chargeback", phrases=("chargeback", "拒付")), Topic(name="Smoke", phrases=("smoke",)))

    @pytest.mark.parametrize("text", ["I filed a chargeback", "已经拒付", "已經拒付了"])
    @pytest.mark.parametrize("state", [ConversationState.ASSISTANT, ConversationState.WAITING])
    def test_go_to_a_person_at_once_by_name(self, text: str, state: ConversationState) -> None:
        here = TurnRequest(text=text, topics=self.TOPICS, paused=True, state=state)
        found = released(here, None)
        assert (found.decision.outcome, found.decision.reason, found.topic) == (
            Outcome.HANDED_OVER,
            "topic",
            "Chargeback",
        )
        assert found.trace["topic"]["name"] == "Chargeback"

    def test_even_where_it_would_be_a_legal_matter(self) -> None:
        assert released(TurnRequest(text="chargeback", topics=self.TOPICS), None, Intent.LEGAL).topic == "Chargeback"

    def test_but_danger_is_danger(self) -> None:
        found = released(TurnRequest(text="There is smoke", topics=self.TOPICS), None, Intent.SAFETY)
        assert (found.decision.reason, found.topic) == (Intent.SAFETY, "")
