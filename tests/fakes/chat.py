"""A chat model that says what a test tells it to, through LangChain's real interface."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel, generate_from_stream
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import PrivateAttr

Step = str | Exception | float | dict[str, Any]


class ScriptedChat(BaseChatModel):
    """Plays one script a call, the last one again and again.

    In a script a string is streamed, a number waits that many seconds, an exception is raised, a dictionary is a call
    of the tool that it names. Every script ends in ``finish``; None leaves the end out, as a broken line does.
    """

    scripts: list[list[Any]]
    finish: str | None = "stop"
    tokens: int = 0

    _calls: list[list[BaseMessage]] = PrivateAttr(default_factory=list)
    _finished: threading.Event = PrivateAttr(default_factory=threading.Event)

    @classmethod
    def saying(cls, *scripts: Sequence[Step], **kwargs: Any) -> ScriptedChat:
        """A model with these scripts."""
        return cls(scripts=[list(script) for script in scripts], **kwargs)

    @property
    def calls(self) -> list[list[BaseMessage]]:
        """What it was told, call by call."""
        return self._calls

    @property
    def finished(self) -> threading.Event:
        """Set once a script was played to its end."""
        return self._finished

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, run_manager, **kwargs))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        script = self.scripts[min(len(self._calls), len(self.scripts) - 1)]
        self._calls.append(messages)
        for step in script:
            message = _message(step)
            if message is not None:
                yield ChatGenerationChunk(message=message)
        self._finished.set()
        if self.finish is not None:
            last = AIMessageChunk(content="", chunk_position="last")
            if self.tokens:
                last.usage_metadata = {"input_tokens": self.tokens, "output_tokens": 0, "total_tokens": self.tokens}
            yield ChatGenerationChunk(message=last, generation_info={"finish_reason": self.finish})


def _message(step: Step) -> AIMessageChunk | None:
    if isinstance(step, Exception):
        raise step
    if isinstance(step, float):
        threading.Event().wait(step)
        return None
    if isinstance(step, dict):
        call = tool_call_chunk(name=step["name"], args=step.get("args", "{}"), id="call_1", index=0)
        return AIMessageChunk(content="", tool_call_chunks=[call])
    return AIMessageChunk(content=step)
