"""Trains the bundled reader's adapter, assistant/knowledge/reader.safetensors.

    python -m eval.train_reader --data ../shared/data --out assistant/knowledge/reader.safetensors

Provenance. Questions and passages are of SQuAD 2.0 (CC BY-SA 4.0), XQuAD (CC BY-SA 4.0), CMRC 2018 (its development
part, CC BY-SA 4.0) and DRCD (its development part, CC BY-SA 3.0), and messages that want the same of Banking77
(CC BY 4.0); ``eval.reader_material`` says which documents are held out. The encoder below the adapter is
multilingual-e5-small (MIT). Only weights ship, no text.

The loss is that of "does it answer" and, a little, that of where the answer starts and ends, which is nowhere for a
passage that does not answer: it teaches the reader what to look for.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from assistant.knowledge.embedder import Prompts, load_embedder, own_tokenizer
from assistant.knowledge.reader_model import LONGEST_PASSAGE, LONGEST_QUESTION, CrossEncoder, batch
from eval.metrics import auroc
from eval.reader_pairs import Mixture, Pair, held_out_pairs

RATE = 6e-4
_HEADS_FASTER = 2.0
_DECAY = 0.01
_WARM_UP, _LEAST_PACE = 60, 0.02
_LONGEST_STEP = 1.0
_SPAN_WEIGHT = 0.4
_POOL, _BATCH, _BATCH_SCORED = 512, 24, 32
_SCORED_EVERY, _SCORED = 400, 300
_TOLD_EVERY = 50


class Lesson(NamedTuple):
    """A pair as the model reads it. ``answer`` are the characters of the passage that answer, where they are known."""

    question: str
    passage: str
    right: bool
    answer: tuple[int, int] | None


def lesson(pair: Pair, prompts: Prompts) -> Lesson:
    """The pair with the encoder's prompts; of several answers the shortest that stands in the text is looked for."""
    passage = prompts.passage + pair.passage.written()
    text = pair.passage.text
    standing = (each for each in sorted(pair.answers, key=len) if each and each in text)
    answer = next(standing, None)
    if answer is None:
        return Lesson(prompts.query + pair.question, passage, pair.right, None)
    start = len(passage) - len(text) + text.index(answer)
    return Lesson(prompts.query + pair.question, passage, pair.right, (start, start + len(answer)))


def answer_places(tokenizer: Any, each: Lesson) -> tuple[int, int] | None:
    """The first and the last place of the answer in the row that ``batch`` makes of a lesson.

    (0, 0), "nowhere", for a passage that does not answer; None where the answer is unknown or cut off.
    """
    if not each.right:
        return 0, 0
    if each.answer is None:
        return None
    start, end = each.answer
    offsets = tokenizer.encode(each.passage).offsets[: LONGEST_PASSAGE - 1]
    inside = [place for place, (first, last) in enumerate(offsets) if first < last and first < end and last > start]
    # The row is the question's tokens and then the passage's, but for its first, which only marks a beginning.
    before = min(len(tokenizer.encode(each.question).ids), LONGEST_QUESTION) - 1
    return (before + inside[0], before + inside[-1]) if inside else None


