"""The real clients of OpenAI and Ollama against a real server on this machine, sound and with faults."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from assistant.errors import ModelUnavailable
from assistant.llm.providers import open_model, probe
from assistant.llm.spec import LlmSpec
from assistant.llm.writer import ModelWriter
from tests.fakes.openai_server import ChatServer, Fault, chat_server
from tests.llm.passages import RETURNS

TEXT = "You can return goods within 30 days [1]. Refunds take 5 working days [1]."
KEY = "sk-abcdefghijklmnop1234"


def openai_spec(server: ChatServer, timeout: float = 5.0) -> LlmSpec:
    return LlmSpec("openai", "m", KEY, server.openai, timeout)


def ollama_spec(server: ChatServer, timeout: float = 5.0) -> LlmSpec:
    return LlmSpec("ollama", "m", "", server.address, timeout)


SPECS = pytest.mark.parametrize("spec", [openai_spec, ollama_spec])
Spec = Callable[[ChatServer, float], LlmSpec]


def write(spec: LlmSpec) -> list[str]:
    return list(ModelWriter(spec, sleep=lambda _: None).write("How long?", "en", [], [RETURNS]))


def failure(spec: LlmSpec) -> ModelUnavailable:
    with pytest.raises(ModelUnavailable) as caught:
        write(spec)
    return caught.value


class TestWriting:
    @SPECS
    def test_sound(self, spec: Spec) -> None:
        with chat_server(TEXT) as server:
            assert "".join(write(spec(server, 5.0))) == TEXT
            assert server.calls[0]["stream"]
            assert not server.calls[0].get("tools")

    def test_the_key_the_limit_and_the_model_are_sent(self) -> None:
        with chat_server(TEXT) as server:
            write(openai_spec(server))
            assert server.authorizations == [f"Bearer {KEY}"]
            assert (server.calls[0]["model"], server.calls[0]["max_tokens"]) == ("m", 700)

    def test_no_key_of_the_environment_is_sent(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-of-somebody-else")
        monkeypatch.setenv("LANGSMITH_API_KEY", "lsv2_of-somebody-else")
        with chat_server(TEXT) as server:
            write(LlmSpec("openai", "m", "", server.openai, 5.0))
            assert server.authorizations == ["Bearer none"]

    @pytest.mark.parametrize("fault", ["429", "500"])
    def test_a_busy_server_is_asked_again(self, fault: str) -> None:
        with chat_server(TEXT, fault, fault, "none") as server:  # type: ignore[arg-type]
            assert "".join(write(openai_spec(server))) == TEXT
            assert len(server.calls) == 3

    def test_it_waits_as_long_as_the_server_asks(self) -> None:
        waited: list[float] = []
        with chat_server(TEXT, "429", "none", retry_after="2") as server:
            list(ModelWriter(openai_spec(server), sleep=waited.append).write("How long?", "en", [], [RETURNS]))
        assert waited == [2.0]

    def test_it_does_not_wait_longer_than_the_customer_would(self) -> None:
        with chat_server(TEXT, "429", retry_after="600") as server:
            assert failure(openai_spec(server)).details["cause"] == "http_429"
            assert len(server.calls) == 1


class TestFaults:
    @pytest.mark.parametrize(
        ("fault", "cause", "calls"),
        [
            ("429", "http_429", 3),
            ("500", "http_500", 3),
            ("401", "http_401", 1),
            ("404", "http_404", 1),
            ("half", "nonsense", 1),
            ("garbage", "nonsense", 1),
            ("tool", "nonsense", 1),
            ("empty", "nonsense", 1),
            ("filter", "nonsense", 1),
        ],
    )
    @SPECS
    def test_each_is_called_by_its_name(self, spec: Spec, fault: str, cause: str, calls: int) -> None:
        with chat_server(TEXT, fault) as server:  # type: ignore[arg-type]
            assert failure(spec(server, 5.0)).details["cause"] == cause
            assert len(server.calls) == calls

    @pytest.mark.parametrize("fault", ["cut", "not_json"])
    @SPECS
    def test_a_broken_stream_is_a_failure_whatever_the_client_calls_it(self, spec: Spec, fault: str) -> None:
        with chat_server(TEXT, fault) as server:  # type: ignore[arg-type]
            assert failure(spec(server, 5.0)).code == "model_unavailable"

    @pytest.mark.parametrize("fault", ["slow", "trickle"])
    def test_a_server_that_hangs_or_only_shows_life_does_not_hold_the_turn(self, fault: str) -> None:
        started = time.monotonic()
        with chat_server(TEXT, fault) as server:  # type: ignore[arg-type]
            assert failure(openai_spec(server, 0.4)).details["cause"] == "timeout"
        assert time.monotonic() - started < 5

    def test_no_server(self) -> None:
        with chat_server(TEXT) as server:
            spec = openai_spec(server)
        assert failure(spec).details["cause"] == "connection"


class TestProbe:
    @SPECS
    def test_says_how_long_the_first_word_took(self, spec: Spec) -> None:
        with chat_server("Ready.") as server:
            assert "works: the first word came after 0." in probe(spec(server, 5.0))

    @pytest.mark.parametrize(
        ("fault", "words"),
        [
            ("401", "refused the key"),
            ("404", "knows no model"),
            ("429", "refusing more calls"),
            ("500", "a fault of its own"),
            ("slow", "did not answer within 0.5 seconds"),
            ("empty", "said nothing that can be read"),
            ("garbage", "said nothing that can be read"),
        ],
    )
    def test_says_what_is_wrong(self, fault: str, words: str) -> None:
        with chat_server("Ready.", fault) as server:  # type: ignore[arg-type]
            with pytest.raises(ModelUnavailable, match=words) as caught:
                probe(openai_spec(server, 0.5))
            assert "sk-" not in caught.value.message

    @pytest.mark.parametrize("provider", ["openai", "ollama"])
    def test_an_address_where_nothing_is(self, provider: str) -> None:
        with chat_server() as server:
            address = server.address
        with pytest.raises(ModelUnavailable, match="Nothing answers at http"):
            probe(LlmSpec(provider, "m", KEY, address, 2.0))  # type: ignore[arg-type]

    def test_a_folder_without_a_model(self, tmp_path: object) -> None:
        with pytest.raises(ModelUnavailable, match="cannot be loaded"):
            probe(LlmSpec("transformers", str(tmp_path)))


def test_tracing_stays_off_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    with chat_server(TEXT) as server:
        for name in ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING_V2"):
            monkeypatch.setenv(name, "true")
        for name in ("LANGSMITH_ENDPOINT", "LANGCHAIN_ENDPOINT"):
            monkeypatch.setenv(name, server.address)
        monkeypatch.setenv("LANGSMITH_API_KEY", "lsv2_key")
        write(openai_spec(server))
        time.sleep(0.3)
        assert len(server.calls) == 1


def test_the_key_shows_nowhere() -> None:
    spec = LlmSpec("openai", "m", KEY)
    assert KEY not in repr(spec)
    assert KEY not in repr(open_model(spec))


class TestTranslating:
    @SPECS
    def test_sound(self, spec: Spec) -> None:
        with chat_server("请在 30 天内退货。") as server:
            assert ModelWriter(spec(server, 5.0)).translate(RETURNS.passage.text, "zh-Hans") == "请在 30 天内退货。"

    @pytest.mark.parametrize("fault", ["500", "half", "cut", "garbage", "not_json", "tool", "empty", "filter"])
    def test_faults(self, fault: Fault) -> None:
        with chat_server("请在 30 天内退货。退款需要 5 个工作日。", fault) as server, pytest.raises(ModelUnavailable):
            ModelWriter(openai_spec(server), sleep=lambda _: None).translate(RETURNS.passage.text, "zh-Hans")
