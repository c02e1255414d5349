"""The prompt of an answer: instructions from files, everything else quoted as data behind a fence made up per call."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from assistant.domain.answers import Hit, Utterance
from assistant.domain.guidance import Rule, RuleKind
from assistant.domain.locales import is_chinese
from assistant.domain.visible import visible

NO_ANSWER = "NO_ANSWER"
PASSAGE_CHARACTERS = 12_000
HISTORY_TURNS = 6
HISTORY_CHARACTERS = 1_000
GUIDANCE_CHARACTERS = 3_000

_FOLDER = Path(__file__).with_name("prompts")
_GUIDANCE = {False: "guidance.en.md", True: "guidance.zh.md"}
_TRANSLATE = {False: "translate.en.md", True: "translate.zh.md"}
_LANGUAGES = {
    "en": "English",
    "zh-Hans": "简体中文",
    "zh-Hant": "繁體中文",
}
_LABELS = {
    False: {
        "passage": "PASSAGE",
        "history": "CONVERSATION SO FAR",
        "question": "QUESTION",
        "end": "END",
        "customer": "Customer",
        "assistant": "Assistant",
        "agent": "Human colleague",
        "guidance": "GUIDANCE",
    },
    True: {
        "passage": "段落",
        "history": "此前的对话",
        "question": "客户的问题",
        "end": "结束",
        "customer": "客户",
        "assistant": "智能助手",
        "agent": "人工客服",
        "guidance": "写作规定",
    },
}
_KINDS = {
    False: {
        RuleKind.PROMISE: "Must not be promised",
        RuleKind.ADDRESS: "Form of address",
        RuleKind.TONE: "Tone",
        RuleKind.TOPIC: "On this topic",
    },
    True: {
        RuleKind.PROMISE: "禁止承诺",
        RuleKind.ADDRESS: "称呼",
        RuleKind.TONE: "语气",
        RuleKind.TOPIC: "关于这个话题",
    },
}
_NEVER = {False: "never write", True: "不得出现"}
# The marks by which common chat templates tell turns apart; a quoted text has no business to hold them.
_TURN_MARKS = re.compile(
    r"<\|[^|<>\n]{1,40}\|>|<｜[^｜<>\n]{1,40}｜>|\[/?INST\]|<</?SYS>>|</?s>|<(?:start|end)_of_turn>|</?think>",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is written to the model: instructions, then the quoted material with the question last."""

    instructions: str
    material: str
    fence: str

    @property
    def characters(self) -> int:
        """The length of both."""
        return len(self.instructions) + len(self.material)

    def messages(self) -> list[tuple[str, str]]:
        """The prompt as LangChain takes it."""
        return [("system", self.instructions), ("human", self.material)]


def compose(
    question: str,
    language: str,
    history: Sequence[Utterance],
    passages: Sequence[Hit],
    *,
    guidance: Sequence[str] = (),
) -> Prompt:
    """The prompt for one answer. ``guidance`` are lines of the editors' own: quoted too, below what always holds.

    Of the history, the last six messages go in; of the passages, as many as fit 12,000 characters, at least one.
    """
    fence = secrets.token_hex(6)
    labels = _LABELS[is_chinese(language)]
    parts = [
        _fenced(f"{labels['passage']} {number}", _passage(hit), fence, labels["end"])
        for number, hit in enumerate(_fitting(passages), start=1)
    ]
    if history:
        parts.append(_fenced(labels["history"], _dialogue(history, labels), fence, labels["end"]))
    parts.append(_fenced(labels["question"], question, fence, labels["end"]))
    instructions = _filled(template(language), fence, language)
    if guidance:
        lines = "\n".join(f"- {' '.join(line.split())}" for line in guidance)
        about = _filled(_file(_GUIDANCE[is_chinese(language)]), fence, language)
        instructions += f"\n\n{about}\n\n{_fenced(labels['guidance'], lines, fence, labels['end'])}"
    return Prompt(instructions, "\n\n".join(parts), fence)


def compose_translation(text: str, language: str) -> Prompt:
    """The prompt that has a quoted passage translated into ``language``."""
    fence = secrets.token_hex(6)
    labels = _LABELS[is_chinese(language)]
    instructions = _filled(_file(_TRANSLATE[is_chinese(language)]), fence, language)
    return Prompt(instructions, _fenced(f"{labels['passage']} 1", text, fence, labels["end"]), fence)


def _filled(text: str, fence: str, language: str) -> str:
    names = {"{fence}": fence, "{language}": _LANGUAGES.get(language, language), "{no_answer}": NO_ANSWER}
    for name, value in names.items():
        text = text.replace(name, value)
    return text.strip()


def guidance_lines(rules: Sequence[Rule], language: str) -> tuple[tuple[str, ...], tuple[Rule, ...]]:
    """The lines that ``rules`` are in a prompt, as many as fit 3,000 characters, and the rules that do not fit."""
    chinese = is_chinese(language)
    lines: list[str] = []
    left: list[Rule] = []
    room = GUIDANCE_CHARACTERS
    for rule in rules:
        line = _guidance_line(rule, chinese=chinese)
        if len(line) > room:
            left.append(rule)
            continue
        room -= len(line)
        lines.append(line)
    return tuple(lines), tuple(left)


def _guidance_line(rule: Rule, *, chinese: bool) -> str:
    colon, opening, closing = ("：", "（", "）") if chinese else (": ", " (", ")")
    never = ("、" if chinese else ", ").join(f"“{phrase}”" for phrase in rule.phrases)
    line = f"{_KINDS[chinese][rule.kind]}{colon}{rule.text}"
    return f"{line}{opening}{_NEVER[chinese]} {never}{closing}" if never else line


@lru_cache(maxsize=6)
def _file(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def template(language: str) -> str:
    """The instructions as the file has them, in the language that the model is to write."""
    return _file("answer.zh.md" if is_chinese(language) else "answer.en.md")


def prompt_hash(guidance: Sequence[str] = ()) -> str:
    """Twelve hex digits that change whenever the prompt files or the lines of guidance in the prompt do."""
    files = [template("en"), template("zh-Hans"), *map(_file, [*_GUIDANCE.values(), *_TRANSLATE.values()])]
    whole = "\0".join([*files, *guidance])
    return hashlib.sha256(whole.encode()).hexdigest()[:12]


def _fenced(label: str, text: str, fence: str, end: str) -> str:
    return f"==== {label} {fence} ====\n{_TURN_MARKS.sub(' ', visible(text)).strip()}\n==== {end} {fence} ===="


def _passage(hit: Hit) -> str:
    passage = hit.passage
    heading = f"{passage.title} › {passage.heading}" if passage.heading else passage.title
    return f"{heading}\n\n{passage.text}"


def _fitting(passages: Sequence[Hit]) -> list[Hit]:
    taken: list[Hit] = []
    room = PASSAGE_CHARACTERS
    for hit in passages:
        room -= len(hit.passage.text)
        if taken and room < 0:
            break
        taken.append(hit)
    return taken


def _dialogue(history: Sequence[Utterance], labels: dict[str, str]) -> str:
    return "\n".join(
        f"{labels[utterance.role]}: {' '.join(utterance.text[:HISTORY_CHARACTERS].split())}"
        for utterance in history[-HISTORY_TURNS:]
    )
