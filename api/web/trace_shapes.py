"""Why an answer is what it is, as the pages show it: what was searched, what weighed how much, how an article fared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from api.web.article_shapes import edit_url, locale_name, translate_url
from assistant.articles.journeys import Place, Step
from assistant.articles.reasons import WhyNot

_BARS = 9
_AVERAGE = "average"


def candidate(found: Mapping[str, Any], quoted: Sequence[str], address: str) -> dict[str, Any]:
    """A passage found, with the addresses where an editor mends it and where it says why it was not chosen."""
    article, locale = str(found.get("article", "")), str(found.get("locale", ""))
    return {
        **found,
        "quoted": found.get("passage") in quoted,
        "fix": edit_url(article, locale, passage=str(found.get("passage", ""))),
        "why_not": against(address, article, locale),
    }


def against(address: str, article: str, locale: str) -> str:
    """The address that asks of one article why it was not chosen."""
    joint = "&" if "?" in address else "?"
    return f"{address}{joint}{urlencode({'article': article, 'in': locale})}#why-not"


def why(trace: Mapping[str, Any]) -> dict[str, Any]:
    """What the paragraph "Why this?" and its bars are made of."""
    candidates = trace.get("candidates") or []
    searched = list(trace.get("searched") or [])
    model = trace.get("model") or {}
    return {
        "query": trace.get("query", ""),
        "other": next((one for one in searched if one.get("query") != trace.get("query")), None),
        "best": candidates[0] if candidates else None,
        "parts": bars(candidates[0].get("why") or {}) if candidates else [],
        "features": weighed(trace.get("weighed") or {}, trace.get("features") or {}),
        "model": model,
        "dropped": model.get("dropped") or [],
        "times": times(trace),
    }


def weighed(shares: Mapping[str, float], values: Mapping[str, float]) -> list[dict[str, Any]]:
    """What spoke for an answer and against it, in log odds, the heaviest first; the lightest are put together."""
    own = sorted(((name, share) for name, share in shares.items() if name != _AVERAGE), key=lambda pair: -abs(pair[1]))
    told, rest = own[:_BARS], own[_BARS:]
    if rest:
        told.append(("rest", sum(share for _, share in rest)))
    if _AVERAGE in shares:
        told.append((_AVERAGE, shares[_AVERAGE]))
    return [{**bar, "raw": values.get(bar["name"])} for bar in bars(dict(told))]


def bars(shares: Mapping[str, float]) -> list[dict[str, Any]]:
    """Numbers as bars to the right of a middle line or to its left, on a canvas of 100: ``{name, value, x, width}``."""
    most = max((abs(value) for value in shares.values()), default=0.0) or 1.0
    return [
        {
            "name": name,
            "value": value,
            "x": 50.0 if value >= 0 else 50.0 + 50 * value / most,
            "width": 50 * abs(value) / most,
        }
        for name, value in shares.items()
    ]


def times(trace: Mapping[str, Any]) -> list[tuple[str, float]]:
    """How long each step took, in seconds; ``embed`` and ``search`` are parts of ``retrieve``."""
    steps = dict(trace.get("timings") or {})
    within = dict(trace.get("search") or {})
    told: list[tuple[str, float]] = []
    for name, seconds in steps.items():
        told.append((name, float(seconds)))
        if name == "retrieve":
            told.extend((part, float(value)) for part, value in within.items())
    return told


def why_not(found: WhyNot, language: str) -> dict[str, Any]:
    """How an article fared, with what the editor can do about it."""
    steps = {step.stage: step for step in found.steps}
    keyword = steps.get("keyword")
    return {
        "article": found.key.id,
        "title": found.title,
        "locale": found.key.locale,
        "locale_name": locale_name(found.key.locale),
        "edit": edit_url(found.key.id, found.key.locale),
        "translate": translate_url(found.key.id, found.key.locale, language),
        "lost": found.lost,
        "status": steps["visible"].facts["status"],
        "lacks": list(keyword.facts["lacks"]) if keyword else [],
        "winner": _named(found.winner),
        "best": _named(found.best),
        "outcome": found.outcome,
        "confidence": found.confidence,
        "threshold": found.threshold,
        "codes": steps["decision"].facts["codes"],
        "steps": [_step(step, found.lost) for step in found.steps],
    }


def _named(place: Place | None) -> dict[str, str] | None:
    if place is None:
        return None
    return {
        "title": place.title,
        "heading": place.heading if place.heading != place.title else "",
        "href": edit_url(place.article, place.locale, passage=place.passage),
        "locale": place.locale,
        "article": place.article,
    }


def _step(step: Step, lost: str) -> dict[str, Any]:
    """A stage as a line of the list; ``gap`` is the part of the score by which the article falls behind most."""
    mine, best = step.facts.get("parts") or {}, step.facts.get("winner_parts") or {}
    behind = {name: best[name] - mine.get(name, 0.0) for name in best} if mine else {}
    is_lost = step.stage == lost or (lost == "candidates" and step.stage in ("keyword", "dense"))
    return {
        "stage": step.stage,
        "ok": step.ok,
        "lost": is_lost,
        "rank": step.rank,
        "score": step.score,
        "depth": step.depth,
        "facts": dict(step.facts),
        "gap": max(behind, key=lambda name: behind[name]) if behind and max(behind.values()) > 0 else "",
        "audience_name": locale_name(str(step.facts.get("audience", ""))),
    }
