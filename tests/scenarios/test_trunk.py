"""Scenarios for the failover of PBX and trunk."""

import pytest

from responder.sip.events import Flow
from responder.testing.caller import Caller
from tests.judging import again_at, outcome
from tests.scenarios.library import BOTH, calling

COPIES = (0.5, 1.5, 3.5, 7.5, 15.5, 31.5)


def next_trunk(alice: Caller) -> None:
    """Call by way of another listener from here on."""
    alice.flow = alice.network.datagrams(alice.remote, ("192.0.2.1", 5062))


@pytest.mark.parametrize("method", ["INVITE", "OPTIONS", "MESSAGE", "PUBLISH"])
@BOTH
def test_server_error(transport: str, method: str) -> None:
    alice = calling("server-error", transport)
    alice.start(method, "1001")
    assert alice.statuses() == [500]


@pytest.mark.parametrize(
    ("name", "rings", "seconds"),
    [
        ("server-error", [], 0.0),
        ("rings-then-fails", [180], 2.0),
        ("no-circuit", [100], 0.2),
        ("gateway-timeout", [100], 6.0),
    ],
)
def test_a_call_that_fails_goes_to_the_next_trunk(
    name: str, rings: list[int], seconds: float
) -> None:
    alice = calling(name)
    alice.call("1001")
    alice.advance(seconds)
    assert alice.statuses()[:-1] == rings
    alice.ack()
    assert outcome(alice, "failover") == "not seen"
    next_trunk(alice)
    alice.call("1001")
    assert outcome(alice, "ack") == outcome(alice, "failover") == "correct"


@BOTH
def test_rings_then_fails(transport: str) -> None:
    alice = calling("rings-then-fails", transport)
    alice.call("1001")
    alice.advance(2.0)
    alice.ack()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+2 <- 500",
        "-> ACK",
    ]


def test_trunk_silent() -> None:
    alice = calling("trunk-silent")
    alice.call("15550123")
    again_at(alice, *COPIES)
    alice.advance(0.5)
    next_trunk(alice)
    alice.call("15550123")
    assert alice.ladder() == [
        "-> INVITE",
        "+0.5 -> INVITE again",
        "+1 -> INVITE again",
        "+2 -> INVITE again",
        "+4 -> INVITE again",
        "+8 -> INVITE again",
        "+16 -> INVITE again",
        "+0.5 -> INVITE",
    ]
    for verdict in ("timer-a", "timer-b", "failover"):
        assert outcome(alice, verdict) == "correct", verdict


def test_trunk_silent_over_a_connection() -> None:
    alice = calling("trunk-silent", "tcp")
    alice.call("15550123")
    alice.advance(32.0)
    assert alice.ladder() == [
        "-> INVITE",
    ]
    assert outcome(alice, "timer-a") == "correct"


@pytest.mark.parametrize(("copies", "verdict"), [((1.0, 2.0, 3.0), "timer-a"), ((0.5,), "timer-b")])
def test_trunk_silent_and_a_pbx_that_repeats_in_its_own_way(
    copies: tuple[float, ...], verdict: str
) -> None:
    alice = calling("trunk-silent")
    alice.call("15550123")
    again_at(alice, *copies)
    alice.advance(60.0)
    assert outcome(alice, verdict) == "wrong"


@BOTH
def test_no_circuit(transport: str) -> None:
    alice = calling("no-circuit", transport)
    alice.start("OPTIONS")
    alice.call("15550123")
    alice.advance(0.2)
    alice.ack()
    assert alice.ladder() == [
        "-> OPTIONS",
        "<- 200 to OPTIONS",
        "-> INVITE",
        "<- 100",
        "+0.2 <- 503",
        "-> ACK",
    ]
    assert alice.last().header("Reason") == 'Q.850;cause=34;text="No circuit/channel available"'
    assert alice.last().header("Retry-After") is None


@BOTH
def test_flaky_trunk(transport: str) -> None:
    alice = calling("flaky-trunk", transport)
    for _ in range(2):
        alice.call("15550123")
        alice.ack()
        alice.advance(6.0)
    alice.call("15550123")
    alice.advance(1.0)
    alice.ack()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 503",
        "-> ACK",
        "+6 -> INVITE",
        "<- 503",
        "-> ACK",
        "+6 -> INVITE",
        "<- 180",
        "+1 <- 200",
        "-> ACK",
    ]
    assert [outcome(alice, "retry-after", number) for number in (1, 2)] == ["correct"] * 2


def test_flaky_trunk_and_a_pbx_that_does_not_wait() -> None:
    alice = calling("flaky-trunk")
    for _ in range(3):
        alice.call("15550123")
        alice.ack()
        alice.advance(1.0)
    assert [outcome(alice, "retry-after", number) for number in (1, 2)] == ["wrong"] * 2


