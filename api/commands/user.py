"""``askdesk user``: people of the desk."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from api.terminal import data_dir_option, json_option, opened, show

# Spelled out, so that `--help` need not import what knows them; a test compares.
ROLES = ("admin", "supervisor", "editor", "agent", "collaborator")

_password_option = click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")


@click.group("user")
def command() -> None:
    """Add, list and disable people, and set their passwords."""


def _password(from_stdin: bool) -> tuple[str, str]:
    """The password to set, and what to tell about it."""
    from assistant.accounts.passwords import made_up

    if from_stdin:
        given = sys.stdin.readline().rstrip("\r\n")
        return given, ""
    password = made_up()
    return password, f" Password, shown only now: {password}"


@command.command("add")
@click.argument("email")
@click.option(
    "--role", "roles", type=click.Choice(ROLES), multiple=True, required=True, help="May be given several times."
)
@click.option("--name", default="", help="The name that customers and colleagues see.")
@_password_option
@data_dir_option
@json_option
def add(
    email: str, roles: tuple[str, ...], name: str, password_stdin: bool, data_dir: Path | None, as_json: bool
) -> None:
    """Add a person; without --password-stdin, a password is made up and printed once."""
    from assistant.domain.people import COMMAND_LINE, Role

    password, told = _password(password_stdin)
    with opened(data_dir) as container:
        person = container.accounts.people.create(email, [Role(role) for role in roles], password, COMMAND_LINE, name)
    result: dict[str, Any] = {"id": person.id, "email": person.email, "roles": sorted(person.roles)}
    if not password_stdin:
        result["password"] = password
    show(result, as_json, f"Added {person.email} as {', '.join(sorted(person.roles))}.{told}")


@command.command("password")
@click.argument("email")
@_password_option
@data_dir_option
@json_option
def password(email: str, password_stdin: bool, data_dir: Path | None, as_json: bool) -> None:
    """Give a person another password and end all of their sign-ins."""
    from assistant.domain.people import COMMAND_LINE

    chosen, told = _password(password_stdin)
    with opened(data_dir) as container:
        person = container.accounts.people.by_email(email)
        container.accounts.people.set_password(person.id, chosen, COMMAND_LINE)
    result = {"email": person.email} | ({} if password_stdin else {"password": chosen})
    show(result, as_json, f"Set the password of {person.email}.{told}")


@command.command("list")
@data_dir_option
@json_option
def list_(data_dir: Path | None, as_json: bool) -> None:
    """Show everyone."""
    with opened(data_dir) as container:
        people, cursor = [], ""
        while True:
            page = container.accounts.people.page(cursor, 200)
            people += page.items
            cursor = page.next_cursor
            if not cursor:
                break
    rows = [
        {"id": one.id, "email": one.email, "name": one.name, "roles": sorted(one.roles), "active": one.active}
        for one in people
    ]
    lines = [f"{one.email}  {', '.join(sorted(one.roles))}{'' if one.active else '  (disabled)'}" for one in people]
    show(rows, as_json, "\n".join(lines) or "Nobody yet. `askdesk user add EMAIL --role admin` adds the first.")


@command.command("disable")
@click.argument("email")
@data_dir_option
@json_option
def disable(email: str, data_dir: Path | None, as_json: bool) -> None:
    """Keep a person from signing in; what they did stays. The last active admin cannot be disabled."""
    from assistant.domain.people import COMMAND_LINE

    with opened(data_dir) as container:
        person = container.accounts.people.by_email(email)
        container.accounts.people.change(person.id, COMMAND_LINE, active=False)
    show({"email": person.email, "active": False}, as_json, f"Disabled {person.email}.")
