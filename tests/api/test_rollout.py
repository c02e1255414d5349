"""The roll-out over HTTP: rules and topics as settings, trying them, channels, and drafts that customers never get."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from fastapi.testclient import TestClient

from api.schemas.chat import Message
from assistant.container import Container
from assistant.domain.articles import ArticleContent, ArticleKey
from assistant.domain.conversations import INTERNAL
from assistant.domain.people import SYSTEM
from assistant.storage.tables import Conversation
from tests.api.conftest import Caller

API = "/api/v1"
TRY = f"{API}/settings/rollout/try"
TOPIC = {"name": "Chargeback", "phrases": ["chargeback", "拒付"]}
NO_SEARCH = {"mode": "off", "rules": [{"channel": "help", "mode": "off"}], "topics": [TOPIC]}


class TestSection:
    def test_is_kept_with_its_version(self, admin: TestClient) -> None:
        rules = [{"locale": "zh-TW", "mode": "share", "share": 25}]
        body = {"rollout": {"version": 0, "values": {"rules": rules, "topics": [TOPIC]}}}
        held = admin.patch(f"{API}/settings", json=body).json()["rollout"]
        assert held["version"] == 1
        assert held["values"]["rules"] == [
            {"channel": "", "locale": "zh-Hant", "category": "", "mode": "share", "share": 25}
        ]
        assert held["values"]["topics"] == [TOPIC]
        assert admin.patch(f"{API}/settings", json=body).status_code == 409

    @pytest.mark.parametrize(
        "values",
        [{"mode": "perhaps"}, {"rules": [{"share": 200}]}, {"topics": [{"name": "x", "phrases": ["."]}]}],
        ids=str,
    )
    def test_refuses_what_cannot_be_meant(self, admin: TestClient, values: dict[str, Any]) -> None:
        answer = admin.patch(f"{API}/settings", json={"rollout": {"version": 0, "values": values}})
        assert answer.status_code == 422
        assert "rollout" in answer.json()["error"]["message"]


class TestTrying:
    def test_anonymous(self, anonymous: TestClient) -> None:
        assert anonymous.post(TRY, json={"text": "hello"}).status_code == 401

    def test_wrong_role(self, agent: TestClient) -> None:
        assert agent.post(TRY, json={"text": "hello"}).status_code == 403

    def test_tells_the_rule_before_it_is_saved(self, admin: TestClient, container: Container) -> None:
        body = {"text": "Where is the manual of my hub?", "channel": "help", "locale": "en-GB", "rollout": NO_SEARCH}
        told = admin.post(TRY, json=body).json()
        assert (told["outcome"], told["reason"], told["topic"]) == ("handover_offered", "rollout", "")
        assert (told["rollout"]["rule"], told["rollout"]["locale"]) == (1, "en")
        assert container.installation.view()["rollout"].version == 0

    def test_tells_the_topic(self, admin: TestClient) -> None:
        told = admin.post(TRY, json={"text": "我要拒付", "rollout": NO_SEARCH}).json()
        assert (told["outcome"], told["topic"], told["phrase"]) == ("handed_over", "Chargeback", "拒付")
        assert told["rollout"] is None

    @pytest.mark.parametrize("body", [{"text": ""}, {"text": "x", "channel": "fax"}, {"text": "x", "locale": "?"}])
    def test_refuses_what_cannot_be_meant(self, admin: TestClient, body: dict[str, Any]) -> None:
        assert admin.post(TRY, json=body).status_code == 422


class TestChannels:
    @pytest.mark.parametrize(("named", "kept"), [({}, "api"), ({"channel": "help"}, "help")], ids=str)
    def test_are_kept_with_the_conversation(
        self, anonymous: TestClient, container: Container, named: dict[str, str], kept: str
    ) -> None:
        started = anonymous.post(f"{API}/conversations", json=named).json()
        with container.database.read() as session:
            assert session.get_one(Conversation, started["id"]).channel == kept

    def test_unknown_ones_are_refused(self, anonymous: TestClient) -> None:
        assert anonymous.post(f"{API}/conversations", json={"channel": "fax"}).status_code == 422

    def test_nothing_is_suggested_where_nothing_is_answered(
        self, anonymous: TestClient, admin: TestClient, container: Container
    ) -> None:
        key, content = ArticleKey("reset", "en"), ArticleContent("How do I reset my hub?", "Press the button.")
        view = container.articles.editing.create(key, content, SYSTEM)
        container.articles.editing.publish(key, view.revision, SYSTEM)
        rules = [{"channel": "help", "mode": "drafts"}, {"category": "billing", "mode": "off"}]
        admin.patch(f"{API}/settings", json={"rollout": {"version": 0, "values": {"rules": rules}}})
        for channel, suggested in (("help", []), ("widget", ["How do I reset my hub?"])):
            shown = anonymous.get(f"{API}/widget/config?locale=en&channel={channel}").json()["choices"]
            started = anonymous.post(f"{API}/conversations", json={"locale": "en", "channel": channel}).json()
            assert [one["text"] for one in shown] == [one["text"] for one in started["choices"]] == suggested

    def test_decide(self, calling: Caller, admin: TestClient) -> None:
        admin.patch(f"{API}/settings", json={"rollout": {"version": 0, "values": {"mode": "off"}}})
        customer = calling(None)
        started = customer.post(f"{API}/conversations", json={}).json()
        customer.headers["Authorization"] = f"Bearer {started['token']}"
        said = customer.post(f"{API}/conversations/{started['id']}/messages", json={"text": "How do I reset it?"})
        assert said.json()["reply"]["outcome"] == "handover_offered"
        assert said.json()["reply"]["choices"][0]["action"] == "handover"


def test_no_customers_message_can_be_internal() -> None:
    assert INTERNAL.isdisjoint(get_args(Message.model_fields["role"].annotation))
