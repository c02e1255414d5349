"""What errors and reports say is said in Chinese, too."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import assistant.channels.mail
import ingest.failures
from api.web.i18n import catalogue
from assistant import errors

ROOT = Path(errors.__file__).parents[1]
# Said on the command line and in logs only, in English like the rest there.
OPERATORS = (
    "assistant/container.py",
    "assistant/knowledge/",
    "assistant/llm/writer.py",
    "assistant/settings.py",
    "assistant/storage/dump.py",
    "assistant/storage/lock.py",
    "assistant/storage/migrate.py",
    "assistant/storage/tables/",
    "api/commands/",
    "api/routes/bench.py",
    "ingest/exporting.py",
)
MODULES = (errors, assistant.channels.mail, ingest.failures)
# Which argument of each is the sentence.
SPEAKERS = {
    name: 1 if name == "Failure" else 0
    for module in MODULES
    for name, kind in vars(module).items()
    if isinstance(kind, type) and (issubclass(kind, errors.AskdeskError) or name == "Failure")
    # These two keep a process from starting.
    if name not in {"SettingsError", "DataDirLocked"}
} | {"Nonsense": 0, "TooSlow": 0, "Throttle": 2}


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Every module whose errors a person may read in a page, with its name."""
    for package in ("assistant", "ingest", "api"):
        for path in sorted((ROOT / package).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if not name.startswith(OPERATORS):
                yield name, ast.parse(path.read_text(encoding="utf-8"))


def spoken(tree: ast.Module) -> Iterator[ast.expr]:
    """What errors and failures are made with."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            if len(node.args) > SPEAKERS.get(name, 99):
                yield node.args[SPEAKERS[name]]


def patterns(tree: ast.Module) -> Iterator[str]:
    """Every text with a place to fill in, but for documentation."""
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in documentation:
            continue
        if re.search(r"%\(\w+\)s", node.value):
            yield node.value


def test_no_sentence_is_glued_together() -> None:
    glued = [
        f"{name}:{sentence.lineno}"
        for name, tree in modules()
        for sentence in spoken(tree)
        if isinstance(sentence, ast.JoinedStr | ast.BinOp)
    ]
    assert glued == []


def test_every_sentence_has_a_chinese_one() -> None:
    known = catalogue()
    said = {
        text: name
        for name, tree in modules()
        for text in [
            *(each.value for each in spoken(tree) if isinstance(each, ast.Constant) and isinstance(each.value, str)),
            *patterns(tree),
        ]
    }
    assert len(said) > 100
    assert {text: name for text, name in said.items() if text not in known} == {}
