"""Who does too much is told so in words of their language, and when to come back; nothing they wrote is lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from assistant.container import Container
from assistant.conversations.access import MESSAGES_A_MINUTE
from assistant.storage.tables import Message

CHINESE = {"Accept-Language": "zh-CN"}
HAN = re.compile(r"[\u3400-\u9fff]")


class Customer:
    """Someone with a conversation and a ticket."""

    def __init__(self, http: TestClient) -> None:
        self.http = http
        started = http.post("/api/v1/conversations", json={"locale": "en"}).json()
        self.path = f"/api/v1/conversations/{started['id']}"
        self.token = {"Authorization": f"Bearer {started['token']}"}
        handed = http.post(f"{self.path}/handover", json={}, headers=self.token).json()
        self.link = "/t/" + handed["ticket"]["url"].rsplit("/", 1)[1]

    def say(self, **headers: str) -> Any:
        return self.http.post(f"{self.path}/messages", json={"text": "hello"}, headers=self.token | headers)

    def hand_over(self, **headers: str) -> Any:
        return self.http.post(f"{self.path}/handover", json={"reason": "please"}, headers=self.token | headers)

    def write(self, **headers: str) -> Any:
        return self.http.post(f"/api/v1{self.link}/messages", json={"text": "hello"}, headers=headers)

    def nudge(self, **headers: str) -> Any:
        return self.http.post(f"/api/v1{self.link}/nudge", headers=headers)

    def start(self, **headers: str) -> Any:
        return self.http.post("/api/v1/conversations", json={}, headers=headers)

    def reply_by_form(self, text: str, **headers: str) -> Any:
        accept = {"Accept": "text/html"} | headers
        return self.http.post(f"{self.link}/reply", data={"text": text}, headers=accept, follow_redirects=False)


@pytest.fixture
def customer(anonymous: TestClient) -> Customer:
    return Customer(anonymous)


def sent(container: Container) -> int:
    with container.database.read() as session:
        return session.query(Message).filter_by(role="customer").count()


Act = Callable[..., Any]


@pytest.mark.parametrize(
    ("act", "allowed", "longest"),
    [
        (Customer.say, MESSAGES_A_MINUTE, 60),
        (Customer.hand_over, MESSAGES_A_MINUTE, 60),
        (Customer.write, MESSAGES_A_MINUTE, 60),
        (Customer.nudge, 1, 3600),
        (Customer.start, 59, 60),  # the fixture has started one
    ],
)
def test_one_too_many(container: Container, customer: Customer, act: Act, allowed: int, longest: int) -> None:
    for _ in range(allowed):
        assert act(customer).is_success
    stored = sent(container)
    refused = act(customer)
    error: dict[str, Any] = refused.json()["error"]
    assert (refused.status_code, error["code"]) == (429, "too_many_requests")
    assert 0 < int(refused.headers["Retry-After"]) <= longest
    assert error["details"]["retry_after"] == int(refused.headers["Retry-After"])
    assert not HAN.search(error["message"])
    in_chinese = act(customer, **CHINESE).json()["error"]["message"]
    assert HAN.search(in_chinese), in_chinese
    assert sent(container) == stored


def test_who_comes_back_when_told_is_let_in(container: Container, customer: Customer) -> None:
    for _ in range(MESSAGES_A_MINUTE):
        assert customer.write().is_success
    seconds = int(customer.write().headers["Retry-After"])
    for early, expected in ((timedelta(seconds=5), 429), (timedelta(0), 201)):
        _go_on(container, timedelta(seconds=seconds) - early)
        assert customer.write().status_code == expected
        _go_on(container, early - timedelta(seconds=seconds))


def _go_on(container: Container, passed: timedelta) -> None:
    """Let time pass, by moving what was said into the past."""
    with container.database.write() as session:
        for message in session.query(Message):
            session.execute(
                update(Message).where(Message.id == message.id).values(created_at=message.created_at - passed)
            )


def test_the_ticket_page_gives_back_what_was_written(container: Container, customer: Customer) -> None:
    for _ in range(MESSAGES_A_MINUTE):
        assert customer.reply_by_form("hello").status_code == 303
    stored = sent(container)
    page = customer.reply_by_form("My long story & its <end>")
    assert page.status_code == 429
    assert 0 < int(page.headers["Retry-After"]) <= 60
    assert "Wait a moment, then send this again." in page.text
    assert "My long story &amp; its &lt;end&gt;</textarea>" in page.text
    assert sent(container) == stored
    assert HAN.search(customer.reply_by_form("again", **CHINESE).text)


def test_a_second_nudge_by_form_is_told_in_words(customer: Customer) -> None:
    accept = {"Accept": "text/html"}
    assert customer.http.post(f"{customer.link}/nudge", headers=accept, follow_redirects=False).status_code == 303
    again = customer.http.post(f"{customer.link}/nudge", headers=accept)
    assert (again.status_code, again.headers["Retry-After"]) == (429, "3600")
    assert "You can nudge again in an hour." in again.text
