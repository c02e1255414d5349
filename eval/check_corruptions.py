"""How well the check of written answers tells wrong sentences from right ones: ``python -m eval.check_corruptions``.

Sentences of a folder of Markdown articles are corrupted on purpose (what the check must find) and said in other ways
(what it must let pass), next to paraphrases and translations written by hand. Each is checked against the passage that
it came from.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, zip_longest
from pathlib import Path

from assistant.domain.articles import ArticleContent, ArticleKey
from assistant.domain.sentences import sentences
from assistant.flow.check import Verdict, check_sentence
from assistant.knowledge.segment import content_words
from eval.corruptions import Case, right, wrong
from eval.datasets import load_passages
from ingest.front_matter import front_matter
from ingest.split import split

PARAPHRASES = Path(__file__).with_name("paraphrases.jsonl")
_LEAST_WORDS = 5
_MARKER = re.compile(r"^\s*(?:[-*+]|\d{1,2}\.)\s+")


@dataclass(frozen=True, slots=True)
class Figure:
    """Of the sentences of one kind and language, how many were judged as they should."""

    kind: str
    locale: str
    right: bool
    judged_well: int
    of: int

    @property
    def share(self) -> float:
        """The share judged as they should: recall for wrong sentences, the share let pass for right ones."""
        return self.judged_well / self.of if self.of else 0.0


@dataclass(frozen=True, slots=True)
class Report:
    """All figures, and the cases that were judged badly with what the check said."""

    figures: tuple[Figure, ...]
    mistakes: tuple[tuple[Case, Verdict], ...]

    def total(self, locale: str, *, right: bool) -> Figure:
        """All kinds of one language together."""
        chosen = [figure for figure in self.figures if figure.locale == locale and figure.right is right]
        return Figure("all", locale, right, sum(one.judged_well for one in chosen), sum(one.of for one in chosen))

    def precision(self, locale: str) -> float:
        """Of what was dropped, the share that was wrong, had there been as many right sentences as wrong ones."""
        caught = self.total(locale, right=False).share
        lost = 1.0 - self.total(locale, right=True).share
        return caught / (caught + lost) if caught + lost else 1.0


def passages_of(folder: Path, locale: str) -> dict[str, list[str]]:
    """The passages of each article in ``folder``, as the check reads them."""
    found: dict[str, list[str]] = {}
    for path in sorted(folder.glob("*.md")):
        fields, body = front_matter(path.read_text(encoding="utf-8"))
        title = str(fields.get("title", path.stem))
        passages = split(ArticleKey(path.stem, locale), ArticleContent(title, body))
        found[path.stem] = [f"# {title}\n## {passage.heading}\n{passage.text}" for passage in passages]
    return found


def generated(passages: dict[str, list[str]], locale: str, share: float, seed: int = 7) -> Iterator[Case]:
    """Right and wrong sentences made from a share of the passages' sentences."""
    chance = random.Random(seed)
    elsewhere = sorted(
        {one for texts in passages.values() for one in sentences(texts[-1]) if len(content_words(one)) > 6}
    )
    for passage in (text for texts in passages.values() for text in texts):
        body = [_MARKER.sub("", one) for one in sentences(passage) if not one.startswith(("#", "|"))]
        for sentence, following in zip_longest(body, body[1:], fillvalue=""):
            if chance.random() > share or len(content_words(sentence)) < _LEAST_WORDS:
                continue
            for kind, text in right(sentence, following, locale):
                yield Case(kind, locale, text, passage, right=True)
            yield Case("from another article", locale, chance.choice(elsewhere), passage, right=False)
            for kind, text in wrong(sentence, passage, locale, chance):
                yield Case(kind, locale, text, passage, right=False)


def collected(folder: Path) -> dict[str, list[str]]:
    """The passages of a collection (``passages.jsonl``), as the check reads them."""
    found: dict[str, list[str]] = defaultdict(list)
    for document in load_passages(folder):
        found[document.title or document.id].append(f"# {document.title}\n{document.text}")
    return found


