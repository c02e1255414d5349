"""Reports as one page that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from eval.plots import distribution, line_plot

_STYLE = """
:root{color-scheme:light dark;--ink:#1c2430;--soft:#5b6675;--line:#dde2e8;--back:#fff;--card:#f6f8fa;
--s0:#1f6feb;--s1:#c2571a;--s2:#1a7f4b;--s3:#8250df;--s4:#8a6d00;--bad:#b42318;--good:#1a7f4b}
@media(prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#9aa6b5;--line:#303844;--back:#12161c;--card:#1a2029;
--s0:#6ea8ff;--s1:#f0955c;--s2:#5cc98d;--s3:#bc98ff;--s4:#d9b94a;--bad:#ff8a80;--good:#5cc98d}}
*{box-sizing:border-box}body{margin:0 auto;max-width:1080px;padding:28px 20px 80px;background:var(--back);
color:var(--ink);font:15px/1.55 system-ui,"Segoe UI",Roboto,"Noto Sans","Noto Sans CJK SC",
"PingFang SC","Microsoft YaHei",sans-serif}
h1{font-size:26px;margin:0 0 4px}h2{font-size:18px;margin:36px 0 10px}p,.soft{color:var(--soft)}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:6px 10px 6px 0;border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--soft);font-weight:600}.num{text-align:right}.scroll{overflow-x:auto}
.better{color:var(--good)}.worse{color:var(--bad)}.small{font-size:13px;color:var(--soft)}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(300px,1fr));gap:18px}
figure{margin:0;max-width:520px;padding:14px;background:var(--card);border-radius:10px}figcaption{font-size:13px;color:var(--soft);margin-top:6px}
svg{width:100%;height:auto;display:block}svg text{fill:var(--soft);font-size:11px}.grid{stroke:var(--line)}
polyline{fill:none;stroke-width:2.2}polyline.s0{stroke:var(--s0)}polyline.s1{stroke:var(--s1);stroke-dasharray:5 4}
polyline.s2{stroke:var(--s2)}polyline.s3{stroke:var(--s3)}polyline.s4{stroke:var(--s4)}
.dot.s0,rect.s0{fill:var(--s0)}.dot.s1{fill:none}rect.s1{fill:var(--s1)}rect.s2{fill:var(--s2)}rect.s3{fill:var(--s3)}rect.s4{fill:var(--s4)}
.mark{fill:var(--bad)}details{border-bottom:1px solid var(--line);padding:8px 0}summary{cursor:pointer}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--card);padding:10px;border-radius:8px;font-size:13px}
"""


_FOUR_WAY = (
    "Questions that are answered in full or in part want an answer; those that several things fit want to be asked "
    "back; the rest is to be left to a person. A baseline answers above its best threshold on these questions and "
    "never asks."
)


def page(title: str, lead: str, sections: Iterable[str]) -> str:
    """A page of sections; ``lead`` is plain text."""
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>{escape(title)}</h1><p>{escape(lead)}</p>{''.join(sections)}</main></body></html>\n"
    )


def section(heading: str, inside: str, words: str = "") -> str:
    """A part of a page; nothing where there is nothing inside."""
    said = f"<p>{escape(words)}</p>" if words else ""
    return f"<section><h2>{escape(heading)}</h2>{said}{inside}</section>" if inside else ""


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: int = 1) -> str:
    """A table of cells that are HTML already; columns from ``numbers`` on are numbers."""
    made = [
        "<tr>" + "".join(f"<td{_number(place, numbers)}>{cell}</td>" for place, cell in enumerate(row)) + "</tr>"
        for row in rows
    ]
    if not made:
        return ""
    head = "".join(f'<th scope="col"{_number(place, numbers)}>{escape(name)}</th>' for place, name in enumerate(heads))
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{"".join(made)}</tbody></table></div>'


def plots(figures: Iterable[tuple[str, str]]) -> str:
    """Plots side by side, each with what it shows."""
    made = "".join(f"<figure>{svg}<figcaption>{escape(words)}</figcaption></figure>" for svg, words in figures if svg)
    return f'<div class="plots">{made}</div>' if made else ""


def quality_page(report: dict[str, Any], before: dict[str, Any] | None) -> str:
    """The report of a suite as a page; ``before`` is the one that it is compared with."""
    lead = (
        f"{report['cases']} questions over {report['passages']} passages, {report['at']}, Askdesk {report['version']}, "
        f"embedder {report['embedder'].get('name', 'none')}, "
        f"reader {report.get('reader', 'off')}. Intervals are 95 % bootstrap intervals."
    )
    since = f"The last column is the difference to the run of {before['at']}." if before else ""
    return page(
        f"Evaluation: {report['suite']}",
        lead,
        [
            section("Figures", _figures(report, before), since),
            section("Curves", _curves(report)),
            section("By kind of question", _kinds(report["kinds"])),
            section(_confused(report), _confusion(report["confusion"])),
            section("What people made of it then", _labels(report.get("labels", ()))),
            section("Answer, ask back, or leave", _four_way(report.get("four_way", ())), _FOUR_WAY),
            section("Worst cases", _worst(report["worst"]), "Surely wrong answers first; each opens to its trace."),
        ],
    )


def _figures(report: dict[str, Any], before: dict[str, Any] | None) -> str:
    names = list(report["baselines"])
    flat = {name: {_key(one): one for one in made} for name, made in report["baselines"].items()}
    old = {_key(one): one for one in before["figures"]} if before else {}
    rows = []
    for one in report["figures"]:
        beside = [_value(flat[name].get(_key(one))) for name in names]
        last = [_difference(one, old.get(_key(one)))] if before else []
        label = f'{escape(one["name"])}<div class="small">{escape(one["group"])}, n = {one["n"]}</div>'
        rows.append([label, _with_interval(one), *beside, *last])
    return table(["", "Askdesk", *names, *(["change"] if before else [])], rows)


def _curves(report: dict[str, Any]) -> str:
    curve, bins = report["curve"], report["reliability"]
    risk = ""
    if curve:
        points = [(point["wrong"], point["answered"]) for point in curve]
        today = report["today"]
        marks = [("today", today["wrong"], today["answered"])] if today else []
        risk = line_plot(
            [("Askdesk", [(0.0, 0.0), *points])],
            "unanswerable questions answered",
            "answerable answered rightly",
            marks=marks,
        )
    reliable = ""
    if curve and bins:
        met = [(one["promised"], one["came"]) for one in bins]
        reliable = line_plot(
            [("Askdesk", met), ("perfect", [(0.0, 0.0), (1.0, 1.0)])], "confidence", "answerable", dots=True
        )
    return plots(
        [
            (risk, "Risk and coverage: the dot is the threshold that the knowledge base chose itself."),
            (reliable, "Reliability: bins of equal size; on the dashed line, confidence is what it says."),
            (distribution(report["latency"], "milliseconds"), "Whole turns in this process, without HTTP."),
        ]
    )


def _kinds(kinds: Sequence[dict[str, Any]]) -> str:
    heads = ["kind", "questions", "answered", "from a right article", "right article first", "as expected"]
    fields = ("n", "answered", "right", "hit@1", "passed")
    return table(heads, [[escape(one["kind"]), *(_plain(one[name]) for name in fields)] for one in kinds])


def _confusion(counts: dict[str, dict[str, int]]) -> str:
    outcomes = ["answered", "clarifying", "declined", "handover_offered", "handed_over"]
    rows = [[escape(kind), *(_plain(row.get(outcome, 0)) for outcome in outcomes)] for kind, row in counts.items()]
    return table(["", *(outcome.replace("_", " ") for outcome in outcomes)], rows)


def _confused(report: dict[str, Any]) -> str:
    if "labels" in report:
        return "What was done then, and what would be done now"
    return "What was wanted, and what was done"


def _labels(rows: Sequence[dict[str, Any]]) -> str:
    heads = ["", "turns", "answered then", "answered now", "the same now"]
    return table(
        heads, [[escape(row["label"]), *(_plain(row[key]) for key in ("n", "then", "now", "same"))] for row in rows]
    )


def _four_way(rows: Sequence[dict[str, Any]]) -> str:
    names = [row["wanted"] for row in rows]
    cells = [
        [
            escape(row["wanted"]),
            _plain(row["n"]),
            *(_plain(row["done"][name]) for name in names),
            *(_plain(row[name]) for name in ("precision", "recall", "f1")),
        ]
        for row in rows
    ]
    return table(["wanted", "questions", *(f"done: {name}" for name in names), "precision", "recall", "F1"], cells)


def _worst(cases: Sequence[dict[str, Any]]) -> str:
    return "".join(_case(one) for one in cases)


def _case(one: dict[str, Any]) -> str:
    said = escape("\n".join([*one["history"], one["text"]]))
    wanted = ", ".join(one["wanted"]) or "no answer"
    why = "; ".join(one["failures"]) or f"{one['outcome']}, confidence {one['confidence']}, rank {one['rank'] or '–'}"
    candidates = "".join(
        f"<tr><td>{escape(str(hit.get('article')))}</td><td>{escape(str(hit.get('heading')))}</td>"
        f'<td class="num">{hit.get("score")}</td><td class="num">{hit.get("dense")}</td>'
        f'<td class="num">{hit.get("keyword")}</td></tr>'
        for hit in one["trace"].get("candidates", ())
    )
    heads = "<tr><th>article</th><th>heading</th><th>score</th><th>dense</th><th>keyword</th></tr>"
    found = f'<div class="scroll"><table>{heads}{candidates}</table></div>' if candidates else ""
    features = ", ".join(f"{name} {value}" for name, value in one["trace"].get("features", {}).items())
    return (
        f'<details id="{escape(one["id"])}"><summary>{escape(one["text"][:160])} '
        f'<span class="small">{escape(one["kind"])}: {escape(why)}</span></summary><pre>{said}</pre>'
        f'<p class="small">Wanted: {escape(wanted)}. Confidence {one["confidence"]}, threshold {one["threshold"]}.</p>'
        f'<pre>{escape(one["reply"])}</pre>{found}<p class="small">{escape(features)}</p></details>'
    )


def _key(figure: dict[str, Any]) -> tuple[str, str]:
    return figure["group"], figure["name"]


def _plain(value: Any) -> str:
    return "–" if value is None else escape(str(value))


def _value(figure: dict[str, Any] | None) -> str:
    return "" if figure is None else f"{figure['value']:.3f}"


def _with_interval(figure: dict[str, Any]) -> str:
    digits = 1 if figure["group"] == "time" else 3
    low, high = (f"{figure[end]:.{digits}f}" for end in ("low", "high"))
    return f'<b>{figure["value"]:.{digits}f}</b><div class="small">{low} to {high}</div>'


def _difference(now: dict[str, Any], then: dict[str, Any] | None) -> str:
    if then is None:
        return ""
    change = now["value"] - then["value"]
    outside = not then["low"] <= now["value"] <= then["high"]
    improved = (change > 0) == (now["better"] == "higher")
    mood = (' class="better"' if improved else ' class="worse"') if outside and change else ""
    return f"<span{mood}>{change:+.3f}</span>"


def _number(place: int, numbers: int) -> str:
    return ' class="num"' if place >= numbers else ""
