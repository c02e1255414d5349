"""A chat model that runs in this process through transformers, from a folder or a GGUF file."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel, generate_from_stream
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import PrivateAttr

from assistant.errors import ModelUnavailable
from assistant.wording import Worded

_ROLES = {"system": "system", "human": "user", "ai": "assistant"}


class LocalChat(BaseChatModel):
    """A transformers model behind LangChain's interface. One reply is written at a time; others wait their turn."""

    model_id: str
    tokenizer: Any
    network: Any
    max_tokens: int = 700

    _turn: threading.Lock = PrivateAttr(default_factory=threading.Lock)

    @property
    def _llm_type(self) -> str:
        return "transformers"

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
        with self._turn:
            run = _Run(self.network, self.tokenizer, self.prompt_of(messages), self.max_tokens)
            try:
                for text in run.texts():
                    if text:
                        yield ChatGenerationChunk(message=AIMessageChunk(content=text))
            finally:
                run.stop()
            yield ChatGenerationChunk(
                message=AIMessageChunk(content="", usage_metadata=run.usage(), chunk_position="last"),
                generation_info={"finish_reason": run.finish_reason()},
            )

    def prompt_of(self, messages: list[BaseMessage]) -> Any:
        """The token ids that the model reads for ``messages``, by its own chat template."""
        from jinja2.exceptions import TemplateError

        turns = [{"role": _ROLES[message.type], "content": self._plain(message.text)} for message in messages]
        try:
            return self._templated(turns)
        except TemplateError:  # some templates know no system role
            first = {"role": "user", "content": f"{turns[0]['content']}\n\n{turns[1]['content']}"}
            return self._templated([first, *turns[2:]])

    def _templated(self, turns: list[dict[str, str]]) -> Any:
        return self.tokenizer.apply_chat_template(
            turns, add_generation_prompt=True, return_tensors="pt", return_dict=True
        )

    def _plain(self, text: str) -> str:
        """Text without the marks by which the template tells turns apart, so that no message can forge a turn."""
        marks = sorted((mark for mark in self.tokenizer.all_special_tokens if mark), key=len, reverse=True)
        return re.sub("|".join(map(re.escape, marks)), " ", text) if marks else text


class _Run:
    """One reply being written in a thread of its own."""

    def __init__(self, network: Any, tokenizer: Any, inputs: Any, max_tokens: int) -> None:
        from transformers import TextIteratorStreamer

        self._network = network
        self._inputs = inputs.to(network.device)
        self._prompt_length = int(inputs["input_ids"].shape[-1])
        self._length = self._prompt_length
        self._max_tokens = max_tokens
        self._stopped = threading.Event()
        self._failure: Exception | None = None
        self._streamer: Any = TextIteratorStreamer(tokenizer, skip_prompt=True, skip_special_tokens=True)
        room = int(getattr(network.config, "max_position_embeddings", 0) or 0)
        if room and self._prompt_length >= room:
            raise ModelUnavailable(
                Worded(
                    "The question and its passages are %(n)s tokens; the local model reads only %(room)s.",
                    n=self._prompt_length,
                    room=room,
                )
            )

    def texts(self) -> Iterator[str]:
        thread = threading.Thread(target=self._write, name="askdesk-local-llm", daemon=True)
        thread.start()
        yield from self._streamer
        thread.join()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        self._stopped.set()

    def usage(self) -> UsageMetadata:
        written = self._length - self._prompt_length
        return UsageMetadata(input_tokens=self._prompt_length, output_tokens=written, total_tokens=self._length)

    def finish_reason(self) -> str:
        return "length" if self._length - self._prompt_length >= self._max_tokens else "stop"

    def _write(self) -> None:
        from transformers import GenerationConfig, StoppingCriteriaList

        config = GenerationConfig.from_model_config(self._network.config)
        for name in ("eos_token_id", "bos_token_id", "pad_token_id"):
            setattr(config, name, getattr(self._network.generation_config, name))
        config.max_new_tokens, config.do_sample = self._max_tokens, False
        if config.pad_token_id is None:
            end = config.eos_token_id
            config.pad_token_id = end[0] if isinstance(end, list) else end
        try:
            self._network.generate(
                **self._inputs,
                generation_config=config,
                streamer=self._streamer,
                stopping_criteria=StoppingCriteriaList([self._enough]),
            )
        except Exception as error:  # noqa: BLE001 - whatever the model raises belongs to the thread that reads
            self._failure = error
            self._streamer.end()

    def _enough(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
        import torch

        self._length = int(input_ids.shape[-1])
        return torch.full((input_ids.shape[0],), self._stopped.is_set(), device=input_ids.device, dtype=torch.bool)


def load_local(model: str, max_tokens: int) -> LocalChat:
    """The model in a folder (weights as transformers saves them, or one ``.gguf`` file), or of an id in the cache.

    Raises:
        ModelUnavailable: nothing is there, it cannot be read, or it has no chat template.
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer

    place, extra = _place(model)
    try:
        tokenizer = AutoTokenizer.from_pretrained(place, **extra)
        network: Any = AutoModelForCausalLM.from_pretrained(place, **({"dtype": "auto"} | extra))
    except (OSError, ValueError, KeyError, ImportError) as error:
        said = Worded(
            "The local model “%(model)s” cannot be loaded: %(problem)s", model=model, problem=_first_line(error)
        )
        raise ModelUnavailable(said) from error
    if not tokenizer.chat_template:
        missing = "The local model “%(model)s” has no chat template: choose one trained for conversations."
        raise ModelUnavailable(Worded(missing, model=model))
    network.eval()
    return LocalChat(model_id=model, tokenizer=tokenizer, network=network.to(_device()), max_tokens=max_tokens)


def _place(model: str) -> tuple[str, dict[str, str]]:
    path = Path(model).expanduser()
    if path.is_file() and path.suffix == ".gguf":
        return str(path.parent), {"gguf_file": path.name}
    if not path.is_dir():
        return model, {}
    weights = sorted(path.glob("*.gguf"))
    if not weights or (path / "config.json").exists():
        return str(path), {}
    if len(weights) > 1:
        said = "“%(model)s” holds %(n)s GGUF files: name the one to use, as in %(example)s."
        raise ModelUnavailable(Worded(said, model=model, n=len(weights), example=str(weights[0])))
    return str(path), {"gguf_file": weights[0].name}


def _device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
