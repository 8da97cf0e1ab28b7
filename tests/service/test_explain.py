"""A plan explained: to whom, what it tells, that no value and no hidden number is in it; and why a value is hidden."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from io import BytesIO
from typing import Any, cast
from urllib.parse import quote

import httpx
import openpyxl
import orjson
import pytest

from authz.predicates import Predicate
from authz.principal import PUBLIC, Principal, Role
from resolvers.schema import core
from service.policy import policy
from service.settings import Settings
from tests.fixtures.rows import uscc
from tests.fixtures.service import SECRET, Answer, Service, answer, serving
from tests.fixtures.town import ADMIN, ANALYST, BANK_A, BEIBEI, MUNICIPAL, PEOPLE, QIMING, TWO_UNITS, YUBEI
from tests.service.conftest import as_

LIST = "{ enterprises { totalCount nodes { uscc name contactMobile legalRepresentative } } }"
DEEP = """
query Deep($search: String, $year: Int, $least: Decimal) {
  enterprises(
    first: 7
    filter: {search: $search, annualReports: {some: {operation: {rdExpense: {gte: $least}}}}, legalRepresentative: "何"}
    orderBy: [{field: LEGAL_REPRESENTATIVE}]
  ) {
    totalCount
    nodes { uscc legalRepresentative annualReport(year: $year) { year operation { operatingRevenue rdIntensity } } }
    pageInfo { endCursor }
  }
}
"""


async def ask(
    service: Service, query: str, who: Principal, variables: dict[str, Any] | None = None, **extensions: Any
) -> Answer:
    """Ask with extensions."""
    body = {"query": query, "variables": variables, "extensions": extensions}
    headers = {"Accept": "application/graphql-response+json", "Content-Type": "application/json"}
    if who is not PUBLIC:
        headers["Authorization"] = service.token(who)
    return await service.post(orjson.dumps(body), headers)


async def plan_of(service: Service, query: str, who: Principal, variables: dict[str, Any] | None = None) -> Any:
    """The plan that comes with an answer."""
    found = await ask(service, query, who, variables, plan=True)
    assert found.data is not None
    return found.json["extensions"]["plan"]


@pytest.fixture(scope="module")
async def explaining(town_url: str) -> AsyncGenerator[Service]:
    """The service where everybody signed in may have a plan explained, as on a developer's machine."""
    everybody = [role for role in Role if role is not PUBLIC.role]
    async with serving(town_url, explain_roles=everybody) as service:
        yield service


# ── who may ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", PEOPLE)
async def test_only_the_inspector_gets_a_plan(town: Service, name: str) -> None:
    who = PEOPLE[name]
    sent = len(town.statements)
    found = await ask(town, "{ units { name } }", who, plan=True)
    if who is ADMIN:
        assert found.data["units"]
        assert set(found.json["extensions"]) == {"plan"}
        return
    assert found.code == ("UNAUTHENTICATED" if who is PUBLIC else "FORBIDDEN")
    assert found.status == (401 if who is PUBLIC else 403)
    assert "data" not in found.json
    assert "SELECT" not in found.body.decode()
    assert len(town.statements) == sent, "the query ran all the same"


async def test_an_installation_names_who_may(town_url: str, explaining: Service) -> None:
    for who in (ANALYST, BANK_A, YUBEI, QIMING):
        assert (await plan_of(explaining, "{ units { name } }", who))["sql"]
    assert (await ask(explaining, "{ units { name } }", PUBLIC, plan=True)).code == "UNAUTHENTICATED"
    async with serving(town_url, explain_roles=[]) as service:
        assert (await ask(service, "{ units { name } }", ADMIN, plan=True)).code == "FORBIDDEN"


