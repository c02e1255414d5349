"""Groups of the desk: what tickets are sorted into, and who belongs to each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from assistant.domain.people import Actor
from assistant.errors import Conflict, Invalid, NotFound
from assistant.installation import Installation, SectionChange
from assistant.storage import audit, desk
from assistant.storage.database import Database
from assistant.wording import Worded


@dataclass(frozen=True, slots=True)
class Group:
    """A group with the ids of its people and how many unsolved tickets it has.

    One that is not ``known`` only stands on tickets: nobody has set it up, so nobody belongs to it.
    """

    name: str
    members: tuple[str, ...]
    unsolved: int
    known: bool = True


class Groups:
    """Sets groups up. Names and members are stored with the settings, the group of a ticket with the ticket."""

    def __init__(self, database: Database, installation: Installation) -> None:
        self._database = database
        self._installation = installation

    def every(self) -> list[Group]:
        """The groups in the order in which they were made, then those that only stand on tickets."""
        service = self._installation.current().service
        with self._database.read() as session:
            sizes = desk.group_sizes(session)
        known = [Group(name, service.members.get(name, ()), sizes.get(name, 0)) for name in service.groups]
        return known + [Group(name, (), sizes[name], known=False) for name in sorted(set(sizes) - set(service.groups))]

    def get(self, name: str) -> Group:
        """One group.

        Raises:
            NotFound: nobody has set it up.
        """
        found = next((group for group in self.every() if group.known and group.name == name), None)
        if found is None:
            raise NotFound(Worded("There is no group “%(name)s”.", name=name))
        return found

    def add(self, name: str, actor: Actor) -> str:
        """The name of a new group; tickets that bear it already belong to it.

        Raises:
            Invalid: the name cannot be used.
            Conflict: there is such a group.
        """
        name = _checked(name)
        values, version = self._read()
        if name in values["groups"]:
            raise _taken(name)
        self._write({"groups": [*values["groups"], name]}, version, actor)
        return name

    def change(self, name: str, to: str, members: Iterable[str], actor: Actor) -> str:
        """The name of the group after it was renamed, on its tickets too, and its people were named.

        Raises:
            NotFound: there is no such group.
            Invalid: the new name cannot be used.
            Conflict: another group has that name.
        """
        to = _checked(to)
        values, version = self._read()
        groups: list[str] = values["groups"]
        self.get(name)
        if to != name and to in groups:
            raise _taken(to)
        people = {group: ids for group, ids in values["members"].items() if group != name}
        people[to] = list(dict.fromkeys(members))
        renamed = [to if group == name else group for group in groups]
        self._write({"groups": renamed, "members": people}, version, actor)
        self._move(name, to, actor)
        return to

    def remove(self, name: str, actor: Actor) -> int:
        """How many tickets are without a group now.

        Raises:
            NotFound: there is no such group.
        """
        self.get(name)
        values, version = self._read()
        people = {group: ids for group, ids in values["members"].items() if group != name}
        self._write(
            {"groups": [group for group in values["groups"] if group != name], "members": people}, version, actor
        )
        return self._move(name, "", actor)

    def _move(self, before: str, after: str, actor: Actor) -> int:
        if before == after:
            return 0
        with self._database.write() as session:
            moved = desk.regroup(session, before, after)
            if moved:
                audit.record(session, actor, "tickets.regrouped", f"group:{after or before}", {"count": moved})
        return moved

    def _read(self) -> tuple[dict[str, Any], int]:
        view = self._installation.view()["service"]
        return view.values, view.version

    def _write(self, values: Mapping[str, Any], version: int, actor: Actor) -> None:
        self._installation.change({"service": SectionChange(values, version)}, actor)


def _checked(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= 100 or name.startswith("@"):
        raise Invalid("A group's name has 1 to 100 characters and does not begin with @.", {"field": "group"})
    return name


def _taken(name: str) -> Conflict:
    return Conflict(Worded("There is a group “%(name)s” already.", name=name), {"field": "group"})
