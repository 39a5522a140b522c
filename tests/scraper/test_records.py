"""Identity, hashes, batches and ledgers as pure functions, with their laws."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moisson_scraper.crawling.frontier import Frontier
from moisson_scraper.crawling.record_identity import LONGEST_KEY, key_of
from moisson_scraper.crawling.run_ledger import MOST_SAMPLES, RunLedger
from moisson_scraper.fingerprint import canonical_json, content_hash
from moisson_scraper.keeping.collections import KeptRecord, SpiderFeed, record_key
from moisson_scraper.keeping.record_batch import (
    FoundRecord,
    KnownState,
    RunStamp,
    as_read,
    plan_batch,
    plan_tombstones,
)
from moisson_scraper.reading.notice import Notice
from moisson_scraper.reading.source_reader import PageRequest
from moisson_shared.contracts.spider import KeyByContent, KeyByFields, KeyByUrl
from moisson_shared.ports.documents import Insert, Put, Replace

T0 = datetime(2026, 1, 1, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=5), JSON, max_size=6), st.one_of(st.none(), st.text(max_size=5)))
def test_the_hash_does_not_depend_on_the_order_of_keys(values: dict[str, Any], url: str | None) -> None:
    turned = json.loads(json.dumps(dict(reversed(values.items()))))
    assert content_hash(values, url) == content_hash(turned, url)


@given(
    JSON | st.sampled_from([2**64, -(2**63) - 1, 1e16, 1e-7, -0.0, "\x1f\x7f\u2028", json.loads("[" * 300 + "]" * 300)])
)
def test_canonical_json_says_what_the_value_says(value: Any) -> None:
    written = canonical_json(value)
    again = json.loads(written)
    assert again == value
    assert canonical_json(again) == written


@pytest.mark.parametrize(("value", "error"), [(["\ud800"], ValueError), ([{1}], TypeError)])
def test_what_json_cannot_say_has_no_canonical_form(value: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        canonical_json(value)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1}, {"a": 1.0}),
        ({"a": 1}, {"a": "1"}),
        ({"a": None}, {}),
        ({"a": [1, 2]}, {"a": [2, 1]}),
        ({"a": True}, {"a": 1}),
        ({"a": "é"}, {"a": "e\u0301"}),
        ({"a": "x"}, {"a": "x "}),
    ],
)
def test_different_values_have_different_hashes(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert content_hash(one, None) != content_hash(other, None)
    assert content_hash(one, None) != content_hash(one, "u")


@pytest.mark.parametrize(
    ("fields", "values", "key"),
    [
        (("a",), {"a": "x"}, "x"),
        (("a",), {"a": "  x \n y "}, "x y"),
        (("a",), {"a": 29200}, "29200"),
        (("a",), {"a": 0}, "0"),
        (("a",), {"a": False}, "false"),
        (("a",), {"a": ["x", "y"]}, '["x","y"]'),
        (("a",), {"a": ""}, None),
        (("a",), {"a": "  "}, None),
        (("a",), {"a": None}, None),
        (("a",), {"a": []}, None),
        (("a",), {}, None),
        (("a", "b"), {"a": "x", "b": "y"}, '["x","y"]'),
        (("b", "a"), {"a": "x", "b": "y"}, '["y","x"]'),
        (("a", "b"), {"a": "x"}, '["x",""]'),
        (("a", "b"), {}, None),
        (("a",), {"a": "e\u0301cole"}, "\u00e9cole"),
        (("a", "b"), {"a": "e\u0301", "b": ["a\u0300"]}, '["\u00e9","[\\"\u00e0\\"]"]'),
    ],
)
def test_a_key_by_fields(fields: tuple[str, ...], values: dict[str, Any], key: str | None) -> None:
    assert key_of(KeyByFields(fields=fields), values, None) == key


def test_long_keys_stay_apart() -> None:
    identity = KeyByFields(fields=("a",))
    one, other = (key_of(identity, {"a": "x" * 5000 + end}, None) for end in "12")
    assert one != other
    assert one is not None
    assert len(one) == LONGEST_KEY


def test_keys_by_address_and_content() -> None:
    assert key_of(KeyByUrl(), {"a": 1}, "http://s.example/1") == "http://s.example/1"
    assert key_of(KeyByUrl(), {"a": 1}, None) is None
    assert key_of(KeyByContent(), {"a": 1}, None) == content_hash({"a": 1}, None)


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.booleans()), max_size=40))
def test_the_frontier_gives_no_page_twice_and_loses_none(steps: list[tuple[str, bool]]) -> None:
    frontier = Frontier()
    given_out: list[str] = []
    offered: list[str] = []
    refused = 0
    for name, take in steps:
        offered.append(f"http://s.example/{name}")
        refused += len(frontier.follow([PageRequest(offered[-1])]))
        if take and (request := frontier.take()) is not None:
            given_out.append(request.address)
    while (request := frontier.take()) is not None:
        given_out.append(request.address)
    assert sorted(given_out) == sorted(set(offered))
    assert refused == len(offered) - len(set(offered))


def test_a_chain_is_read_to_its_end_before_the_next_start_page() -> None:
    frontier = Frontier()
    frontier.begin([PageRequest("http://s.example/a1"), PageRequest("http://s.example/b1")])
    order = []
    while (request := frontier.take()) is not None:
        order.append(request.address[-2:])
        name, number = order[-1][0], order[-1][1]
        if number < "3":
            frontier.follow([PageRequest(f"http://s.example/{name}{int(number) + 1}")])
    assert order == ["a1", "a2", "a3", "b1", "b2", "b3"]


def test_the_frontier_tells_how_long_ago_the_same_items_were_there() -> None:
    frontier = Frontier()
    told = [frontier.repeats(mark) for mark in (b"a", b"b", b"b", b"a", b"", b"")]
    assert told == [None, None, (1, False), (3, False), None, None]


def test_chains_that_meet_or_show_the_same_items_are_told_from_circles() -> None:
    a1, a2, b1, b2 = (PageRequest(f"http://s.example/{name}") for name in ("a1", "a2", "b1", "b2"))
    frontier = Frontier()
    frontier.begin([a1, b1])
    assert frontier.take() == a1
    assert frontier.repeats(b"x") is None
    assert frontier.follow([a2, b1]) == ((b1, True),), "a start page that waits is read all the same"
    assert frontier.follow([a1]) == ((a1, False),)
    assert (frontier.take(), frontier.take()) == (a2, b1)
    assert frontier.repeats(b"x") == (1, True)
    assert frontier.follow([a2, b2, b1]) == ((a2, True), (b1, False))
    assert frontier.take() == b2
    assert frontier.repeats(b"x") == (1, False), "what another chain began is no way to go on for ever"


def test_reasons_are_counted_with_a_few_samples() -> None:
    ledger = RunLedger()
    for number in range(20):
        ledger.drop(Notice("x", "first" if number == 0 else "later", f"s{number % 8}"))
    ledger.reasons.add(Notice("y", "many", count=50))
    many, few = ledger.reasons.listed()
    assert (many.code, many.count, many.samples) == ("y", 50, ())
    assert (few.code, few.count, few.message, few.samples) == ("x", 20, "first", ("s0", "s1", "s2", "s3", "s4"))
    assert len(few.samples) == MOST_SAMPLES
    assert ledger.counters().items == ledger.counters().records_dropped == 20


@pytest.mark.parametrize(
    ("change", "complete"),
    [
        ({}, True),
        ({"fetched": 2, "duplicate": 1}, True),
        ({"off_limits": 1}, False),
        ({"failed": 1}, False),
        ({"found": 4}, False),
    ],
)
def test_a_run_is_complete_when_every_page_was_fetched(change: dict[str, int], complete: bool) -> None:
    ledger = RunLedger()
    counted = {"found": 3, "fetched": 3 - change.get("off_limits", 0) - change.get("failed", 0)} | change
    for name, count in counted.items():
        setattr(ledger.pages, name, count)
    assert ledger.complete == complete
    ledger.cut_short = True
    assert not ledger.complete


def found(key: str, title: str, ordinal: int = 0) -> tuple[str, FoundRecord]:
    values = {"titre": title}
    return record_key("s", key, ordinal), FoundRecord(key, ordinal, None, values, content_hash(values, None), 20)


def noted(known: dict[str, KeptRecord]) -> dict[str, KnownState]:
    names = ("content_hash", "alive", "first_seen", "last_changed", "run_id")
    return {key: KnownState(1, *(getattr(record, name) for name in names)) for key, record in known.items()}


FEED = SpiderFeed(spider_id="s", partner="p", epoch="e", last_seq=0)


def written(operations: list[Any]) -> dict[str, KeptRecord]:
    return {
        record_key("s", op.value.key, op.value.ordinal): op.value
        for op in operations
        if isinstance(op, Put | Insert | Replace) and isinstance(op.value, KeptRecord)
    }


@given(
    st.lists(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("xyz")), unique_by=lambda t: t[0]), max_size=8)
)
def test_numbers_grow_by_one_per_change_and_history_keeps_the_rest(runs: list[list[tuple[str, str]]]) -> None:
    known: dict[str, KeptRecord] = {}
    feed = FEED
    for number, items in enumerate(runs):
        stamp = RunStamp(f"r{number}", T0 + timedelta(hours=number))
        plan = plan_batch([found(*item) for item in items], noted(known), feed, stamp)
        assert plan.new + plan.changed + plan.unchanged == len(items)
        states = written(plan.operations)
        assert sorted(state.seq for state in states.values()) == list(range(feed.last_seq + 1, plan.last_seq + 1))
        assert len(plan.operations) - len(states) == plan.changed
        known |= states
        gone = [known[key] for key in known if not known[key].deleted and known[key].key not in {k for k, _ in items}]
        feed = feed.model_copy(update={"last_seq": plan.last_seq})
        burial = plan_tombstones(gone, feed, stamp)
        known |= written(burial.operations)
        feed = feed.model_copy(update={"last_seq": burial.last_seq, "confirmed_at": stamp.now})
        alive = {record.key: record.values["titre"] for record in known.values() if not record.deleted}
        assert alive == dict(items)
        assert all(as_read(record, feed).last_seen == stamp.now for record in known.values() if not record.deleted)


def test_what_a_killed_run_wrote_counts_again_as_what_it_was() -> None:
    first = RunStamp("r1", T0)
    known = written(plan_batch([found("a", "x"), found("b", "x")], {}, FEED, first).operations)
    later = RunStamp("r2", T0 + timedelta(hours=1))
    half = written(plan_batch([found("a", "y"), found("c", "x")], noted(known), FEED, later).operations)
    again = plan_batch([found("a", "y"), found("b", "x"), found("c", "x")], noted(known | half), FEED, later)
    assert (again.new, again.changed, again.unchanged, again.operations) == (1, 1, 1, [])
