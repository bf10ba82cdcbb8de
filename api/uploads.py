"""A document as somebody sends it: read after he is known, within a limit, and never shown by a browser as it came."""

from __future__ import annotations

import mimetypes
import re
from dataclasses import dataclass

from fastapi import Request
from starlette.datastructures import FormData, UploadFile

from api import problems
from api.exports import attachment

_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]{0,80}")
PLAIN = "application/octet-stream"
# What an office scans and writes; anything else keeps no ending that a computer would open by itself.
_ENDINGS = {
    "application/pdf": ".pdf",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/tiff": ".tif",
    "text/plain": ".txt",
    "text/csv": ".csv",
    "application/msword": ".doc",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/ofd": ".ofd",
}
FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary", "description": "文件 the document"},
                        "title": {
                            "type": "string",
                            "maxLength": 200,
                            "description": "名称，仅存保险库 its title, sealed",
                        },
                    },
                }
            }
        },
    }
}


@dataclass(frozen=True, slots=True)
class Upload:
    """A document: what it is called, what it says it is, and its bytes."""

    title: str
    media_type: str
    content: bytes


async def read_form(request: Request) -> FormData:
    """The form that somebody sent; asked for by hand, so that nobody unknown makes us read a document."""
    return await request.form(max_files=1, max_fields=8, max_part_size=16 * 1024)


async def document_in(form: FormData) -> Upload:
    """The document of a form; 422 where there is none. Without a title it has that of its file."""
    file = form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        raise problems.invalid_field("file", "没有选择文件", "no file was chosen")
    title = str(form.get("title") or "").strip() or file.filename
    said = (file.content_type or mimetypes.guess_type(file.filename)[0] or "").partition(";")[0].strip().lower()
    media_type = said if _MEDIA_TYPE.fullmatch(said) else PLAIN
    return Upload(title[:200], media_type, await file.read())


def kept_as(case_no: str, sha256: str, media_type: str) -> str:
    """The header that makes a browser keep a document, under a name that gives nothing away."""
    return attachment(f"{case_no}-{sha256[:12]}{_ENDINGS.get(media_type, '.bin')}")
