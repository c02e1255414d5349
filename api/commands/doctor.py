"""``askdesk doctor``: is everything in order, and if not, what to do."""

from __future__ import annotations

from pathlib import Path

import click

from api.terminal import data_dir_option, json_option, opened


@click.command("doctor")
@data_dir_option
@json_option
@click.pass_context
def command(context: click.Context, data_dir: Path | None, as_json: bool) -> None:
    """Look at every part of the installation. Exits with 1 if something is broken; nothing is repaired."""
    import json
    from dataclasses import asdict

    with opened(data_dir) as container:
        checks = []
        for check in container.examine():
            checks.append(check)
            if not as_json:
                click.echo(f"{'ok    ' if check.ok else 'BROKEN'} {check.name}: {check.seen}")
                if check.next_step:
                    click.echo(f"       {check.next_step}")
    healthy = all(check.ok for check in checks)
    if as_json:
        found = {"ok": healthy, "checks": [asdict(check) for check in checks]}
        click.echo(json.dumps(found, ensure_ascii=False))
    if not healthy:
        context.exit(1)
