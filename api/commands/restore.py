"""``askdesk restore``: a backup into this installation."""

from __future__ import annotations

from pathlib import Path

import click

from api.terminal import Progress, data_dir_option, json_option, settings_of, show


@click.command("restore")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace what the database holds.")
@data_dir_option
@json_option
def command(file: Path, force: bool, data_dir: Path | None, as_json: bool) -> None:
    """Restore FILE into an empty database; all of it or nothing. The indexes are rebuilt at the next start."""
    from assistant.container import restore_database

    rows = restore_database(settings_of(data_dir), file, force=force, tell=Progress("Restoring", quiet=as_json))
    told = f"{sum(rows.values())} rows of {len(rows)} tables are restored. Everyone signs in again."
    show({"rows": rows}, as_json, told)
