"""Groups of the desk: made, renamed with their tickets, given people, and removed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.container import Container, open_container
from assistant.desk.groups import Group
from assistant.domain.people import SYSTEM, Person, Role
from assistant.errors import Conflict, Invalid, NotFound
from assistant.installation import SectionChange
from assistant.settings import Settings


@pytest.fixture
def container(tmp_path: Path, sqlite_url: str) -> Iterator[Container]:
    """An empty installation; no model is loaded."""
    with open_container(Settings(_env_file=None, data_dir=tmp_path)) as opened:
        yield opened


@pytest.fixture
def mia(container: Container) -> Person:
    """An agent."""
    return container.accounts.people.create("mia@b.c", [Role.AGENT], "a long enough one", SYSTEM, name="Mia")


def ticket(container: Container, agent: Person, group: str) -> int:
    """The number of a new ticket in a group."""
    started = container.openings.start("en")
    number = int(container.desk.turns.take_over(started.id, agent)["number"])
    version = container.desk.tickets.one(number)["version"]
    container.desk.work.change(number, {"group": group}, version, agent)
    return number


def group_of(container: Container, number: int) -> str:
    """The group that a ticket has now."""
    return str(container.desk.tickets.one(number)["group"])


def test_there_is_none_at_first(container: Container) -> None:
    assert container.groups.every() == []


def test_made_with_people_and_renamed_with_its_tickets(container: Container, mia: Person) -> None:
    number = ticket(container, mia, "billing")
    assert container.groups.every() == [Group("billing", (), 1, known=False)]
    assert container.groups.add("  billing ", SYSTEM) == "billing"
    assert container.groups.change("billing", "Money matters", [mia.id, mia.id], SYSTEM) == "Money matters"
    assert container.groups.every() == [Group("Money matters", (mia.id,), 1)]
    assert container.installation.current().service.groups_of(mia.id) == ("Money matters",)
    assert group_of(container, number) == "Money matters"
    assert container.desk.tickets.groups() == ["Money matters"]


def test_a_removed_one_leaves_its_tickets(container: Container, mia: Person) -> None:
    number = ticket(container, mia, "billing")
    container.groups.add("billing", SYSTEM)
    container.groups.change("billing", "billing", [mia.id], SYSTEM)
    assert container.groups.remove("billing", SYSTEM) == 1
    assert container.groups.every() == []
    assert container.installation.current().service.members == {}
    assert group_of(container, number) == ""


def test_the_order_and_the_others_stay(container: Container) -> None:
    for name in ("b", "a", "c"):
        container.groups.add(name, SYSTEM)
    container.groups.change("a", "z", ["x"], SYSTEM)
    assert [(group.name, group.members) for group in container.groups.every()] == [("b", ()), ("z", ("x",)), ("c", ())]


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "@mine"])
def test_names_that_cannot_be(container: Container, name: str) -> None:
    with pytest.raises(Invalid):
        container.groups.add(name, SYSTEM)


def test_names_that_are_taken_or_unknown(container: Container) -> None:
    container.groups.add("a", SYSTEM)
    container.groups.add("b", SYSTEM)
    with pytest.raises(Conflict):
        container.groups.add("a", SYSTEM)
    with pytest.raises(Conflict):
        container.groups.change("a", "b", [], SYSTEM)
    with pytest.raises(NotFound):
        container.groups.change("c", "d", [], SYSTEM)
    with pytest.raises(NotFound):
        container.groups.remove("c", SYSTEM)


def test_settings_refuse_what_does_not_fit_together(container: Container) -> None:
    for values in ({"groups": ["a", "a"]}, {"groups": ["a"], "members": {"b": ["x"]}}):
        with pytest.raises(Invalid):
            container.installation.change({"service": SectionChange(values, 0)}, SYSTEM)
