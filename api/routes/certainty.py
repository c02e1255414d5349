"""How sure is sure enough: what each error budget gives, and setting another one."""

from __future__ import annotations

from fastapi import APIRouter

from api.dependencies import EditorUser, Services
from api.schemas.reasons import BudgetChange, CertaintyShown
from assistant.container import Container
from assistant.installation import SectionChange

router = APIRouter(prefix="/certainty", tags=["articles"])


@router.get("")
def get_certainty(_person: EditorUser, container: Services) -> CertaintyShown:
    """What the error budget in force gives, what others would, and whether stated confidence comes true.

    Measured on questions that the articles raise themselves, each with its article present and with it left out, by a
    model that had not seen them, together with what people have marked.
    """
    return _shown(container)


@router.patch("")
def set_error_budget(body: BudgetChange, person: EditorUser, container: Services) -> CertaintyShown:
    """Set another error budget; it holds from the next question on. A stale `version` gives 409."""
    change = SectionChange({"error_budget": body.error_budget}, body.version)
    container.installation.change({"assistant": change}, person.actor)
    return _shown(container)


def _shown(container: Container) -> CertaintyShown:
    section = container.installation.view()["assistant"]
    found = container.calibrations.certainty(float(section.values["error_budget"]))
    return CertaintyShown.model_validate(
        {name: getattr(found, name) for name in CertaintyShown.model_fields if name != "version"}
        | {"version": section.version}
    )