async def test_the_audit_trail_keeps_a_refused_plan_and_what_an_explained_query_read(town_copy: str) -> None:
    async with serving(town_copy, explain_roles=[Role.DISTRICT_OFFICER]) as service:
        await ask(service, "query Curious { units { name } }", ANALYST, plan=True)
        await ask(service, "query Explained { enterprises { nodes { contactMobile } } }", YUBEI, plan=True)
        log = "{ auditLog { nodes { kind operation outcome fields } } }"
        lines = (await service.ask(log, as_=ADMIN)).data["auditLog"]["nodes"]
    assert sorted((line["kind"], line["operation"], line["outcome"], *line["fields"]) for line in lines) == [
        ("READ", "Explained", "ok", "Enterprise.contactMobile"),
        ("REFUSAL", "Curious", "FORBIDDEN"),
    ]


def test_the_public_cannot_be_named() -> None:
    with pytest.raises(ValueError, match="公众"):
        Settings.model_validate({"explain_roles": ["PLATFORM_ADMIN", "PUBLIC"]})


async def test_a_plan_does_not_widen_what_a_role_may_ask(explaining: Service) -> None:
    found = await ask(explaining, "{ enterprises { nodes { contactIdNumber } } }", ANALYST, plan=True)
    assert found.code == "FORBIDDEN"
    assert "extensions" not in found.json


# ── what it tells ───────────────────────────────────────────────────────────────────────────────


async def test_the_sql_is_what_ran_cold_and_from_the_cache(town_url: str) -> None:
    async with serving(town_url) as service:
        plans: list[dict[str, Any]] = [await plan_of(service, LIST, ADMIN) for _ in range(2)]
        assert [plan.pop("cached") for plan in plans] == [False, True]
        assert plans[0] == plans[1]
        assert service.statements == [plans[0]["sql"]] * 2
        unasked = await service.ask(LIST, as_=ADMIN)
        assert set(unasked.json["extensions"]) == {"redacted"}


async def test_parameters_are_told_by_where_they_come_from(explaining: Service) -> None:
    plan = await plan_of(explaining, DEEP, YUBEI, {"search": "软件", "year": 2022, "least": "1.5"})
    told = {(each["from"], each.get("variable")): each["type"] for each in plan["parameters"]}
    assert told["principal.unit", None] == "text"
    assert told["filter.search", "search"] == "text"
    assert told["year", "year"] == "integer"
    assert told["filter.annualReports.some.operation.rdExpense.gte", "least"] == "numeric"
    assert [each["name"] for each in plan["parameters"]] == [f"${n + 1}" for n in range(len(plan["parameters"]))]
    assert f"${len(plan['parameters'])}::" in plan["sql"]
    assert f"${len(plan['parameters']) + 1}" not in plan["sql"]


async def test_cost_is_the_planners_own_beside_its_limits(explaining: Service) -> None:
    query = "{ a: enterprises(first: 10) { nodes { uscc name } } units { name } }"
    cost = (await plan_of(explaining, query, MUNICIPAL))["cost"]
    assert cost["rowsTimesFields"] == {"counted": 1 + 10 + 10 + 10 + 1 + 5, "limit": 1_000_000}
    assert {name: each["counted"] for name, each in cost.items() if name != "rowsTimesFields"} == {
        "fields": 6,
        "depth": 3,
        "aliases": 1,
        "rootFields": 2,
    }


def scope(plan: Any, path: str) -> dict[str, bool]:
    """Conditions of the rows at a path, and whether each folded away."""
    found = [each for each in plan["scopes"] if each["path"] == path and "argument" not in each]
    return {condition["name"]: condition["folded"] for condition in found[0]["conditions"]}


async def test_scopes_say_what_was_checked_and_what_folded_away(explaining: Service) -> None:
    query = "{ enterprises { nodes { uscc annualReport(year: 2022) { year } basicInfo { version } } } }"
    plan = await plan_of(explaining, query, YUBEI)
    assert scope(plan, "enterprises") == {"own_units": False}
    assert scope(plan, "enterprises.nodes.annualReport") == {"own_units": True}
    assert scope(plan, "enterprises.nodes.basicInfo") == {"own_units": True, "not_draft": False}
    assert plan["scopes"][0]["conditions"][0]["reason"] == "属于本单位管辖（区县只能看到所属企业）"
    assert plan["sql"].count("unit_code = $") == 1, "what is said to be folded is not in the statement"
    bank = await plan_of(explaining, query, BANK_A)
    assert scope(bank, "enterprises.nodes.annualReport") == {"consented": True, "approved": False}
    assert scope(await plan_of(explaining, query, MUNICIPAL), "enterprises") == {}


