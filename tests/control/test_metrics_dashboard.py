"""The dashboard, the alerts and the page ask for what is exposed, and for all of it."""

import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from ruamel.yaml import YAML

from responder.control.metrics_rows import PREFIX, ROWS
from tests.control.exposed import eventful
from tests.pages import PAGES, ROOT

DOCKER = ROOT / "docker"
DASHBOARD = json.loads((DOCKER / "grafana/dashboards/responder.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
ADDED = {"instance", "job"}
"""The labels that Prometheus adds to whatever it scrapes."""

FUNCTIONS = {"histogram_quantile", "increase", "label_values", "max", "rate", "sum"}
WORDS = {"by", "on"}
UNITS = {"none", "s", "reqps", "cps", "pps", "percentunit", "bytes", "short"}

_SELECTOR = re.compile(r"\b([a-z_][a-z0-9_]*)(?:\{([^}]*)\})?")
_MATCHER = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"[^"]*"')
_GROUPING = re.compile(r"\b(?:by|on)\s*\(([^)]*)\)")
_RANGE = re.compile(r"\[(?:\d+[smh]|\$__rate_interval)\]")
_LEGEND = re.compile(r"{{\s*(?:\$labels\.)?(\w+)\s*}}")


@dataclass(frozen=True, slots=True)
class Query:
    """A query, where it stands, and the labels that are shown of what it finds."""

    place: str
    text: str
    shown: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return self.place

    def metrics(self) -> set[str]:
        """The names that stand where a metric or a function does."""
        bare = _GROUPING.sub(" ", _RANGE.sub("", self.text))
        without_strings = re.sub(r'"[^"]*"', '""', bare)
        names = {name for name, _ in _SELECTOR.findall(without_strings)}
        matched = set(_MATCHER.findall(bare))
        return names - FUNCTIONS - WORDS - matched

    def selected(self) -> Iterator[tuple[str, str]]:
        """Yield each metric with each label that its selector names."""
        for name, matchers in _SELECTOR.findall(self.text):
            for label in _MATCHER.findall(matchers):
                yield name, label

    def grouped(self) -> set[str]:
        """The labels by which it groups."""
        inside = itertools.chain.from_iterable(
            text.split(",") for text in _GROUPING.findall(self.text)
        )
        return {label.strip() for label in inside}


def queries_of_the_dashboard() -> Iterator[Query]:
    for panel in PANELS:
        for target in panel["targets"]:
            shown = frozenset(_LEGEND.findall(target["legendFormat"]))
            yield Query(f"{panel['title']} {target['refId']}", target["expr"], shown)
    for each in DASHBOARD["annotations"]["list"]:
        if "expr" in each:
            yield Query(each["name"], each["expr"], frozenset(_LEGEND.findall(each["textFormat"])))


def alerts() -> list[dict[str, Any]]:
    loaded = YAML(typ="safe").load((DOCKER / "prometheus-alerts.yml").read_text())
    return [rule for group in loaded["groups"] for rule in group["rules"]]


def queries_of_the_alerts() -> Iterator[Query]:
    for rule in alerts():
        told = " ".join(rule["annotations"].values())
        shown = frozenset(re.findall(r"\$labels\.(\w+)", told))
        yield Query(rule["alert"], rule["expr"], shown)


def queries_of_the_page() -> Iterator[Query]:
    for block in PAGES["docs/metrics.md"].blocks("promql"):
        for line in block.text.splitlines():
            if line and not line.startswith("#"):
                yield Query(f"{block}: {line}", line)


QUERIES = [*queries_of_the_dashboard(), *queries_of_the_alerts(), *queries_of_the_page()]


@cache
def labels() -> dict[str, set[str]]:
    """The labels of every sample of which there is one, with those that Prometheus adds."""
    exposed = eventful().exposed().labels()
    return {name: found | ADDED for name, found in exposed.items()} | {"up": ADDED}


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_a_query_asks_for_what_is_exposed(query: Query) -> None:
    assert query.metrics()
    assert query.metrics() <= labels().keys()


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_a_query_names_labels_that_are_there(query: Query) -> None:
    for metric, label in query.selected():
        assert label in labels()[metric], metric
    for metric in query.metrics():
        assert query.grouped() <= labels()[metric] | {"le"}
        assert query.shown <= labels()[metric]
    if re.match(r"(sum|max)\b", query.text):
        # What an aggregation leaves are the labels that it groups by.
        first = _GROUPING.match(query.text.removeprefix("sum ").removeprefix("max "))
        kept = set() if first is None else {label.strip() for label in first[1].split(",")}
        assert query.shown <= kept


def test_a_query_that_asks_for_something_else_is_seen() -> None:
    wrong = Query("wrong", 'sum by (metod) (rate(sip_responder_request_total{stat="1"}[5m]))')
    assert wrong.metrics() == {"sip_responder_request_total"}
    assert wrong.grouped() == {"metod"}
    assert list(wrong.selected()) == [("sip_responder_request_total", "stat")]


def test_the_dashboard_shows_every_metric() -> None:
    shown = set().union(*(query.metrics() for query in queries_of_the_dashboard()))
    for row in ROWS:
        ends = ("_bucket", "_sum", "_count") if row.kind == "histogram" else ("",)
        assert {f"{PREFIX}{row.name}{end}" for end in ends} <= shown, row.name


def test_the_dashboard_can_be_imported_anywhere() -> None:
    assert DASHBOARD["uid"] == "sip-responder"
    assert DASHBOARD["id"] is None
    variables = {each["name"]: each for each in DASHBOARD["templating"]["list"]}
    assert variables.keys() == {"datasource", "instance"}
    assert variables["datasource"]["type"] == "datasource"
    asked = Query("instance", variables["instance"]["definition"])
    assert asked.metrics() <= labels().keys() | ADDED
    for panel in PANELS:
        sources = [panel["datasource"], *(target["datasource"] for target in panel["targets"])]
        assert {source["uid"] for source in sources} == {"${datasource}"}


def test_the_panels_stand_beside_and_below_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = set(
            itertools.product(
                range(place["x"], place["x"] + place["w"]),
                range(place["y"], place["y"] + place["h"]),
            )
        )
        assert not cells & taken, panel["title"]
        taken |= cells
    numbers = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: str(panel["title"]))
