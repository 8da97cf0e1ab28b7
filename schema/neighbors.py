"""Neighbours: the record before and the one after in the very list that one came from (上一页, 下一页; domain §1.3).

What ``ListContext`` offers is read off the query's own lists: each with the filter and the order that the list itself
takes. How neighbours are found is the planner's matter (``resolvers.neighbors``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ForwardRef, cast

import sqlalchemy as sa
import strawberry

from authz.scopes import NEIGHBORS
from schema.declare import Relation, Row, declarations, field, targets, type_name
from schema.inputs import MADE_OF, filter_name, graphql_names, order_name, publish

SHAPE = sa.table(
    "neighbors",
    sa.column("previous_id", sa.Text),
    sa.column("next_id", sa.Text),
    sa.column("position", sa.Integer),
    sa.column("total", sa.Integer),
    sa.column("uscc", sa.Text),
)
"""``uscc`` are the enterprises whose data were read, comma-joined, where the audit trail has to be told."""


@strawberry.type(description="列表中的上一条与下一条")
class Neighbors(Row, table=SHAPE, scope=NEIGHBORS, key=("total",)):
    """Told by sort key and not by membership: a record just reviewed has left its queue, and still has neighbours."""

    previous_id: strawberry.ID | None = field("上一条的标识，第一条之前为空")
    next_id: strawberry.ID | None = field("下一条的标识，最后一条之后为空")
    position: int | None = field("在列表中的位置，从 1 起；已不在列表中的记录为空")
    total: int = field("列表的总数")


LIST_CONTEXT = cast("Any", Annotated)[ForwardRef("ListContext"), strawberry.lazy("schema.inputs")]
"""The input that ``offer_lists`` declares once the query's lists are known."""

LISTS: dict[str, tuple[Relation, type[Row]]] = {}
"""The lists that have neighbours, by GraphQL name."""


def _lists(query: type[Any]) -> Mapping[str, tuple[Relation, type[Row]]]:
    """Those of the query's lists whose rows are stored records of enterprises."""
    return {
        graphql_names(query)[name]: (relation, targets(query)[name])
        for name, relation in declarations(query).items()
        if isinstance(relation, Relation)
        and relation.paged
        and not (relation.of or relation.source or relation.arguments)
        and "uscc" in targets(query)[name].__row__.table.c
    }


def offer_lists(query: type[Any]) -> None:
    """Declare ``ListContext`` among the inputs: one of the query's lists, as it was asked for."""
    LISTS.update(_lists(query))
    annotations: dict[str, object] = {}
    names: dict[str, str] = {}
    for name, (_relation, target) in LISTS.items():
        kind = f"{type_name(target)}ListContext"
        if f"{kind} | None" not in annotations.values():
            members: dict[str, object] = {
                "filter": f"{filter_name(target)} | None",
                "order_by": f"list[{order_name(target)}] | None",
            }
            words = "打开列表时的筛选与排序；都不填即默认列表"
            publish(kind, members, {"filter": "filter", "order_by": "orderBy"}, words)
        annotations[name], names[name] = f"{kind} | None", name
    MADE_OF["ListContext"] = query
    publish("ListContext", annotations, names, "从哪个列表打开记录：只填其中一个", one_of=True)
