"""Workbooks and csv files against the reference: the rows on screen, what is told of them, and not one byte unseen."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from typing import Any

from tests.reference.asked import Asked
from tests.reference.asking import Response
from tests.reference.comparing import Person
from tests.reference.operations import Operation
from tests.reference.sheets import Flattener, csv_rows, everything, same_cell, same_field, workbook

PARTS = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|docProps/(app|core)\.xml|xl/_rels/workbook\.xml\.rels|xl/workbook\.xml"
    r"|xl/styles\.xml|xl/sharedStrings\.xml|xl/theme/theme1\.xml|xl/worksheets/sheet\d+\.xml"
)
"""All that a workbook is made of: no comments, no custom properties, no caches, no links, no macros."""
NO_FILE = ("nothing to export", "without nodes", "lists in one csv")
"""What is said of operations that no file can hold."""


@dataclass(frozen=True)
class ExpectedFile:
    """What one person's file of one operation has to hold; ``sheets`` is None where it has to be refused."""

    person: Person
    operation: Operation
    asked: Asked
    sheets: list[list[list[Any]]] | None
    redacted: str

    @classmethod
    def of(cls, person: Person, operation: Operation) -> ExpectedFile:
        """Flatten the reference's rows."""
        asked = Asked.of(operation.document, operation.variables, person.sight)
        if asked.refused:
            return cls(person, operation, asked, None, "")
        flattener = Flattener(person.reference(whole_lists=True), asked)
        sheets = flattener.flattened(operation.document)
        return cls(person, operation, asked, sheets, ",".join(sorted(asked.masked | flattener.hidden)))

    @property
    def rows(self) -> int:
        """Rows of all sheets."""
        return sum(map(len, self.sheets or ()))

    def check(self, response: Response, file_format: str) -> bool:
        """The file holds the reference's rows, or is refused as it should be; tells whether there is one.

        Raises:
            AssertionError: it does not.
        """
        if self.sheets is None:
            assert response.json["errors"][0]["extensions"]["code"] in ("FORBIDDEN", "BAD_USER_INPUT"), response
            self._keeps_secrets(response.body.decode())
            return False
        if response.status != 200:
            assert any(reason in response.body.decode() for reason in NO_FILE), response
            return False
        assert response.headers["x-total-rows"] == str(self.rows)
        assert response.headers.get("x-redacted", "") == self.redacted
        if file_format == "csv":
            assert_same_lines(self.sheets[0], response)
            self._keeps_secrets(response.body.decode())
        else:
            assert_same_sheets(self.sheets, response)
            assert_only_known_parts(response.body)
            self._keeps_secrets(everything(response.body).decode("utf-8", "replace"))
        return True

    def _keeps_secrets(self, text: str) -> None:
        leaked = self.person.canaries.leaked(text, self.operation.text)
        assert not leaked, leaked


def assert_same_sheets(expected: list[list[list[Any]]], response: Response) -> None:
    """The data sheets of a workbook hold these cells."""
    found = list(workbook(response.body).values())
    assert [len(sheet) for sheet in found] == [len(sheet) for sheet in expected]
    for wanted, sheet in zip(expected, found, strict=True):
        for ours, theirs in zip(wanted, sheet, strict=True):
            assert len(ours) == len(theirs)
            assert all(map(same_cell, ours, theirs)), (ours, theirs)


def assert_same_lines(expected: list[list[Any]], response: Response) -> None:
    """The lines of a csv file hold these fields."""
    found = csv_rows(response.body)
    assert len(found) == len(expected)
    for ours, theirs in zip(expected, found, strict=True):
        assert len(ours) == len(theirs)
        assert all(map(same_field, ours, theirs)), (ours, theirs)


def assert_only_known_parts(content: bytes) -> None:
    """A workbook has no part but those we know, and its properties tell nothing of anybody."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        unknown = [name for name in archive.namelist() if not PARTS.fullmatch(name)]
        properties = archive.read("docProps/core.xml").decode()
    assert not unknown, unknown
    assert re.findall(r"<dc:creator>([^<]*)</dc:creator>", properties) == ["keqi"]
    assert "lastModifiedBy" not in properties
