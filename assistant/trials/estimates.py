"""What a marked random sample says of all: shares with their intervals, each outcome weighed by how often it came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.trials.views import Share

# Fewer say next to nothing.
LEAST_JUDGED = 5
_DRAWS = 8_000
_WITHIN = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class Judged:
    """A question of the sample that was judged; ``times`` is how often it was asked."""

    outcome: str
    times: int
    right: bool


def share_right(totals: Mapping[str, int], judged: Sequence[Judged]) -> Share | None:
    """The share of all questions (``totals``: how many of each outcome, repeats counted) that are right.

    Each outcome has a share of its own, uncertain by how few of it were judged (a beta distribution that begins with
    half a right one and half a wrong one, Jeffreys' prior); what was judged itself is certain. Questions asked often
    count as often, which makes the sample worth less than its number: Kish's effective size.

    None where nothing came to these outcomes, or fewer than ``LEAST_JUDGED`` are judged and there are more.
    """
    strata = {name: total for name, total in totals.items() if total}
    seen = [each for each in judged if each.outcome in strata]
    every, looked_at = sum(strata.values()), sum(each.times for each in seen)
    if not strata or (len(seen) < LEAST_JUDGED and looked_at < every):
        return None
    draw = np.random.default_rng(0)
    middle, spread = 0.0, np.zeros(_DRAWS)
    for name, total in strata.items():
        here = [each for each in seen if each.outcome == name]
        known, sure = sum(each.times for each in here), sum(each.times for each in here if each.right)
        rest = max(0, total - known)
        worth = known**2 / sum(each.times**2 for each in here) if here else 0.0
        share = sure / known if here else 0.5
        middle += sure + rest * share
        spread += sure + rest * _shares(draw, worth, share, rest)
    low, high = np.percentile(spread / every, _WITHIN)
    value = middle / every
    return Share(value, min(float(low), value), max(float(high), value), len(seen))


def _shares(draw: np.random.Generator, worth: float, share: float, rest: int) -> NDArray[np.float64]:
    """Shares that the rest of a stratum may have."""
    if not rest:
        return np.zeros(_DRAWS)
    chances = draw.beta(0.5 + worth * share, 0.5 + worth * (1 - share), _DRAWS)
    return np.asarray(draw.binomial(rest, chances) / rest, dtype=np.float64)
