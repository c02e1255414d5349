"""``askdesk export``: all articles as files that ``ingest`` reads back."""

from __future__ import annotations

from pathlib import Path

import click

from api.terminal import data_dir_option, json_option, opened, show


@click.command("export")
@click.argument("folder", type=click.Path(path_type=Path))
@data_dir_option
@json_option
def command(folder: Path, data_dir: Path | None, as_json: bool) -> None:
    """Write every article to FOLDER as Markdown with front matter, and the pictures that articles show."""
    from ingest.exporting import export

    with opened(data_dir) as container:
        written = export(container.articles.reading.every(), folder, container.blob)
    show({"articles": written, "folder": str(folder)}, as_json, f"{written} articles were written to {folder}.")
