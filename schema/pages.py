"""Lists that can grow: connections with keyset cursors, in Relay's shape. What a page holds is the planner's matter."""

from __future__ import annotations

from typing import Generic, TypeVar

import strawberry

Node = TypeVar("Node")


@strawberry.type(description="分页信息")
class PageInfo:
    """Whether more lies before or after a page, and the cursors to ask for it."""

    has_next_page: bool = strawberry.field(description="是否有下一页")
    has_previous_page: bool = strawberry.field(description="是否有上一页")
    start_cursor: str | None = strawberry.field(description="首条游标")
    end_cursor: str | None = strawberry.field(description="末条游标")


@strawberry.type(description="列表中的一条及其游标")
class Edge(Generic[Node]):
    """A row with its cursor."""

    cursor: str = strawberry.field(description="游标")
    node: Node = strawberry.field(description="记录")


@strawberry.type(description="分页列表")
class Connection(Generic[Node]):
    """A page of rows. ``total_count`` costs a count, and only where it is selected."""

    nodes: list[Node] = strawberry.field(description="记录")
    edges: list[Edge[Node]] = strawberry.field(description="记录及其游标")
    page_info: PageInfo = strawberry.field(description="分页信息")
    total_count: int = strawberry.field(description="总数")
