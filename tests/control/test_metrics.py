"""What is exposed: in both formats, true of known calls, never less than before, and bounded."""

from collections.abc import Callable, Iterable

import pytest
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as plain_text

from responder.codes import all_codes
from responder.control.metrics import Metrics
from responder.scenario.rules import Rules
from responder.scenario.steps import Program, Respond, Wait
from responder.sip.capabilities import METHODS
from responder.sip.settings import Limits
from responder.testing.caller import OFFER
from responder.testing.media import Talker
from tests.asking import network_with
from tests.control.exposed import Exposed, Watched, eventful

PARSERS: list[Callable[[str], Iterable[Metric]]] = [plain_text, open_metrics]
OPEN_METRICS = "application/openmetrics-text"
PROMETHEUS = (
    "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;"
    "q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)
BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"


# Formats.


@pytest.mark.parametrize("accept", ["", "*/*", "text/plain", BROWSER])
def test_who_asks_for_nothing_else_gets_the_text_format(accept: str) -> None:
    body, content_type = Watched().metrics.expose(accept)
    assert content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert b"sip_responder_build_info{" in body
    assert list(plain_text(body.decode()))


@pytest.mark.parametrize("accept", [OPEN_METRICS, f"{OPEN_METRICS};version=1.0.0", PROMETHEUS])
def test_who_asks_for_openmetrics_gets_it(accept: str) -> None:
    body, content_type = eventful().metrics.expose(accept)
    assert content_type.startswith("application/openmetrics-text; version=1.0.0; charset=utf-8")
    assert body.endswith(b"\n# EOF\n")
    told = {family.name: family for family in open_metrics(body.decode())}
    assert told["sip_responder_first_response_seconds"].unit == "seconds"
    assert told["sip_responder_records_bytes"].unit == "bytes"
    assert told["sip_responder_build"].type == "info"


def test_both_formats_say_the_same() -> None:
    watched = eventful()
    bodies = [watched.metrics.expose(accept)[0].decode() for accept in ("", OPEN_METRICS)]
    plain, opened = (
        {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in parse(body)
            for sample in family.samples
            if not sample.name.startswith("process_")
        }
        for parse, body in zip(PARSERS, bodies, strict=True)
    )
    assert plain == opened


def test_two_responders_in_one_process_tell_of_themselves_alone() -> None:
    one, other = Watched(), Watched()
    one.call("486")
    assert one.exposed().value("requests_received_total", method="INVITE") == 1
    assert other.exposed().value("requests_received_total", method="INVITE") == 0


def test_the_process_is_told_of_beside_it() -> None:
    names = {name for name, _ in Watched().exposed().samples}
    assert names >= {"process_cpu_seconds_total", "process_resident_memory_bytes"}


def test_a_stack_without_sockets_has_its_figures_too() -> None:
    network = network_with()
    assert network.core is not None
    stack = Watched().stack
    told = Exposed(Metrics(stack, lambda: 0.0).expose()[0].decode())
    assert told.table("listener_info") == {}
    assert told.value("dropped_total", reason="unsent") == 0


# Values.


def test_the_figures_of_a_call() -> None:
    watched = Watched(Respond(180), Wait(2.0), Respond(486))
    watched.alice.call("it")
    now = watched.exposed()
    assert now.table("calls") == {("early",): 1}
    assert now.table("transactions") == {("server",): 1}
    watched.alice.advance(2.6)
    watched.alice.ack()
    told = watched.exposed()
    assert told.table("requests_received_total") == {("INVITE",): 1, ("ACK",): 1}
    assert told.table("responses_sent_total") == {("INVITE", "180"): 1, ("INVITE", "486"): 1}
    assert told.table("retransmissions_total") == {("sent",): 1}
    assert told.table("calls") == {}
    assert told.table("recorded_total") == told.table("records") == {(): 1}


def test_a_call_that_nothing_answers_yet_is_pending() -> None:
    watched = Watched(Wait(2.0), Respond(486))
    watched.alice.call("it")
    assert watched.exposed().table("calls") == {("pending",): 1}


def test_the_time_to_the_first_response_falls_into_buckets() -> None:
    watched = Watched(Wait(0.1), Respond(180), Wait(1.0), Respond(486))
    watched.alice.call("it")
    watched.alice.advance(2)
    watched.alice.start("OPTIONS", "200")
    told = watched.exposed()
    assert told.value("first_response_seconds_count", method="INVITE") == 1
    assert told.value("first_response_seconds_sum", method="INVITE") == pytest.approx(0.1)
    assert told.value("first_response_seconds_bucket", method="INVITE", le="0.05") == 0
    assert told.value("first_response_seconds_bucket", method="INVITE", le="0.25") == 1
    assert told.value("first_response_seconds_bucket", method="INVITE", le="+Inf") == 1
    assert told.value("first_response_seconds_bucket", method="OPTIONS", le="0.001") == 1
    assert told.value("first_response_seconds_sum", method="OPTIONS") == 0


def test_the_figures_of_audio() -> None:
    watched = Watched(Respond(200))
    watched.call(body=OFFER)
    talker = Talker(watched.ports.opened[-1])
    for _ in range(3):
        talker.say()
    talker.skip(2)
    talker.say()
    told = watched.exposed()
    assert told.table("media_sessions") == told.table("media_streams_total") == {(): 1}
    assert told.table("media_packets_total") == {("received",): 4, ("sent",): 4}
    assert told.table("media_lost_packets_total") == {}
    watched.alice.bye()
    over = watched.exposed()
    assert over.table("media_sessions") == {}
    assert over.table("media_packets_total") == told.table("media_packets_total")
    assert over.table("media_lost_packets_total") == {(): 2}


def test_one_of_everything_is_told() -> None:
    told = eventful().exposed()
    tables = {
        name: told.table(name)
        for name in (
            "bindings",
            "connections",
            "dropped_total",
            "faults_total",
            "impaired_total",
            "impairments",
            "keepalives_total",
            "kernel_dropped_datagrams_total",
            "listener_info",
            "over_limit_total",
            "records_evicted_total",
            "requests_sent_total",
            "responses_received_total",
            "rules",
            "unmatched_requests_total",
        )
    }
    assert tables == {
        "bindings": {(): 1},
        "connections": {("tcp",): 2},
        "dropped_total": {
            ("slow peer",): 3,
            ("stray",): 1,
            ("unsent audio",): 4,
            ("unsent",): 2,
        },
        "faults_total": {("duplicate",): 2},
        "impaired_total": {("in", "lost"): 1},
        "impairments": {(): 1},
        "keepalives_total": {("datagram",): 1},
        "kernel_dropped_datagrams_total": {("192.0.2.1:5060",): 7, ("other",): 1},
        "listener_info": {
            ("192.0.2.1:5060", "", "tcp"): 1,
            ("192.0.2.1:5060", "outside", "udp"): 1,
        },
        "over_limit_total": {("connections",): 1},
        "records_evicted_total": {(): 3},
        "requests_sent_total": {("BYE",): 2},
        "responses_received_total": {("BYE", "200"): 1},
        "rules": {(): 1},
        "unmatched_requests_total": {(): 1},
    }


def test_the_limits_are_told_beside_what_they_are_of() -> None:
    watched = Watched(limits=Limits(calls=5, transactions=6, connections=7), kept=8)
    assert watched.exposed().table("limit") == {
        ("calls",): 5,
        ("transactions",): 6,
        ("connections",): 7,
        ("records",): 8,
    }


def test_what_no_rule_matches_is_counted_where_a_rule_was_wanted() -> None:
    refusing = Watched(rules=Rules(unmatched=Program("unmatched", ((Respond(404),),))))
    refusing.call("nobody")
    assert refusing.exposed().value("unmatched_requests_total") == 1
    dialling = Watched()
    dialling.call("nobody")
    assert dialling.exposed().value("unmatched_requests_total") == 0


# What is counted never becomes less.


def test_no_counter_goes_back_when_calls_are_dropped_forgotten_or_over() -> None:
    watched = Watched(Respond(180), Respond(200), kept=1)
    happenings: list[Callable[[], object]] = [
        lambda: watched.call(body=OFFER),
        lambda: Talker(watched.ports.opened[-1]).say(),
        lambda: watched.call("486"),
        watched.alice.again,
        lambda: watched.call("nobody"),
        lambda: watched.network.receive(watched.alice.flow, b"nothing of ours"),
        lambda: watched.stack.reset(watched.network.now),
        lambda: watched.call(body=OFFER),
        watched.alice.again,
        watched.alice.bye,
        lambda: watched.network.advance(100),
        lambda: watched.stack.reset(watched.network.now),
        lambda: watched.stack.shut_down(watched.network.now),
        lambda: watched.network.advance(100),
    ]
    before = watched.exposed().growing()
    for happened in happenings:
        happened()
        after = watched.exposed().growing()
        less = {series: value for series, value in before.items() if after.get(series, -1) < value}
        assert not {series for series in less if not series[0].startswith("process_")}
        before = after
    told = watched.exposed()
    assert told.value("resets_total") == 2
    assert told.value("records_evicted_total") == 2
    assert told.value("dropped_total", reason="stray") == 1
    assert told.value("retransmissions_total", direction="received") == 2
    assert told.value("records") == 0


# What labels can be is bounded.


def test_a_peer_cannot_make_the_labels_grow() -> None:
    watched = Watched()
    for number in range(50):
        watched.alice.start(f"INVENTED{number}", "200")
        watched.alice.start("OPTIONS", "200", {"Contact": f"<sip:{number}@h>"})
        watched.network.receive(watched.alice.flow, b"nothing %d" % number)
    told = watched.exposed()
    assert told.value("requests_received_total", method="other") == 50
    assert told.table("responses_sent_total") == {("OPTIONS", "200"): 50, ("other", "501"): 50}
    assert told.value("dropped_total", reason="stray") == 50


def test_statuses_that_nobody_has_registered_are_one_for_each_class() -> None:
    watched = Watched()
    for status in range(200, 700):
        watched.alice.start("OPTIONS", str(status))
        watched.network.advance(5)
    # A 408 is no answer to it (RFC 4320).
    statuses = {status for _, status in watched.exposed().table("responses_sent_total")}
    listed = {str(code.status) for code in all_codes()}
    assert statuses - listed == {"2xx", "3xx", "4xx", "5xx", "6xx"}
    assert sum(watched.exposed().table("responses_sent_total").values()) == 499


def test_a_response_that_is_none_is_other() -> None:
    watched = Watched()
    watched.stack.endpoint.traffic.answered(b"INVENTED", 799)
    assert watched.exposed().table("responses_received_total") == {("other", "other"): 1}


def test_every_method_that_is_known_is_told_of_from_the_start() -> None:
    told = Watched().exposed().samples
    methods = {
        dict(labels)["method"]
        for name, labels in told
        if name.endswith("received_total") and "method" in dict(labels)
    }
    assert methods == {method.decode() for method in METHODS} | {"other"}
