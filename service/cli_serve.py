"""``keqi serve`` and ``keqi demo``."""

from __future__ import annotations

from typing import Annotated

import typer

from service import demo as demonstration
from service.server import listen, serve, serve_many, url_of
from service.terminal import ERR, settings

Host = Annotated[str | None, typer.Option(help="监听地址，默认取 KEQI_HOST。 Address to listen on.")]
Port = Annotated[int | None, typer.Option(min=0, max=65535, help="监听端口，默认取 KEQI_PORT。 Port; 0: any free one.")]


def serve_command(
    host: Host = None,
    port: Port = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="进程数。 Processes, all on one socket.")] = 1,
) -> None:
    """启动查询服务，按 Ctrl-C 停止。 Serve until Ctrl-C; a second one stops at once."""
    chosen = settings()
    sock = listen(host or chosen.host, chosen.port if port is None else port)
    ERR.print(f"科企 keqi → {url_of(sock)}  (Ctrl-C 停止)")
    if workers == 1:
        serve(chosen, sock)
    else:
        serve_many(chosen, sock, workers)


def demo_command(
    host: Host = None,
    port: Port = None,
    enterprises: Annotated[int, typer.Option(min=1, help="示例企业数。 Enterprises to make up.")] = 2000,
    years: Annotated[int, typer.Option(min=1, max=10, help="年报年数。 Years of reports each.")] = 5,
) -> None:
    """一条命令体验：数据库、示例数据、令牌、查询示例，然后启动服务。 Database, data, tokens, queries, server."""
    chosen = settings()
    sock = listen(host or chosen.host, chosen.port if port is None else port)
    with demonstration.prepared(chosen, enterprises=enterprises, years=years) as samples:
        demonstration.show(url_of(sock), samples)
        serve(chosen, sock)