@BOTH
def test_qualify_lost(transport: str) -> None:
    alice = calling("qualify-lost", transport)
    for _ in range(7):
        alice.start("OPTIONS")
        alice.advance(32.0)
    alice.call("15550123")
    alice.advance(0.5)
    alice.ack()
    assert alice.ladder() == [
        "-> OPTIONS",
        "<- 200 to OPTIONS",
        "+32 -> OPTIONS",
        "<- 200 to OPTIONS",
        "+32 -> OPTIONS",
        "<- 200 to OPTIONS",
        "+32 -> OPTIONS",
        "+32 -> OPTIONS",
        "+32 -> OPTIONS",
        "+32 -> OPTIONS",
        "<- 200 to OPTIONS",
        "+32 -> INVITE",
        "<- 180",
        "+0.5 <- 200",
        "-> ACK",
    ]


def test_qualify_lost_and_repeated() -> None:
    alice = calling("qualify-lost")
    for _ in range(4):
        alice.start("OPTIONS")
    again_at(alice, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5)
    alice.advance(1.0)
    assert outcome(alice, "timer-e", 4) == outcome(alice, "timer-f", 4) == "correct"
    alice.start("OPTIONS")
    again_at(alice, 1.0, 2.0, 3.0)
    assert outcome(alice, "timer-e", 5) == "wrong"


@BOTH
def test_trying_forever(transport: str) -> None:
    alice = calling("trying-forever", transport)
    alice.call("15550123")
    alice.advance(10.0)
    alice.cancel()
    alice.ack()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 100",
        "+10 -> CANCEL",
        "<- 200 to CANCEL",
        "<- 487",
        "-> ACK",
    ]
    for verdict in ("cancel", "ack"):
        assert outcome(alice, verdict) == "correct", verdict


def test_trying_forever_and_a_pbx_that_repeats_the_invite() -> None:
    alice = calling("trying-forever")
    alice.call("15550123")
    again_at(alice, 0.5, 1.5, 3.5)
    assert outcome(alice, "timer-a") == "wrong"


@BOTH
def test_gateway_timeout(transport: str) -> None:
    alice = calling("gateway-timeout", transport)
    alice.call("15550123")
    alice.advance(6.0)
    alice.ack()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 100",
        "+6 <- 504",
        "-> ACK",
    ]


@BOTH
def test_busy_everywhere(transport: str) -> None:
    alice = calling("busy-everywhere", transport)
    alice.call("15550123")
    alice.advance(1.0)
    alice.ack()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+1 <- 600",
        "-> ACK",
    ]
    next_trunk(alice)
    alice.call("15550123")
    assert outcome(alice, "global-failure") == "wrong"


@pytest.mark.parametrize(
    ("seconds", "over_a", "over_b"),
    [
        (5.0, [180, 200], [180, 200]),
        (12.0, [503], [180, 200]),
        (30.0, [503], [100, 180, 200]),
        (45.0, [180, 200], [100, 180, 200]),
    ],
)
def test_trunk_group(seconds: float, over_a: list[int], over_b: list[int]) -> None:
    alice = calling("trunk-group")
    a, b = (
        Flow("udp", ("127.0.0.1", port), alice.remote, name=name)
        for name, port in (("a", 5060), ("b", 5062))
    )
    alice.flow = a
    called(alice)
    alice.advance(seconds - 5.0)
    assert called(alice) == over_a
    alice.flow = b
    assert called(alice) == over_b
    assert outcome(alice, "failover", 2) == ("correct" if over_a == [503] else "not seen")


def called(alice: Caller) -> list[int]:
    """Place a call, hang up after five seconds at the latest, and return its statuses."""
    before = len(alice.statuses())
    alice.call("15550123")
    for _ in range(10):
        if alice.statuses()[-1:] > [199]:
            break
        alice.advance(0.5)
    alice.ack()
    alice.advance(5.0)
    return alice.statuses()[before:]


@BOTH
def test_trunk_full(transport: str) -> None:
    alice = calling("trunk-full", transport)
    for _ in range(4):
        alice.call("15550123")
        alice.advance(0.5)
        alice.ack()
    alice.call("15550123")
    assert alice.last().reason == b"All channels busy"
    alice.ack()
    next_trunk(alice)
    alice.call("15550123")
    assert alice.statuses()[-1] == 503
    assert outcome(alice, "failover", 5) == "correct"


@BOTH
def test_trunk_full_until_a_call_is_over(transport: str) -> None:
    alice = calling("trunk-full", transport)
    for _ in range(4):
        alice.call("15550123")
        alice.advance(0.5)
        alice.ack()
    alice.bye()
    alice.call("15550123")
    alice.advance(0.5)
    assert alice.statuses()[-1] == 200
