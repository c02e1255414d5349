"""Prints the exact versions of what the project needs, and of what these need, as they are installed now."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

_PROJECT = Path(__file__).parent.parent / "pyproject.toml"


def direct(without: set[str]) -> list[Requirement]:
    """What pyproject.toml names, for running and for developing."""
    project = tomllib.loads(_PROJECT.read_text("utf-8"))
    named = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    return [found for found in map(Requirement, named) if canonicalize_name(found.name) not in without]


def closure(wanted: list[Requirement]) -> dict[str, str]:
    """The version of everything that is reached, by name; what is not installed is not for this platform."""
    versions: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    while wanted:
        requirement = wanted.pop()
        for extra in ("", *requirement.extras):
            name = canonicalize_name(requirement.name)
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            try:
                found = distribution(name)
            except PackageNotFoundError:
                continue
            # A local version names a build of one index, such as +cpu.
            versions[name] = found.version.partition("+")[0]
            needed = map(Requirement, found.requires or [])
            wanted += [one for one in needed if one.marker is None or one.marker.evaluate({"extra": extra})]
    return versions


def oldest_python() -> Version:
    """The oldest Python that the project says it runs on."""
    supported = SpecifierSet(tomllib.loads(_PROJECT.read_text("utf-8"))["project"]["requires-python"])
    return min(Version(one.version) for one in supported if one.operator == ">=")


def too_new(names: Iterable[str]) -> list[str]:
    """A sentence about each installed package that the oldest supported Python cannot have."""
    oldest = oldest_python()
    found = [distribution(name) for name in names]
    return [
        f"{one.name} {one.version} needs Python {needed}, and the project runs on {oldest}: install an older one."
        for one in found
        if (needed := one.metadata.get("Requires-Python")) and oldest not in SpecifierSet(needed)
    ]


if __name__ == "__main__":
    locked = closure(direct({canonicalize_name(name) for name in sys.argv[1:]}))
    if problems := too_new(locked):
        sys.exit("\n".join(problems))
    for name, version in sorted(locked.items()):
        sys.stdout.write(f"{name}=={version}\n")
