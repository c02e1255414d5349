"""Rights add up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assistant.domain.people import Right, Role, rights

roles = st.sets(st.sampled_from(Role))


@given(roles, roles)
def test_rights_add_up(some: set[Role], others: set[Role]) -> None:
    assert rights(some | others) == rights(some) | rights(others)


def test_what_each_role_adds() -> None:
    assert rights([]) == frozenset()
    assert rights([Role.ADMIN]) == frozenset(Right)
    assert rights([Role.COLLABORATOR]) == {Right.READ_TICKETS, Right.WRITE_NOTES}
    assert rights([Role.SUPERVISOR]) - rights([Role.AGENT]) == {Right.SUPERVISE}
    assert Right.EDIT_ARTICLES not in rights([Role.SUPERVISOR])
    assert Right.READ_TICKETS not in rights([Role.EDITOR])
    assert all(Right.ADMINISTER not in rights([role]) for role in Role if role is not Role.ADMIN)
