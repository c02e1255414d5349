"""Past questions over the API and on their pages: from the upload to what the marks have changed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.limits import largest
from assistant.container import Container
from assistant.domain.people import SYSTEM, Role
from assistant.knowledge.embedder import Embedder
from assistant.settings import Settings
from tests.api.conftest import PASSWORD
from tests.starter import ANSWERED_BY, QUESTION, QUESTION_ZH, UNKNOWN, starter_container

ROWS = (f"{QUESTION},en", f"{QUESTION},en", f"{QUESTION_ZH},", f"{UNKNOWN},en", "Thank you!,en", "I want a person,en")
LINES = "\n".join(("问题,locale", *ROWS))


@pytest.fixture(scope="module")
def container(
    tmp_path_factory: pytest.TempPathFactory, starter_backup: Path, embedder: Embedder
) -> Iterator[Container]:
    """Eight articles in two languages, and an admin, an editor and an agent."""
    settings = Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("trials") / "data")
    with starter_container(settings, starter_backup, embedder) as opened:
        for role in (Role.ADMIN, Role.EDITOR, Role.AGENT):
            opened.accounts.people.create(f"{role}@b.c", [role], PASSWORD, SYSTEM, name=role.title())
        yield opened


def signed_in(container: Container, role: Role) -> TestClient:
    """A browser-like client of someone of a role; its forms' token is in ``X-Test-Token``."""
    client = TestClient(create_app(container), follow_redirects=False, headers={"Accept": "text/html"})
    answer = client.post("/api/v1/auth/login", json={"email": f"{role}@b.c", "password": PASSWORD})
    client.headers |= {"X-Test-Token": answer.json()["csrf_token"], "X-CSRF-Token": answer.json()["csrf_token"]}
    return client


@pytest.fixture(scope="module")
def admin(container: Container) -> TestClient:
    return signed_in(container, Role.ADMIN)


@pytest.fixture(scope="module")
def editor(container: Container) -> TestClient:
    return signed_in(container, Role.EDITOR)


def upload(client: TestClient, lines: str | bytes = LINES, **fields: str) -> Any:
    data = lines.encode("gb18030") if isinstance(lines, str) else lines
    return client.post("/api/v1/trials", files={"file": ("past.csv", data, "text/csv")}, data=fields)


@pytest.fixture(scope="module")
def trial(admin: TestClient, container: Container) -> str:
    """The address of a trial whose questions were asked."""
    begun = upload(admin)
    assert (begun.status_code, begun.json()["state"]) == (202, "waiting")
    container.worker.drain()
    return f"/api/v1/trials/{begun.json()['id']}"


def page_of(trial: str) -> str:
    return trial.replace("/api/v1", "/admin")


def send(client: TestClient, path: str, **fields: object) -> Any:
    return client.post(path, data={"csrf_token": client.headers["X-Test-Token"], **fields})


