"""The names, types and descriptions of the metrics are as promtool wants them."""

import re

import pytest

from responder.control.metrics_rows import PREFIX, ROWS, Row
from tests.control.exposed import eventful
from tests.pages import PAGES

each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.name))

UNITS = {
    *("milliseconds", "ms", "microseconds", "minutes", "hours", "days", "secs", "sec", "s"),
    *("kilobytes", "kb", "megabytes", "mb", "bits", "percent", "celsius", "kelvin"),
}
TYPES = {"counter", "gauge", "histogram", "summary", "untyped"}


def described(row: Row) -> str:
    labels = ", ".join(f"`{label}`" for label in row.labels)
    return f"| `{PREFIX}{row.name}` | {row.kind} | {labels} | {row.about} |"


@each_row
def test_a_name_says_its_type_and_its_unit(row: Row) -> None:
    words = row.name.split("_")
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", row.name)
    assert (words[-1] == "total") == (row.kind == "counter")
    assert (words[-1] == "info") == (row.kind == "info")
    assert words[-1] not in {"bucket", "count", "sum"}
    assert not UNITS & set(words)
    assert not TYPES & set(words)
    assert row.kind != "histogram" or row.unit


@each_row
def test_a_description_is_one_sentence(row: Row) -> None:
    assert re.fullmatch(r"[A-Z][^\n]{10,100}\.", row.about)


@each_row
def test_labels_have_names_of_their_own(row: Row) -> None:
    for label in row.labels:
        assert re.fullmatch(r"[a-z]+", label)
    assert not {"le", "quantile", "job", "instance"} & set(row.labels)


def test_no_name_is_there_twice() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS)


def test_all_that_is_exposed_is_as_its_row_says() -> None:
    told = {family.name: family for family in eventful().exposed().families}
    for row in ROWS:
        # The parser of the text format knows a counter by the name without its end.
        name = PREFIX + row.name
        family = told.get(name) or told[name.removesuffix("_total")]
        assert family.documentation == row.about
        assert family.type == {"info": "gauge"}.get(row.kind, row.kind)
        assert family.samples, name
        for sample in family.samples:
            assert sample.labels.keys() - {"le"} == set(row.labels)


def test_the_page_has_every_metric() -> None:
    expected = "\n".join(map(described, ROWS))
    text = PAGES["docs/metrics.md"].text
    assert expected in text, f"put this into docs/metrics.md:\n{expected}"
