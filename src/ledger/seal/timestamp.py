"""Time-stamps of checkpoints (RFC 3161): a time-stamping authority confirms when a root was there already.

What is stamped is the SHA-256 of the checkpoint's text. Nothing of this is needed to seal or to verify.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

from cryptography.x509 import Certificate, load_pem_x509_certificates
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from ledger.seal.folder import SealFolder
from ledger.seal.keys import SealError
from ledger.seal.note import NoteError
from ledger.seal.tiles import write_file

_SECONDS = 30
_MOST_BYTES = 1 << 20


def timestamp(folder: SealFolder, tsa_url: str, roots: list[Certificate] | None = None) -> tuple[int, datetime]:
    """Has the latest checkpoint stamped and keeps the answer as ``checkpoints/<size>.tsr``; its size and when.

    Raises:
        SealError: the authority cannot be reached.
        NoteError: it refuses, or its answer is not for this checkpoint; with ``roots``, not by whom they vouch for.
        ledger.seal.folder.NotSealed: there is no checkpoint.
    """
    held, text = folder.checkpoint(), folder.note().text.encode()
    request = TimestampRequestBuilder().data(text).hash_algorithm(HashAlgorithm.SHA256).nonce(nonce=True)
    asked = request.cert_request(cert_request=True).build()
    data = _post(tsa_url, asked.as_bytes())
    response = _decoded(data)
    imprint = asked.message_imprint.message
    if response.tst_info.nonce != asked.nonce or response.tst_info.message_imprint.message != imprint:
        raise NoteError("时间戳回答的不是这次请求", "the time-stamp answers another request")
    if roots:
        _verify(response, text, roots)
    write_file(folder.path / tsr_name(held.size), data)
    return held.size, response.tst_info.gen_time


def check_timestamp(data: bytes, text: str, roots: list[Certificate]) -> datetime:
    """When an authority that ``roots`` vouch for saw the text of a checkpoint (UTC).

    Raises:
        NoteError: it is no time-stamp, of another text, or by somebody else.
    """
    response = _decoded(data)
    _verify(response, text.encode(), roots)
    return response.tst_info.gen_time


def tsr_name(size: int) -> str:
    """The file of the seal folder that holds the time-stamp of a checkpoint."""
    return f"checkpoints/{size}.tsr"


def load_roots(path: Path) -> list[Certificate]:
    """The certificates of a PEM file.

    Raises:
        SealError: it cannot be read, or holds none.
    """
    try:
        return load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as error:
        raise SealError(f"{path} 里没有证书({error})", f"{path} holds no certificates ({error})") from None


def _post(url: str, body: bytes) -> bytes:
    if not url.startswith(("http://", "https://")):
        raise SealError("时间戳服务地址须为 http(s)", "the authority's address is http or https")
    try:
        asked = Request(url, body, {"Content-Type": "application/timestamp-query"})  # noqa: S310 - checked above
        with urlopen(asked, timeout=_SECONDS) as answer:  # noqa: S310 - checked above
            return bytes(answer.read(_MOST_BYTES))
    except (URLError, OSError) as error:
        raise SealError(f"连不上时间戳服务({error})", f"the authority cannot be reached ({error})") from None


def _decoded(data: bytes) -> TimeStampResponse:
    try:
        response = decode_timestamp_response(data)
        if response.status == 0:
            return response
    except ValueError:
        raise NoteError("不是时间戳", "it is no time-stamp") from None
    raise NoteError("时间戳服务拒绝了请求", "the authority refused the request")


def _verify(response: TimeStampResponse, text: bytes, roots: list[Certificate]) -> None:
    verifier = VerifierBuilder()
    for one in roots:
        is_root = one.issuer == one.subject
        verifier = verifier.add_root_certificate(one) if is_root else verifier.add_intermediate_certificate(one)
    try:
        verifier.build().verify_message(response, text)
    except (VerificationError, ValueError) as error:
        raise NoteError("时间戳无效", f"the time-stamp is not valid ({error})") from None
