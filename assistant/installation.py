"""The settings that an admin changes without a restart: what is stored, under what the environment fixes."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, SecretStr, ValidationError

from assistant.domain.installation import SECTIONS, InstallationSettings, SectionName
from assistant.domain.people import Actor
from assistant.errors import Conflict, Invalid, SettingsError, StorageUnavailable
from assistant.settings import PREFIX, Settings
from assistant.storage import audit
from assistant.storage import installation as storage
from assistant.storage.database import Database
from assistant.wording import Worded, problem

_STORED = "installation."
_KEYS = "key."
# Other processes see a change after at most this many seconds.
_FRESH = 1.0


@dataclass(frozen=True, slots=True)
class SectionView:
    """A section as an admin sees it: secrets as ``{"set": bool}``, and each fixed field with the name that fixes it."""

    values: dict[str, Any]
    fixed: dict[str, str]
    version: int


@dataclass(frozen=True, slots=True)
class SectionChange:
    """New values for some fields of a section (an empty secret removes it), and the version they were made from."""

    values: Mapping[str, Any]
    version: int


@dataclass(frozen=True, slots=True)
class _Stored:
    values: dict[str, Any]
    version: int


class Installation:
    """The stored sections with the environment laid over them."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._lock = threading.Lock()
        self._cached: InstallationSettings | None = None
        self._read_at = 0.0

    def current(self) -> InstallationSettings:
        """What holds now. Cheap: at most once a second is it read from the database."""
        cached = self._cached
        if cached is not None and time.monotonic() - self._read_at < _FRESH:
            return cached
        with self._lock:
            read_at = time.monotonic()
            try:
                self._cached = self._effective(self._read())
            except StorageUnavailable:
                # What held a moment ago serves until the database is back.
                if cached is None:
                    raise
                self._cached = cached
            self._read_at = read_at
            return self._cached

    @property
    def is_fresh(self) -> bool:
        """Whether ``current`` would answer without reading the database."""
        return self._cached is not None and time.monotonic() - self._read_at < _FRESH

    def view(self) -> dict[str, SectionView]:
        """Every section as an admin sees it."""
        stored = self._read()
        effective = self._effective(stored)
        return {name: self._section_view(name, effective, stored) for name in SECTIONS}

    def change(self, changes: Mapping[SectionName, SectionChange], actor: Actor) -> dict[str, SectionView]:
        """All sections after the change, which is stored as a whole or not at all.

        Raises:
            Conflict: a section has changed since the version that its change started from.
            Invalid: a value cannot be used, or the environment fixes its field.
        """
        stored = self._read()
        wanted = {name: self._wanted(name, change, stored) for name, change in changes.items()}
        with self._database.write() as session:
            for name, (fields, values) in wanted.items():
                if not storage.put(session, _STORED + name, values, changes[name].version):
                    raise _stale(name)
                audit.record(session, actor, "settings.changed", f"settings:{name}", {"fields": fields})
        self._cached = None
        return self.view()

    def _wanted(
        self, section: str, change: SectionChange, stored: Mapping[str, _Stored]
    ) -> tuple[list[str], dict[str, Any]]:
        """The fields that change, and all values of the section to store."""
        before = stored.get(section, _Stored({}, 0))
        if before.version != change.version:
            raise _stale(section)
        # A form may send back the mask of a secret that it was shown.
        given = {field: value for field, value in change.values.items() if not _is_mask(value)}
        fixed = self._fixed(section, stored)
        for field in given:
            if field in fixed:
                name = PREFIX + fixed[field].upper()
                said = Worded(
                    "“%(field)s” is fixed by %(name)s in the environment; change it there.", field=field, name=name
                )
                raise Invalid(said, {"field": field})
        return sorted(given), _storable(_validated(section, {**before.values, **given}))

    def key(self, name: str) -> bytes:
        """A secret of this installation, made at its first use; links and signatures are derived from it."""
        with self._database.read() as session:
            row = storage.setting(session, _KEYS + name)
        if row is None:
            with self._database.write() as session:
                storage.put(session, _KEYS + name, secrets.token_hex(32), 0)
                row = storage.setting(session, _KEYS + name)
        if row is None:
            raise SettingsError(f"The installation's key “{name}” could not be stored.")
        return bytes.fromhex(row.value)

    def _read(self) -> dict[str, _Stored]:
        with self._database.read() as session:
            rows = storage.settings_under(session, _STORED)
            named = {row.key.removeprefix(_STORED): row for row in rows}
            # A field that a newer version stored must not stop this one.
            return {
                name: _Stored(
                    {field: row.value[field] for field in row.value if field in SECTIONS[name].model_fields},
                    row.version,
                )
                for name, row in named.items()
                if name in SECTIONS
            }

    def _effective(self, stored: Mapping[str, _Stored]) -> InstallationSettings:
        sections = {
            name: _validated(
                name, {**(stored[name].values if name in stored else {}), **self._environment(name, stored)}
            )
            for name in SECTIONS
        }
        return InstallationSettings.model_validate(sections)

    def _section_view(self, name: str, effective: InstallationSettings, stored: Mapping[str, _Stored]) -> SectionView:
        section: BaseModel = getattr(effective, name)
        values = section.model_dump(mode="json")
        masked = {
            field: {"set": bool(value.get_secret_value())} for field, value in section if isinstance(value, SecretStr)
        }
        version = stored[name].version if name in stored else 0
        fixed = {field: PREFIX + setting.upper() for field, setting in self._fixed(name, stored).items()}
        return SectionView({**values, **masked}, fixed, version)

    def _fixed(self, section: str, stored: Mapping[str, _Stored]) -> dict[str, str]:
        """Fields of the section that the environment decides, with the name of the setting."""
        names = dict(_FROM_ENVIRONMENT.get(section, {}))
        if section == "llm":
            spec = self._settings.llm or (stored["llm"].values.get("spec", "") if "llm" in stored else "")
            names |= _OF_PROVIDER.get(spec.partition(":")[0], {})
        given = self._settings.model_fields_set
        return {field: name for field, name in names.items() if name in given and getattr(self._settings, name) != ""}

    def _environment(self, section: str, stored: Mapping[str, _Stored]) -> dict[str, Any]:
        fixed = self._fixed(section, stored)
        values = {field: getattr(self._settings, name) for field, name in fixed.items()}
        if "allowed_origins" in values:
            values["allowed_origins"] = self._settings.origins
        return values


