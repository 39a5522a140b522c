"""From a query to a plan: names that exist, views that the level reads, one place to look for each question."""

import pytest

from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.errors import Invalid
from moisson_shared.contracts.search import FacetRequest, SearchQuery, SortKey, ValueRange
from moisson_shared.querying.dates import parse_date
from moisson_shared.querying.plan_query import SortColumn, plan_query
from moisson_shared.querying.query_tree import AllOf, Best, EitherOf, NumberWithin, PhraseIn, ValueIn, WordIn
from tests.contracts.search_corpus import COLLECTIVE, COMMONS, OPEN, PRIVATE, layout


def tree(query: SearchQuery, level: AccessLevel = OPEN) -> AllOf:
    return plan_query(query, layout(), level).tree


def test_each_word_must_be_in_one_of_the_searched_fields_that_the_level_reads() -> None:
    (clause,) = tree(SearchQuery(text="bibliothèques")).clauses
    assert isinstance(clause, Best)
    assert {choice.column for choice in clause.choices} == {
        *("w_title_0", "w_summary_0", "w_themes_0", "w_keywords_0", "w_region_0", "w_city_0")
    }
    assert clause.choices[0] == WordIn("w_title_0", "bibliothequ", 5)


@pytest.mark.parametrize(
    ("level", "summary", "email"), [(OPEN, 0, False), (COMMONS, 0, False), (COLLECTIVE, 2, False), (PRIVATE, 3, True)]
)
def test_a_level_reads_one_view_of_each_field(level: AccessLevel, summary: int, email: bool) -> None:
    (clause,) = tree(SearchQuery(text="vélo"), level).clauses
    assert isinstance(clause, Best)
    columns = [choice.column for choice in clause.choices]
    assert [column for column in columns if column.startswith("w_summary_")] == [f"w_summary_{summary}"]
    assert any(column.startswith("w_email_") for column in columns) is email
    assert len(columns) == len({column.rsplit("_", 1)[0] for column in columns})


def test_phrases_stay_together() -> None:
    (clause,) = tree(SearchQuery(text='"jardin partagé"')).clauses
    assert isinstance(clause, Best)
    assert clause.choices[0] == PhraseIn("w_title_0", ("jardin", "partag"), 5)


def test_a_facet_is_counted_without_its_own_selection_and_others_share_the_tree() -> None:
    query = SearchQuery(
        text="vélo",
        filters={"themes": ("EMP", "EMP"), "partner": ("atlas",)},
        facets=(FacetRequest(field="themes", size=3), FacetRequest(field="city"), FacetRequest(field="partner")),
    )
    plan = plan_query(query, layout(), OPEN)
    themes, city, partner = plan.facets
    assert city.tree is plan.tree
    assert ValueIn("x_themes_0", ("EMP",)) in plan.tree.clauses
    assert ValueIn("x_themes_0", ("EMP",)) not in themes.tree.clauses
    assert ValueIn("partner", ("atlas",)) in themes.tree.clauses
    assert ValueIn("partner", ("atlas",)) not in partner.tree.clauses
    assert (themes.column, themes.size, partner.column) == ("x_themes_0", 3, "partner")


def test_dates_overlap_their_bounds() -> None:
    (clause,) = tree(SearchQuery(ranges={"founded": ValueRange(least="2016-05", most="2017")})).clauses
    first, last = parse_date("2016-05-01"), parse_date("2017-12-31")
    assert first is not None
    assert last is not None
    assert clause == EitherOf(
        (
            NumberWithin("n_founded_0", first.first, last.last),
            ValueIn("x_founded_0", ("2016", "2016-05", "2016-05-01")),
        )
    )


def test_text_gives_an_order_by_score_unless_sort_keys_are_given() -> None:
    assert plan_query(SearchQuery(text="vélo"), layout(), OPEN).scored
    assert not plan_query(SearchQuery(), layout(), OPEN).scored
    plan = plan_query(SearchQuery(text="vélo", sort=(SortKey(field="budget", descending=True),)), layout(), OPEN)
    assert not plan.scored
    assert plan.sort == (SortColumn("budget", "n_budget_0", numeric=True, descending=True),)


def test_all_faults_are_told_at_once() -> None:
    query = SearchQuery(
        filters={"nothing": ("x",), "staff": ("y",)},
        ranges={"status": ValueRange(least=1)},
        sort=(SortKey(field="summary"),),
        facets=(FacetRequest(field="budget"),),
    )
    with pytest.raises(Invalid) as refused:
        plan_query(query, layout(), OPEN)
    assert {fault.pointer for fault in refused.value.faults} == {
        *("/filters/nothing", "/filters/staff/0", "/ranges/status", "/sort/0/field", "/facets/0/field")
    }