class TestApi:
    """What a script sees."""

    def test_a_trial_tells_what_would_become_of_the_questions(self, editor: TestClient, trial: str) -> None:
        found = editor.get(trial).json()
        assert (found["state"], found["total"], found["asked"], found["merged"]) == ("done", 5, 6, 1)
        assert found["outcomes"] == {"answered": 3, "handover_offered": 1, "declined": 1, "handed_over": 1}
        assert found["by_locale"]["zh-Hans"] == {"answered": 1}
        assert sorted(found["sample"]["numbers"]) == [1, 2, 3, 4, 5]
        assert found["sample"]["right"] is None
        assert found["effect"]["marks"] == 0
        assert trial.endswith(editor.get("/api/v1/trials").json()["items"][0]["id"])

    def test_questions_come_with_answer_and_citation(self, editor: TestClient, trial: str) -> None:
        (found,) = editor.get(f"{trial}/questions", params={"outcome": "answered", "locale": "en"}).json()["items"]
        assert (found["text"], found["row"], found["times"], found["article"]) == (QUESTION, 2, 2, ANSWERED_BY)
        assert found["citations"][0]["quote"]
        assert editor.get(f"{trial}/questions/1").json() == found
        first = editor.get(f"{trial}/questions", params={"limit": 3}).json()
        rest = editor.get(f"{trial}/questions", params={"cursor": first["next_cursor"]}).json()
        assert [each["number"] for each in (*first["items"], *rest["items"])] == [1, 2, 3, 4, 5]

    def test_marks_give_an_estimate(self, editor: TestClient, trial: str) -> None:
        for number, mark in enumerate(("right", "right", "rightly_left", "rightly_left", "missed"), 1):
            marked = editor.put(f"{trial}/questions/{number}/mark", json={"mark": mark})
            assert (marked.status_code, marked.json()["right"]) == (200, mark != "missed")
        found = editor.get(trial).json()
        assert found["sample"]["right"]["value"] == pytest.approx(5 / 6)
        assert found["sample"]["answers"]["value"] == 1
        assert found["effect"]["pending"]
        assert editor.put(f"{trial}/questions/1/mark", json={"mark": "missed"}).status_code == 422
        assert editor.put(f"{trial}/questions/5/mark", json={"mark": None}).json()["mark"] == ""
        assert editor.post(f"{trial}/sample", json={"size": 80}).json()["marked"] == 4

    def test_the_export_is_a_table_without_formulas(self, admin: TestClient, container: Container) -> None:
        begun = upload(admin, b"question\n=1+1\n")
        container.worker.drain()
        answer = admin.get(f"/api/v1/trials/{begun.json()['id']}/export")
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert "attachment" in answer.headers["content-disposition"]
        (row,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
        assert row["question"] == "'=1+1"

    def test_a_file_that_cannot_be_taken_is_refused_by_row(self, admin: TestClient) -> None:
        refused = upload(admin, "question,locale\nfine,en\nfine,!!\n")
        assert refused.status_code == 422
        assert refused.json()["error"]["details"]["rows"][0]["row"] == 3
        assert "Row 3" in refused.json()["error"]["message"]
        chinese = admin.post(
            "/api/v1/trials", files={"file": ("a.csv", b"", "text/csv")}, headers={"Accept-Language": "zh-CN"}
        )
        assert chinese.json()["error"]["message"] == "文件是空的。"
        assert upload(admin, locale="no language").status_code == 422

    def test_files_may_be_larger_than_other_requests(self) -> None:
        assert largest("/api/v1/trials") == largest("/admin/trials") > 20 * 2**20

    def test_it_is_erased_question_by_question_and_whole(self, admin: TestClient, container: Container) -> None:
        begun = upload(admin)
        container.worker.drain()
        address = f"/api/v1/trials/{begun.json()['id']}"
        assert admin.delete(f"{address}/questions/1").status_code == 204
        assert admin.get(f"{address}/questions/1").status_code == 404
        assert admin.post(f"{address}/ask").json()["done"] == 0
        assert admin.post(f"{address}/ask").status_code == 409
        assert admin.delete(address).status_code == 204
        assert admin.get(address).status_code == 404


class TestPages:
    """What people see; ``tests/browser/test_trials.py`` goes through it as they do."""

    def test_editors_read_and_mark_but_do_not_upload_or_delete(self, editor: TestClient, trial: str) -> None:
        assert "Ask them" not in editor.get("/admin/trials").text
        page = editor.get(page_of(trial)).text
        assert QUESTION in page
        assert "Delete for good" not in page
        assert send(editor, f"{page_of(trial)}/delete").status_code == 403
        assert send(editor, f"{page_of(trial)}/ask").status_code == 403
        assert send(editor, "/admin/trials").status_code == 403
        assert send(editor, f"{page_of(trial)}/questions/1/delete").status_code == 403

    def test_agents_and_strangers_do_not_see_them(self, container: Container, trial: str) -> None:
        agent = signed_in(container, Role.AGENT)
        stranger = TestClient(create_app(container), follow_redirects=False, headers={"Accept": "text/html"})
        for path in ("/admin/trials", page_of(trial), f"{page_of(trial)}/mark", f"{page_of(trial)}/past-questions.csv"):
            assert agent.get(path).status_code == 403, path
            assert stranger.get(path).status_code == 303, path

    def test_a_form_needs_its_token(self, admin: TestClient, trial: str) -> None:
        headers = {"X-CSRF-Token": ""}
        assert admin.post(f"{page_of(trial)}/delete", headers=headers).status_code == 403
        assert admin.post(f"{page_of(trial)}/mark", headers=headers).status_code == 403

    def test_a_mark_leads_on_to_the_next_or_back_to_the_list(self, editor: TestClient, trial: str) -> None:
        page = page_of(trial)
        send(editor, f"{page}/mark", number=5, choice="")
        on = send(editor, f"{page}/mark", number=1, choice="right ")
        assert on.headers["location"] == f"{page}/mark?at=5"
        back = send(editor, f"{page}/mark", number=5, choice="missed plus-cancel", back=f"{page}?mark=none")
        assert back.headers["location"] == f"{page}?mark=none#question-5"
        assert editor.get(f"{trial}/questions/5").json()["named"] == "plus-cancel"
        done = send(editor, f"{page}/mark", number=1, choice="right ", back="https://elsewhere.example/")
        assert done.headers["location"] == page

    @pytest.mark.parametrize("choice", ["nonsense", "missed"])
    def test_a_mark_that_does_not_fit_is_refused(self, editor: TestClient, trial: str, choice: str) -> None:
        assert send(editor, f"{page_of(trial)}/mark", number=1, choice=choice).status_code == 422

    def test_an_upload_without_a_file_or_with_wrong_rows_says_so(self, admin: TestClient) -> None:
        missing = send(admin, "/admin/trials")
        assert missing.status_code == 422
        assert "Choose a file first." in missing.text
        files = {"file": ("past.csv", b"question,locale\na,!!\nb,??\n", "text/csv")}
        token = {"csrf_token": admin.headers["X-Test-Token"]}
        refused = admin.post("/admin/trials", data=token, files=files)
        assert refused.status_code == 422
        assert "Row 2" in refused.text
        assert "Row 3" in refused.text
        files = {"file": ("past.csv", b"question\nWhere is it?\n", "text/csv")}
        begun = admin.post("/admin/trials", data=token, files=files)
        assert begun.headers["location"].startswith("/admin/trials/")
        assert "Waiting for its turn" in admin.get(f"{begun.headers['location']}/state").text

    def test_the_sample_grows_and_is_drawn_anew(self, editor: TestClient, trial: str) -> None:
        assert send(editor, f"{page_of(trial)}/draw", more="yes").headers["location"] == page_of(trial)
        assert send(editor, f"{page_of(trial)}/draw").status_code == 303

    def test_unknown_ones_are_not_found(self, admin: TestClient, trial: str) -> None:
        for path in ("/admin/trials/none", f"{page_of(trial)}/mark?at=99", "/admin/trials/none/past-questions.csv"):
            assert admin.get(path).status_code == 404, path
