"""An archive, verified with nothing but its folder and what the verifier knows from elsewhere."""

from __future__ import annotations

import time
from pathlib import Path

import duckdb

from ledger.archive.errors import ArchiveRefused
from ledger.archive.manifest import BUNDLE, MANIFEST, Manifest, no_archive, regular
from ledger.seal.checkpoint import Checkpoint
from ledger.seal.folder import NotSealed, SealFolder
from ledger.seal.note import NoteError
from ledger.verify.archive_log import ArchiveLog
from ledger.verify.bundled import verify_bundle
from ledger.verify.kept import kept_checkpoints
from ledger.verify.remarks import Remark, of_seal
from ledger.verify.report import Discrepancy, Report, Tally
from ledger.verify.taken_away import check_evidence, check_folder, check_manifest, check_rules, check_tables
from ledger.verify.trust import Trust
from ledger.verify.whole_log import How, Sealed, check_log

# Of a log that fails these, no tables can be made to compare.
_LOG_CHECKS = ("position", "sealed", "topic", "payload", "leaf")


def verify_folder(folder: Path, trust: Trust | None = None, how: How | None = None) -> Report:
    """Verifies an archive, evidence (``archive --as-is``) or a bundle.

    Raises:
        ArchiveMisuse: the folder holds none of them.
    """
    begun, trust, how = time.perf_counter(), trust or Trust(), how or How()
    tally = Tally(how.most)
    try:
        manifest = Manifest.parse(regular(folder / MANIFEST).read_bytes())
    except OSError:
        raise no_archive(folder) from None
    except ArchiveRefused as refused:
        tally.add(Discrepancy("file", refused.zh, refused.en, file=MANIFEST))
        return Report("archive", "", 0, 0, None, tally, seconds=time.perf_counter() - begun)
    check_folder(folder, manifest, tally)
    if manifest.format == BUNDLE:
        return verify_bundle(folder, manifest, trust, tally, begun)
    return _verify_archive(folder, manifest, trust, how, tally, begun)


def _verify_archive(folder: Path, manifest: Manifest, trust: Trust, how: How, tally: Tally, begun: float) -> Report:
    seal, log = SealFolder(folder), ArchiveLog(folder, manifest.parts)
    kept = kept_checkpoints(seal, tally)
    is_evidence = bool(manifest.extra.get("as_is"))
    found = check_log(log, log.reach(), kept, seal, trust, how, tally)
    remarks: list[Remark] = [*of_seal(trust, is_sealed=bool(kept))]
    if is_evidence:
        remarks.append(
            ("这是取证包:原样取出、未通过核验的账", "this is evidence: a book taken as it was when it failed")
        )
        check_evidence(manifest, tally)
        remarks += check_manifest(folder, manifest, None, found.terms, tally)
    else:
        _check_parts(manifest, tally)
        remarks += check_manifest(folder, manifest, _latest(seal), found.terms, tally)
        remarks += check_rules(folder, found.adopted, found.named.rules, tally)
        remarks += _tables(folder, manifest, log, found, tally)
    return found.report("evidence" if is_evidence else "archive", tally, remarks, begun)


def _latest(seal: SealFolder) -> Checkpoint | None:
    """None where it cannot be read, which is said elsewhere."""
    try:
        return seal.checkpoint()
    except (NotSealed, NoteError):
        return None


def _check_parts(manifest: Manifest, tally: Tally) -> None:
    for spans in (manifest.parts, manifest.tables):
        ends = [0, *(part.last for part in spans)]
        if [part.first for part in spans] != [end + 1 for end in ends[:-1]] or ends[-1] != manifest.size:
            zh, en = "清单中的分件不是从 1 到末尾连续的", "the parts do not follow each other from 1 to the end"
            tally.add(Discrepancy("file", zh, en, file=MANIFEST))


def _tables(folder: Path, manifest: Manifest, log: ArchiveLog, found: Sealed, tally: Tally) -> list[Remark]:
    if not any(tally.wrong[check] for check in _LOG_CHECKS):
        try:
            check_tables(folder, manifest.tables, log.read(1, found.size), tally)
            return []
        except (ValueError, LookupError, duckdb.Error):
            pass
    return [("日志有误,未核对数据表", "the log is not right, so that the tables were not compared with it")]