class Trainer:
    """An adapter in training: the model, what changes it, and the time it has."""

    def __init__(self, encoder: Any, seconds: float) -> None:
        self.model = CrossEncoder(encoder[0].auto_model)
        # Without dropout: a small adapter that sees most pairs once has nothing to learn by heart.
        self.model.eval()
        self.tokenizer: Any = own_tokenizer(encoder)
        self.step = 0
        self.spent = 0.0
        self._seconds = seconds
        moving = {name: held for name, held in self.model.named_parameters() if held.requires_grad}
        adapter = [held for name, held in moving.items() if name.endswith((".up", ".down"))]
        heads = [held for name, held in moving.items() if not name.endswith((".up", ".down"))]
        self._moving = moving
        self._rates = (RATE, RATE * _HEADS_FASTER)
        self._optimizer = torch.optim.AdamW([{"params": adapter}, {"params": heads}], weight_decay=_DECAY)

    @property
    def done(self) -> bool:
        """Whether the time is over. Only what is spent on learning counts."""
        return self.spent >= self._seconds

    def learn(self, some: Sequence[Lesson]) -> float:
        """The loss of some lessons, after one step that makes it less."""
        started = time.perf_counter()
        pace = max(_LEAST_PACE, min(1.0, (self.step + 1) / _WARM_UP) * (1.0 - self.spent / self._seconds))
        for group, rate in zip(self._optimizer.param_groups, self._rates, strict=True):
            group["lr"] = rate * pace
        loss = self._loss(some)
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self._moving.values(), _LONGEST_STEP)
        self._optimizer.step()
        self.step += 1
        self.spent += time.perf_counter() - started
        return float(loss.detach())

    def logits(self, lessons: Sequence[Lesson]) -> NDArray[np.float64]:
        """What the model makes of each lesson: (n,)."""
        made = np.zeros(len(lessons))
        order = sorted(range(len(lessons)), key=lambda place: self.length(lessons[place]))
        with torch.inference_mode():
            for start in range(0, len(order), _BATCH_SCORED):
                some = order[start : start + _BATCH_SCORED]
                made[some] = self._forward([lessons[place] for place in some])[0].double().numpy()
        return made

    def length(self, each: Lesson) -> int:
        """How many tokens are read of a lesson."""
        question, passage = (len(self.tokenizer.encode(text).ids) for text in (each.question, each.passage))
        return min(question, LONGEST_QUESTION) + min(passage, LONGEST_PASSAGE)

    def save(self, out: Path) -> None:
        """Write what was learnt, at half the precision, which is more than it has."""
        save_file({name: held.detach().half().contiguous() for name, held in self._moving.items()}, out)

    def _forward(self, some: Sequence[Lesson]) -> tuple[Tensor, Tensor]:
        ids, there, asked = batch(self.tokenizer, [(each.question, each.passage) for each in some])
        with torch.autocast("cpu", torch.bfloat16):
            logit, span = self.model(ids, there, asked)
        return logit, span

    def _loss(self, some: Sequence[Lesson]) -> Tensor:
        logit, span = self._forward(some)
        loss = functional.binary_cross_entropy_with_logits(logit, torch.tensor([float(each.right) for each in some]))
        found = [(row, answer_places(self.tokenizer, each)) for row, each in enumerate(some)]
        known = [(row, places) for row, places in found if places is not None]
        if known:
            said, wanted = span[[row for row, _ in known]], torch.tensor([places for _, places in known])
            for end in (0, 1):
                loss = loss + _SPAN_WEIGHT * functional.cross_entropy(said[:, :, end], wanted[:, end])
        return loss


def batches(lessons: Sequence[Lesson], length: Callable[[Lesson], int], draw: random.Random) -> list[list[Lesson]]:
    """The lessons in a new order, those of like length together, so that little is padded."""
    mixed = list(lessons)
    draw.shuffle(mixed)
    pools = (sorted(mixed[start : start + _POOL], key=length) for start in range(0, len(mixed), _POOL))
    made = [pool[start : start + _BATCH] for pool in pools for start in range(0, len(pool), _BATCH)]
    draw.shuffle(made)
    return made


def train(
    trainer: Trainer,
    pairs: Callable[[int], Sequence[Pair]],
    tests: Mapping[str, Sequence[Pair]],
    prompts: Prompts,
    out: Path,
) -> Iterator[str]:
    """A line now and then on how it goes, while the ``pairs`` of epoch after epoch are learnt until the time is over.

    Whenever the held-out ``tests`` are scored, the last time at the end, ``out`` is written.
    """
    held_out = {name: [lesson(pair, prompts) for pair in some[:_SCORED]] for name, some in tests.items()}
    epoch = 0
    while not trainer.done:
        lessons = [lesson(pair, prompts) for pair in pairs(epoch)]
        yield f"epoch {epoch}: {len(lessons)} pairs, {np.mean([each.right for each in lessons]):.2f} of them right"
        for some in batches(lessons, trainer.length, random.Random(epoch)):
            loss = trainer.learn(some)
            if trainer.step % _TOLD_EVERY == 0:
                yield f"step {trainer.step}: loss {loss:.3f}, {trainer.spent / 60:.1f} min"
            if trainer.step % _SCORED_EVERY == 0 or trainer.done:
                trainer.save(out)
                yield f"step {trainer.step}: AUROC {_scores(trainer, held_out)}"
            if trainer.done:
                break
        epoch += 1


def _scores(trainer: Trainer, held_out: Mapping[str, Sequence[Lesson]]) -> str:
    figures = {
        name: auroc(trainer.logits(some), [each.right for each in some]) for name, some in held_out.items() if some
    }
    return ", ".join(f"{name} {figure:.3f}" for name, figure in figures.items())


def main() -> None:
    """Train for as long as is given and write the adapter; what it does to held-out documents is printed on the way."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--models", type=Path, default=Path("data/models"))
    parser.add_argument("--minutes", type=float, default=85.0)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    torch.manual_seed(0)
    embedder = load_embedder("bundled", given.models, dtype="fp32")
    mixture = Mixture(given.data, embedder.count_tokens)
    tests = held_out_pairs(given.data, embedder.count_tokens)
    trainer = Trainer(embedder.with_model(lambda model: model), given.minutes * 60)
    for line in train(trainer, mixture.pairs, tests, embedder.prompts, given.out):
        print(line, flush=True)


if __name__ == "__main__":
    main()
