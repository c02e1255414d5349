"""What goes wrong is said in the reader's language, in pages and over the API."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from assistant.container import Container
from assistant.domain.people import SYSTEM, Role
from tests.api.conftest import PASSWORD, Caller

CHINESE = {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}


def message(answer: object) -> str:
    """What an error of the API says."""
    return str(answer.json()["error"]["message"])  # type: ignore[attr-defined]


class TestApi:
    @pytest.mark.parametrize(
        ("language", "said"),
        [
            (None, "There is no article “x” (en)."),
            ("de-DE", "There is no article “x” (en)."),
            ("fr, zh-TW;q=0.5", "沒有文章“x”（en）。"),
            ("zh-CN", "没有文章“x”（en）。"),
            ("%%%", "There is no article “x” (en)."),
        ],
    )
    def test_the_callers_language_is_found(self, calling: Caller, language: str | None, said: str) -> None:
        editor = calling(Role.EDITOR)
        editor.headers["Accept-Language"] = language or ""
        assert message(editor.get("/api/v1/articles/x")) == said

    def test_numbers_and_names_are_filled_in(self, calling: Caller) -> None:
        editor = calling(Role.EDITOR)
        long = {"title": "x" * 501, "locale": "en", "body": "y"}
        assert message(editor.post("/api/v1/articles", json=long, headers=CHINESE)) == "“title”：最多 500 个字符。"

    def test_a_field_that_is_wrong(self, admin: TestClient) -> None:
        answer = admin.post("/api/v1/settings/mail/test", json={"to": "x"}, headers=CHINESE)
        assert message(answer) == "“to”：至少 3 个字符。"
        assert answer.json()["error"]["details"] == {
            "fields": [{"field": "to", "problem": "String should have at least 3 characters"}]
        }

    def test_reasons_of_an_import(self, calling: Caller) -> None:
        editor = calling(Role.EDITOR)
        files = {"files": ("empty.md", b"", "text/markdown")}
        answer = editor.post("/api/v1/articles/import", files=files, headers=CHINESE)
        assert answer.json()["failed"] == [{"path": "empty.md", "reason": "文件是空的。"}]
        shows = {"files": ("a.md", b"# A\n\nText ![x](a.png)\n", "text/markdown")}
        answer = editor.post("/api/v1/articles/import", files=shows, data={"wait": "0"}, headers=CHINESE)
        assert answer.json()["warnings"] == [
            {"path": "a.md", "reason": "未显示 a.png。图片不在导入的文件中，请导入同时包含图片与文章的文件夹或压缩包。"}
        ]

    def test_what_came_of_a_test(self, admin: TestClient) -> None:
        unreachable = {"smtp_url": "smtp://127.0.0.1:9", "sender": "help@example.com"}
        admin.patch("/api/v1/settings", json={"mail": {"version": 0, "values": unreachable}})
        answer = admin.post("/api/v1/settings/mail/test", json={"to": "a@example.com"}, headers=CHINESE)
        assert answer.json()["message"] == "无法连接邮件服务器：该主机和端口没有应答。"


class TestPages:
    @pytest.fixture
    def boss(self, container: Container) -> TestClient:
        """An admin who signed in with a Chinese browser."""
        container.accounts.people.create("admin@b.c", [Role.ADMIN], PASSWORD, SYSTEM)
        headers = {**CHINESE, "Accept": "text/html"}
        made = TestClient(create_app(container), follow_redirects=False, headers=headers)
        answer = made.post("/api/v1/auth/login", json={"email": "admin@b.c", "password": PASSWORD})
        made.headers["X-Test-Token"] = answer.json()["csrf_token"]
        return made

    @pytest.mark.parametrize(
        ("path", "form", "said"),
        [
            (
                "/admin/mail",
                {"host": "127.0.0.1", "port": "9", "sender": "a@b.c", "test": "yes"},
                "无法连接邮件服务器：该主机和端口没有应答。",
            ),
            ("/admin/mail", {"host": "", "sender": "a@b.c", "test": "yes"}, "SMTP 地址形如"),
            ("/admin/llm", {"provider": "", "timeout": "5", "test": "yes"}, "尚未设置模型：回答直接引用文章。"),
            (
                "/admin/llm",
                {
                    "provider": "openai",
                    "model": "m",
                    "base_url": "http://127.0.0.1:9/v1",
                    "timeout": "5",
                    "test": "yes",
                },
                "没有服务器应答（http://127.0.0.1:9/v1）。",
            ),
            ("/admin/people", {"email": "admin@b.c", "roles": "agent"}, "admin@b.c 已有账号。"),
        ],
    )
    def test_forms(self, boss: TestClient, path: str, form: dict[str, str], said: str) -> None:
        page = boss.post(path, data={"csrf_token": boss.headers["X-Test-Token"], **form})
        assert said in page.text

    def test_signing_in(self, container: Container) -> None:
        visitor = TestClient(create_app(container), headers=CHINESE)
        page = visitor.post("/login", data={"email": "x@y.z", "password": "p"})
        assert "邮箱或密码不正确。" in page.text

    def test_the_page_chosen_wins_over_the_browser(self, container: Container) -> None:
        visitor = TestClient(create_app(container), headers=CHINESE, cookies={"askdesk_lang": "en"})
        assert "E-mail or password is wrong." in visitor.post("/login", data={"email": "x@y.z", "password": "p"}).text
