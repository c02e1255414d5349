"""Starting a conversation: the token, foreign ids, and who a customer is."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from assistant.container import Container
from assistant.conversations import Claims, Openings
from assistant.conversations.identity import verified_claims
from assistant.errors import Invalid, NotFound
from assistant.storage.tables import Conversation, Customer
from tests.conversations.talk import Talk, start
from tests.starter import IDENTITY_SECRET


def customer_of(container: Container, conversation_id: str) -> Customer:
    with container.database.read() as session:
        return session.get_one(Customer, session.get_one(Conversation, conversation_id).customer_id)


def signed(secret: str = IDENTITY_SECRET, algorithm: str = "HS256", **claims: Any) -> str:
    soon = datetime.now(UTC) + timedelta(minutes=5)
    return jwt.encode({"sub": "c-42", "exp": soon, "email": "lena@example.com", **claims}, secret, algorithm)


class TestToken:
    def test_opens_its_own_conversation_and_no_other(self, container: Container, talk: Talk) -> None:
        assert talk.transcript()["messages"] == []
        other = start(container)
        assert other.token != talk.token
        for act in _calls(container):
            with pytest.raises(NotFound):
                act(talk.id, other.token)
            with pytest.raises(NotFound):
                act("0" * 32, talk.token)

    def test_is_stored_only_as_a_hash(self, talk: Talk) -> None:
        row = talk.row
        assert row.token_hash == hashlib.sha256(talk.token.encode()).hexdigest()
        assert talk.token not in repr(vars(row))

    def test_expires(self, talk: Talk) -> None:
        talk.edit(token_expires_at=datetime.now(UTC) - timedelta(seconds=1))
        with pytest.raises(NotFound):
            talk.say("Hello")

    def test_a_foreign_message_cannot_be_judged(self, container: Container, talk: Talk) -> None:
        reply = talk.say("hello").reply
        other = start(container)
        assert reply is not None
        with pytest.raises(NotFound):
            container.opinions.on_answer(other.id, other.token, reply["id"], helpful=False)


def _calls(container: Container) -> list[Callable[[str, str], object]]:
    """Everything that a customer can do to a conversation."""
    return [
        lambda id, token: container.turns.converse(id, token, "Hello"),
        container.readings.transcript,
        container.readings.newest_event,
        container.readings.seen,
        lambda id, token: container.readings.events(id, token, 0),
        container.handovers.ask,
        lambda id, token: container.opinions.on_answer(id, token, "x", helpful=True),
        lambda id, token: container.opinions.on_conversation(id, token, 5),
    ]


class TestLocale:
    @pytest.mark.parametrize(
        ("asked", "spoken"),
        [("zh", "zh-Hans"), ("zh-CN", "zh-Hans"), ("zh-TW", "zh-Hant"), ("zh-HK", "zh-Hant"), ("fr", "en"), ("", "en")],
    )
    def test_is_the_nearest_that_is_spoken(self, container: Container, asked: str, spoken: str) -> None:
        started = container.openings.start(asked)
        assert started.locale == spoken
        assert started.greeting == container.installation.current().look.greeting(spoken)

    def test_that_is_no_language_is_refused(self, container: Container) -> None:
        with pytest.raises(Invalid, match="not a language tag"):
            container.openings.start("not a language")


class TestIdentity:
    def test_a_claim_stays_unverified_and_merges_nothing(self, container: Container) -> None:
        claims = Claims(name="Lena", email="lena@example.com", external_id="c-1")
        first = container.openings.start("en", claims)
        second = container.openings.start("en", claims)
        one, two = customer_of(container, first.id), customer_of(container, second.id)
        assert (one.verified, one.email) == (False, "lena@example.com")
        assert one.id != two.id

    def test_a_signed_customer_is_the_same_each_time(self, container: Container) -> None:
        first = container.openings.start("en", identity=signed(sub="c-2"))
        second = container.openings.start("en", identity=signed(sub="c-2", name="Lena"))
        customer = customer_of(container, second.id)
        assert customer.id == customer_of(container, first.id).id
        assert (customer.verified, customer.name, customer.email) == (True, "Lena", "lena@example.com")

    def test_a_claim_never_becomes_a_signed_customer(self, container: Container) -> None:
        vouched = container.openings.start("en", identity=signed(sub="c-3"))
        claimed = container.openings.start("en", Claims(external_id="c-3"))
        assert customer_of(container, claimed.id).id != customer_of(container, vouched.id).id

    def test_what_the_token_says_beats_what_is_claimed(self, container: Container) -> None:
        started = container.openings.start("en", Claims(email="evil@example.com"), signed(sub="c-4"))
        assert customer_of(container, started.id).email == "lena@example.com"

    def test_hmac_of_the_external_id_is_believed(self, container: Container) -> None:
        signature = hmac.new(IDENTITY_SECRET.encode(), b"c-5", hashlib.sha256).hexdigest()
        started = container.openings.start("en", Claims(external_id="c-5"), signature)
        assert customer_of(container, started.id).verified
        with pytest.raises(Invalid, match="does not fit"):
            container.openings.start("en", Claims(external_id="c-6"), signature)

    @pytest.mark.parametrize(
        "identity",
        [
            signed(secret="another secret that signs something else"),
            signed(exp=datetime.now(UTC) - timedelta(seconds=1)),
            jwt.encode({"sub": "c-7"}, IDENTITY_SECRET, "HS256"),
            jwt.encode({"exp": datetime.now(UTC) + timedelta(minutes=1)}, IDENTITY_SECRET, "HS256"),
            jwt.encode({"sub": "c-7", "exp": datetime.now(UTC) + timedelta(minutes=1)}, "", "none"),
            "not.a.token",
            "neither",
        ],
        ids=["other secret", "expired", "no exp", "no sub", "unsigned", "broken", "no shape"],
    )
    def test_what_the_site_has_not_signed_is_refused(self, container: Container, identity: str) -> None:
        with pytest.raises(Invalid):
            container.openings.start("en", Claims(external_id="c-7"), identity)

    def test_without_a_secret_nothing_is_believed(self, container: Container) -> None:
        openings = Openings(container.database, container.installation, "")
        with pytest.raises(Invalid, match="no identity secret"):
            openings.start("en", identity=signed())

    def test_a_public_key_checks_what_its_private_key_signed(self) -> None:
        private = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
        pem = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        public = private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        assert verified_claims(Claims(), signed(pem, "RS256"), public.decode()).external_id == "c-42"
        # The public key is public: a token signed with it as if it were a secret is a forgery.
        forged = _hs256_with(public, {"sub": "c-42", "exp": 4_000_000_000})
        with pytest.raises(Invalid):
            verified_claims(Claims(), forged, public.decode())


def _hs256_with(key: bytes, payload: dict[str, Any]) -> str:
    import base64
    import json

    def part(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    head = part(json.dumps({"alg": "HS256", "typ": "JWT"}).encode()) + "." + part(json.dumps(payload).encode())
    return head + "." + part(hmac.new(key, head.encode(), hashlib.sha256).digest())
