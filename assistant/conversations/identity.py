"""Who a customer is: what they claim stays unverified; what the site has signed is believed."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

import jwt

from assistant.errors import Invalid


@dataclass(frozen=True, slots=True)
class Claims:
    """What is known of a customer when a conversation starts."""

    name: str = ""
    email: str = ""
    phone: str = ""
    external_id: str = ""
    verified: bool = False


def verified_claims(claims: Claims, identity: str, secret: str) -> Claims:
    """The claims that the site's signature covers.

    ``identity`` is a JWT with ``sub`` and ``exp`` (HS256 with the site's secret, RS256/ES256 against its public key),
    or the hex HMAC-SHA256 of ``external_id`` under the secret.

    Raises:
        Invalid: the signature does not fit, has expired, or this installation has no secret.
    """
    if not secret:
        raise Invalid("This site has no identity secret, so signed identities cannot be checked.")
    if identity.count(".") == 2:
        return _from_jwt(identity, secret)
    expected = hmac.new(secret.encode(), claims.external_id.encode(), hashlib.sha256).hexdigest()
    if not claims.external_id or not hmac.compare_digest(expected, identity.lower()):
        raise Invalid("The identity's signature does not fit the customer's external_id.")
    return Claims(claims.name, claims.email, claims.phone, claims.external_id, verified=True)


def _from_jwt(identity: str, secret: str) -> Claims:
    public_key = secret.lstrip().startswith("-----BEGIN")
    algorithms = ["RS256", "ES256"] if public_key else ["HS256"]
    try:
        payload: Mapping[str, object] = jwt.decode(
            identity, secret, algorithms=algorithms, options={"require": ["sub", "exp"]}
        )
    except jwt.ExpiredSignatureError as error:
        raise Invalid("The signed identity has expired. Reload the page to get a new one.") from error
    except jwt.PyJWTError as error:
        raise Invalid("The signed identity cannot be believed: its signature or its fields are wrong.") from error
    said = {name: str(payload.get(name) or "") for name in ("name", "email", "phone")}
    return Claims(**said, external_id=str(payload["sub"]), verified=True)