def rule(plan: Any, kind: str, field: str) -> dict[str, Any]:
    """The rule that a field of a type follows."""
    (found,) = [each for each in plan["rules"] if each["type"] == kind and field in each["fields"]]
    return found


async def test_rules_of_every_kind_are_named_with_their_reasons(explaining: Service) -> None:
    query = """{ enterprises { nodes {
        uscc contactMobile annualReport(year: 2022) { operation { rdIntensity } opinions { reviewer } }
    } } }"""
    city = await plan_of(explaining, query, MUNICIPAL)
    assert rule(city, "Enterprise", "uscc")["rule"] == "EVERYONE"
    masked = rule(city, "Enterprise", "contactMobile")
    assert (masked["rule"], masked["verdict"]) == ("PERSONAL", "MASKED")
    assert masked["reason"].startswith("个人信息")
    assert masked["paths"] == ["enterprises.nodes.contactMobile"]
    officer = await plan_of(explaining, query, YUBEI)
    assert rule(officer, "Enterprise", "contactMobile")["verdict"] == "FULL"
    reviewer = rule(officer, "ReviewRecord", "reviewer")
    assert (reviewer["verdict"], reviewer["condition"]) == ("reviewed_here", "由本单位人员审核")
    shared = query.replace("contactMobile", "").replace("opinions { reviewer }", "")
    bank = rule(await plan_of(explaining, shared, BANK_A), "ReportOperation", "rdIntensity")
    assert (bank["verdict"], bank["folded"]) == ("consented_financial", False)
    assert bank["condition"] == "企业已向本银行授权“经营财务”数据"
    assert {"rdExpense", "operatingRevenue"} <= set(bank["fields"]), "what a computed field reads takes part too"


async def test_arguments_that_read_a_field_are_named_with_their_list(explaining: Service) -> None:
    plan = await plan_of(explaining, DEEP, BANK_A)
    read = rule(plan, "Enterprise", "legalRepresentative")
    assert read["arguments"] == ["enterprises(filter.legalRepresentative)", "enterprises(orderBy)"]
    (opened,) = [each for each in plan["scopes"] if "argument" in each]
    assert (opened["type"], opened["argument"]) == ("AnnualReport", "filter.annualReports")


# ── no value, no hidden number ──────────────────────────────────────────────────────────────────


def everything(found: Any) -> Iterator[object]:
    """All scalars of a JSON value, keys included."""
    if isinstance(found, dict):
        for key, value in cast("dict[str, Any]", found).items():
            yield key
            yield from everything(value)
    elif isinstance(found, list):
        for value in cast("list[Any]", found):
            yield from everything(value)
    else:
        yield found


@pytest.mark.parametrize(
    "who", [ADMIN, MUNICIPAL, ANALYST, YUBEI, TWO_UNITS, QIMING, BANK_A], ids=lambda who: who.subject
)
async def test_no_parameters_value_is_in_a_plan(explaining: Service, who: Principal) -> None:
    query = """query ($text: String, $code: ID!, $day: Date, $number: Decimal) {
      viewer { name }
      enterprise(uscc: $code) { name }
      enterprises(filter: {
        search: $text, uscc: "91500000CANARY0001", industryCode: ["CANARYA", "CANARYB"], establishedOn: {gte: $day},
        registeredCapital: {gt: $number, lt: "987654321.25"}
      }) { totalCount nodes { uscc } pageInfo { endCursor } }
    }"""
    variables = {"text": "金丝雀", "code": uscc(1), "day": "1987-06-05", "number": "123456.789"}
    plan = await plan_of(explaining, query, who, variables)
    text = orjson.dumps(plan).decode()
    canaries = ["CANARY", "金丝雀", uscc(1), "1987-06-05", "123456.789", "987654321", SECRET, who.name, who.subject]
    canaries += [*who.units, *filter(None, (who.uscc, who.bank))]
    assert not [canary for canary in canaries if canary in text]


