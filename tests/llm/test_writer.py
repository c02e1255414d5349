"""The writer: sentences from a model, and every failure by its name."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from assistant.domain.answers import Utterance
from assistant.errors import ModelUnavailable
from assistant.llm.limits import Breaker
from assistant.llm.spec import LlmSpec
from assistant.llm.writer import ModelWriter
from assistant.storage.database import Database
from assistant.storage.token_budget import TokenBudget
from tests.fakes.chat import ScriptedChat
from tests.llm.passages import RETURNS

REMOTE = LlmSpec("openai", "m", timeout=2.0)
LOCAL = LlmSpec("transformers", "m", timeout=2.0)


def writer(model: ScriptedChat, spec: LlmSpec = REMOTE, **kwargs: Any) -> ModelWriter:
    return ModelWriter(spec, opened=lambda _: model, sleep=lambda _: None, **kwargs)


def written(model: ScriptedChat, spec: LlmSpec = REMOTE, question: str = "How long?", **kwargs: Any) -> list[str]:
    return list(writer(model, spec, **kwargs).write(question, "en", [], [RETURNS]))


@pytest.fixture
def counted(sqlite_url: str) -> Iterator[Database]:
    """A database in which tokens are counted."""
    opened = Database(sqlite_url)
    yield opened
    opened.close()


def failure(model: ScriptedChat, spec: LlmSpec = REMOTE, **kwargs: Any) -> str:
    with pytest.raises(ModelUnavailable) as caught:
        written(model, spec, **kwargs)
    return str(caught.value.details["cause"])


class TestSentences:
    def test_whole_sentences_keep_their_citations_and_the_space_behind_them(self) -> None:
        said = written(ScriptedChat.saying(["You have 30 d", "ays. [1", "] Refunds take 5 days [1]. ", "Bye [1]"]))
        assert said == ["You have 30 days. [1] ", "Refunds take 5 days [1]. ", "Bye [1]"]

    def test_chinese_and_steps(self) -> None:
        said = written(
            ScriptedChat.saying(["请在30天内退货。[1]退款需要", "5个工作日。[1]\n1. 打开订单[1]\n2. 点击退货[1]"])
        )
        assert said == ["请在30天内退货。[1]", "退款需要5个工作日。[1]\n", "1. 打开订单[1]\n", "2. 点击退货[1]"]

    @given(
        st.lists(
            st.sampled_from(["Go on. ", "[1]", " [2] ", "\n", "- a b", "你好。", "3.5 V ", "Really? ", "x"]), min_size=1
        )
    )
    def test_joined_they_are_the_reply(self, parts: list[str]) -> None:
        from assistant.llm.sentences import SentenceStream

        stream = SentenceStream()
        given_back = "".join([sentence for part in parts for sentence in stream.feed(part)] + [stream.rest()])
        assert given_back == "".join(parts)

    def test_a_sentence_comes_before_the_reply_is_over(self) -> None:
        model = ScriptedChat.saying(["You have 30 days [1]. Refunds ", 0.5, "take 5 days [1]."])
        draft = writer(model).write("How long?", "en", [], [RETURNS])
        assert next(iter(draft)) == "You have 30 days [1]. "
        assert not model.finished.is_set()
        assert list(draft) == ["Refunds take 5 days [1]."]

    def test_thoughts_are_not_part_of_the_reply(self) -> None:
        said = written(ScriptedChat.saying(["<thi", "nk>Hm. 30 or 14?</th", "ink>\n\nYou have 30 days [1]."]))
        assert said == ["You have 30 days [1]."]

    def test_nothing_comes_when_the_passages_do_not_answer(self) -> None:
        assert written(ScriptedChat.saying(["NO_AN", "SWER."])) == []

    def test_what_the_limit_cut_off_is_no_sentence(self) -> None:
        said = written(ScriptedChat.saying(["You have 30 days [1]. Refunds take 5"], finish="length"))
        assert said == ["You have 30 days [1]. "]


class TestPersonalData:
    def test_masked_on_the_way_out_and_back_in_what_comes(self) -> None:
        model = ScriptedChat.saying(["Write to EMAIL_1 within 30 days [1]."])
        history = [Utterance("customer", "I am Ada Byron, call +44 20 7946 0958")]
        said = list(writer(model).write("mail ada@example.org?", "en", history, [RETURNS], names=["Ada Byron"]))
        sent = "".join(message.text for message in model.calls[0])
        assert said == ["Write to ada@example.org within 30 days [1]."]
        assert not any(secret in sent for secret in ("ada@", "Ada", "Byron", "7946"))

    def test_a_model_in_this_process_reads_it(self) -> None:
        model = ScriptedChat.saying(["Fine [1]."])
        written(model, LOCAL, "mail ada@example.org?")
        assert "ada@example.org" in model.calls[0][1].text


class TestFailures:
    def test_no_first_word_in_time(self) -> None:
        started = time.monotonic()
        assert failure(ScriptedChat.saying([5.0, "late"]), LlmSpec("openai", "m", timeout=0.2)) == "timeout"
        assert time.monotonic() - started < 2

    def test_a_stall_in_the_middle(self) -> None:
        assert failure(ScriptedChat.saying(["You have ", 5.0, "30"]), LlmSpec("openai", "m", timeout=0.2)) == "timeout"

    def test_endless_talk(self) -> None:
        script = [step for number in range(200) for step in (f"Point {number} is new. ", 0.02)]
        assert failure(ScriptedChat.saying(script), LlmSpec("openai", "m", timeout=0.2)) == "timeout"

    @pytest.mark.parametrize(
        "script",
        [
            pytest.param([], id="nothing"),
            pytest.param(["  \n "], id="blanks"),
            pytest.param([{"name": "refund"}], id="a tool call"),
            pytest.param(["Yes [1]. ", {"name": "refund"}], id="a tool call later"),
            pytest.param(["Same thing. " * 5], id="the same again"),
            pytest.param(["word " * 60 + "."], id="a loop"),
            pytest.param(["\x00\x01 broken \ufffd\ufffd"], id="no characters"),
            pytest.param(["%$#@ ^&*( )!~ {}{} [][] <><> ;;;; ::::"], id="no letters"),
        ],
    )
    def test_nonsense(self, script: list[Any]) -> None:
        assert failure(ScriptedChat.saying(script)) == "nonsense"

    def test_a_reply_that_breaks_off(self) -> None:
        assert failure(ScriptedChat.saying(["You have 30 days [1]."], finish=None)) == "nonsense"

    def test_a_model_that_cannot_be_opened(self) -> None:
        def opened(_: LlmSpec) -> Any:
            raise ModelUnavailable("The folder is empty.")

        with pytest.raises(ModelUnavailable, match="The folder is empty"):
            list(ModelWriter(LOCAL, opened=opened).write("q", "en", [], [RETURNS]))

    def test_a_broken_line_is_tried_again_before_the_first_word_only(self) -> None:
        model = ScriptedChat.saying([ConnectionError("reset")], ["You have 30 days [1]."])
        assert written(model) == ["You have 30 days [1]."]
        late = ScriptedChat.saying(["You have ", ConnectionError("reset")], ["You have 30 days [1]."])
        assert failure(late) == "connection"
        assert len(late.calls) == 1

    def test_an_error_that_will_not_go_away_is_not_tried_again(self) -> None:
        model = ScriptedChat.saying([ValueError("no such parameter")])
        assert failure(model) == "ValueError"
        assert len(model.calls) == 1

    def test_stopping_to_read_stops_the_model_and_is_no_failure(self) -> None:
        model = ScriptedChat.saying(["You have 30 days [1]. More ", 0.1, "and more [1]. ", 0.1, "and on [1]."])
        breaker = Breaker(failures=1)
        draft = writer(model, breaker=breaker).write("q", "en", [], [RETURNS])
        next(iter(draft))
        draft.close()  # type: ignore[attr-defined]
        assert not model.finished.wait(0.5)
        assert breaker.allows()


class TestLimits:
    def test_the_breaker_opens_after_three_failures_and_tries_again_after_a_minute(self) -> None:
        now = [0.0]
        model = ScriptedChat.saying(*[[ValueError("down")]] * 4, ["You have 30 days [1]."])
        one = writer(model, breaker=Breaker(clock=lambda: now[0]))

        def cause() -> str:
            with pytest.raises(ModelUnavailable) as caught:
                list(one.write("q", "en", [], [RETURNS]))
            return str(caught.value.details["cause"])

        assert [cause() for _ in range(4)] == ["ValueError", "ValueError", "ValueError", "breaker"]
        now[0] = 61.0
        assert [cause(), cause()] == ["ValueError", "breaker"]
        now[0] = 122.0
        assert list(one.write("q", "en", [], [RETURNS])) == ["You have 30 days [1]."]
        assert len(model.calls) == 5

    def test_the_budget_counts_what_the_server_tells(self, counted: Database) -> None:
        budget = TokenBudget(counted, 100_000)
        written(ScriptedChat.saying(["You have 30 days [1]."], tokens=321), budget=budget)
        assert budget.used == 321

    def test_the_budget_estimates_what_no_server_tells(self, counted: Database) -> None:
        budget = TokenBudget(counted, 100_000)
        written(ScriptedChat.saying(["You have 30 days [1]."]), budget=budget)
        assert 200 < budget.used < 1_000

    def test_no_call_is_made_once_the_budget_is_spent(self, counted: Database) -> None:
        model = ScriptedChat.saying(["You have 30 days [1]."])
        assert failure(model, budget=TokenBudget(counted, 500)) == "budget"
        assert model.calls == []

    def test_no_call_is_made_while_its_cost_cannot_be_noted(self, counted: Database) -> None:
        model = ScriptedChat.saying(["You have 30 days [1]."])
        with counted.write() as session:
            session.execute(text("PRAGMA query_only=ON"))
        assert failure(model, budget=TokenBudget(counted, 0)) == "storage"
        assert model.calls == []

    def test_a_reply_is_given_although_its_cost_can_no_longer_be_noted(self, counted: Database) -> None:
        draft = writer(
            ScriptedChat.saying(["You have 30 days [1]. ", "Bye [1]."]), budget=TokenBudget(counted, 0)
        ).write("How long?", "en", [], [RETURNS])
        first = next(draft)
        with counted.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA query_only=ON")
        assert [first, *draft] == ["You have 30 days [1]. ", "Bye [1]."]


class TestTranslation:
    def test_it_comes_whole_and_only_the_quote_is_told(self) -> None:
        model = ScriptedChat.saying(["请在 30 天内", "退货。\n- 免费"])
        assert writer(model).translate(RETURNS.passage.text, "zh-Hans") == "请在 30 天内退货。\n- 免费"
        instructions, material = model.calls[0]
        assert "简体中文" in instructions.text
        assert RETURNS.passage.text in material.text

    def test_half_of_one_is_none(self) -> None:
        with pytest.raises(ModelUnavailable):
            writer(ScriptedChat.saying(["请在 30 天内退货。退款"], finish="length")).translate("x", "zh-Hans")

    def test_its_tokens_are_counted(self, counted: Database) -> None:
        budget = TokenBudget(counted, 5_000)
        model = ScriptedChat.saying(["退货。"], tokens=123)
        writer(model, budget=budget).translate("Return it.", "zh-Hans")
        assert budget.used == 123
