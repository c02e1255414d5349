"""``askdesk ingest``: files, folders and zips into the knowledge base."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.terminal import Progress, data_dir_option, json_option, opened, show

if TYPE_CHECKING:
    from ingest.pipeline import Report


@click.command("ingest")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--source", default="", help="Name of the source that the articles belong to (default: each path's name)."
)
@click.option("--locale", default="", help="Locale of articles that name none, such as en, zh-CN or zh-TW.")
@click.option("--draft", is_flag=True, help="Import as drafts; what is published stays as it is.")
@click.option("--prune", is_flag=True, help="Remove articles of the same source that it no longer has.")
@data_dir_option
@json_option
@click.pass_context
def command(
    context: click.Context,
    paths: tuple[Path, ...],
    source: str,
    locale: str,
    draft: bool,
    prune: bool,
    data_dir: Path | None,
    as_json: bool,
) -> None:
    """Import articles; a rerun imports only what has changed. Exits with 1 if any file failed, the rest is kept."""
    from ingest.importing import Importing

    with opened(data_dir) as container:
        importing = Importing(container)
        errors: list[str] = []
        with importing.indexing_meanwhile() as begin:
            report = importing.write(paths, source=source, locale=locale, draft=draft, prune=prune, tell=begin)
            if report.jobs or importing.unfinished():
                errors = importing.settle(report.jobs, Progress("Indexing", quiet=as_json))
    show(report.as_dict(), as_json, _told(report))
    for error in errors:
        click.echo(f"Not everything can be found yet: {error}", err=True)
    if report.failed or errors:
        context.exit(1)


def _told(report: Report) -> str:
    counts = (
        f"{report.added} added, {report.updated} updated, {report.unchanged} unchanged, {report.removed} removed, "
        f"{len(report.conflicts)} conflicts, {len(report.failed)} failed."
    )
    warnings = [f"warning: {each.path}: {each.reason}" for each in report.warnings]
    conflicts = [f"conflict: {each.path}: {each.reason}" for each in report.conflicts]
    failed = [f"failed: {each.path}: {each.reason}" for each in report.failed]
    return "\n".join([*warnings, *conflicts, *failed, counts])
