"""Settings over HTTP."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from assistant.container import Container
from assistant.errors import ModelUnavailable
from tests.pictures import picture


class TestGet:
    def test_anonymous(self, anonymous: TestClient) -> None:
        assert anonymous.get("/api/v1/settings").status_code == 401

    def test_wrong_role(self, agent: TestClient) -> None:
        assert agent.get("/api/v1/settings").status_code == 403

    def test_valid(self, admin: TestClient) -> None:
        sections = admin.get("/api/v1/settings").json()
        assert sections["look"]["values"]["name"] == "Askdesk"
        assert sections["mail"]["values"]["smtp_url"] == {"set": False}
        assert sections["hours"]["values"]["weekly"]["monday"] == [{"opens": "09:00", "closes": "17:00"}]


class TestChange:
    def test_anonymous(self, anonymous: TestClient) -> None:
        assert anonymous.patch("/api/v1/settings", json={}).status_code == 401

    def test_wrong_role(self, agent: TestClient) -> None:
        assert agent.patch("/api/v1/settings", json={}).status_code == 403

    def test_valid_and_then_stale(self, admin: TestClient) -> None:
        body = {
            "look": {"version": 0, "values": {"name": "Nimbus"}},
            "mail": {"version": 0, "values": {"smtp_url": "smtp://u:pw@h"}},
        }
        answer = admin.patch("/api/v1/settings", json=body)
        assert answer.status_code == 200
        assert answer.json()["look"] == admin.get("/api/v1/settings").json()["look"]
        assert answer.json()["mail"]["values"]["smtp_url"] == {"set": True}
        assert "pw" not in answer.text
        stale = admin.patch("/api/v1/settings", json=body)
        assert (stale.status_code, stale.json()["error"]["code"]) == (409, "conflict")

    def test_wrong_value(self, admin: TestClient) -> None:
        answer = admin.patch("/api/v1/settings", json={"look": {"version": 0, "values": {"accent": "red"}}})
        assert answer.status_code == 422
        assert "accent" in answer.json()["error"]["message"]

    def test_unknown_section(self, admin: TestClient) -> None:
        answer = admin.patch("/api/v1/settings", json={"lunch": {"version": 0, "values": {}}})
        assert answer.status_code == 422

    def test_is_in_the_audit_log(self, admin: TestClient) -> None:
        admin.patch("/api/v1/settings", json={"llm": {"version": 0, "values": {"api_key": "sk-1"}}})
        entry = admin.get("/api/v1/audit?limit=1").json()["items"][0]
        assert (entry["actor"], entry["action"], entry["thing"]) == ("Admin", "settings.changed", "settings:llm")
        assert entry["detail"] == {"fields": ["api_key"]}


class TestTests:
    def test_nothing_is_configured(self, admin: TestClient) -> None:
        assert admin.post("/api/v1/settings/llm/test").status_code == 422
        assert admin.post("/api/v1/settings/mail/test", json={"to": "a@b.c"}).status_code == 422

    def test_outcome_is_told(self, admin: TestClient, container: Container, monkeypatch: pytest.MonkeyPatch) -> None:
        admin.patch("/api/v1/settings", json={"mail": {"version": 0, "values": {"smtp_url": "smtp://h"}}})
        monkeypatch.setattr(container, "mail_test", lambda to: f"Sent to {to}.")
        assert admin.post("/api/v1/settings/mail/test", json={"to": "a@b.c"}).json() == {
            "ok": True,
            "message": "Sent to a@b.c.",
        }

        def refuse(_to: str) -> str:
            raise ModelUnavailable("The server does not answer.")

        monkeypatch.setattr(container, "mail_test", refuse)
        answer = admin.post("/api/v1/settings/mail/test", json={"to": "a@b.c"}).json()
        assert answer == {"ok": False, "message": "The server does not answer."}


class TestLogo:
    AT = "/api/v1/settings/logo"
    PNG = picture()

    def test_anonymous(self, anonymous: TestClient) -> None:
        assert anonymous.post(self.AT, files={"file": ("l.png", self.PNG)}).status_code == 401
        assert anonymous.delete(self.AT).status_code == 401

    def test_wrong_role(self, agent: TestClient) -> None:
        assert agent.post(self.AT, files={"file": ("l.png", self.PNG)}).status_code == 403
        assert agent.delete(self.AT).status_code == 403

    def test_set_shown_and_removed(self, admin: TestClient, anonymous: TestClient) -> None:
        look = admin.post(self.AT, files={"file": ("l.png", self.PNG)}).json()
        logo = look["values"]["logo"]
        assert look["version"] == 1
        assert anonymous.get(f"/files/{logo}").content == self.PNG
        assert anonymous.get("/api/v1/widget/config").json()["logo"].endswith(f"/files/{logo}")
        assert f'src="/files/{logo}"' in anonymous.get("/help").text
        assert admin.delete(self.AT).json()["values"]["logo"] == ""
        assert f"/files/{logo}" not in anonymous.get("/help").text

    @pytest.mark.parametrize(("data", "said"), [(b"<svg/>", "no PNG, JPEG or WebP"), (PNG + bytes(600_000), "512 KB")])
    def test_what_is_no_logo(self, admin: TestClient, data: bytes, said: str) -> None:
        answer = admin.post(self.AT, files={"file": ("l.png", data, "image/png")})
        assert (answer.status_code, said in answer.json()["error"]["message"]) == (422, True)
