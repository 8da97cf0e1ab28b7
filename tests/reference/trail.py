"""Lines that stand in the audit trail before anybody asks: of every kind and reader, written as the service writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from authz.audit import Line, opened_trail
from authz.audit_keys import AuditKey
from authz.principal import PUBLIC, Principal
from db.enums import AuditKind
from tests.reference.rows import PLANTED

REASONS = (None, '核实"联系人"', "<&>'😀\\", "=1+1", "重复")
LONG = 1_500
"""Enterprises of a read so broad that its line keeps them apart."""


async def planted(url: str, people: Mapping[str, Principal], secret: str) -> None:
    """Write the lines."""
    async with opened_trail(url, AuditKey.of_secret(secret.encode())) as trail:
        for line in lines([*people.values(), PUBLIC], [who.uscc for who in people.values() if who.uscc is not None]):
            await trail.promise(line)


def lines(readers: list[Principal], own: list[str]) -> Iterator[Line]:
    """Each reader once of each kind, over one of the enterprises that ask, over both, over none and over very many."""
    many = [*own, *(f"91500000MA{number:08d}" for number in range(LONG))]
    touched: tuple[list[str], ...] = ([own[0]], own, [], ["91500112MA5U000000", own[1]], many)
    for at, who in enumerate(readers * len(AuditKind)):
        kind = list(AuditKind)[at // len(readers)]
        subjects = touched[at % len(touched)]
        yield Line(
            kind=kind,
            principal=who,
            operation=("-", "Contacts", f"zq8{at:05d}")[at % 3],
            fields=(f"enterprises.nodes.zq7{at:05d}", "a1.b"),
            rows=len(subjects),
            subjects=",".join(subjects).encode(),
            filter=("", f'{{"enterprises": {{"search": "zq6{at:05d}%"}}}}')[at % 2],
            client=f"2001:db8::{at:x}",
            request_id=f"{PLANTED}-{at}",
            outcome=("ok", "FORBIDDEN")[kind is AuditKind.REFUSAL],
            reason=REASONS[at % len(REASONS)] if kind is AuditKind.REVEAL else None,
        )