def measure(kb: Path, share: float = 1.0, collections: Mapping[str, Path] | None = None) -> Report:
    """The report over ``kb/en``, ``kb/zh`` and the paraphrases, or over the collections given by language instead."""
    if collections:
        by_locale = {locale: collected(folder) for locale, folder in collections.items()}
    else:
        by_locale = {locale: passages_of(kb / locale, locale) for locale in ("en", "zh")}
    judged = [
        (case, check_sentence(case.text, [case.cited], case.locale))
        for locale, passages in by_locale.items()
        for case in generated(passages, locale, share)
    ]
    return _report([*judged, *([] if collections else _paraphrased(by_locale))])


def _report(judged: Iterable[tuple[Case, Verdict]]) -> Report:
    marks: dict[tuple[str, str, bool], list[bool]] = defaultdict(list)
    mistakes: list[tuple[Case, Verdict]] = []
    for case, verdict in judged:
        marks[case.kind, case.locale, case.right].append(verdict.ok is case.right)
        if verdict.ok is not case.right:
            mistakes.append((case, verdict))
    figures = [Figure(kind, locale, good, sum(all_), len(all_)) for (kind, locale, good), all_ in marks.items()]
    return Report(tuple(sorted(figures, key=lambda one: (one.locale, one.right, one.kind))), tuple(mistakes))


def _paraphrased(by_locale: dict[str, dict[str, list[str]]]) -> Iterator[tuple[Case, Verdict]]:
    for line in PARAPHRASES.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        passages = by_locale[row["source"]][row["article"]]
        locale = "zh" if row["locale"].startswith("zh") else "en"
        kind = "paraphrase" if locale == row["source"] else "translation"
        cited = [*combinations(passages, 1), *combinations(passages, 2)]
        verdicts = [check_sentence(row["text"], some, row["locale"]) for some in cited]
        nearest = min(verdicts, key=lambda verdict: len(verdict.reasons))
        yield Case(kind, locale, row["text"], "", right=True), nearest


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the report; with ``--json`` as JSON, with ``--mistakes N`` also what was judged badly."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kb", type=Path, default=Path("kb_docs"), help="folder with en/ and zh/")
    parser.add_argument("--collection", action="append", default=[], metavar="LOCALE=FOLDER", help="instead of --kb")
    parser.add_argument("--share", type=float, default=1.0, help="share of the sentences to use")
    parser.add_argument("--mistakes", type=int, default=0, help="how many badly judged sentences of each kind to print")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    named = dict(given.split("=", 1) for given in options.collection)
    report = measure(options.kb, options.share, {locale: Path(folder) for locale, folder in named.items()})
    write = sys.stdout.write
    if options.json:
        rows = [
            {"kind": one.kind, "locale": one.locale, "right": one.right, "share": one.share, "of": one.of}
            for one in report.figures
        ]
        write(json.dumps(rows, ensure_ascii=False, indent=2) + "\n")
        return 0
    for one in report.figures:
        write(f"{one.locale}  {'let pass' if one.right else 'caught  '}  {one.kind:26} {one.share:6.1%} of {one.of}\n")
    for locale in sorted({one.locale for one in report.figures}):
        caught, passed = report.total(locale, right=False), report.total(locale, right=True)
        write(f"{locale}: recall {caught.share:.1%}, let pass {passed.share:.1%}, ")
        write(f"precision {report.precision(locale):.1%}\n")
    _print_mistakes(report, options.mistakes)
    return 0


def _print_mistakes(report: Report, each: int) -> None:
    shown: dict[tuple[str, str], int] = defaultdict(int)
    for case, verdict in report.mistakes:
        shown[case.kind, case.locale] += 1
        if shown[case.kind, case.locale] <= each:
            sys.stdout.write(f"[{case.locale} {case.kind}] {case.text}  -> {', '.join(verdict.reasons) or 'passed'}\n")


if __name__ == "__main__":
    sys.exit(main())
