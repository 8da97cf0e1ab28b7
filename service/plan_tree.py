"""A plan drawn for people: what is asked as a tree, a number wherever a scope or a rule takes part, and its sentence.

Draws only; what took part is ``service/explanation.py``'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from dataclasses import field as attribute

from rich.text import Text
from rich.tree import Tree

from authz.predicates import Predicate
from authz.rules import Verdict
from planner.plan import Facet, Group, Item, Leaf, Link, Pages, Values
from schema.given import ResponsePath
from schema.trace import Opened, Ruled
from service.explanation import Explanation

CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
LEGEND = (
    "行 rows that satisfy it · 掩 masked · 空 null where it does not hold · 已含 implied by the rows it is reached from"
)
STYLES = {"行": "cyan", "掩": "yellow", "空": "magenta", "已含": "dim"}
"""What a sign says of the number behind it; see ``LEGEND``."""


@dataclass(slots=True)
class Drawing:
    """One explanation being drawn; sentences are numbered as they come up."""

    explanation: Explanation
    sentences: dict[str, str] = attribute(default_factory=dict[str, str])
    _ruled: dict[ResponsePath, list[Ruled]] = attribute(default_factory=dict[ResponsePath, list[Ruled]])
    _opened: dict[ResponsePath, list[Opened]] = attribute(default_factory=dict[ResponsePath, list[Opened]])

    def __post_init__(self) -> None:
        """Sort what took part by where it did."""
        for ruled in self.explanation.trace.ruled:
            where = ruled.path if ruled.path is not None else ruled.at
            self._ruled.setdefault(where, []).append(ruled)
        for opened in self.explanation.trace.opened:
            self._opened.setdefault(opened.path, []).append(opened)

    def tree(self) -> Tree:
        """What is asked, with signs and numbers."""
        tree = Tree(Text("查询", style="bold"), guide_style="dim")
        for item in self.explanation.plan.roots:
            self._item(tree, item)
        return tree

    def legend(self) -> Iterator[Text]:
        """The numbered sentences, and what the signs say."""
        for sentence, number in self.sentences.items():
            yield Text(f"  {number} {sentence}")
        if self.sentences:
            yield Text(f"  {LEGEND}", style="dim")

    def _item(self, tree: Tree, item: Item) -> None:
        match item:
            case Leaf():
                tree.add(self._label(item.key, item.column.label, item.path))
            case Group():
                described = vars(item.target)["__strawberry_definition__"].description
                self._items(tree.add(self._label(item.key, described, item.path)), item.items)
            case Link():
                branch = tree.add(self._label(item.key, item.relation.label, item.path))
                self._arguments(branch, item.path)
                self._items(branch, item.items)
            case Pages():
                rows = "整个列表" if item.size is None else f"每页 {item.size} 行"
                branch = tree.add(self._label(item.key, f"{item.relation.label}，{rows}", item.path))
                self._arguments(branch, item.path)
                self._facets(branch, item.facets)
            case Values():
                self._items(tree.add(self._label(item.key, "所选字段", item.path)), item.columns)
            case _:
                tree.add(Text(item.key))

    def _items(self, tree: Tree, items: Iterable[Item]) -> None:
        for item in items:
            self._item(tree, item)

    def _facets(self, tree: Tree, facets: Iterable[Facet]) -> None:
        for facet in facets:
            branch = tree.add(Text(facet.key))
            self._items(branch, facet.items)
            self._facets(branch, facet.facets)

    def _label(self, key: str, label: str, path: ResponsePath) -> Text:
        text = Text(key)
        text.append(f" {label}" if label else "", style="dim")
        for opened in self._opened.get(path, ()):
            if opened.asked is None:
                self._scope(text, opened)
                break  # what else is opened there is read by a computed field, and listed among the scopes
        for ruled in self._ruled.get(path, ()):
            if ruled.path is not None:
                self._rule(text, ruled)
        return text

    def _arguments(self, tree: Tree, path: ResponsePath) -> None:
        """What filters and orders read of rows and fields that a rule restricts."""
        lines: dict[str, Text] = {}
        for opened in self._opened.get(path, ()):
            if opened.asked is not None:
                self._scope(lines.setdefault(opened.asked, Text(opened.asked, style="italic")), opened)
        for ruled in self._ruled.get(path, ()):
            if ruled.asked is not None and ruled.verdict is not Verdict.FULL:
                self._rule(lines.setdefault(ruled.asked, Text(ruled.asked, style="italic")), ruled)
        for name, line in lines.items():
            if line.plain != name:
                tree.add(line)

    def _scope(self, text: Text, opened: Opened) -> None:
        for predicate in opened.predicates:
            self._sign(text, "已含" if predicate.name in opened.folded else "行", predicate.reason)

    def _rule(self, text: Text, ruled: Ruled) -> None:
        if ruled.verdict is Verdict.MASKED:
            self._sign(text, "掩", ruled.rule.reason)
        elif isinstance(ruled.verdict, Predicate):
            sign, sentence = ("已含", ruled.verdict.reason) if ruled.folded else ("空", ruled.verdict.otherwise)
            self._sign(text, sign, sentence)

    def _sign(self, text: Text, sign: str, sentence: str) -> None:
        count = len(self.sentences)
        number = self.sentences.setdefault(sentence, CIRCLED[count] if count < len(CIRCLED) else f"({count + 1})")
        if f" {sign}{number}" not in text.plain:  # a value that is computed or compared may be read several times
            text.append(f" {sign}{number}", style=STYLES[sign])


_BITS = re.compile(r"B'0{9,}(1?0*)'")
_JOIN = re.compile(r"(?<!OUTER) (?=(?:LEFT OUTER )?JOIN )")


def readable(sql: str) -> str:
    """A statement for the eye: a line for each clause, deeper ones further in, the long bit masks cut short."""
    lines: list[str] = []
    depth = 0
    for line in _JOIN.sub("\n", _BITS.sub(r"B'0…\1'", sql)).splitlines():
        lines.append(f"{'  ' * depth}{line.strip()}")
        bare = re.sub(r"'(?:[^']|'')*'", "", line)
        depth = max(0, depth + bare.count("(") - bare.count(")"))
    return "\n".join(lines)