_FROM_ENVIRONMENT: dict[str, dict[str, str]] = {
    "site": {"public_url": "public_url", "allowed_origins": "allowed_origins", "default_locale": "default_locale"},
    "hours": {"time_zone": "time_zone"},
    "llm": {"spec": "llm", "timeout": "llm_timeout"},
    "mail": {"smtp_url": "smtp_url", "sender": "mail_from"},
}
_OF_PROVIDER: dict[str, dict[str, str]] = {
    "openai": {"api_key": "openai_api_key", "base_url": "openai_base_url"},
    "ollama": {"base_url": "ollama_base_url"},
}


def _stale(section: str) -> Conflict:
    said = "Someone has changed “%(section)s” since you opened it. Reload to see what it says now."
    return Conflict(Worded(said, section=section))


def _is_mask(value: object) -> bool:
    return isinstance(value, Mapping) and set(value) == {"set"}


def _validated(section: str, values: Mapping[str, Any]) -> BaseModel:
    model = SECTIONS[section]
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        said = Worded(
            "“%(field)s” in “%(section)s” cannot be used: %(problem)s.",
            field=field or section,
            section=section,
            problem=problem(first),
        )
        raise Invalid(said, {"field": field}) from error


def _storable(section: BaseModel) -> dict[str, Any]:
    plain = section.model_dump(mode="json", exclude_unset=True)
    return plain | {
        field: value.get_secret_value()
        for field, value in section
        if isinstance(value, SecretStr) and field in section.model_fields_set
    }
