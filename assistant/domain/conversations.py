"""The states of a conversation and the moves between them."""

from __future__ import annotations

from enum import StrEnum


class ConversationState(StrEnum):
    """Who speaks for the desk.

    ``assistant``: the assistant answers. ``waiting``: handed over; the assistant still answers from sources but does
    not offer again. ``human``: an agent has the conversation and the assistant is silent. ``closed``: it is over.
    """

    ASSISTANT = "assistant"
    WAITING = "waiting"
    HUMAN = "human"
    CLOSED = "closed"


class MessageRole(StrEnum):
    """Who wrote a message.

    A draft is an answer of the assistant for agents to use; like notes, it reaches no customer.
    """

    CUSTOMER = "customer"
    ASSISTANT = "assistant"
    AGENT = "agent"
    NOTE = "note"
    DRAFT = "draft"
    SYSTEM = "system"


# What only those who work here may see.
INTERNAL = frozenset({MessageRole.NOTE, MessageRole.DRAFT})


class ConversationMove(StrEnum):
    """What can happen to a conversation."""

    HAND_OVER = "hand_over"
    TAKE_OVER = "take_over"
    RELEASE = "release"
    OVERDUE = "overdue"
    CLOSE = "close"
    CUSTOMER_WRITES = "customer_writes"


_MOVES: dict[tuple[ConversationState, ConversationMove], ConversationState] = {
    (ConversationState.ASSISTANT, ConversationMove.HAND_OVER): ConversationState.WAITING,
    (ConversationState.ASSISTANT, ConversationMove.TAKE_OVER): ConversationState.HUMAN,
    (ConversationState.WAITING, ConversationMove.TAKE_OVER): ConversationState.HUMAN,
    (ConversationState.WAITING, ConversationMove.RELEASE): ConversationState.ASSISTANT,
    (ConversationState.WAITING, ConversationMove.CLOSE): ConversationState.CLOSED,
    (ConversationState.HUMAN, ConversationMove.RELEASE): ConversationState.ASSISTANT,
    (ConversationState.HUMAN, ConversationMove.OVERDUE): ConversationState.WAITING,
    (ConversationState.HUMAN, ConversationMove.CLOSE): ConversationState.CLOSED,
    (ConversationState.ASSISTANT, ConversationMove.CLOSE): ConversationState.CLOSED,
    (ConversationState.CLOSED, ConversationMove.CUSTOMER_WRITES): ConversationState.ASSISTANT,
    (ConversationState.CLOSED, ConversationMove.HAND_OVER): ConversationState.WAITING,
    (ConversationState.CLOSED, ConversationMove.TAKE_OVER): ConversationState.HUMAN,
}


def moved(state: ConversationState, move: ConversationMove) -> ConversationState:
    """The state after ``move``; a move that means nothing in ``state`` leaves it as it is."""
    return _MOVES.get((state, move), state)


def assistant_speaks(state: ConversationState) -> bool:
    """Whether the assistant answers a customer's message in this state."""
    return state is not ConversationState.HUMAN
