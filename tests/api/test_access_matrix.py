"""Every role against every route and foreign ids, from the OpenAPI document and the table in ``access``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient

from api.app import create_app
from assistant.accounts import Accounts
from assistant.container import open_container
from assistant.domain.people import SYSTEM, Right, Role, rights
from assistant.settings import Settings
from tests.api.access import ACCESS, API, BODIES, STREAMS, Open

STAFF = [name for name, who in ACCESS.items() if isinstance(who, Right) or who is Open.SIGNED_IN]
CUSTOMER = [name for name, who in ACCESS.items() if who is Open.CUSTOMER]
NUMBERS = "999999999"


@pytest.fixture(scope="module")
def callers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Role | None, TestClient]]:
    """A client of one application for each role, and one for nobody."""
    settings = Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("matrix"))
    with open_container(settings) as container:
        container.accounts = Accounts(container.database, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        app = create_app(container)
        clients: dict[Role | None, TestClient] = {None: TestClient(app)}
        for role in Role:
            email = f"{role}@b.c"
            container.accounts.people.create(email, [role], "a long enough one", SYSTEM)
            token = container.accounts.tokens.create(email, SYSTEM)
            clients[role] = TestClient(app, headers={"Authorization": f"Bearer {token}"})
        yield clients


@pytest.fixture(scope="module")
def operations(callers: dict[Role | None, TestClient]) -> dict[str, Any]:
    """The operations of the OpenAPI document by method and path."""
    paths = callers[None].get("/openapi.json").json()["paths"]
    return {f"{method.upper()} {path}": what for path, methods in paths.items() for method, what in methods.items()}


def call(
    client: TestClient, name: str, operation: dict[str, Any], ids: dict[str, str] | None = None, **options: Any
) -> Any:
    """The answer to a complete request whose ids are ``ids``, or else belong to nothing."""
    method, path = name.split(" ", 1)
    kinds = {parameter["name"]: parameter["schema"].get("type") for parameter in operation.get("parameters", [])}
    unknown = {
        found: NUMBERS if kinds.get(found) == "integer" else "no-such-id-of-anything"
        for found in re.findall(r"{(\w+)", path)
    }
    for parameter, value in {**unknown, **(ids or {})}.items():
        path = re.sub(rf"{{{parameter}(:path)?}}", value, path)
    return client.request(method, path, json=BODIES.get(name), **options)


def test_every_operation_is_declared(operations: dict[str, Any]) -> None:
    assert sorted(operations) == sorted(ACCESS)


@pytest.mark.parametrize("name", STAFF)
def test_staff_operation(name: str, callers: dict[Role | None, TestClient], operations: dict[str, Any]) -> None:
    who, operation = ACCESS[name], operations[name]
    assert call(callers[None], name, operation).status_code == 401
    wrong = {"Authorization": "Bearer askdesk_wrong"}
    assert call(callers[None], name, operation, headers=wrong).status_code == 401
    allowed = [role for role in Role if not isinstance(who, Right) or who in rights([role])]
    for role in Role if name not in STREAMS else set(Role) - set(allowed):
        answer = call(callers[role], name, operation)
        if role not in allowed:
            assert answer.status_code == 403, (role, answer.text)
        elif "{" in name:
            assert answer.status_code == 404, (role, answer.text)
        else:
            assert answer.status_code not in {401, 403, 500}, (role, answer.text)


@pytest.mark.parametrize("name", CUSTOMER)
def test_customer_operation(name: str, callers: dict[Role | None, TestClient], operations: dict[str, Any]) -> None:
    operation = operations[name]
    mine, other = (callers[None].post(f"{API}/conversations", json={}).json() for _ in range(2))
    token = {"Authorization": f"Bearer {mine['token']}"}
    assert call(callers[None], name, operation, {"id": mine["id"]}).status_code == 401
    assert call(callers[None], name, operation, {"id": other["id"]}, headers=token).status_code == 404
    assert call(callers[None], name, operation, headers=token).status_code == 404
    assert call(callers[Role.ADMIN], name, operation, {"id": mine["id"]}).status_code == 404


@pytest.mark.parametrize("name", [name for name, who in ACCESS.items() if who is Open.ANYONE and "{" in name])
def test_secret_address(name: str, callers: dict[Role | None, TestClient], operations: dict[str, Any]) -> None:
    for client in callers.values():
        assert call(client, name, operations[name]).status_code == 404
