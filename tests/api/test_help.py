"""The help centre's addresses: a question in one shows its results, with and without a script."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from assistant.container import Container


@pytest.fixture
def nothing_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search that works and finds nothing."""
    monkeypatch.setattr(Container, "look_up", lambda *_args, **_more: [])


@pytest.mark.usefixtures("nothing_found")
def test_a_question_in_the_address_shows_its_results(anonymous: TestClient) -> None:
    page = anonymous.get("/help", params={"q": "moon & lamp"}).text
    assert "Nothing found for “moon &amp; lamp”" in page
    assert 'data-ask="moon &amp; lamp"' in page
    assert 'href="/chat?q=moon%20%26%20lamp"' in page
    assert 'action="/help"' in page


@pytest.mark.usefixtures("nothing_found")
def test_the_results_alone_are_no_page(anonymous: TestClient) -> None:
    part = anonymous.get("/help", params={"q": "moon", "part": "results"}).text
    assert "Nothing found for “moon”" in part
    assert "<html" not in part


def test_an_empty_question_is_the_first_page(anonymous: TestClient) -> None:
    assert "How can we help?" in anonymous.get("/help", params={"q": " "}).text


@pytest.mark.usefixtures("nothing_found")
def test_the_older_address_of_a_search_still_answers(anonymous: TestClient) -> None:
    assert "Nothing found for “moon”" in anonymous.get("/help/search", params={"q": "moon"}).text


def test_the_chats_own_page_has_the_question_ready(anonymous: TestClient) -> None:
    assert 'data-draft="moon &#34;lamp&#34;"' in anonymous.get("/chat", params={"q": 'moon "lamp"'}).text


@pytest.mark.parametrize("language", ["en", "zh-Hant"])
def test_without_an_index_the_assistant_is_still_offered(anonymous: TestClient, language: str) -> None:
    answer = anonymous.get("/help", params={"q": "moon", "lang": language})
    said = {"en": "Search is not working at the moment.", "zh-Hant": "暫時不可用"}
    assert answer.status_code == 200
    assert said[language] in answer.text
    assert 'data-ask="moon"' in answer.text
