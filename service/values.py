"""How much JSON a request may bring: counted in one pass, before any of it is coerced to a type.

Looks at shape and number alone; what a value means is the schema's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from authz.errors import TooComplex

MAX_NESTING = 64
"""Objects and lists within each other. A filter twelve deep has half as many; what walks them walks recursively."""
MAX_NAME = 1_000
"""Characters of a key of an object; graphql-core compares it with every name that there is."""


@dataclass(frozen=True, slots=True)
class ValueLimits:
    """What the variables of one request may be: elements of any one list, values altogether."""

    list_length: int = 5_000
    total: int = 10_000


def check_values(variables: Mapping[str, Any], limits: ValueLimits) -> int:
    """Refuse variables that are too many, too long or too deep; how many there are.

    Raises:
        TooComplex: they are.
    """
    pending: list[tuple[Any, int]] = [(variables, 1)]
    total = 0
    while pending:
        container, depth = pending.pop()
        if depth > MAX_NESTING:
            raise TooComplex(f"变量嵌套超过 {MAX_NESTING} 层", detail="variables nested too deeply")
        size, is_list = len(container), type(container) is list
        if is_list and size > limits.list_length:
            message = f"列表最多 {limits.list_length:,} 个元素，请分批查询"
            raise TooComplex(message, detail=f"list of {size} elements, limit {limits.list_length}")
        total += size
        if total > limits.total:
            raise TooComplex(f"变量最多含 {limits.total:,} 个值，请分批查询", detail=f"more than {limits.total} values")
        if not is_list and any(len(name) > MAX_NAME for name in container):
            raise TooComplex(f"变量中的名称最多 {MAX_NAME} 个字符", detail=f"name over {MAX_NAME} characters")
        inner: Iterable[Any] = container if is_list else container.values()
        pending += [(each, depth + 1) for each in inner if type(each) in (dict, list)]
    return total
