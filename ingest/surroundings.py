"""What lies beside a file in the folder or zip that was named, for whatever the file refers to."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from assistant.wording import Worded
from ingest.archives import Archive
from ingest.failures import Unreadable

ABSENT = Worded("It is not among the files. Import the folder or zip that holds it together with the article.")
OUTSIDE = Worded(
    "It lies outside of the folder or zip that is imported, or its address is not relative to the article."
)


class Surroundings(Protocol):
    """A folder or a zip."""

    def begin(self, path: str, most: int) -> bytes:
        """The first ``most`` bytes of the file at a path inside, which leads nowhere else by ``..``.

        Raises:
            Unreadable: there is none, it cannot be read, or it lies elsewhere.
        """


class FolderSurroundings:
    """A folder of the file system."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def begin(self, path: str, most: int) -> bytes:
        """As ``Surroundings`` says; a link is followed only within the folder."""
        try:
            found = (self._folder / path).resolve(strict=True)
            if not found.is_relative_to(self._folder):
                raise Unreadable(OUTSIDE)
            if not found.is_file():
                raise Unreadable(ABSENT)
            with found.open("rb") as file:
                return file.read(most)
        except (FileNotFoundError, NotADirectoryError, RuntimeError, ValueError) as error:
            raise Unreadable(ABSENT) from error
        except OSError as error:
            problem = error.strerror or str(error)
            raise Unreadable(Worded("The file cannot be read: %(problem)s.", problem=problem)) from error


class ZipSurroundings:
    """A zip that is open; one inside another is by itself."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def begin(self, path: str, most: int) -> bytes:
        """As ``Surroundings`` says, within the limits of the zip."""
        found = self._archive.find(path)
        if found is None:
            raise Unreadable(ABSENT)
        self._archive.check(*found)
        return self._archive.begin(found[1], most)
