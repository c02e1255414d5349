"""Prints the exact versions of what the project needs, and of what these need, as they are installed now."""

from __future__ import annotations

import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def direct(without: set[str]) -> list[Requirement]:
    """What pyproject.toml names, for running and for developing."""
    project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text("utf-8"))
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


if __name__ == "__main__":
    for name, version in sorted(closure(direct({canonicalize_name(name) for name in sys.argv[1:]})).items()):
        sys.stdout.write(f"{name}=={version}\n")
