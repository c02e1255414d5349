"""``askdesk reindex``: both indexes anew from the database, without embedding anything again."""

from __future__ import annotations

from pathlib import Path

import click

from api.terminal import Progress, data_dir_option, json_option, opened, show


@click.command("reindex")
@data_dir_option
@json_option
def command(data_dir: Path | None, as_json: bool) -> None:
    """Rebuild the search indexes from the database; what serves now goes on until the new ones are checked."""
    from assistant.errors import AskdeskError
    from ingest.importing import Importing

    with opened(data_dir) as container:
        importing = Importing(container)
        errors = importing.settle([importing.queue_reindex()], Progress("Reindexing", quiet=as_json))
        if errors:
            raise AskdeskError(errors[0])
        vectors, passages = importing.indexed()
    show(
        {"passages": passages, "vectors": vectors},
        as_json,
        f"The indexes are rebuilt: {passages} passages, {vectors} vectors.",
    )
