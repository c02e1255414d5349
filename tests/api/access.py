"""Who may call what: every operation of the API, once. ``test_access_matrix`` holds the application to this table."""

from __future__ import annotations

from enum import Enum, auto
from typing import Any

from assistant.domain.people import Right


class Open(Enum):
    """Operations that need no right."""

    ANYONE = auto()
    """No token of any kind; where a secret stands in the address, an unknown one is answered with 404."""
    CUSTOMER = auto()
    """The conversation's own token."""
    SIGNED_IN = auto()
    """Anyone who works here."""


Who = Open | Right
API = "/api/v1"

ACCESS: dict[str, Who] = {
    "GET /healthz": Open.ANYONE,
    "GET /readyz": Open.ANYONE,
    "GET /metrics": Open.ANYONE,
    f"POST {API}/auth/login": Open.ANYONE,
    f"POST {API}/auth/logout": Open.SIGNED_IN,
    f"GET {API}/auth/me": Open.SIGNED_IN,
    f"PATCH {API}/auth/me": Open.SIGNED_IN,
    f"GET {API}/users": Right.ADMINISTER,
    f"POST {API}/users": Right.ADMINISTER,
    f"GET {API}/users/{{user_id}}": Right.ADMINISTER,
    f"PATCH {API}/users/{{user_id}}": Right.ADMINISTER,
    f"GET {API}/users/{{user_id}}/tokens": Right.ADMINISTER,
    f"DELETE {API}/users/{{user_id}}/tokens/{{token_id}}": Right.ADMINISTER,
    f"GET {API}/settings": Right.ADMINISTER,
    f"PATCH {API}/settings": Right.ADMINISTER,
    f"POST {API}/settings/logo": Right.ADMINISTER,
    f"DELETE {API}/settings/logo": Right.ADMINISTER,
    f"POST {API}/settings/rollout/try": Right.ADMINISTER,
    f"POST {API}/settings/llm/test": Right.ADMINISTER,
    f"POST {API}/settings/mail/test": Right.ADMINISTER,
    f"GET {API}/audit": Right.ADMINISTER,
    f"POST {API}/bench/embedding": Right.ADMINISTER,
    f"GET {API}/widget/config": Open.ANYONE,
    f"POST {API}/conversations": Open.ANYONE,
    f"GET {API}/conversations/{{id}}": Open.CUSTOMER,
    f"POST {API}/conversations/{{id}}/messages": Open.CUSTOMER,
    f"GET {API}/conversations/{{id}}/events": Open.CUSTOMER,
    f"POST {API}/conversations/{{id}}/handover": Open.CUSTOMER,
    f"POST {API}/conversations/{{id}}/feedback": Open.CUSTOMER,
    f"POST {API}/conversations/{{id}}/rating": Open.CUSTOMER,
    f"POST {API}/t/{{secret}}/messages": Open.ANYONE,
    f"POST {API}/t/{{secret}}/nudge": Open.ANYONE,
    f"POST {API}/t/{{secret}}/rating": Open.ANYONE,
    f"GET {API}/conversations": Right.WORK_TICKETS,
    f"POST {API}/conversations/{{id}}/takeover": Right.WORK_TICKETS,
    f"POST {API}/conversations/{{id}}/release": Right.WORK_TICKETS,
    f"GET {API}/tickets": Right.READ_TICKETS,
    f"GET {API}/tickets/{{number}}": Right.READ_TICKETS,
    f"PATCH {API}/tickets/{{number}}": Right.WORK_TICKETS,
    f"POST {API}/tickets/{{number}}/messages": Right.WRITE_NOTES,
    f"DELETE {API}/tickets/{{number}}/messages/{{message}}": Right.WORK_TICKETS,
    f"POST {API}/tickets/{{number}}/typing": Right.WORK_TICKETS,
    f"GET {API}/desk/agents": Right.READ_TICKETS,
    f"GET {API}/desk/counts": Right.READ_TICKETS,
    f"GET {API}/desk/events": Right.READ_TICKETS,
    f"GET {API}/desk/search": Right.READ_TICKETS,
    f"GET {API}/desk/traces/{{message}}": Right.READ_TICKETS,
    f"GET {API}/macros": Right.READ_TICKETS,
    f"POST {API}/macros": Right.SUPERVISE,
    f"PUT {API}/macros/{{id}}": Right.SUPERVISE,
    f"DELETE {API}/macros/{{id}}": Right.SUPERVISE,
    f"GET {API}/insights/summary": Right.SEE_INSIGHTS,
    f"GET {API}/articles": Right.EDIT_ARTICLES,
    f"POST {API}/articles": Right.EDIT_ARTICLES,
    f"POST {API}/articles/import": Right.EDIT_ARTICLES,
    f"GET {API}/articles/{{id}}": Right.EDIT_ARTICLES,
    f"PUT {API}/articles/{{id}}": Right.EDIT_ARTICLES,
    f"DELETE {API}/articles/{{id}}": Right.EDIT_ARTICLES,
    f"POST {API}/articles/{{id}}/publish": Right.EDIT_ARTICLES,
    f"POST {API}/articles/{{id}}/unpublish": Right.EDIT_ARTICLES,
    f"POST {API}/articles/{{id}}/revert": Right.EDIT_ARTICLES,
    f"POST {API}/articles/{{id}}/restore": Right.EDIT_ARTICLES,
    f"GET {API}/articles/{{id}}/revisions": Right.EDIT_ARTICLES,
    f"GET {API}/articles/{{id}}/diff": Right.EDIT_ARTICLES,
    f"POST {API}/imports": Right.EDIT_ARTICLES,
    f"GET {API}/imports": Right.EDIT_ARTICLES,
    f"GET {API}/imports/{{id}}": Right.EDIT_ARTICLES,
    f"GET {API}/trials": Right.EDIT_ARTICLES,
    f"POST {API}/trials": Right.ADMINISTER,
    f"GET {API}/trials/{{id}}": Right.EDIT_ARTICLES,
    f"DELETE {API}/trials/{{id}}": Right.ADMINISTER,
    f"POST {API}/trials/{{id}}/ask": Right.ADMINISTER,
    f"GET {API}/trials/{{id}}/questions": Right.EDIT_ARTICLES,
    f"GET {API}/trials/{{id}}/questions/{{number}}": Right.EDIT_ARTICLES,
    f"DELETE {API}/trials/{{id}}/questions/{{number}}": Right.ADMINISTER,
    f"PUT {API}/trials/{{id}}/questions/{{number}}/mark": Right.EDIT_ARTICLES,
    f"GET {API}/trials/{{id}}/sample": Right.EDIT_ARTICLES,
    f"POST {API}/trials/{{id}}/sample": Right.EDIT_ARTICLES,
    f"GET {API}/trials/{{id}}/export": Right.EDIT_ARTICLES,
    f"POST {API}/images": Right.EDIT_ARTICLES,
    f"GET {API}/categories": Right.EDIT_ARTICLES,
    f"GET {API}/sources": Right.EDIT_ARTICLES,
    f"GET {API}/search": Right.SEARCH_KNOWLEDGE,
    f"GET {API}/search/why-not": Right.SEARCH_KNOWLEDGE,
    f"GET {API}/certainty": Right.EDIT_ARTICLES,
    f"PATCH {API}/certainty": Right.EDIT_ARTICLES,
    f"GET {API}/guidance": Right.EDIT_ARTICLES,
    f"PUT {API}/guidance": Right.EDIT_ARTICLES,
    f"POST {API}/guidance/publish": Right.EDIT_ARTICLES,
    f"POST {API}/guidance/revert": Right.EDIT_ARTICLES,
    f"GET {API}/guidance/revisions": Right.EDIT_ARTICLES,
    f"GET {API}/gaps": Right.EDIT_ARTICLES,
    f"PATCH {API}/gaps/{{id}}": Right.EDIT_ARTICLES,
}

