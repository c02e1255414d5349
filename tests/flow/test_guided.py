"""The editors' rules: which hold, and what a written sentence must not say, in both languages and scripts."""

from __future__ import annotations

import pytest

from assistant.domain.guidance import Rule, RuleKind, in_force
from assistant.flow.guided import applying, broken
from tests.llm.passages import RETURNS, hit

QUOTED = ["# Returns\nRefunds take 5 working days."]


def promise(*phrases: str, text: str = "Never promise a date.") -> Rule:
    return Rule("p", RuleKind.PROMISE, text, phrases=phrases)


class TestForbiddenPhrases:
    @pytest.mark.parametrize(
        ("phrase", "sentence"),
        [
            ("within 24 hours", "You get it Within **24 hours** [1]."),
            ("within 24 hours", "Ｗithin ２４ hours, always [1]."),
            ("don't worry", "Don’t worry [1]!"),
            ("within * hours", "It comes within the next two business hours [1]."),
            ("money … tomorrow", "Your money arrives tomorrow [1]."),
            ("24小时内", "24 小時內退款 [1]。"),
            ("保证退款", "我们保证 退款 [1]。"),
            ("保证*退款", "我們保證很快為您退款 [1]。"),
            ("iPhone保证", "IPHONE 保證 [1]"),
        ],
    )
    def test_found_whatever_case_width_script_emphasis_and_punctuation(self, phrase: str, sentence: str) -> None:
        assert broken(sentence, [promise(phrase)], QUOTED) == (f"forbidden promise “{phrase}”",)

    @pytest.mark.parametrize(
        ("phrase", "sentence"),
        [
            ("sure", "Measure the window first [1]."),
            (
                "within * hours",
                "Within a day, as the rules say; call us at all hours [1].",
            ),
            ("保证*退款", "我们保证质量。"),
        ],
    )
    def test_other_words_pass(self, phrase: str, sentence: str) -> None:
        assert broken(sentence, [promise(phrase)], QUOTED) == ()

    def test_only_forbidden_promises_forbid(self) -> None:
        assert broken("Guaranteed [1].", [Rule("t", RuleKind.TONE, "x", phrases=("guaranteed",))], QUOTED) == ()

    def test_a_long_sentence_takes_no_time(self) -> None:
        assert broken("within " + "a" * 20_000, [promise("within * * hours")], QUOTED) == ()


class TestRepeating:
    @pytest.mark.parametrize("text", ["Never promise a refund date to anybody.", "任何情况下都不要承诺退款日期。"])
    def test_a_rule_is_not_repeated_unless_the_source_says_it(self, text: str) -> None:
        rule = Rule("t", RuleKind.TONE, text)
        assert broken(f"{text} [1]", [rule], QUOTED) == ("guidance",)
        assert broken(f"{text} [1]", [rule], [f"# Returns\n{text}"]) == ()


class TestApplying:
    def test_what_must_not_happen_comes_first(self) -> None:
        rules = [Rule(str(kind), kind, "x", words=("refund",)) for kind in reversed(RuleKind)]
        assert [rule.kind for rule in applying(rules, "en", "refund", [RETURNS])] == list(RuleKind)

    @pytest.mark.parametrize(("language", "holds"), [("en", False), ("zh-Hans", True), ("zh-Hant", True)])
    def test_a_rule_for_chinese_holds_for_both_scripts(self, language: str, holds: bool) -> None:
        rules = [Rule("t", RuleKind.TONE, "x", ("zh-Hans",))]
        assert bool(applying(rules, language, "q", [RETURNS])) is holds

    @pytest.mark.parametrize(
        ("words", "question", "holds"),
        [
            (("refund",), "Where are my refunds?", True),
            (("refund",), "Refunding a friend", True),
            (("card",), "My cardboard box is wet", False),
            (("退款",), "什麼時候退款？", True),
            (("gift card",), "I lost a gift-card", True),
            ((), "refund", False),
        ],
    )
    def test_topics_by_word(self, words: tuple[str, ...], question: str, holds: bool) -> None:
        rules = [Rule("t", RuleKind.TOPIC, "x", words=words)]
        assert bool(applying(rules, "en", question, [RETURNS])) is holds

    def test_topics_by_category(self) -> None:
        billing = hit("Text.", category="Billing")
        rules = [Rule("t", RuleKind.TOPIC, "x", category="billing")]
        assert applying(rules, "en", "q", [RETURNS, billing])
        assert not applying(rules, "en", "q", [RETURNS])


class TestSettings:
    def test_a_published_form_of_address_takes_the_place_of_the_set_one(self) -> None:
        own = Rule("a", RuleKind.ADDRESS, "Sag du.", ("en",))
        held = in_force([own], "formal", "Be brief.\n\nNo jargon.")
        assert [rule.text for rule in held] == ["Sag du.", "用“您”称呼客户。", "Be brief.", "No jargon."]
