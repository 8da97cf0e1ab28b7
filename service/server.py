"""The HTTP server of a process: its socket, its signals, its end. What is served is ``app.py``'s."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import socket
from contextlib import AsyncExitStack, contextmanager
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.supervisors import Multiprocess

from authz.errors import BadUserInput, KeqiError, Unavailable
from db.migrate import upgrade
from service import logs
from service.app import KeqiApp
from service.keys import signing_secret
from service.lifecycle import database_url
from service.protocol import Patience, ServerConfig

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import FrameType

    from service.settings import Settings

BACKLOG = 2048
FORCED = 1
KEEP_ALIVE_SECONDS = 75  # longer than load balancers keep idle connections, so none is reused as it closes


class Server(uvicorn.Server):
    """uvicorn, telling the app at once that it stops: readiness fails while running requests finish."""

    def __init__(self, config: uvicorn.Config, app: KeqiApp) -> None:
        super().__init__(config)
        self._app = app

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """First signal: finish what runs, then stop. A second Ctrl-C: end the process at once.

        The database rolls back what was running, and the embedded server's watcher stops it.
        """
        if self.should_exit and sig == signal.SIGINT:
            os._exit(FORCED)
        if self._app.state is not None:
            self._app.state.is_stopping = True
        super().handle_exit(sig, frame)


def listen(host: str, port: int) -> socket.socket:
    """A socket on the address, before anything else is started.

    Raises:
        BadUserInput: the port is taken, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        if error.errno == errno.EADDRINUSE:
            raise Unavailable(
                f"端口 {port} 已被占用，请先停止占用它的程序，或换一个端口：--port {port + 1}",
                detail=f"{host}:{port} is in use",
            ) from error
        message = f"无法在 {host}:{port} 上监听，请检查 KEQI_HOST 与 KEQI_PORT"
        raise BadUserInput("KEQI_HOST", message, detail=os.strerror(error.errno or 0)) from error
    sock.set_inheritable(True)
    return sock


def url_of(sock: socket.socket) -> str:
    """The address to open in a browser."""
    host, port = sock.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{shown}:{port}"


def serve(settings: Settings, sock: socket.socket) -> None:
    """Serve in this process until a signal says stop; comes back when all is closed.

    Raises:
        KeqiError: the service could not start; says what to do.
    """
    logs.configure(settings)
    app = KeqiApp(settings)
    server = Server(_config(settings, app), app)
    with _stop_is_no_error():
        try:
            server.run(sockets=[sock])
        except SystemExit:
            if app.failure is None:
                raise
    if isinstance(app.failure, KeqiError):
        raise app.failure
    if app.failure is not None:
        raise Unavailable("服务无法启动，原因见上方日志", detail=type(app.failure).__name__)


def serve_many(settings: Settings, sock: socket.socket, workers: int) -> None:
    """Serve with several processes on one socket; each has a pool, caches and metrics of its own.

    The embedded server belongs to this process too, so that it outlives every worker. Workers read their settings
    from the environment.

    Raises:
        KeqiError: the service could not start; says what to do.
    """
    logs.configure(settings)
    os.environ["KEQI_SECRET"] = signing_secret(settings).decode()
    with _stop_is_no_error(), asyncio.Runner() as runner:
        stack = AsyncExitStack()
        try:
            url = runner.run(database_url(settings, stack))
            if settings.is_embedded:
                runner.run(upgrade(url))
            os.environ["KEQI_DATABASE_URL"] = url
            config = _config(settings, "service.app:create_app", workers=workers)
            Multiprocess(config, sockets=[sock]).run()
        finally:
            runner.run(stack.aclose())


@contextmanager
def _stop_is_no_error() -> Generator[None]:
    """Take a stop by Ctrl-C or SIGTERM as the ordinary end, whatever was running, with everything closed behind it."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)


def _config(settings: Settings, app: KeqiApp | str, workers: int = 1) -> uvicorn.Config:
    return ServerConfig(
        app,
        patience=Patience(
            request_seconds=settings.request_seconds,
            stall_seconds=settings.stall_seconds,
            head_bytes=settings.max_header_bytes,
            connections=settings.max_connections,
        ),
        factory=isinstance(app, str),
        workers=workers,
        loop="auto",
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,  # whom to believe is KEQI_TRUSTED_PROXIES's to say
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=round(settings.shutdown_seconds),
        backlog=BACKLOG,
    )
