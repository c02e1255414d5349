"""Which chat model is to be used, and within which limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, cast, get_args

from assistant.errors import SettingsError
from assistant.wording import Worded

Provider = Literal["openai", "ollama", "transformers"]


@dataclass(frozen=True, slots=True)
class LlmSpec:
    """A chat model as an operator names it.

    ``timeout`` is in seconds and bounds the wait for the first words; ``max_tokens`` bounds one reply. The
    key never appears in ``repr``.
    """

    provider: Provider
    model: str
    api_key: str = field(default="", repr=False)
    base_url: str = ""
    timeout: float = 20.0
    max_tokens: int = 700

    @property
    def name(self) -> str:
        """The model as settings and traces spell it, such as ``ollama:qwen3``."""
        return f"{self.provider}:{self.model}"

    @property
    def leaves_machine(self) -> bool:
        """Whether what is written to the model is sent to a server: even one on this machine may pass it on."""
        return self.provider != "transformers"


def parse_spec(
    text: str,
    *,
    api_key: str = "",
    base_url: str = "",
    timeout: float = 20.0,
    max_tokens: int = 700,
) -> LlmSpec | None:
    """The model named ``openai:MODEL``, ``ollama:MODEL`` or ``transformers:FOLDER_OR_ID``; None for an empty ``text``.

    Raises:
        SettingsError: the provider is not one of the three, the model is missing, or the address is not one of the web.
    """
    if not text.strip():
        return None
    provider, _, model = text.strip().partition(":")
    if provider not in get_args(Provider) or not model.strip():
        raise SettingsError(
            Worded(
                "“%(text)s” names no chat model. Write openai:MODEL, ollama:MODEL or transformers:FOLDER_OR_ID, or "
                "leave it empty for extractive answers.",
                text=text,
            )
        )
    if base_url and not base_url.startswith(("http://", "https://")):
        said = "The model's address “%(address)s” must begin with http:// or https://."
        raise SettingsError(Worded(said, address=base_url))
    return LlmSpec(
        provider=cast(Provider, provider),
        model=model.strip(),
        api_key=api_key,
        base_url=base_url.rstrip("/"),
        timeout=timeout,
        max_tokens=max_tokens,
    )