# What makes a request complete, so that only the id in its address can be wrong.
BODIES: dict[str, dict[str, Any]] = {
    f"PATCH {API}/users/{{user_id}}": {"name": "x"},
    f"POST {API}/conversations/{{id}}/messages": {"text": "hello"},
    f"POST {API}/conversations/{{id}}/handover": {},
    f"POST {API}/conversations/{{id}}/feedback": {"message": "m", "helpful": True},
    f"POST {API}/conversations/{{id}}/rating": {"score": 5},
    f"POST {API}/t/{{secret}}/messages": {"text": "hello"},
    f"POST {API}/t/{{secret}}/rating": {"score": 5},
    f"PUT {API}/articles/{{id}}": {"revision": 1, "title": "t"},
    f"POST {API}/articles/{{id}}/publish": {"revision": 1},
    f"POST {API}/articles/{{id}}/unpublish": {"revision": 1},
    f"POST {API}/articles/{{id}}/revert": {"revision": 1, "to": 1},
    f"PATCH {API}/gaps/{{id}}": {"status": "dismissed"},
    f"PUT {API}/trials/{{id}}/questions/{{number}}/mark": {"mark": "right"},
    f"POST {API}/trials/{{id}}/sample": {},
    f"PATCH {API}/tickets/{{number}}": {"status": "open", "version": 1},
    f"POST {API}/tickets/{{number}}/messages": {"text": "hello", "note": True},
    f"PUT {API}/macros/{{id}}": {"title": "t", "text": "hello"},
}

# Never ending answers: who may not follow them is tested here, what they bring elsewhere.
STREAMS = {f"GET {API}/desk/events"}
