"""Who may open the admin's pages and send their forms, and what the forms say back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from api import auth
from api.app import create_app
from api.web.theme import accent_report
from assistant.container import Container
from assistant.domain.people import SYSTEM, Role
from assistant.errors import ModelUnavailable
from assistant.installation import SectionChange
from tests.api.conftest import PASSWORD

SignIn = Callable[[Role], TestClient]
PAGES = [
    "/admin",
    *(
        f"/admin/{name}"
        for name in ("look", "hours", "site", "people", "groups", "assistant", "llm", "mail", "privacy", "audit")
    ),
    "/admin/look/accent?colour=%23112233",
    "/admin/site/chat.svg",
]
FORMS = [
    *(f"/admin/{name}" for name in ("look", "hours", "site", "assistant", "llm", "mail", "privacy", "people")),
    "/admin/groups",
    "/admin/groups/one?name=none",
    "/admin/groups/remove?name=none",
    "/admin/pause",
    "/admin/samples/remove",
    "/admin/jobs/retry",
    "/admin/hours/preview",
    "/admin/people/someone",
    "/admin/people/someone/active",
    "/admin/people/someone/password",
    "/admin/people/someone/tokens",
    "/admin/people/someone/tokens/one/revoke",
]


@pytest.fixture
def sign_in(container: Container) -> SignIn:
    """Gives a browser-like client that signed in as someone of a role; its forms' token is in ``client.csrf``."""
    app = create_app(container)

    def client(role: Role) -> TestClient:
        email = f"{role}@b.c"
        container.accounts.people.create(email, [role], PASSWORD, SYSTEM, name=role.title())
        made = TestClient(app, raise_server_exceptions=False, follow_redirects=False, headers={"Accept": "text/html"})
        answer = made.post("/api/v1/auth/login", json={"email": email, "password": PASSWORD})
        made.headers["X-Test-Token"] = answer.json()["csrf_token"]
        return made

    return client


@pytest.fixture
def boss(sign_in: SignIn) -> TestClient:
    """A signed-in admin."""
    return sign_in(Role.ADMIN)


def send(client: TestClient, path: str, **fields: object) -> int:
    """The status of the answer to a form that carries the sign-in's token."""
    return client.post(path, data={"csrf_token": client.headers["X-Test-Token"], **fields}).status_code


class TestAccess:
    """Nobody, the wrong role, no token, and an admin."""

    @pytest.mark.parametrize("path", PAGES)
    def test_nobody_is_sent_to_sign_in_and_back(self, container: Container, path: str) -> None:
        answer = TestClient(create_app(container), follow_redirects=False).get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/login?next=%2Fadmin")

    @pytest.mark.parametrize("path", PAGES)
    def test_pages_are_for_admins(self, sign_in: SignIn, path: str) -> None:
        assert sign_in(Role.SUPERVISOR).get(path).status_code == 403
        assert sign_in(Role.ADMIN).get(path).status_code == 200

    @pytest.mark.parametrize("path", FORMS)
    def test_forms_need_an_admin_and_the_token(self, container: Container, sign_in: SignIn, path: str) -> None:
        nobody = TestClient(create_app(container), follow_redirects=False)
        assert nobody.post(path, data={}).status_code == 303
        assert send(sign_in(Role.EDITOR), path) == 403
        admin = sign_in(Role.ADMIN)
        assert admin.post(path, data={}).status_code == 403
        assert admin.post(path, data={"csrf_token": "another"}).status_code == 403
        assert admin.post(path, data={}, headers={auth.CSRF_HEADER: admin.headers["X-Test-Token"]}).status_code != 403

    def test_unknown_person(self, boss: TestClient) -> None:
        assert boss.get("/admin/people/nobody").status_code == 404
        assert send(boss, "/admin/people/nobody", name="x", roles="agent") == 404