async def test_no_number_of_rows_is_in_a_plan(explaining: Service) -> None:
    """Neither an estimate nor anything else that PostgreSQL counts: they tell of rows out of scope."""
    for who, query in ((ADMIN, LIST), (YUBEI, LIST), (YUBEI, DEEP), (MUNICIPAL, DEEP), (BANK_A, DEEP)):
        told = set(everything((await plan_of(explaining, query, who))["database"]))
        assert all(isinstance(each, bool | str) for each in told)
        assert not {"Plan Rows", "Total Cost", "Plan Width", "Workers Planned"} & told


async def test_a_plan_is_the_same_for_everybody_of_a_role(explaining: Service) -> None:
    """Five enterprises here, three there, none for the third: the plan does not know."""
    nobody = Principal(Role.DISTRICT_OFFICER, "district-empty", "江津区科技局", units=("500116",))
    plans = [await plan_of(explaining, DEEP, who, {"search": "有限"}) for who in (YUBEI, BEIBEI, nobody)]
    for plan in plans:
        plan.pop("cached")
    assert plans[0] == plans[1] == plans[2]


async def test_the_database_says_how_it_finds_rows(explaining: Service) -> None:
    plan = await plan_of(explaining, "{ units { name } }", MUNICIPAL)
    assert {"Node Type", "unit"} <= set(everything(plan["database"]))


async def test_nothing_stays_prepared(town_url: str) -> None:
    async with serving(town_url, pool_size=2) as service:
        for _ in range(3):
            await plan_of(service, LIST, ADMIN)
        assert service.app.state is not None
        async with service.app.state.pool.acquire() as one, service.app.state.pool.acquire() as two:
            for connection in (one, two):
                named = await connection.fetch("SELECT name FROM pg_prepared_statements")
                assert "keqi_explain" not in {row["name"] for row in named}


# ── why a value is hidden ───────────────────────────────────────────────────────────────────────

PERSONAL = "个人信息：本单位区县科技局和企业本身可见，其他人看到脱敏值"
ELSEWHERE = "由其他单位人员审核：审核人姓名账号仅市局、平台管理员和审核人所在单位可见"
NOT_SHARED = "企业未向本银行授权“{}”数据，或授权已到期、已撤回".format
REPORT = '{{ enterprise(uscc: "{}") {{ annualReport(year: 2022) {{ {} }} }} }}'.format
REASONS: dict[str, tuple[Principal, str, dict[str, str]]] = {
    "a mask": (MUNICIPAL, "{ enterprises { nodes { contactName } } }", {"enterprises.nodes.contactName": PERSONAL}),
    "no mask for the own district": (YUBEI, "{ enterprises { nodes { contactName } } }", {}),
    "a mask under an alias": (ANALYST, "{ e: enterprises { n: nodes { c: contactMobile } } }", {"e.n.c": PERSONAL}),
    "a mask without a row": (
        ADMIN,
        '{ enterprise(uscc: "none") { contactName } }',
        {"enterprise.contactName": PERSONAL},
    ),
    "no consent to a kind of data": (
        BANK_A,
        "{ enterprises { nodes { legalRepresentative annualReport(year: 2022) { operation { rdExpense } } } } }",
        {
            "enterprises.nodes.legalRepresentative": NOT_SHARED("基本信息"),
            "enterprises.nodes.annualReport.operation.rdExpense": NOT_SHARED("经营财务"),
        },
    ),
    "consent": (BANK_A, f'{{ enterprise(uscc: "{uscc(1)}") {{ legalRepresentative }} }}', {}),
    "a list that is hidden": (
        BANK_A,
        REPORT(uscc(6), "hiTechProducts { name }"),
        {"enterprise.annualReport.hiTechProducts": NOT_SHARED("知识产权与创新")},
    ),
    "another unit's reviewer": (
        YUBEI,
        f'{{ enterprise(uscc: "{uscc(2)}") {{ annualReport(year: 2021) {{ opinions {{ reviewer }} }} }} }}',
        {
            "enterprise.annualReport.opinions.reviewer": ELSEWHERE,
        },
    ),
}


