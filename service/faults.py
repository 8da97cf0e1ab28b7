"""What the database's own failures mean to a client: too long, too much, or not there just now."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import asyncpg

from authz.errors import TimedOut, TooComplex, Unavailable

GONE = ("08", "57P", "53", "55000", "3D000", "28000")
"""SQLSTATEs of a server that ends, refuses or cannot take connections: classes, or whole states."""


@contextmanager
def database_faults(what: str = "查询") -> Generator[None]:
    """Turn the database's failures into errors for people.

    Raises:
        TimedOut: the statement ran into its time limit.
        TooComplex: the server could not take the statement.
        Unavailable: the server cannot be reached.
    """
    try:
        yield
    except asyncpg.QueryCanceledError:
        raise TimedOut(f"{what}超时，请缩小范围后重试", detail="statement timeout") from None
    except asyncpg.StatementTooComplexError:
        raise TooComplex(f"{what}过于复杂，请拆成几次", detail="statement too complex") from None
    except (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError, TimeoutError) as error:
        # InternalClientError: the server ended an idle connection, and asyncpg has not read all of its farewell yet.
        raise Unavailable("数据库暂时无法连接，请稍后重试", detail=type(error).__name__) from error
    except asyncpg.PostgresError as error:
        if not str(getattr(error, "sqlstate", "")).startswith(GONE):
            raise
        raise Unavailable("数据库暂时无法连接，请稍后重试", detail=type(error).__name__) from error
