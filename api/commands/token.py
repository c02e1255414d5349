"""``askdesk token``: bearer tokens for the API."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import click

from api.terminal import data_dir_option, json_option, opened, show


@click.group("token")
def command() -> None:
    """Make bearer tokens for the API."""


@command.command("create")
@click.argument("email")
@click.option(
    "--days", type=click.IntRange(0, 36_500), default=365, show_default=True, help="How long it lasts; 0: for good."
)
@data_dir_option
@json_option
def create(email: str, days: int, data_dir: Path | None, as_json: bool) -> None:
    """Print a token that acts as this person. It is shown only now."""
    from assistant.domain.people import COMMAND_LINE

    with opened(data_dir) as container:
        token = container.accounts.tokens.create(email, COMMAND_LINE, timedelta(days=days) if days else None)
    show({"token": token}, as_json, token)