@pytest.mark.parametrize("case", REASONS)
async def test_a_hidden_value_has_the_reason_a_person_would_give(town: Service, case: str) -> None:
    who, query, expected = REASONS[case]
    found = await ask(town, query, who, reasons=True)
    assert found.data
    assert found.json.get("extensions", {}).get("reasons", {}) == expected
    assert found.redacted == sorted(expected)
    again = await ask(town, query, who, reasons=True)
    assert again.body == found.body
    unasked = await ask(town, query, who)
    assert "reasons" not in unasked.json.get("extensions", {})


async def test_several_rules_give_several_reasons(town: Service) -> None:
    query = "{ enterprises { nodes { basicInfo { fields { value } } } } }"
    found = await ask(town, query, BANK_A, reasons=True)
    reasons = found.json["extensions"]["reasons"]
    assert reasons["enterprises.nodes.basicInfo.fields.value"].startswith("表单中的联系人是个人信息")
    assert sorted(reasons) == found.redacted


async def test_a_plan_names_what_its_answer_hides(town: Service) -> None:
    found = await ask(town, LIST, ADMIN, plan=True, reasons=True)
    extensions = found.json["extensions"]
    assert extensions["plan"]["hidden"] == [{"path": "enterprises.nodes.contactMobile", "reason": PERSONAL}]
    assert extensions["reasons"] == {"enterprises.nodes.contactMobile": PERSONAL}


async def test_everybody_may_have_reasons_and_nobody_is_told_more_by_them(town: Service) -> None:
    for who in PEOPLE.values():
        found = await ask(town, "{ settings { defaultReportYear } }", who, reasons=True)
        assert found.json == {"data": {"settings": {"defaultReportYear": 2022}}}


def test_every_condition_that_may_hide_a_value_has_a_sentence() -> None:
    conditions = {
        condition
        for each in policy(core())
        for found in (*each.rows, *(group.verdicts for group in each.fields))
        for condition in found or ()
        if isinstance(condition, Predicate)
    }
    assert len(conditions) > 5
    assert not [condition.name for condition in conditions if not condition.otherwise]


# ── where it is asked ───────────────────────────────────────────────────────────────────────────


async def test_by_get(town: Service) -> None:
    extensions = quote('{"plan": true}')
    found = await town.get(f"/graphql?query={quote(LIST)}&extensions={extensions}", Authorization=town.token(ADMIN))
    assert found.json["extensions"]["plan"]["sql"] == (await plan_of(town, LIST, ADMIN))["sql"]


async def test_in_a_batch_each_for_itself(town: Service) -> None:
    body = [{"query": LIST, "extensions": {"plan": True}}, {"query": LIST}]
    headers = {"Content-Type": "application/json", "Authorization": town.token(ADMIN)}
    first, second = (await town.post(orjson.dumps(body), headers)).json
    assert set(first["extensions"]) == {"redacted", "plan"}
    assert set(second["extensions"]) == {"redacted"}


async def test_a_mutation_has_no_plan_and_does_not_run(town: Service) -> None:
    query = 'mutation { exportWorkbook(input: {query: "{ units { name } }", title: "无计划"}) { id } }'
    assert (await ask(town, query, ADMIN, plan=True)).errors[0]["extensions"]["field"] == "extensions.plan"
    titles = (await town.ask("{ exports(first: 100) { nodes { title } } }", as_=ADMIN)).data["exports"]["nodes"]
    assert {"title": "无计划"} not in titles
    assert (await ask(town, query, ANALYST, plan=True)).code == "FORBIDDEN"


