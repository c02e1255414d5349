"""What the verbs of ``askdesk`` share: options, settings from them, and how results and progress are shown."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from assistant.container import Container
    from assistant.settings import Settings

_COLLECTED_EVERY = (100_000, 10, 10)

Verb = TypeVar("Verb", bound=Callable[..., Any])


def data_dir_option(verb: Verb) -> Verb:
    """Gives a verb ``--data-dir``."""
    return click.option(
        "--data-dir",
        type=click.Path(file_okay=False, path_type=Path),
        default=None,
        help="Where the database, indexes and models live (default: ./data, or ASKDESK_DATA_DIR).",
    )(verb)


def json_option(verb: Verb) -> Verb:
    """Gives a verb ``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print machine-readable output and nothing else.")(verb)


def settings_of(data_dir: Path | None, quiet: bool = True) -> Settings:
    """The settings of this process, with logging set up by them; a verb's own words are enough but for a server."""
    # Loading libraries and models makes a million objects that all stay; looking through them after every 700 more, as
    # Python would, takes a seventh of the start.
    gc.set_threshold(*_COLLECTED_EVERY)
    from api.logging import configure
    from assistant.settings import load_settings

    settings = load_settings(data_dir=data_dir)
    configure(settings, quiet)
    return settings


@contextmanager
def opened(data_dir: Path | None, quiet: bool = True) -> Iterator[Container]:
    """A container over the data directory, closed when the block ends."""
    from assistant.container import open_container

    with open_container(settings_of(data_dir, quiet)) as container:
        yield container


def show(result: Any, as_json: bool, text: str) -> None:
    """Print ``result`` as JSON, or else ``text``."""
    click.echo(json.dumps(result, ensure_ascii=False, default=str) if as_json else text)


def one_of(text: str | None, batch: Path | None) -> None:
    """Refuse a command line that has both a TEXT and a batch, or neither.

    Raises:
        click.UsageError: it has.
    """
    if (text is None) == (batch is None):
        raise click.UsageError("Give either TEXT or --batch FILE.")


class Progress:
    """A bar on a terminal, a plain line every tenth elsewhere, both on standard error."""

    def __init__(self, label: str, quiet: bool = False) -> None:
        self._label = label
        self._quiet = quiet
        self._told = -1

    def __call__(self, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` are done."""
        if self._quiet or total <= 0:
            return
        if sys.stderr.isatty():
            filled = 30 * done // total
            click.echo(
                f"\r{self._label} [{'#' * filled}{'.' * (30 - filled)}] {done}/{total}", err=True, nl=done >= total
            )
        elif (tenth := 10 * done // total) > self._told:
            self._told = tenth
            click.echo(f"{self._label}: {done} of {total}", err=True)
