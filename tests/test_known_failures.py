"""How systems like keqi failed elsewhere: each known line, by its first words, and the tests that guard it.

From a line a reader goes to its tests; a test that is renamed or lost is missed here. Lines that do not apply yet say
why.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ARMOR = (
    "service/test_hostile.py::test_graphql_armor_ghsa_733v_p3h5_qpq7_a_field_named_like_introspection_costs_the_same"
)

LEAKS: dict[str, tuple[str, ...] | str] = {
    "a filter on a hidden column used as an oracle (Strapi CVE-2023-34235)": (
        "authz/test_masks.py::test_strapi_cve_2023_34235_a_filter_on_a_masked_column_is_no_oracle",
        "authz/test_known_leaks.py::test_strapi_cve_2023_34235_no_filter_through_a_relation_or_below_an_alias",
        "authz/test_leak_rules.py::test_a_broken_rule_is_noticed",
        # A count, an average and a place in a list answer a filter, too.
        "authz/test_leak_rules_district.py::test_a_broken_rule_of_the_district_edition_is_noticed",
        "authz/test_aggregate.py::test_a_filter_on_what_is_hidden_counts_nobody",
    ),
    "the rule checked on the alias, not on the field (SurrealDB GHSA-9722-9j67-vjcr; Directus 26133)": (
        "authz/test_masks.py::test_surrealdb_ghsa_9722_contacts_are_refused_under_any_name",
        "authz/test_known_leaks.py::test_directus_26133_no_argument_and_no_alias_reaches_a_hidden_field",
    ),
    "a field rule lost when roles nest (Hasura 10711)": (
        "authz/test_known_leaks.py::test_hasura_10711_a_rule_holds_however_deep_rows_nest",
        "authz/test_scopes.py::test_a_relation_leads_back_into_the_scope_only",
    ),
    "a rule on the interface, passed by through the concrete type (Apollo GHSA-mx7m-j9xf-62hw)": (
        "authz/test_known_leaks.py::test_apollo_ghsa_mx7m_no_interface_and_no_union_stands_between_a_rule_and_its_type",
    ),
    "a rule passed by through a dependent field (Apollo GHSA-m8jr-fxqx-8xx6)": (
        "authz/test_masks.py::test_apollo_m8jr_a_field_computed_from_a_hidden_one_is_hidden",
        "authz/test_leak_rules.py::test_a_broken_rule_is_noticed",
    ),
    "directives renamed or merged: OR became AND or the reverse (Apollo federation PR 3321, 3343)": (
        "service/test_sdl.py::test_apollo_pr_3321_alternatives_stay_alternatives_and_needs_stay_needs",
    ),
    "a Relay node id that decodes to another, wider type (strawberry.cast)": (
        "authz/test_known_leaks.py::test_strawberry_cast_no_id_opens_another_type",
    ),
    "WebSocket sub-protocol skipped the check that HTTP makes (Strawberry CVE-2026-35523, CVE-2026-35526)": (
        "service/test_graphql_http.py::test_strawberry_cve_2026_35523_there_is_no_websocket_to_skip_a_check_by",
    ),
    "suggestions in variable-coercion errors name hidden fields (parse-server GHSA-9g8f-h8f3-hjcm)": (
        "service/test_graphql_suggestions.py::test_a_hidden_field_is_not_suggested",
        "service/test_graphql_suggestions.py::test_a_hidden_type_and_relation_are_not_suggested",
        "authz/test_leak_entries.py::test_errors_have_a_code_of_the_enum_and_hold_no_value",
    ),
    "one path ran with more rights than the others (parse-server 6802)": (
        "authz/test_scopes.py::test_parse_server_6802_every_way_in_shows_the_same_rows",
        "authz/test_leak_entries.py::test_every_way_in_tells_the_same",
        "authz/test_leak_entries.py::test_every_file_holds_the_same",
        "authz/test_leak_entries.py::test_cases_of_the_long_run",
        "authz/test_aggregate.py::test_lists_libraries_statistics_neighbours_and_questions_count_the_same_enterprises",
    ),
    "a cached or de-duplicated answer given to another principal (a federation router's benchmark)": (
        "authz/test_scopes.py::test_a_cached_answer_is_never_anothers",
        "authz/test_known_leaks.py::test_one_principals_answer_is_never_given_to_another",
        "planner/test_differential.py::test_an_answer_is_never_anothers",
    ),
    "edges checked, nodes not (OWASP GraphQL cheat sheet)": (
        "authz/test_known_leaks.py::test_owasp_edges_and_nodes_are_checked_alike",
    ),
    "an export with all columns though the screen hid some (Frappe PR 10599; SeaTable 66)": (
        "authz/test_leak.py::test_files_hold_the_rows_on_screen_and_nothing_unseen",
        "test_exports_end_to_end.py::test_no_part_of_the_file_says_more_than_the_cells",
        "test_exports_end_to_end.py::test_a_field_the_role_may_never_see_refuses_the_file",
    ),
    "NULL under NOT: UNKNOWN taken for FALSE (Cerbos's conformance notes)": (
        "authz/test_masks.py::test_cerbos_null_under_not_a_hidden_value_satisfies_neither_side",
        "authz/test_aggregate.py::test_a_filter_on_what_is_hidden_counts_nobody",
        "authz/test_leak_rules.py::test_a_broken_rule_is_noticed",
    ),
    "row-level security made text indexes unusable (PostgreSQL manual)": (
        "authz/test_known_leaks.py::test_postgresql_no_row_level_security_stands_before_an_index",
    ),
    "a changed rule took effect only after a restart (OWASP ASVS 5.0 8.3.2)": (
        "authz/test_scopes.py::test_asvs_8_3_2_a_revoked_consent_ends_at_once",
        "authz/test_scopes.py::test_a_moved_enterprise_is_its_new_units_at_once",
    ),
}

EXHAUSTION: dict[str, tuple[str, ...] | str] = {
    "the same field under hundreds of aliases (Directus GHSA-6q22-g298-grjh, CVE-2026-35441)": (
        "service/test_hostile.py::test_directus_ghsa_6q22_g298_grjh_cve_2026_35441_aliases_of_one_field",
        "service/test_hostile.py::test_directus_ghsa_6q22_g298_grjh_aliases_of_a_mutation",
    ),
    "fragments spread again and again (Apollo GHSA-3j43-9v8v-cp3f, GHSA-84m6-5m72-45fp, GHSA-75m2-jhh5-j5g2)": (
        "service/test_hostile.py::test_apollo_fragments_spread_again_and_again",
        "service/test_hostile.py::test_apollo_ghsa_3j43_9v8v_cp3f_fragments_in_circles",
    ),
    "cost limit avoided by a field named like introspection (graphql-armor GHSA-733v-p3h5-qpq7)": (
        ARMOR,
        "service/test_hostile.py::test_graphql_armor_ghsa_733v_p3h5_qpq7_introspection_itself_is_counted",
    ),
    "no depth limit (Keystone CVE-2026-10802)": (
        "service/test_hostile.py::test_keystone_cve_2026_10802_depth",
        "service/test_hostile.py::test_keystone_cve_2026_10802_depth_of_a_filter",
    ),
    "GET or odd content types let a foreign page run operations (Apollo GHSA-hff2-gcpx-8f4p)": (
        "service/test_origins.py::test_apollo_ghsa_hff2_gcpx_8f4p_a_foreign_pages_get_runs_nothing",
        "service/test_origins.py::test_a_forms_post_runs_nothing",
        "service/test_origins.py::test_multipart_needs_no_second_way_in",
    ),
    "101 aliases, batches, 500 directives, 500 × __typename, circular introspection (graphql-cop)": (
        "service/test_hostile.py::test_graphql_cop_alias_overloading",
        "service/test_hostile.py::test_graphql_cop_batches",
        "service/test_hostile.py::test_graphql_cop_directive_overloading",
        "service/test_hostile.py::test_graphql_cop_field_duplication",
        "service/test_hostile.py::test_graphql_cop_circular_introspection",
    ),
}

WORKBOOKS: dict[str, tuple[str, ...] | str] = {
    "text that starts with = became a live formula, header row included (Redash; Baserow PR 5606)": (
        "exporters/test_texts.py::test_text_that_begins_like_a_formula_is_a_string_cell_with_quote_prefix",
        "exporters/test_texts.py::test_header_of_any_text",
        "exporters/test_lines.py::test_any_text_is_guarded_and_comes_back_equal",
        "test_exports_end_to_end.py::test_no_text_is_a_formula",
    ),
    "quote prefixes written into negative numbers (tableExport 230)": (
        "exporters/test_lines.py::test_values_as_on_the_screen",
        "exporters/test_values.py::test_numbers_are_numbers_with_the_kinds_format",
    ),
    "one control character killed the whole export; text over 32,767 characters cut silently (openpyxl)": (
        "exporters/test_texts.py::test_characters_xml_knows_not_at_all_do_not_break_the_file",
        "exporters/test_texts.py::test_text_over_the_limit_is_cut_and_the_note_says_where",
    ),
    "rows cut silently at a limit; columns or their order not those on the screen (Metabase 6661, 8625, 3992, 75791)": (
        "exporters/test_streams.py::test_more_rows_than_a_sheet_takes_go_on_in_further_sheets",
        "exporters/test_streams.py::test_rows_that_differ_from_their_count_leave_no_file",
        "test_exports_end_to_end.py::test_three_ways_give_the_rows_of_the_screen",
        "test_exports_end_to_end.py::test_ticked_fields_stand_in_the_order_ticked",
        "test_exports_end_to_end.py::test_an_order_of_the_screen_is_the_order_of_the_file",
    ),
    "heap exhausted at 200,000 rows; nothing sent for minutes (Metabase 5187, 66006; Frappe 33795)": (
        "exporters/test_streams.py::test_the_first_bytes_come_before_any_row_is_counted",
        "exporters/test_streams.py::test_a_reader_that_stops_makes_the_query_wait",
    ),
    "sheet XML over 4 GiB without ZIP64 (dbx PR 9079)": (
        "exporters/test_streams.py::test_a_part_beyond_4_gib_is_zip64",
        "exporters/test_streams.py::test_an_archive_beyond_4_gib_has_a_zip64_directory",
    ),
    "a failed export delivered as a valid file with only a header (dbx PR 9079)": (
        "exporters/test_streams.py::test_a_query_that_fails_midway_leaves_no_file_that_opens",
    ),
    "time zones crash the writer; 18-digit codes turned into floating numbers; over 64,000 cell styles": (
        "exporters/test_values.py::test_moments_are_beijing_time",
        "exporters/test_values.py::test_codes_of_eighteen_digits_stay_text",
        "exporters/test_streams.py::test_any_number_of_columns",
    ),
    "51 or 101 selected fields broke the statement (pg_graphql 551)": (
        "test_exports_end_to_end.py::test_any_number_of_columns",
        "exporters/test_lines.py::test_more_columns_than_a_target_list_takes",
    ),
}

STATISTICS_AND_FEDERATION: dict[str, tuple[str, ...] | str] = {
    "two writers updating counters in opposite order deadlock; an upsert race loses a count": (
        "db/test_rollups_kept.py::test_writers_in_opposite_order_neither_wait_nor_deadlock",
        "db/test_rollups_kept.py::test_what_commits_during_a_fold_is_folded_by_the_next",
        "db/test_rollups.py::test_statistics_equal_a_recount_whatever_happens",
    ),
    "an incrementally kept view locks out every other writer (pg_ivm's manual)": (
        "db/test_rollups_kept.py::test_nobody_waits_for_a_fold_and_a_fold_waits_for_nobody",
        "db/test_rollups_kept.py::test_an_older_snapshot_keeps_its_answer_while_others_fold",
    ),
    "entities loaded one by one; order of answers not that of representations (Strawberry 4287; federation-jvm 385)": (
        "there is no federation yet: _entities will be one more entry of tests/reference/entries.py"
    ),
}

ALL = LEAKS | EXHAUSTION | WORKBOOKS | STATISTICS_AND_FEDERATION


@cache
def names_of(path: str) -> frozenset[str]:
    """The names of a module's tests."""
    tree = ast.parse((HERE / path).read_text("utf-8"))
    found = (node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(node.name for node in found if node.name.startswith("test_"))


@pytest.mark.parametrize("line", [line for line, guards in ALL.items() if not isinstance(guards, str)])
def test_a_known_failure_is_guarded(line: str) -> None:
    for guard in ALL[line]:
        path, _, name = guard.partition("::")
        assert name in names_of(path), f"{line}: {guard} is no test (any more)"


def test_every_line_is_listed_and_what_is_not_guarded_says_why() -> None:
    assert list(map(len, (LEAKS, EXHAUSTION, WORKBOOKS, STATISTICS_AND_FEDERATION))) == [16, 6, 9, 3]
    assert all(" yet" in guards for guards in ALL.values() if isinstance(guards, str))
