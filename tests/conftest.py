"""What the whole suite shares: peers, a real server, and asyncio's debug mode."""

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.peers import Find, find, ipv6
from tests.serving import LISTEN, Serve, Serving

collect_ignore = ["sample_project"]
"""A project of its own, run by tests/test_pytest_plugin.py."""


def pytest_configure(config: pytest.Config) -> None:
    """Turn asyncio's debug mode on: slow callbacks and forgotten coroutines show in the tests.

    That a machine is busy is no fault of the code: no property has a time limit.
    """
    config.option.asyncio_debug = True
    hypothesis.settings.register_profile(
        "unhurried", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
    )
    hypothesis.settings.load_profile("unhurried")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs an address that the machine has not."""
    if item.get_closest_marker("ipv6") is not None and not ipv6():
        pytest.skip("this machine has no IPv6 loopback address")


@pytest.fixture
def peer() -> Find:
    """Find a program that was not written here: ``peer("sipp")``."""
    return find


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start ``responder serve`` as often as a test wants; each has to end cleanly after it.

    A test that calls ``stop`` on one has taken its ending over, and judges it itself.
    """
    running: list[Serving] = []

    def start(*arguments: str, listen: tuple[str, ...] = LISTEN) -> Serving:
        home = tmp_path / f"serve-{len(running)}"
        home.mkdir()
        running.append(Serving(arguments, listen, home))
        return running[-1]

    yield start
    left = [serving for serving in running if serving.ending is None]
    endings = [serving.stop() for serving in left]
    for ending in endings:
        assert ending.stderr == ""
        assert ending.status == 0


@pytest.fixture
def serving(serve: Serve) -> Serving:
    """One ``responder serve`` on a UDP and a TCP port of 127.0.0.1, with no scenario."""
    return serve()
