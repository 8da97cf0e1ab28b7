"""The one enum of error codes (design, service contract) and the exceptions that carry them."""

from __future__ import annotations

import enum


class ErrorCode(enum.StrEnum):
    """Every code a client can meet in ``extensions.code``."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    VERSION_CONFLICT = "VERSION_CONFLICT"
    INVALID_STATE = "INVALID_STATE"
    QUERY_TOO_COMPLEX = "QUERY_TOO_COMPLEX"
    RATE_LIMITED = "RATE_LIMITED"
    TIMEOUT = "TIMEOUT"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"


class KeqiError(Exception):
    """An error for people: Chinese message that says what to do, English detail for developers.

    ``field`` names the argument, setting or column at fault; ``path`` is the response path in the
    operation, where one is known.
    """

    code: ErrorCode = ErrorCode.INTERNAL

    def __init__(
        self,
        message: str,
        *,
        detail: str = "",
        field: str | None = None,
        path: tuple[str | int, ...] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail
        self.field = field
        self.path = path
        self.noted = ""
        """What the audit trail calls that which was asked, by the schema's names; never told to whoever asked."""

    def formatted(self) -> dict[str, object]:
        """The error as GraphQL's response format wants it."""
        extensions: dict[str, object] = {"code": self.code.value}
        if self.detail:
            extensions["detail"] = self.detail
        if self.field is not None:
            extensions["field"] = self.field
        error: dict[str, object] = {"message": self.message, "extensions": extensions}
        if self.path:
            error["path"] = list(self.path)
        return error


class BadUserInput(KeqiError):
    """An argument has a value that cannot be used."""

    code = ErrorCode.BAD_USER_INPUT

    def __init__(self, field: str, message: str, *, detail: str = "", path: tuple[str | int, ...] = ()) -> None:
        super().__init__(message, detail=detail, field=field, path=path)


class Unauthenticated(KeqiError):
    """No principal, or a token that is not (or no longer) valid."""

    code = ErrorCode.UNAUTHENTICATED


class Forbidden(KeqiError):
    """A field or action the role may never have."""

    code = ErrorCode.FORBIDDEN


class NotFound(KeqiError):
    """No such record among those the principal may see; existence elsewhere stays hidden."""

    code = ErrorCode.NOT_FOUND


class TooComplex(KeqiError):
    """A limit on depth, aliases, root fields, tokens, page size or cost was passed."""

    code = ErrorCode.QUERY_TOO_COMPLEX


class RateLimited(KeqiError):
    """Too many requests of one principal."""

    code = ErrorCode.RATE_LIMITED


class TimedOut(KeqiError):
    """The statement ran into its time limit."""

    code = ErrorCode.TIMEOUT


class Unavailable(KeqiError):
    """The database cannot be reached, or the service is stopping."""

    code = ErrorCode.UNAVAILABLE