class TestSettings:
    """Saved, refused, overtaken."""

    def test_saved_then_said_once(self, boss: TestClient, container: Container) -> None:
        assert send(boss, "/admin/look", name="Nimbus", accent="#112233", greeting_en="Hello") == 303
        assert "Saved. It holds from now on." in boss.get("/admin/look").text
        assert "Saved. It holds from now on." not in boss.get("/admin/look").text
        assert container.installation.current().look.greeting("en") == "Hello"

    def test_only_what_differs_is_stored_and_logged(self, boss: TestClient, container: Container) -> None:
        look = container.installation.current().look
        greetings = {f"greeting_{locale}": text for locale, text in look.greetings.items()}
        send(boss, "/admin/look", name="Nimbus", accent=look.accent, version_look=0, **greetings)
        entry = container.accounts.audit.page("", 1, about="settings")[0][0]
        assert entry.detail == {"fields": ["name"]}
        send(boss, "/admin/look", name="Nimbus", accent=look.accent, version_look=1, **greetings)
        assert container.installation.view()["look"].version == 1

    def test_stale_is_explained_and_keeps_what_was_typed(self, boss: TestClient, container: Container) -> None:
        container.installation.change({"privacy": SectionChange({"trace_days": 30}, 0)}, SYSTEM)
        form = {"csrf_token": boss.headers["X-Test-Token"], "version_privacy": 0, "keep": "forever", "trace_days": 7}
        answer = boss.post("/admin/privacy", data=form)
        assert answer.status_code == 409
        assert "Someone else has saved this page" in answer.text
        assert 'value="7"' in answer.text
        assert container.installation.current().privacy.trace_days == 30

    def test_fixed_fields_cannot_be_sent_past_the_page(self, boss: TestClient, container: Container) -> None:
        object.__setattr__(container.settings, "public_url", "https://desk.example")
        container.settings.model_fields_set.add("public_url")
        assert "ASKDESK_PUBLIC_URL" in boss.get("/admin/site").text
        send(boss, "/admin/site", public_url="https://evil.example", allowed_origins="https://shop.example")
        site = container.installation.current().site
        assert (site.public_url, site.allowed_origins) == ("https://desk.example", ("https://shop.example",))

    def test_secrets_never_come_back(self, boss: TestClient) -> None:
        send(boss, "/admin/llm", provider="ollama", model="qwen3", timeout="20", api_key="hunter2-key")
        send(boss, "/admin/mail", host="mail.example", user="me", password="hunter2-mail", sender="a@b.c")
        for path in ("/admin/llm", "/admin/mail", "/admin/audit", "/admin"):
            assert "hunter2" not in boss.get(path).text

    def test_another_user_does_not_inherit_the_password(self, boss: TestClient, container: Container) -> None:
        send(boss, "/admin/mail", host="mail.example", user="me", password="secret", sender="a@b.c")
        send(boss, "/admin/mail", host="mail.example", user="you", sender="a@b.c")
        assert container.installation.current().mail.smtp_url.get_secret_value() == "smtp://you:@mail.example:587"

    def test_the_test_says_what_is_wrong(
        self, boss: TestClient, container: Container, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse() -> str:
            raise ModelUnavailable("The key was refused.")

        monkeypatch.setattr(container, "llm_test", refuse)
        form = {
            "csrf_token": boss.headers["X-Test-Token"],
            "provider": "openai",
            "model": "m",
            "timeout": 20,
            "test": "yes",
        }
        assert "The key was refused." in boss.post("/admin/llm", data=form).text
        assert container.installation.current().llm.spec == "openai:m"

    def test_too_large_a_logo(self, boss: TestClient) -> None:
        data = {"csrf_token": boss.headers["X-Test-Token"], "name": "Nimbus", "accent": "#112233"}
        picture = b"\x89PNG\r\n\x1a\n" + bytes(600 * 1024)
        answer = boss.post("/admin/look", data=data, files={"logo": ("logo.png", picture, "image/png")})
        assert answer.status_code == 422
        assert "512 KB" in answer.text


class TestSystem:
    """What the overview tells."""

    def test_given_up_work_is_shown_and_tried_again(self, boss: TestClient, container: Container) -> None:
        from assistant.storage import jobs

        with container.database.write() as session:
            job = jobs.enqueue(session, "mail", {})
            jobs.fail(session, job.id, "The server said no.", permanent=True)
        assert "The server said no." in boss.get("/admin").text
        assert container.overview.counts().failed == 1
        assert send(boss, "/admin/jobs/retry") == 303
        counts = container.overview.counts()
        assert (counts.failed, counts.waiting) == (0, 1)

    def test_a_secret_shown_once_is_kept_by_no_cache(self, boss: TestClient) -> None:
        form = {"csrf_token": boss.headers["X-Test-Token"], "email": "new@b.c", "roles": "agent"}
        answer = boss.post("/admin/people", data=form)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("accent", ["#ffffff", "#ffff00", "#000000", "#777777", "#2d6a4f"])
def test_text_on_any_accent_can_be_read(accent: str) -> None:
    ratio = accent_report(accent)["contrast"]
    assert isinstance(ratio, float)
    assert ratio >= 4.5
