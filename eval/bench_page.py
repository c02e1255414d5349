"""A benchmark's report as a page."""

from __future__ import annotations

from html import escape
from typing import Any

from eval.page import page, plots, section, table
from eval.plots import bar_plot

_METHOD = (
    "Each ratio is made of figures taken in turns in one run. A turn is a customer's message over HTTP to a server in "
    "a process of its own: stored, understood, searched, decided, answered, stored. The embedding that it is compared "
    "with is that of the same text by the same process. Real articles are imported; the other passages are made up of "
    "real vectors and words, so that nothing of them is embedded. No language model takes part, and passages are read "
    "together with the question only where it says so."
)


def bench_page(report: dict[str, Any]) -> str:
    """The report as a page."""
    machine, size = report["machine"], report["size"]
    lead = (
        f"{report['at']}, Askdesk {report['version']}, {machine['processor']}, {machine['cores']} cores, "
        f"load {machine['load'][0]} before and {machine['load'][1]} after. {size['passages']:,} passages, "
        f"{size['turns']} turns."
    )
    return page(
        "Benchmark",
        lead,
        [
            section("Promises", _ratios(report), _METHOD),
            section("Turns", _turns(report)),
            section("Import", _import(report)),
            section("Memory", _memory(report)),
        ],
    )


def _ratios(report: dict[str, Any]) -> str:
    rows = []
    for one in report["ratios"]:
        word = {True: '<span class="better">kept</span>', False: '<span class="worse">missed</span>', None: ""}
        value = f"<b>{one['value']:.2f}{escape(one['unit'])}</b>"
        rows.append([escape(one["name"]), value, escape(one["promise"]), word[one["kept"]]])
    return table(["", "measured", "promised", ""], rows)


def _turns(report: dict[str, Any]) -> str:
    turns, growth, size = report["turns"], report["growth"], report["size"]
    by_size = [(f"{size[name]:,} passages", growth[name]["turn_ms"]["median"]) for name in ("small", "large")]
    one = [
        ("embedding", turns["embedding_ms"]["median"]),
        ("turn", turns["turn_ms"]["median"]),
        ("turn, p95", turns["turn_ms"]["p95"]),
        ("turn, reading", report["reading"]["turn_ms"]["median"]),
        ("LangChain", turns["chain_ms"]["median"]),
    ]
    return plots(
        [
            (bar_plot(one, "milliseconds", unit=" ms"), "Medians; the chain runs in process, and only searches."),
            (bar_plot(by_size, "milliseconds", unit=" ms"), "Median turn on few and on many passages."),
        ]
    )


def _import(report: dict[str, Any]) -> str:
    times = report["ingest"]
    rates = [
        ("import", times["strings"] / times["ingest"]),
        ("bare encoder", times["strings"] / times["encoder"]),
        ("LangChain", times["chunks"] / times["chain"]),
    ]
    rows = [
        ["strings embedded", f"{times['strings']:,}"],
        ["passages", f"{times['passages']:,}"],
        ["chunks of the plain chain", f"{times['chunks']:,}"],
        ["seconds of the import", f"{times['ingest']:.1f}"],
        ["seconds of the encoder alone", f"{times['encoder']:.1f}"],
        ["seconds of the plain chain", f"{times['chain']:.1f}"],
        ["new articles, whole command", f"{report['unchanged']['first']:.1f} s"],
        ["unchanged articles, whole command", f"{report['unchanged']['again']:.1f} s"],
        ["a published change found among many, median", f"{report['published']['median']:.2f} s"],
    ]
    words = "Strings a second; the chain's chunks are longer."
    return plots([(bar_plot(rates, "strings a second"), words)]) + table(["", ""], rows)


def _memory(report: dict[str, Any]) -> str:
    size, growth = report["size"], report["growth"]
    measured = [
        (size["small"], growth["small"]["memory_mib"]),
        (size["passages"], report["turns"]["memory_mib"]),
        (size["large"], growth["large"]["memory_mib"]),
    ]
    rows = [
        [f"{passages:,} passages", f"{mib['rss']:,.0f} MiB", f"{mib['peak']:,.0f} MiB"] for passages, mib in measured
    ]
    return table(["server", "after the turns", "at most"], rows)