async def test_introspection_is_no_part_of_the_plan(town: Service) -> None:
    found = await ask(town, "{ __schema { queryType { name } } settings { maxPageSize } }", ADMIN, plan=True)
    assert found.data["__schema"] == {"queryType": {"name": "Query"}}
    assert [each["type"] for each in found.json["extensions"]["plan"]["scopes"]] == ["Settings"]
    alone = await ask(town, "{ __typename }", ADMIN, plan=True)
    assert alone.json["extensions"]["plan"]["scopes"] == []


@pytest.mark.parametrize("accept", ["xlsx", "csv"])
async def test_a_file_carries_no_plan(town: Service, accept: str) -> None:
    body = orjson.dumps({"query": LIST, "extensions": {"plan": True}})
    media = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv"}[accept]
    headers = {"Content-Type": "application/json", "Accept": media, "Authorization": town.token(ADMIN)}
    found = await town.post(body, headers)
    assert (found.status, found.code) == (400, "BAD_USER_INPUT")
    reasons = orjson.dumps({"query": LIST, "extensions": {"reasons": True}})
    assert (await town.post(reasons, headers)).headers["x-redacted"] == "enterprises.nodes.contactMobile"


@pytest.mark.parametrize("name", ["plan", "reasons"])
@pytest.mark.parametrize("value", [1, "true", {}, []])
async def test_a_flag_is_true_or_false(town: Service, name: str, value: object) -> None:
    found = await ask(town, LIST, ADMIN, None, **{name: value})
    assert (found.status, found.errors[0]["extensions"]["field"]) == (400, f"extensions.{name}")


async def test_other_extensions_are_their_clients_own(town: Service) -> None:
    asked: dict[str, Any] = {"persistedQuery": {"version": 1}, "plan": False, "reasons": None}
    assert set((await ask(town, LIST, ADMIN, None, **asked)).json["extensions"]) == {"redacted"}


def test_over_a_socket(http: httpx.Client) -> None:
    body = {"query": LIST, "extensions": {"plan": True, "reasons": True}}
    refused = answer(http.post("/graphql", json=body, headers=as_(Role.ANALYST)))
    assert (refused.status, refused.code) == (200, "FORBIDDEN")
    told = answer(http.post("/graphql", json=body, headers=as_(Role.PLATFORM_ADMIN))).json["extensions"]
    assert told["plan"]["database"]["Plans"]
    assert told["reasons"]["enterprises.nodes.contactMobile"] == PERSONAL


# ── in a workbook ───────────────────────────────────────────────────────────────────────────────


def lines_of_note(content: bytes, label: str) -> list[str]:
    """The lines of the 说明 sheet with a label."""
    page = openpyxl.load_workbook(BytesIO(content))["说明"]
    return [str(row[1]) for row in page.iter_rows(values_only=True) if row[0] == label]


@pytest.mark.parametrize(
    ("who", "query", "expected"),
    [
        (
            MUNICIPAL,
            "{ enterprises { nodes { name contactName contactMobile } } }",
            [f"enterprises.nodes.contactMobile、enterprises.nodes.contactName：{PERSONAL}"],
        ),
        (
            YUBEI,
            "{ annualReports { nodes { opinions { reviewer } } } }",
            [f"annualReports.nodes.opinions.reviewer：{ELSEWHERE}"],
        ),
        (YUBEI, "{ enterprises { nodes { name contactName } } }", []),
    ],
)
async def test_a_workbooks_note_gives_the_reasons(
    town: Service, who: Principal, query: str, expected: list[str]
) -> None:
    book = await town.ask(query, as_=who, accept="xlsx")
    assert lines_of_note(book.body, "受限原因") == expected
    told = {path for line in expected for path in line.partition("：")[0].split("、")}
    assert told == set(book.headers.get("x-redacted", "").split(",")) - {""}
