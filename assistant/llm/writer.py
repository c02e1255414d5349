"""A chat model as the flow uses it: whole sentences from numbered passages, or a failure that is called by its name."""

from __future__ import annotations

import itertools
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import structlog

from assistant.domain.answers import Hit, Utterance
from assistant.errors import ModelUnavailable, StorageUnavailable
from assistant.llm.failures import Nonsense, TooSlow, cause_of, explain, is_transient, retry_after
from assistant.llm.limits import Breaker, Budget, estimated_tokens
from assistant.llm.prompting import NO_ANSWER, Prompt, compose, compose_translation, prompt_hash
from assistant.llm.providers import close_model, open_model
from assistant.llm.redaction import Redactor
from assistant.llm.sentences import SentenceStream, ThoughtFilter
from assistant.llm.spec import LlmSpec
from assistant.llm.stream import Piece, pieces

if TYPE_CHECKING:
    from langchain_core.language_models.chat_models import BaseChatModel

_log = structlog.get_logger(__name__)

_RETRIES = 2
_BACKOFF = 0.5
_TOTAL = 3.0  # whole replies may take this many times the wait for the first words
_COMPLETE = {"stop", "eos", "end_turn", "length", "STOP"}
_SAME_SENTENCE = 3
_LONGEST_SENTENCE = 2_000
_STRANGE = re.compile(r"[\ufffd\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_NO_ANSWER = re.compile(rf"[\W_]*{NO_ANSWER.replace('_', '[_ ]?')}[\W_]*", re.IGNORECASE)


class ModelWriter:
    """Writes answers with one chat model. Shared by all turns of a process; safe for threads."""

    def __init__(
        self,
        spec: LlmSpec,
        *,
        opened: Callable[[LlmSpec], BaseChatModel] = open_model,
        budget: Budget | None = None,
        breaker: Breaker | None = None,
        tracing: bool = False,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._spec = spec
        self._opened = opened
        self._model: BaseChatModel | None = None
        self._opening = threading.Lock()
        self._budget = budget
        self._breaker = breaker or Breaker()
        self._tracing = tracing
        self._sleep = sleep

    @property
    def name(self) -> str:
        """The model, as traces name it."""
        return self._spec.name

    def prompt_hash(self, guidance: Sequence[str] = ()) -> str:
        """The version of the prompt files with these lines of guidance, as traces name it."""
        return prompt_hash(guidance)

    def warm_up(self) -> None:
        """Load the model now. Meant for local ones, which take longer to load than a customer waits.

        Raises:
            ModelUnavailable: it cannot be loaded.
        """
        if not self._spec.leaves_machine:
            self._model_for_call()

    def write(
        self,
        question: str,
        language: str,
        history: Sequence[Utterance],
        passages: Sequence[Hit],
        *,
        names: Sequence[str] = (),
        guidance: Sequence[str] = (),
    ) -> Iterator[str]:
        """The answer, a whole sentence at a time, each with the white space behind it; joined, they are the reply.

        Sentences end in ``[n]``, n being a passage's number from 1. Nothing at all comes when the model finds that the
        passages do not answer. Unless the model runs in this process, personal data in the question and the history
        (and ``names``, the customer's own) is masked on the way out and put back in what comes. ``guidance`` are the
        lines that the editors' rules are in a prompt.

        Raises:
            ModelUnavailable: no budget, too many failures of late, too slow, unreachable, or nonsense. It may come
                after sentences have been given; ``details`` holds ``cause`` in one word.
        """
        self._refuse_if_broken()
        redactor = Redactor(names) if self._spec.leaves_machine else None
        if redactor is not None:
            history = [Utterance(turn.role, redactor.redact(turn.text)) for turn in history]
            question = redactor.redact(question)
        prompt = compose(question, language, history, passages, guidance=guidance)
        yield from self._replied(_Reply(prompt, redactor), _TOTAL * self._spec.timeout)

    def translate(self, text: str, language: str) -> str:
        """A quoted passage in ``language``, whole, or not at all.

        Raises:
            ModelUnavailable: as for ``write``, or the translation breaks off.
        """
        self._refuse_if_broken()
        reply = _Reply(compose_translation(text, language), None)
        translated = "".join(self._replied(reply, self._spec.timeout)).strip()
        if reply.is_cut_off or not translated:
            raise ModelUnavailable(f"{self.name} did not finish a translation.", {"cause": "nonsense"})
        return translated

    def _refuse_if_broken(self) -> None:
        if not self._breaker.allows():
            raise ModelUnavailable(
                f"{self.name} failed repeatedly and is left alone for a minute.", {"cause": "breaker"}
            )

    def _replied(self, reply: _Reply, seconds: float) -> Iterator[str]:
        """The sentences of a reply that may take so many seconds, its cost and its end noted."""
        settle = self._reserved(reply.prompt)
        started = time.monotonic()
        cause = "abandoned"
        try:
            yield from reply.sentences(self._pieces(reply.prompt, seconds))
            cause = ""
            self._breaker.succeeded()
        except Exception as error:  # noqa: BLE001 - whatever a provider raises, the turn must go on without it
            cause = cause_of(error)
            self._breaker.failed()
            raise ModelUnavailable(explain(error, self._spec), {"cause": cause}) from None
        finally:
            tokens = reply.tokens()
            self._settle(settle, tokens)
            _log.info(
                "llm.reply", model=self.name, tokens=tokens, seconds=round(time.monotonic() - started, 3), cause=cause
            )

    def _reserved(self, prompt: Prompt) -> Callable[[int], None] | None:
        if self._budget is None:
            return None
        try:
            settle = self._budget.reserve(
                estimated_tokens(prompt.instructions + prompt.material) + self._spec.max_tokens
            )
        except StorageUnavailable as error:
            raise ModelUnavailable(f"What {self.name} costs cannot be noted now.", {"cause": "storage"}) from error
        if settle is None:
            raise ModelUnavailable(f"{self.name} has used up today's tokens.", {"cause": "budget"})
        return settle

    def _settle(self, settle: Callable[[int], None] | None, tokens: int) -> None:
        if settle is None:
            return
        try:
            settle(tokens)
        except StorageUnavailable:  # what was set aside stays spent: too early is better than overdrawn
            _log.warning("llm.tokens_not_noted", model=self.name, tokens=tokens)

    def _model_for_call(self) -> BaseChatModel:
        """A client of its own for each call to a server, so that giving one up disturbs no other; one local model."""
        if self._spec.leaves_machine:
            return self._opened(self._spec)
        with self._opening:
            if self._model is None:
                self._model = self._opened(self._spec)
            return self._model

    def _pieces(self, prompt: Prompt, seconds: float) -> Iterator[Piece]:
        """The reply, tried again only while nothing of it has come and the time for the first words is not over."""
        by = time.monotonic() + self._spec.timeout
        for attempt in itertools.count(1):
            left = by - time.monotonic()
            if left <= 0:
                raise TooSlow("The model did not write in the time it was given.")
            arriving = pieces(
                self._model_for_call,
                close_model,
                prompt.messages(),
                left,
                seconds,
                tracing=self._tracing,
            )
            try:
                first = next(arriving, None)
            except Exception as error:
                if attempt > _RETRIES or not is_transient(error):
                    raise
                self._pause(attempt, retry_after(error), by, error)
                continue
            if first is not None:
                yield first
            yield from arriving
            return

    def _pause(self, attempt: int, asked: float, by: float, error: Exception) -> None:
        seconds = max(asked, _BACKOFF * 2 ** (attempt - 1) * random.uniform(0.75, 1.25))
        if time.monotonic() + seconds >= by:
            raise error
        self._sleep(seconds)


class _Reply:
    """One reply on its way: thoughts removed, cut into sentences, judged, personal data put back."""

    def __init__(self, prompt: Prompt, redactor: Redactor | None) -> None:
        self.prompt = prompt
        self._redactor = redactor
        self._text = ""
        self._told_tokens = 0
        self._finish = ""
        self._counts: Counter[str] = Counter()

    @property
    def is_cut_off(self) -> bool:
        """Whether the model was stopped by its limit of tokens."""
        return self._finish == "length"

    def tokens(self) -> int:
        """The tokens used: as the server told, or about so many."""
        if not self._text and not self._told_tokens:
            return 0
        return self._told_tokens or estimated_tokens(self.prompt.instructions + self.prompt.material + self._text)

    def sentences(self, arriving: Iterator[Piece]) -> Iterator[str]:
        thoughts, cutter = ThoughtFilter(), SentenceStream()
        for piece in arriving:
            self._told_tokens = max(self._told_tokens, piece.tokens)
            self._finish = piece.finish or self._finish
            self._text += piece.text
            for sentence in cutter.feed(thoughts.feed(piece.text)):
                yield from self._judged(sentence)
        self._check_end()
        rest = cutter.rest()
        if rest.strip() and self._finish != "length":  # what the limit cut off is no whole sentence
            yield from self._judged(rest)
        if not self._counts:
            raise Nonsense("The model wrote nothing.")

    def _check_end(self) -> None:
        if self._finish not in _COMPLETE:
            raise Nonsense(
                f"The reply was ended by “{self._finish}”." if self._finish else "The reply broke off in the middle."
            )

    def _judged(self, sentence: str) -> Iterator[str]:
        bare = " ".join(sentence.split())
        if not bare:
            return
        self._counts[bare] += 1
        if _NO_ANSWER.fullmatch(bare):
            return
        flaw = _flaw(bare)
        if flaw or self._counts[bare] >= _SAME_SENTENCE:
            raise Nonsense(f"The model wrote nonsense: {flaw or 'the same sentence again and again'}.")
        yield self._redactor.restore(sentence) if self._redactor else sentence


def _flaw(sentence: str) -> str:
    if _STRANGE.search(sentence):
        return "characters that no text holds"
    if len(sentence) > _LONGEST_SENTENCE:
        return "a sentence without end"
    letters = sum(character.isalnum() for character in sentence)
    if len(sentence) > 20 and letters < len(sentence) * 0.4:
        return "hardly any letters"
    words = sentence.split()
    if len(words) > 20 and len(set(words)) < len(words) * 0.25:
        return "the same words again and again"
    return ""
