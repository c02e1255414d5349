"""Chat models of every provider behind LangChain's one interface, and a test of one in plain words."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from assistant.errors import ModelUnavailable
from assistant.llm.failures import explain
from assistant.llm.spec import LlmSpec
from assistant.llm.stream import pieces
from assistant.wording import Worded

if TYPE_CHECKING:
    from langchain_core.language_models.chat_models import BaseChatModel

OPENAI = "https://api.openai.com/v1"
OLLAMA = "http://127.0.0.1:11434"
_PROBE_TOKENS = 64


def open_model(spec: LlmSpec) -> BaseChatModel:
    """The chat model that ``spec`` names, ready to stream. A local model is loaded here, which takes a while.

    Nothing is read from the environment: neither a key nor an address that the settings do not hold.

    Raises:
        ModelUnavailable: a local model cannot be loaded. A server is first spoken to when something is written.
    """
    if spec.provider == "openai":
        return _openai(spec)
    if spec.provider == "ollama":
        return _ollama(spec)
    from assistant.llm.local import load_local

    return load_local(spec.model, spec.max_tokens)


def close_model(model: BaseChatModel) -> None:
    """Close the connections of a model that was opened here, which also ends a reply still under way."""
    for client in (getattr(model, "root_client", None), getattr(model, "_client", None)):
        if client is not None:
            client.close()


def _openai(spec: LlmSpec) -> BaseChatModel:
    from langchain_openai.chat_models.base import BaseChatOpenAI, ChatOpenAI
    from openai import DefaultHttpxClient
    from pydantic import SecretStr

    genuine = spec.base_url in ("", OPENAI)
    # Compatible servers know the older `max_tokens`, OpenAI's own newer models only `max_completion_tokens`, which is
    # the difference between the two classes. Temperature is left out there because its reasoning models refuse it.
    kind = ChatOpenAI if genuine else BaseChatOpenAI
    return kind(
        model=spec.model,
        api_key=SecretStr(spec.api_key or "none"),
        base_url=spec.base_url or OPENAI,
        timeout=spec.timeout,
        http_client=DefaultHttpxClient(),  # its own, not the one that the library keeps for the whole process
        max_retries=0,
        max_tokens=spec.max_tokens,
        temperature=None if genuine else 0.0,
        stream_usage=genuine,
        use_responses_api=False,
    )


def _ollama(spec: LlmSpec) -> BaseChatModel:
    from langchain_ollama import ChatOllama

    headers = {"Authorization": f"Bearer {spec.api_key}"} if spec.api_key else {}
    return ChatOllama(
        model=spec.model,
        base_url=spec.base_url or OLLAMA,
        num_predict=spec.max_tokens,
        temperature=0.0,
        client_kwargs={"timeout": spec.timeout, "headers": headers},
    )


def probe(spec: LlmSpec) -> str:
    """How long the model took to its first word and what it said, for the admin's Test button.

    Raises:
        ModelUnavailable: says in plain words what is wrong and where to look.
    """
    started = time.monotonic()
    first: float | None = None
    said = ""
    try:
        model = open_model(spec)
        started = time.monotonic()  # loading a local model is not waiting for its first word
        for piece in pieces(
            lambda: model, close_model, [("human", "Reply with the single word: ready")], spec.timeout, spec.timeout * 2
        ):
            if piece.text and first is None:
                first = time.monotonic() - started
            said += piece.text
            if len(said) > 4 * _PROBE_TOKENS:
                break
    except Exception as error:  # noqa: BLE001 - every failure is to be put in words for the admin
        raise ModelUnavailable(explain(error, spec)) from None
    words = " ".join(said.split())
    if first is None or not any(character.isalnum() for character in words):
        said_nothing = "%(model)s was reached but said nothing that can be read. Choose a chat model."
        raise ModelUnavailable(Worded(said_nothing, model=spec.name))
    return Worded(
        "%(model)s works: the first word came after %(seconds)s seconds. It said “%(words)s”.",
        model=spec.name,
        seconds=f"{first:.1f}",
        words=words[:60],
    )
