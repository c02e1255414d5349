"""Start a conversation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from assistant.conversations.access import hashed, new_token
from assistant.conversations.identity import Claims, verified_claims
from assistant.domain import locales
from assistant.domain.people import is_email
from assistant.domain.rollout import Channel
from assistant.errors import Invalid
from assistant.installation import Installation
from assistant.storage import conversations as storage
from assistant.storage.database import Database, Session
from assistant.storage.tables import Conversation, Customer
from assistant.storage.tables.base import now
from assistant.wording import Worded

TOKEN_LIFETIME = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Started:
    """A new conversation: its id, the token that opens it, and what to greet the customer with."""

    id: str
    token: str
    greeting: str
    locale: str


class Openings:
    """Starts conversations for the installation's customers."""

    def __init__(self, database: Database, installation: Installation, identity_secret: str) -> None:
        self._database = database
        self._installation = installation
        self._secret = identity_secret

    def locale_for(self, wanted: str) -> str:
        """The stored spelling of the locale a customer asked for; the installation's own when it is not spoken."""
        try:
            locale = locales.normalize(wanted) if wanted else ""
        except ValueError:
            locale = ""
        return locale if locale in locales.INTERFACE_LOCALES else self._installation.current().site.default_locale

    def start(
        self,
        locale: str = "",
        claims: Claims | None = None,
        identity: str = "",
        page: str = "",
        channel: Channel = Channel.WIDGET,
    ) -> Started:
        """A stored conversation and the token that opens it; the token is told only here.

        Raises:
            Invalid: a locale that is no language tag, or an identity whose signature does not fit.
        """
        if locale and not _is_tag(locale):
            raise Invalid(Worded("“%(tag)s” is not a language tag such as en, zh-CN or zh-TW.", tag=locale))
        claims = claims or Claims()
        if identity:
            claims = verified_claims(claims, identity, self._secret)
        chosen = self.locale_for(locale)
        token = new_token()
        with self._database.write() as session:
            customer = _customer(session, claims, chosen)
            conversation = Conversation(
                token_hash=hashed(token),
                token_expires_at=now() + TOKEN_LIFETIME,
                customer_id=customer.id,
                locale=chosen,
                page=page[:1000],
                channel=str(channel),
            )
            session.add(conversation)
            session.flush()
            conversation_id = conversation.id
        return Started(conversation_id, token, self._installation.current().look.greeting(chosen), chosen)


def _is_tag(locale: str) -> bool:
    try:
        locales.normalize(locale)
    except ValueError:
        return False
    return True


def _customer(session: Session, claims: Claims, locale: str) -> Customer:
    """The customer of a new conversation: the known one where the site vouches for them, else always a new one."""
    known = storage.verified_customer(session, claims.external_id) if claims.verified else None
    customer = known or Customer(external_id=claims.external_id, verified=claims.verified)
    customer.locale = locale
    customer.name = claims.name or customer.name or ""
    # What a site's page passes on must not keep anyone from writing; what is no address gets no mail.
    customer.email = (claims.email if is_email(claims.email) else "") or customer.email or ""
    customer.phone = claims.phone or customer.phone or ""
    session.add(customer)
    session.flush()
    return customer
