"""People: created, changed, disabled, and the admin that must remain."""

from __future__ import annotations

import threading

import pytest

from assistant.accounts import Accounts
from assistant.domain.people import COMMAND_LINE, Role
from assistant.errors import Conflict, Invalid, NotFound, SignInNeeded

PASSWORD = "a long enough one"


class TestCreate:
    def test_person_is_found_again(self, accounts: Accounts) -> None:
        made = accounts.people.create(
            " Li@Example.COM ", [Role.AGENT, Role.EDITOR], PASSWORD, COMMAND_LINE, "李娜", "zh-CN"
        )
        found = accounts.people.by_email("li@example.com")
        assert found == accounts.people.get(made.id) == made
        assert (found.name, found.locale) == ("李娜", "zh-Hans")
        assert found.roles == {Role.AGENT, Role.EDITOR}

    def test_taken_email(self, accounts: Accounts) -> None:
        accounts.people.create("a@b.c", [Role.AGENT], PASSWORD, COMMAND_LINE)
        with pytest.raises(Conflict, match=r"a@b\.c has an account"):
            accounts.people.create("A@B.C", [Role.AGENT], PASSWORD, COMMAND_LINE)

    @pytest.mark.parametrize("email", ["", "nobody", "@b.c", "a@", "a b@c.d", "a@b.c\n@x", "a,b@c.d"])
    def test_what_is_no_email(self, accounts: Accounts, email: str) -> None:
        with pytest.raises(Invalid, match="not an e-mail"):
            accounts.people.create(email, [Role.AGENT], PASSWORD, COMMAND_LINE)

    @pytest.mark.parametrize("password", ["", "short", "x" * 201])
    def test_unusable_password(self, accounts: Accounts, password: str) -> None:
        with pytest.raises(Invalid, match="characters"):
            accounts.people.create("a@b.c", [Role.AGENT], password, COMMAND_LINE)

    def test_without_a_role(self, accounts: Accounts) -> None:
        with pytest.raises(Invalid, match="role"):
            accounts.people.create("a@b.c", [], PASSWORD, COMMAND_LINE)


class TestPage:
    def test_walks_through_everyone_once(self, accounts: Accounts) -> None:
        emails = [f"p{number}@b.c" for number in range(5)]
        for email in emails:
            accounts.people.create(email, [Role.AGENT], PASSWORD, COMMAND_LINE)
        seen: list[str] = []
        cursor = ""
        while True:
            page = accounts.people.page(cursor, 2)
            seen += [person.email for person in page.items]
            cursor = page.next_cursor
            if not cursor:
                break
        assert seen == emails


class TestChange:
    def test_only_what_is_named(self, accounts: Accounts) -> None:
        made = accounts.people.create("a@b.c", [Role.AGENT], PASSWORD, COMMAND_LINE, "Ann")
        changed = accounts.people.change(made.id, COMMAND_LINE, roles=[Role.EDITOR], on_duty=False)
        assert changed.roles == {Role.EDITOR}
        assert (changed.name, changed.on_duty, changed.active) == ("Ann", False, True)

    def test_unknown_person(self, accounts: Accounts) -> None:
        with pytest.raises(NotFound):
            accounts.people.change("nobody", COMMAND_LINE, name="x")

    def test_disabling_ends_sign_ins_and_tokens(self, accounts: Accounts) -> None:
        made = accounts.people.create("a@b.c", [Role.AGENT], PASSWORD, COMMAND_LINE)
        token = accounts.sign_ins.login("a@b.c", PASSWORD, "1.2.3.4").token
        bearer = accounts.tokens.create("a@b.c", COMMAND_LINE)
        accounts.people.change(made.id, COMMAND_LINE, active=False)
        for use in (lambda: accounts.sign_ins.of(token), lambda: accounts.tokens.of(bearer)):
            with pytest.raises(SignInNeeded):
                use()
        accounts.people.change(made.id, COMMAND_LINE, active=True)
        with pytest.raises(SignInNeeded):
            accounts.sign_ins.of(token)
        assert accounts.tokens.of(bearer).id == made.id

    @pytest.mark.parametrize("change", [{"active": False}, {"roles": [Role.AGENT]}])
    def test_last_admin_stays(self, accounts: Accounts, change: dict[str, object]) -> None:
        first = accounts.people.create("a@b.c", [Role.ADMIN], PASSWORD, COMMAND_LINE)
        with pytest.raises(Conflict, match="last active admin"):
            accounts.people.change(first.id, COMMAND_LINE, **change)  # type: ignore[arg-type]
        assert accounts.people.get(first.id) == first
        accounts.people.create("b@b.c", [Role.ADMIN], PASSWORD, COMMAND_LINE)
        assert Role.ADMIN not in accounts.people.change(first.id, COMMAND_LINE, roles=[Role.AGENT]).roles

    def test_two_admins_cannot_both_leave_at_once(self, accounts: Accounts) -> None:
        admins = [accounts.people.create(f"{name}@b.c", [Role.ADMIN], PASSWORD, COMMAND_LINE) for name in "ab"]
        refused: list[Conflict] = []
        start = threading.Barrier(2)

        def leave(person_id: str) -> None:
            start.wait()
            try:
                accounts.people.change(person_id, COMMAND_LINE, active=False)
            except Conflict as error:
                refused.append(error)

        threads = [threading.Thread(target=leave, args=(admin.id,)) for admin in admins]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(refused) == 1
        assert sum(accounts.people.get(admin.id).active for admin in admins) == 1


