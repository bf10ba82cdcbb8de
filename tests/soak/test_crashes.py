"""kill -9 of importer, server and PostgreSQL at random moments: nothing acknowledged is lost, nothing doubled."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg
import pytest

from ledger.county import CountyPlan, make_county
from ledger.server import EmbeddedServer

ROUNDS = int(os.environ.get("MINGZHANG_CRASH_ROUNDS", "50"))
PLAN = CountyPlan(seed=3, households=60, year=2025, jurisdiction="lanzhou-new-area")


@dataclass
class Town:
    """One book with an importer at work, a server, and a client that remembers what was acknowledged."""

    data: Path
    files: Path
    acknowledged: dict[str, int] = field(default_factory=dict)

    def mingzhang(self, *words: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "ledger.cli", "--data", str(self.data), *words]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)

    def importer(self) -> subprocess.Popen[bytes]:
        rejects = str(self.data.parent / "rejects")
        words = ["--rejects", rejects, "--jurisdiction", PLAN.jurisdiction, "--json"]
        return self.mingzhang("import", str(self.files), *words)

    def finish(self, process: subprocess.Popen[bytes], seconds: int = 120) -> tuple[int, bytes]:
        out, _ = process.communicate(timeout=seconds)
        return process.returncode, out


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("county")
    make_county(PLAN, folder)
    return folder


@pytest.mark.soak
@pytest.mark.parametrize("round_no", range(ROUNDS))
def test_a_crash_loses_nothing_acknowledged_and_doubles_nothing(round_no: int, files: Path, tmp_path: Path) -> None:
    chance = random.Random(round_no)
    town = Town(tmp_path / "data", files / "files")
    with EmbeddedServer(town.data) as server:  # keeps the book's folder in one place; the server itself is killed
        url = server.start()
    grants_file = str(town.files / "grants.csv")
    opened, _ = town.finish(town.mingzhang("import", grants_file, "--jurisdiction", PLAN.jurisdiction))
    assert opened == 0

    with Serving(town) as client:
        importer = town.importer()
        time.sleep(chance.uniform(0.3, 6.0))
        victim = chance.choice(("importer", "server", "postgresql"))
        kill(victim, town, importer, client.process)
        with suppress(subprocess.TimeoutExpired):
            importer.wait(timeout=60)
        importer.kill()
        importer.wait()

    code, out = town.finish(town.importer())
    assert code == 0, f"the import could not be completed after {victim} was killed"
    reports = json.loads(out)
    expected = json.loads((files / "expected.json").read_text(encoding="utf-8"))
    for report in reports:
        assert report["recorded"] + report["known"] == expected["rows"].get(report["kind"], 0)

    with EmbeddedServer(town.data) as server, psycopg.connect(server.start()) as conn:
        first, last, count = conn.execute("select min(position), max(position), count(*) from book.event").fetchone()
        assert (first, last) == (1, count), "the positions have a hole"
        for document_no, position in town.acknowledged.items():
            payload = conn.execute("select payload from book.event where position = %s", [position]).fetchone()
            assert payload is not None, f"{document_no} was acknowledged at {position} and is gone"
            assert json.loads(payload[0])["document_no"] == document_no
        doubled = conn.execute(
            "select convert_from(payload, 'UTF8')::json ->> 'document_no' as d, count(*) from book.event "
            "where topic = 'funding.grant_issued.v1' group by d having count(*) > 1"
        ).fetchall()
        assert doubled == []
        assert url
    rebuilt, _ = town.finish(town.mingzhang("rebuild"))
    assert rebuilt == 0, "the projections differ from a rebuild"

    code, out = town.finish(town.mingzhang("funds", "--as-of", "2025-12-31", "--json"))
    funds = {(r["category"], r["level"], r["year"]): r for r in json.loads(out)}
    for fund in expected["funds"]:
        assert funds[fund["category"], fund["level"], fund["year"]]["settled_fen"] == fund["settled_fen"]


def kill(victim: str, town: Town, importer: subprocess.Popen[bytes], server: subprocess.Popen[bytes]) -> None:
    if victim == "postgresql":
        pid_file = cluster_of(town.data) / "postmaster.pid"
        with suppress(FileNotFoundError, ProcessLookupError):
            os.kill(int(pid_file.read_text().splitlines()[0]), signal.SIGKILL)
        return
    process = importer if victim == "importer" else server
    with suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGKILL)


def cluster_of(data: Path) -> Path:
    location = data / "location"
    if location.exists():
        lines = location.read_text(encoding="utf-8").splitlines()
        return Path(next(line.removeprefix("cluster: ") for line in lines if line.startswith("cluster: ")))
    return data / "postgres"


@dataclass
class Client:
    process: subprocess.Popen[bytes]


class Serving:
    """``mingzhang serve`` with a client that posts grants and remembers which were acknowledged at which position."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.stop = threading.Event()

    def __enter__(self) -> Client:
        code, out = self.town.finish(
            self.town.mingzhang("token", "--staff", "G001", "--role", "finance", "--region", PLAN.region)
        )
        assert code == 0
        self.token = out.decode().split()[-1]
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process = self.town.mingzhang("serve", "--port", str(self.port))
        self.thread = threading.Thread(target=self._post, daemon=True)
        self.thread.start()
        return Client(self.process)

    def __exit__(self, *exc: object) -> None:
        self.stop.set()
        self.thread.join(timeout=30)
        with suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def _post(self) -> None:
        for number, body in enumerate(grants()):
            if self.stop.is_set():
                return
            headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": f"crash-{number}"}
            with suppress(httpx.HTTPError):
                url = f"http://127.0.0.1:{self.port}/api/v1/grants"
                reply = httpx.post(url, json=body, headers=headers, timeout=10)
                if reply.status_code in (200, 201):
                    self.town.acknowledged[body["document_no"]] = reply.json()["position"]
            time.sleep(0.02)


def grants() -> Iterator[dict[str, str | int]]:
    number = 0
    while True:
        number += 1
        yield {
            "document_no": f"测财〔2025〕{number}号",
            "issued_on": "2025-03-01",
            "level": "市级",
            "category": "崩溃测试资金",
            "budget_year": 2025,
            "region": PLAN.region,
            "amount_fen": 100,
        }
