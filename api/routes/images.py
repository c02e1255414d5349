"""Pictures for articles. They are told by their content, stored by its hash, and served at ``/files/``."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, File, UploadFile

from api.dependencies import EditorUser, Services
from api.schemas.images import Image
from assistant.domain.pictures import LARGEST_IMAGE, STORED_AT, as_image

router = APIRouter(prefix="/images", tags=["articles"])


@router.post("", status_code=201)
def add_image(
    _editor: EditorUser,
    container: Services,
    file: Annotated[UploadFile, File(description="PNG, JPEG, WebP or GIF, at most 5 MB.")],
) -> Image:
    """Store a picture that articles can then show with `![what it shows](url)`.

    What a camera wrote into it (place, device, names) is taken out.
    """
    picture, kind = as_image(file.file.read(LARGEST_IMAGE + 1))
    digest = container.keep_file(picture, kind)
    return Image(id=digest, url=f"{STORED_AT}{digest}", content_type=kind, bytes=len(picture))
