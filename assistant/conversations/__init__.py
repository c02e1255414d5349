"""A customer's side of the desk: start, ask, be answered, be handed over, and say what it was worth."""

from assistant.conversations.handover import Handovers
from assistant.conversations.identity import Claims
from assistant.conversations.opening import Openings, Started
from assistant.conversations.opinions import Opinions
from assistant.conversations.reading import Readings
from assistant.conversations.rollouts import Attempt, Rollouts
from assistant.conversations.turns import TurnResult, Turns

__all__ = [
    "Attempt",
    "Claims",
    "Handovers",
    "Openings",
    "Opinions",
    "Readings",
    "Rollouts",
    "Started",
    "TurnResult",
    "Turns",
]