def test_a_panel_has_a_title_a_unit_and_queries(panel: dict[str, Any]) -> None:
    assert panel["title"]
    assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
    letters = [target["refId"] for target in panel["targets"]]
    assert letters == [chr(ord("A") + number) for number in range(len(letters))]


def test_prometheus_scrapes_the_responder_and_knows_its_alerts() -> None:
    config = YAML(typ="safe").load((DOCKER / "prometheus.yml").read_text())
    [job] = config["scrape_configs"]
    assert job["job_name"] == "sip-responder"
    assert job.get("metrics_path", "/metrics") == "/metrics"
    for name in config["rule_files"]:
        assert (DOCKER / name).is_file()


def test_every_alert_says_what_is_wrong() -> None:
    for rule in alerts():
        assert rule["alert"].startswith("Responder")
        assert rule["labels"]["severity"] in {"critical", "warning", "info"}
        assert rule["annotations"].keys() == {"summary", "description"}


def test_grafana_finds_prometheus_and_the_dashboard() -> None:
    yaml, provisioning = YAML(typ="safe"), DOCKER / "grafana/provisioning"
    [source] = yaml.load((provisioning / "datasources/prometheus.yml").read_text())["datasources"]
    assert (source["type"], source["url"]) == ("prometheus", "http://prometheus:9090")
    [provider] = yaml.load((provisioning / "dashboards/responder.yml").read_text())["providers"]
    assert provider["options"]["path"] == "/var/lib/grafana/dashboards"