class TestSetPassword:
    def test_old_one_and_old_sign_ins_end(self, accounts: Accounts) -> None:
        made = accounts.people.create("a@b.c", [Role.AGENT], PASSWORD, COMMAND_LINE)
        before = accounts.sign_ins.login("a@b.c", PASSWORD, "1.2.3.4")
        kept = accounts.sign_ins.login("a@b.c", PASSWORD, "1.2.3.4")
        accounts.people.set_password(made.id, "another good one", made.actor, kept.token_hash)
        assert accounts.sign_ins.of(kept.token).person.id == made.id
        with pytest.raises(SignInNeeded):
            accounts.sign_ins.of(before.token)
        with pytest.raises(SignInNeeded):
            accounts.sign_ins.login("a@b.c", PASSWORD, "1.2.3.4")
        assert accounts.sign_ins.login("a@b.c", "another good one", "1.2.3.4").person.id == made.id


class TestEnsureAdmin:
    def test_made_once_with_the_given_password(self, accounts: Accounts) -> None:
        first = accounts.people.ensure_admin("boss@b.c", "given by the environment")
        assert first is not None
        assert first.password == ""
        assert accounts.sign_ins.login("boss@b.c", "given by the environment", "").person.roles == {Role.ADMIN}
        assert accounts.people.ensure_admin("boss@b.c", "changed in the environment") is None
        with pytest.raises(SignInNeeded):
            accounts.sign_ins.login("boss@b.c", "changed in the environment", "")

    def test_password_is_made_up_where_none_is_given(self, accounts: Accounts) -> None:
        first = accounts.people.ensure_admin("", "")
        assert first is not None
        assert accounts.sign_ins.login(first.email, first.password, "").person.roles == {Role.ADMIN}

    def test_existing_person_becomes_admin(self, accounts: Accounts) -> None:
        accounts.people.create("boss@b.c", [Role.AGENT], PASSWORD, COMMAND_LINE)
        accounts.people.ensure_admin("Boss@b.c", "given by the environment")
        assert accounts.people.by_email("boss@b.c").roles == {Role.AGENT, Role.ADMIN}


def test_audit_log_tells_changes_without_personal_values(accounts: Accounts) -> None:
    admin = accounts.people.create("boss@b.c", [Role.ADMIN], PASSWORD, COMMAND_LINE, "Boss")
    made = accounts.people.create("secret@b.c", [Role.AGENT], PASSWORD, admin.actor, "Secret Name")
    accounts.people.change(made.id, admin.actor, name="Other Name", roles=[Role.EDITOR])
    accounts.people.change(made.id, admin.actor, roles=[Role.EDITOR])
    accounts.people.set_password(made.id, PASSWORD, admin.actor)
    entries, cursor = accounts.audit.page(limit=3)
    assert [(entry.action, entry.actor) for entry in entries] == [
        ("user.password_set", "Boss"),
        ("user.changed", "Boss"),
        ("user.created", "Boss"),
    ]
    rest, end = accounts.audit.page(cursor)
    assert [(entry.action, entry.actor) for entry in rest] == [("user.created", "command line")]
    assert end == ""
    logged = str([(entry.thing, entry.detail) for entry in entries + rest])
    assert entries[1].detail == {"name": True, "roles": ["editor"]}
    assert not any(personal in logged for personal in ("Secret", "Other", "secret@", PASSWORD))


def test_foreign_cursor_is_refused(accounts: Accounts) -> None:
    with pytest.raises(Invalid, match="cursor"):
        accounts.audit.page("1; DROP TABLE audit")
