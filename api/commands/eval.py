"""``askdesk eval``: how good the answers are, and how fast."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from api.terminal import Progress, data_dir_option, json_option, settings_of, show

_OUT = click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("eval-reports"),
    show_default=True,
    help="Where reports, and the vectors that a second run can use again, are kept.",
)


@click.group("eval")
def command() -> None:
    """Measure quality and speed; reports are JSON and an HTML page."""


@command.command("run")
@click.argument("suite")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("../shared/data"),
    show_default=True,
    help="Folder of the sets that SUITE may name.",
)
@click.option("--limit", type=click.IntRange(0), default=0, help="Ask at most this many questions (0: all).")
@click.option("--unmasked", is_flag=True, help="Leave personal data in the report of `conversations`.")
@_OUT
@data_dir_option
@json_option
def run(suite: str, data: Path, limit: int, unmasked: bool, out: Path, data_dir: Path | None, as_json: bool) -> None:
    """Measure search, reading and deciding on SUITE.

    SUITE is `starter` (the questions that come with Askdesk), `typos` (some of them mistyped), `models` (some that
    name a product), `stories` (some with a story around them), `switched` (those without a history after two others
    about something else), `kb` (this installation's own articles), `conversations` (what its customers asked, asked
    again), or a set: a folder with faq.jsonl or passages.jsonl, and queries.jsonl. `SET:zh-en` asks the Chinese
    questions of a set in two languages of its English passages alone.
    """
    from eval.page import quality_page
    from eval.run import previous, write

    report = _report(suite, data, limit, unmasked, out, data_dir, as_json)
    before = previous(report["suite"], out)
    files = write(report, quality_page(report, before), out)
    show(
        {**report, "files": list(map(str, files))},
        as_json,
        "\n".join([*_figures(report), f"The whole report is {files[1]}, and {files[0].name} beside it."]),
    )


@command.command("bench")
@click.option("--quick", is_flag=True, help="Small numbers, to see that everything works; the ratios mean nothing.")
@click.option(
    "--texts",
    type=click.Path(exists=True, path_type=Path),
    default=None,
    help="Articles whose ingest is timed: a file, folder or zip (default: the starter articles).",
)
@_OUT
@data_dir_option
@json_option
def bench(quick: bool, texts: Path | None, out: Path, data_dir: Path | None, as_json: bool) -> None:
    """Measure speed and memory on this machine, in ratios that a busy machine changes little."""
    from eval.bench import FULL, QUICK, run_bench
    from eval.bench_page import bench_page
    from eval.run import write

    settings = settings_of(data_dir)
    report = run_bench(QUICK if quick else FULL, settings, texts, lambda words: click.echo(words, err=True))
    files = write(report, bench_page(report), out)
    lines = [f"{one['name']}: {one['value']:.3g}{one['unit']} ({one['promise']})" for one in report["ratios"]]
    show(
        {**report, "files": list(map(str, files))},
        as_json,
        "\n".join([*lines, f"The whole report is {files[1]}, and {files[0].name} beside it."]),
    )


def _report(
    suite: str, data: Path, limit: int, unmasked: bool, out: Path, data_dir: Path | None, quiet: bool
) -> dict[str, Any]:
    from eval.cases import suite as named
    from eval.conversations import SUITE, run_conversations
    from eval.own import run_own
    from eval.run import run_suite

    settings = settings_of(data_dir)
    if suite == "kb":
        return run_own(settings)
    bars: dict[str, Progress] = {}

    def tell(label: str, done: int, total: int) -> None:
        bars.setdefault(label, Progress(label, quiet))(done, total)

    if suite == SUITE:
        return run_conversations(settings, limit, tell, unmasked=unmasked)
    return run_suite(named(suite, data).sample(limit), settings, out, tell)


def _figures(report: dict[str, Any]) -> list[str]:
    lines = [f"{report['suite']}: {report['cases']} questions, {report['passages']} passages"]
    for one in report["figures"]:
        beside = [
            f"{name} {other['value']:.3f}"
            for name, made in report["baselines"].items()
            for other in made
            if (other["group"], other["name"]) == (one["group"], one["name"])
        ]
        compared = f"  (beside it: {', '.join(beside)})" if beside else ""
        lines.append(f"  {one['name']}: {one['value']:.3f} [{one['low']:.3f}, {one['high']:.3f}]{compared}")
    for kind in report["kinds"]:
        lines.append(f"  {kind['kind']}: {kind['n']} asked, {kind['answered']} answered, {kind['passed']} as expected")
    return lines
