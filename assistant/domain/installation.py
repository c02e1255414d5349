"""What an admin changes while the server runs, by section."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints, model_validator

from assistant.domain import colours, locales
from assistant.domain.hours import Hours
from assistant.domain.rollout import Rollout
from assistant.wording import Worded

Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2_000)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[^\r\n]*$")]
Colour = Annotated[str, StringConstraints(to_lower=True, pattern=r"^#[0-9a-fA-F]{6}$")]
Locale = Annotated[str, AfterValidator(locales.normalize)]
Url = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500, pattern=r"^(https?://[^\s/]+[^\s]*)?$")]
Origin = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^(\*|https?://[^\s/]+)/?$")]
GroupName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^@\r\n][^\r\n]*$")
]
BlobHash = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{64})?$")]
ModelSpec = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^((openai|ollama|transformers):\S.*)?$")]

GREETINGS = {
    "en": "Hello. I am the assistant: ask me anything, or ask for a person.",
    "zh-Hans": "您好，我是智能助手。有问题请直接告诉我，也可以随时转人工。",
    "zh-Hant": "您好，我是智慧助理。有問題請直接告訴我，也可以隨時轉接真人客服。",
}


def _origin(origin: str) -> str:
    return origin.rstrip("/").lower()


class Section(BaseModel):
    """A part of the settings that is stored and versioned as one."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Look(Section):
    """How the installation presents itself."""

    name: Annotated[Line, Field(min_length=1)] = "Askdesk"
    logo: BlobHash = ""
    accent: Colour = "#1f5fbf"
    greetings: dict[Locale, Text] = Field(default_factory=lambda: dict(GREETINGS))

    @property
    def accent_text(self) -> str:
        """The colour of text on the accent."""
        return colours.text_on(self.accent)

    def greeting(self, locale: str) -> str:
        """The first words to a customer, in the nearest language that there is a greeting for."""
        found = (self.greetings[near] for near in locales.fallbacks(locale) if self.greetings.get(near))
        return next(found, GREETINGS.get(locale, GREETINGS["en"]))


class Site(Section):
    """Where the installation is reached, and by whom."""

    public_url: Url = ""
    allowed_origins: tuple[Annotated[Origin, AfterValidator(_origin)], ...] = Field((), max_length=100)
    default_locale: Locale = locales.DEFAULT_LOCALE

    def allows(self, origin: str) -> bool:
        """Whether a page of this origin may embed the widget."""
        return "*" in self.allowed_origins or origin.lower() in self.allowed_origins


class Service(Section):
    """What customers are promised, and who keeps the promise."""

    reply_minutes: int = Field(240, ge=1, le=30 * 24 * 60)
    groups: tuple[GroupName, ...] = Field((), max_length=100)
    members: dict[GroupName, tuple[str, ...]] = Field(default_factory=dict, description="People's ids by group.")

    @model_validator(mode="after")
    def _each_once(self) -> Service:
        for number, name in enumerate(self.groups):
            if name in self.groups[:number]:
                raise ValueError(Worded("there is a group “%(name)s” already", name=name))
        strange = next((name for name in self.members if name not in self.groups), None)
        if strange is not None:
            raise ValueError(Worded("there is no group “%(name)s”", name=strange))
        return self

    def groups_of(self, person_id: str) -> tuple[str, ...]:
        """The groups that a person belongs to."""
        return tuple(name for name in self.groups if person_id in self.members.get(name, ()))


class Llm(Section):
    """The chat model that may write answers; empty means extractive answers."""

    spec: ModelSpec = ""
    api_key: SecretStr = SecretStr("")
    base_url: Url = ""
    timeout: float = Field(20.0, gt=0, le=600)
    daily_budget: int = Field(0, ge=0, description="Tokens a day; 0 means no limit.")


class Mail(Section):
    """Outgoing mail; empty means none."""

    smtp_url: SecretStr = SecretStr("")
    sender: Line = ""


class AssistantBehaviour(Section):
    """How the assistant behaves."""

    paused: bool = False
    error_budget: float = Field(
        0.0, ge=0, le=0.5, description="A share; 0: what is likelier answered than not is answered."
    )
    address: Literal["formal", "informal"] = "formal"
    tone: Text = ""


class Privacy(Section):
    """How long personal things are kept; 0 means for good."""

    retention_days: int = Field(0, ge=0, le=36_500)
    trace_days: int = Field(90, ge=1, le=36_500)


class InstallationSettings(Section):
    """All sections."""

    look: Look = Look()
    site: Site = Site()
    hours: Hours = Hours()
    service: Service = Service()
    llm: Llm = Llm()
    mail: Mail = Mail()
    assistant: AssistantBehaviour = AssistantBehaviour()
    rollout: Rollout = Rollout()
    privacy: Privacy = Privacy()


SectionName = Literal["look", "site", "hours", "service", "llm", "mail", "assistant", "rollout", "privacy"]
SECTIONS: dict[str, type[BaseModel]] = {
    "look": Look,
    "site": Site,
    "hours": Hours,
    "service": Service,
    "llm": Llm,
    "mail": Mail,
    "assistant": AssistantBehaviour,
    "rollout": Rollout,
    "privacy": Privacy,
}
