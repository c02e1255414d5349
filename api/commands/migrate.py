"""``askdesk migrate``: the database's schema."""

from __future__ import annotations

from pathlib import Path

import click

from api.terminal import data_dir_option, json_option, settings_of, show


@click.command("migrate")
@data_dir_option
@json_option
def command(data_dir: Path | None, as_json: bool) -> None:
    """Bring the database to this version's schema. `serve` does so by itself."""
    from assistant.container import migrate_database

    changed, revision = migrate_database(settings_of(data_dir))
    told = (
        f"The database is now at schema {revision}."
        if changed
        else f"Nothing to do: the database is at schema {revision}."
    )
    show({"changed": changed, "revision": revision}, as_json, told)
