"""The town that the leak tests ask is hostile: what breaks careless programs stands in it, seen and unseen."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from authz.principal import Role
from tests.reference.canaries import meaning
from tests.reference.comparing import Person
from tests.reference.fixtures import Place
from tests.reference.operations import Operation

TEXTS = ("name", "legal_representative", "registered_address", "contact_name", "research_contact_email")


def _is_right_to_left(text: str) -> bool:
    return any(unicodedata.bidirectional(ch) in ("R", "AL", "RLO") for ch in text)


AWKWARD: dict[str, Callable[[Any], bool]] = {
    "nothing": lambda value: value is None,
    "an empty text": lambda value: value == "",
    "percent": lambda value: isinstance(value, str) and "%" in value,
    "underscore": lambda value: isinstance(value, str) and "_" in value,
    "backslash": lambda value: isinstance(value, str) and "\\" in value,
    "a quote": lambda value: isinstance(value, str) and "'" in value,
    "200 characters": lambda value: isinstance(value, str) and len(value) == 200,
    "full-width letters": lambda value: isinstance(value, str) and "\uff21\uff22\uff23" in value,
    "combining marks": lambda value: isinstance(value, str) and any(map(unicodedata.combining, value)),
    "beyond the first plane": lambda value: isinstance(value, str) and any(ord(ch) > 0xFFFF for ch in value),
    "joined emoji": lambda value: isinstance(value, str) and "\u200d" in value,
    "right to left": lambda value: isinstance(value, str) and _is_right_to_left(value),
    "control characters": lambda value: isinstance(value, str) and "\x01" in value,
    "spaces around": lambda value: isinstance(value, str) and value.strip(" ") != value,
    "a formula": lambda value: isinstance(value, str) and value[:1] in ("=", "+", "-", "@"),
}


@pytest.mark.parametrize("what", AWKWARD)
def test_every_awkward_text_is_seen_by_one_and_hidden_from_another(place: Place, what: str) -> None:
    is_awkward = AWKWARD[what]
    rows = [row for row in place.full.rows("Enterprise") if any(is_awkward(row[name]) for name in TEXTS)]
    assert rows, "nowhere"
    reports = [
        row for row in place.full.rows("AnnualReport") if is_awkward(row["name"]) or is_awkward(row["reporter_name"])
    ]
    units = {row["unit_code"] for row in (*rows, *reports)}
    assert len(units) > 1 or len(rows) == 1, units


def test_equal_values_stand_in_rows_of_several_units(place: Place) -> None:
    for name in ("name", "contact_name", "contact_mobile", "registered_capital"):
        rows = place.full.rows("Enterprise")
        often = Counter(row[name] for row in rows if row[name] is not None).most_common(1)[0][0]
        units = {row["unit_code"] for row in rows if row[name] == often}
        assert len(units) > 1, (name, often)


def test_amounts_are_negative_tiny_and_as_large_as_can_be(place: Place) -> None:
    reports = place.full.rows("AnnualReport")
    amounts = {row[name] for row in reports for name in ("net_profit", "total_profit", "tax_paid", "total_liabilities")}
    found = {amount for amount in amounts if amount is not None}
    assert min(found) == Decimal("-99999999999999.999")
    assert max(found) == Decimal("99999999999999.999")
    assert Decimal("0.001") in found
    assert Decimal("-0.001") in found
    assert None in amounts


def test_a_search_for_what_like_would_misread_finds_what_stands_there(place: Place) -> None:
    names = [row["name"] for row in place.full.rows("Enterprise")]
    for text in ("%", "_", "\\", "100%_\\"):
        asked = Operation(
            "query ($text: String!) { enterprises(filter: {search: $text}) { totalCount } }", {"text": text}
        )
        count = Person(place, "bureau").ask(asked).json["data"]["enterprises"]["totalCount"]
        assert 0 < count < len(names)


def test_every_role_has_rows_out_of_its_sight(place: Place) -> None:
    for name, who in place.people.items():
        person = Person(place, name)
        hidden = any(
            len(person.world.tables.get(table, ())) < len(rows)
            for table, rows in place.full.tables.items()
            if table not in ("unit", "data_sharing_consent")
        )
        assert hidden or who.role is Role.PLATFORM_ADMIN, name
        assert person.canaries.secret, name


@pytest.mark.parametrize(
    ("name", "order", "shown"),
    [
        ("bureau", "CONTACT_MOBILE", "****"),
        ("analyst", "RESEARCH_CONTACT_EMAIL", "***"),
        ("admin", "CONTACT_NAME", "*"),
        ("bank_a", "LEGAL_REPRESENTATIVE", None),
    ],
)
def test_a_cursor_holds_what_is_visible_of_its_row_and_is_sealed(
    place: Place, name: str, order: str, shown: str | None
) -> None:
    person = Person(place, name)
    document = f"{{ enterprises(first: 200, orderBy: {{field: {order}}}) {{ edges {{ cursor node {{ uscc }} }} }} }}"
    response = person.ask(Operation(document, {}))
    seen = {row["uscc"]: row for row in person.world.rows("Enterprise")}
    for edge in response.json["data"]["enterprises"]["edges"]:
        opened = meaning(edge["cursor"])
        assert edge["node"]["uscc"] in opened
        value = seen[edge["node"]["uscc"]][order.lower()]
        assert shown is None or value is None or shown in opened
        assert value is not None or "null" in opened
    assert not person.canaries.leaked(response.body.decode(), document)
