"""Which rule decides, what it comes to, and that a conversation stays on its side of a share."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from assistant.domain.rollout import (
    Channel,
    Effect,
    Grant,
    Mode,
    Rollout,
    Rule,
    Situation,
    Topic,
    drawn,
    overruled,
    ruling,
    settled,
)

LANGUAGES = ("en", "zh-Hans", "zh-Hant")
CATEGORIES = ("", "Billing", "Setup")

shares = st.integers(0, 100)
rules = st.builds(
    Rule,
    mode=st.sampled_from(Mode),
    share=shares,
    channel=st.sampled_from([*Channel, ""]),
    locale=st.sampled_from(["", *LANGUAGES]),
    category=st.sampled_from(CATEGORIES),
)
rollouts = st.builds(Rollout, mode=st.sampled_from(Mode), share=shares, rules=st.lists(rules, max_size=6).map(tuple))
situations = st.builds(
    Situation,
    rollout=rollouts,
    channel=st.sampled_from(Channel),
    is_open=st.booleans(),
    conversation=st.uuids().map(str),
)


def situation(*held: Rule, is_open: bool = True, conversation: str = "c", **otherwise: Any) -> Situation:
    return Situation(Rollout(rules=held, **otherwise), Channel.WIDGET, is_open, conversation)


class TestRuling:
    def test_without_rules_the_mode_for_everything_holds(self) -> None:
        found = ruling(situation(), "en", "Billing")
        assert (found.rule, found.effect) == (0, Effect.ANSWER)
        assert ruling(situation(mode=Mode.OFF), "en", "").effect is Effect.HOLD

    def test_the_first_rule_that_fits_decides(self) -> None:
        here = situation(
            Rule(mode=Mode.OFF, channel=Channel.HELP),
            Rule(mode=Mode.DRAFTS, locale="zh-CN"),
            Rule(mode=Mode.OFF, category="billing"),
            mode=Mode.ON,
        )
        assert ruling(here, "zh-Hans", "Billing").rule == 2
        assert ruling(here, "zh-Hant", " BILLING ").rule == 3
        assert ruling(here, "en", "Setup").rule == 0

    @pytest.mark.parametrize(("is_open", "effect"), [(True, Effect.HOLD), (False, Effect.ANSWER)])
    def test_outside_hours_is_on_while_nobody_is_there(self, is_open: bool, effect: Effect) -> None:
        assert ruling(situation(mode=Mode.OUTSIDE_HOURS, is_open=is_open), "en", "").effect is effect

    def test_drafts_are_neither_said_nor_lost(self) -> None:
        assert ruling(situation(mode=Mode.DRAFTS), "en", "").effect is Effect.DRAFT

    def test_a_ruling_tells_its_rule(self) -> None:
        told = ruling(situation(Rule(mode=Mode.SHARE, share=100, locale="en")), "en", "").as_dict()
        assert told == {
            "rule": 1,
            "mode": "share",
            "share": 100,
            "channel": "",
            "locale": "en",
            "category": "",
            "effect": "answer",
        }


class TestShare:
    @given(st.uuids().map(str), st.integers(0, 99))
    def test_a_growing_share_keeps_its_conversations(self, conversation: str, share: int) -> None:
        less, more = (
            ruling(situation(mode=Mode.SHARE, share=each, conversation=conversation), "en", "").effect
            for each in (share, share + 1)
        )
        assert less is Effect.HOLD or more is Effect.ANSWER

    def test_is_about_as_large_as_it_says(self) -> None:
        inside = sum(drawn(str(uuid.UUID(int=number))) < 30 for number in range(4_000))
        assert 1_100 < inside < 1_300

    @given(st.uuids().map(str))
    def test_none_and_all_are_exact(self, conversation: str) -> None:
        none, every = (
            ruling(situation(mode=Mode.SHARE, share=share, conversation=conversation), "en", "") for share in (0, 100)
        )
        assert (none.effect, every.effect) == (Effect.HOLD, Effect.ANSWER)


class TestSettled:
    @given(situations, st.sampled_from(LANGUAGES), st.sampled_from(CATEGORIES))
    def test_what_is_settled_early_holds_for_every_category(
        self, here: Situation, language: str, category: str
    ) -> None:
        early = settled(here, language)
        assert early is None or early == ruling(here, language, category)

    def test_waits_for_the_article_where_its_category_matters(self) -> None:
        assert settled(situation(Rule(mode=Mode.OFF, category="Billing")), "en") is None


class TestOverruled:
    @given(situations, st.sampled_from(LANGUAGES), st.sampled_from(CATEGORIES))
    def test_a_rule_said_never_to_decide_never_does(self, here: Situation, language: str, category: str) -> None:
        assert ruling(here, language, category).rule not in overruled(here.rollout.rules)

    def test_names_the_rule_before_it(self) -> None:
        held = (Rule(locale="en"), Rule(category="Billing"), Rule(locale="en", category="billing", mode=Mode.OFF))
        assert overruled(held) == {3: 1}


class TestValues:
    @pytest.mark.parametrize(
        "values",
        [
            {"mode": "sometimes"},
            {"share": 101},
            {"rules": [{"channel": "fax"}]},
            {"rules": [{"locale": "?"}]},
            {"rules": [{"unknown": 1}]},
            {"topics": [{"name": "", "phrases": ["chargeback"]}]},
            {"topics": [{"name": "Chargeback", "phrases": []}]},
            {"topics": [{"name": "Chargeback", "phrases": ["!?."]}]},
            {"topics": [{"name": "Chargeback", "phrases": ["a"]}]},
            {"topics": [{"name": "A", "phrases": ["ab"]}, {"name": "a", "phrases": ["cd"]}]},
        ],
    )
    def test_what_cannot_be_meant_is_refused(self, values: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            Rollout.model_validate(values)

    def test_survives_storage(self) -> None:
        held = Rollout(
            mode=Mode.SHARE,
            share=25,
            rules=(Rule(channel=Channel.HELP, locale="zh-TW", mode=Mode.DRAFTS),),
            topics=(Topic(name="Chargeback", phrases=("chargeback", "拒付")),),
        )
        assert Rollout.model_validate(held.model_dump(mode="json")) == held
        assert held.rules[0].locale == "zh-Hant"

    def test_what_was_stored_before_channels_is_the_widgets(self) -> None:
        assert Channel.of("web") is Channel.WIDGET
        assert Channel.of("help") is Channel.HELP
        assert Grant().mode is Mode.ON
