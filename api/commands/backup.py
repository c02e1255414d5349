"""``askdesk backup``: everything that the database holds, as one file."""

from __future__ import annotations

from pathlib import Path

import click

from api.terminal import Progress, data_dir_option, json_option, opened, show


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@data_dir_option
@json_option
def command(file: Path, data_dir: Path | None, as_json: bool) -> None:
    """Write a backup to FILE while the server goes on; it is restored once on trial before it counts."""
    with opened(data_dir) as container:
        rows = container.backup(file, Progress("Backing up", quiet=as_json))
    size = file.stat().st_size
    told = (
        f"{sum(rows.values())} rows of {len(rows)} tables are in {file} ({size / 1e6:.1f} MB); a trial restored them."
    )
    show({"file": str(file), "bytes": size, "rows": rows}, as_json, told)
