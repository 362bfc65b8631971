import pytest

from responder.sip.keepalive import KeepAlive, KeepAliveAction, ping_interval


def test_nothing_before_the_start() -> None:
    keepalive = KeepAlive(100.0)
    assert keepalive.deadline is None
    assert keepalive.expire(1000.0) is KeepAliveAction.NOTHING


def test_ping_and_pong() -> None:
    keepalive = KeepAlive(100.0)
    keepalive.started(5.0)
    assert keepalive.deadline == 105.0
    assert keepalive.expire(104.9) is KeepAliveAction.NOTHING
    assert keepalive.expire(105.0) is KeepAliveAction.PING
    assert keepalive.deadline == 115.0
    keepalive.pong(106.0)
    assert keepalive.deadline == 205.0
    assert keepalive.expire(205.0) is KeepAliveAction.PING


@pytest.mark.row("FRM-10")
def test_missing_pong_fails_the_flow() -> None:
    """Ten seconds without a pong fail the flow, once."""
    keepalive = KeepAlive(100.0)
    keepalive.started(0.0)
    assert keepalive.expire(100.0) is KeepAliveAction.PING
    assert keepalive.expire(109.9) is KeepAliveAction.NOTHING
    assert keepalive.expire(110.0) is KeepAliveAction.FAILED
    assert keepalive.deadline is None
    assert keepalive.expire(200.0) is KeepAliveAction.NOTHING
    keepalive.pong(201.0)
    assert keepalive.deadline is None


def test_start_after_a_failure() -> None:
    keepalive = KeepAlive(100.0, pong_timeout=2.0)
    keepalive.started(0.0)
    keepalive.expire(100.0)
    assert keepalive.expire(102.0) is KeepAliveAction.FAILED
    keepalive.started(103.0)
    assert keepalive.deadline == 203.0


def test_late_expiry_counts_from_the_ping() -> None:
    """A ping sent late still has its ten seconds."""
    keepalive = KeepAlive(100.0)
    keepalive.started(0.0)
    assert keepalive.expire(500.0) is KeepAliveAction.PING
    assert keepalive.deadline == 510.0


def test_unasked_pong_changes_nothing() -> None:
    keepalive = KeepAlive(100.0)
    keepalive.started(0.0)
    keepalive.pong(50.0)
    assert keepalive.deadline == 100.0


def test_interval_shorter_than_the_answer() -> None:
    """The next ping waits for the pong of the one before."""
    keepalive = KeepAlive(3.0)
    keepalive.started(0.0)
    keepalive.expire(3.0)
    assert keepalive.expire(8.0) is KeepAliveAction.NOTHING
    keepalive.pong(8.0)
    assert keepalive.deadline == 8.0
    assert keepalive.expire(8.0) is KeepAliveAction.PING


def test_interval_is_drawn_for_each_ping() -> None:
    drawn = iter([0.0, 1.0])
    keepalive = KeepAlive(lambda: ping_interval(100.0, next(drawn)))
    keepalive.started(0.0)
    assert keepalive.deadline == pytest.approx(80.0)
    keepalive.expire(80.0)
    keepalive.pong(80.1)
    assert keepalive.deadline == pytest.approx(180.0)
