"""The pytest plugin: a responder for each test, for a module or for the whole session.

A project in which no test asks for one pays for this file alone. See ``docs/pytest.md``.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, Unpack

import pytest

if TYPE_CHECKING:
    from responder.api.files import Scenarios
    from responder.api.options import Options
    from responder.api.responder import Responder

MARKER: Final = "sip_responder"
_CHECKS: Final = {
    "assert_all_used": "every rule answered",
    "assert_all_matched": "a rule matched each call",
    "assert_expected": "what scenarios expect came true",
}
_OWN: Final = pytest.StashKey["list[Responder]"]()
_WIDE: Final = pytest.StashKey["dict[str, Responder]"]()


class MakeSipResponder(Protocol):
    """What the fixture ``make_sip_responder`` gives: starts a responder for this test."""

    def __call__(
        self, scenario: "Scenarios | None" = None, **options: "Unpack[Options]"
    ) -> "Responder":
        """Return a responder that answers; the arguments are those of `responder.Responder`."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the configuration file."""
    parser.addini(
        "sip_responder_listen",
        "Where the responders of the fixtures listen; port 0 picks a free one.",
        type="args",
        default=["udp:127.0.0.1:0", "tcp:127.0.0.1:0"],
    )
    parser.addini(
        "sip_responder_scenario",
        "Scenarios for each responder whose marker names none, seen from this file.",
        type="paths",
        default=[],
    )
    for name, what in _CHECKS.items():
        parser.addini(f"sip_responder_{name}", f"Check that {what}.", type="bool", default=True)


def pytest_configure(config: pytest.Config) -> None:
    """Tell of the marker."""
    config.addinivalue_line(
        "markers",
        f"{MARKER}(scenario, listen, users, ..., {', '.join(_CHECKS)}): what the responder of the"
        " test is made with; a scenario is looked for beside the test's file",
    )


# Fixtures


@pytest.fixture(scope="session")
def sip_responder_listen(pytestconfig: pytest.Config) -> Sequence[str]:
    """Where responders listen; a project may have a fixture of this name of its own."""
    found: Sequence[str] = pytestconfig.getini("sip_responder_listen")
    return found


@pytest.fixture
def make_sip_responder(
    request: pytest.FixtureRequest, sip_responder_listen: Sequence[str]
) -> Iterator[MakeSipResponder]:
    """Start responders for this test, with the arguments of `responder.Responder`."""
    own: list[Responder] = request.node.stash.setdefault(_OWN, [])

    def make(scenario: "Scenarios | None" = None, **options: "Unpack[Options]") -> "Responder":
        responder = _start(request, sip_responder_listen, {"scenario": scenario, **options})
        own.append(responder)
        return responder

    yield make
    _stop(own)


@pytest.fixture
def sip_responder(
    request: pytest.FixtureRequest, make_sip_responder: MakeSipResponder
) -> "Responder":
    """Answer SIP for this test alone, as its marker ``sip_responder`` says."""
    return make_sip_responder(**_options(request.node, request.config))


@pytest.fixture(scope="module")
def module_sip_responder(
    request: pytest.FixtureRequest, sip_responder_listen: Sequence[str]
) -> "Iterator[Responder]":
    """Answer SIP for all tests of a module, as the marker of the module says."""
    yield from _wide(request, sip_responder_listen)


@pytest.fixture(scope="session")
def session_sip_responder(
    request: pytest.FixtureRequest, sip_responder_listen: Sequence[str]
) -> "Iterator[Responder]":
    """Answer SIP for all tests, as the configuration says."""
    yield from _wide(request, sip_responder_listen)


def _wide(request: pytest.FixtureRequest, listen: Sequence[str]) -> "Iterator[Responder]":
    """Keep a responder for several tests; each leaves it with no rule and record of its own."""
    assert request.fixturename is not None
    responder = _start(request, listen, _options(request.node, request.config))
    wide = request.config.stash.setdefault(_WIDE, {})
    wide[request.fixturename] = responder
    yield responder
    del wide[request.fixturename]
    _stop([responder])
    if _wants(request.node, request.config, "assert_all_used"):
        _told(partial(responder.assert_all_used, of="files"))


def _start(
    request: pytest.FixtureRequest, listen: Sequence[str], options: dict[str, Any]
) -> "Responder":
    # Not at the top: only who asks for a responder pays for it.
    made: Responder = import_module("responder.api.responder").Responder(
        **{"listen": listen}
        | options
        | {"scenario": _beside(request.node, options.get("scenario"))}
    )
    made.start()
    return made


def _stop(responders: "Sequence[Responder]") -> None:
    faults = []
    for responder in responders:
        try:
            responder.stop()
        except ExceptionGroup as fault:
            faults.append(fault)
    if faults:
        raise ExceptionGroup("responders failed", faults)


# What the marker says


def _marked(node: pytest.Item | pytest.Collector) -> dict[str, Any]:
    """Return what the markers of a test and of what it stands in say, the nearest last."""
    said: dict[str, Any] = {}
    for mark in reversed(list(node.iter_markers(MARKER))):
        if mark.args:
            raise pytest.UsageError(f"{MARKER}: write its arguments with their names: scenario=...")
        said |= mark.kwargs
    return said


def _options(node: pytest.Item | pytest.Collector, config: pytest.Config) -> dict[str, Any]:
    """Return the arguments of `responder.Responder`."""
    said = {key: value for key, value in _marked(node).items() if key not in _CHECKS}
    return {"scenario": config.getini("sip_responder_scenario") or None} | said


def _wants(node: pytest.Item | pytest.Collector, config: pytest.Config, check: str) -> bool:
    return bool(_marked(node).get(check, config.getini(f"sip_responder_{check}")))


def _beside(node: pytest.Item | pytest.Collector, scenario: object) -> object:
    """Return a scenario with the path of a file beside the test's where there is such a file."""
    if isinstance(scenario, (list, tuple)):
        return [_beside(node, each) for each in scenario]
    if isinstance(scenario, (str, Path)) and "\n" not in str(scenario):
        path = node.path.parent / scenario
        return path if path.exists() else scenario
    return scenario


# Around each test


def _responders(item: pytest.Item) -> "list[tuple[Responder, Literal['all', 'added']]]":
    """Return the responders of a test, each with the rules that it has to have used."""
    found: list[tuple[Responder, Literal["all", "added"]]] = [
        (each, "all") for each in item.stash.get(_OWN, [])
    ]
    names: Sequence[str] = getattr(item, "fixturenames", ())
    wide = item.config.stash.get(_WIDE, {})
    return found + [(each, "added") for name, each in wide.items() if name in names]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test that passed where a rule was not used, or a request matched none."""
    result = yield
    for responder, rules in _responders(item):
        if _wants(item, item.config, "assert_all_matched"):
            _told(responder.assert_all_matched)
        if _wants(item, item.config, "assert_all_used"):
            _told(partial(responder.assert_all_used, of=rules))
        if _wants(item, item.config, "assert_expected") and rules == "all":
            _told(responder.assert_expected)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put what happened into the report of a test that failed."""
    report = yield
    if report.failed and call.when != "teardown":
        for responder, _ in _responders(item):
            report.sections.append((f"SIP responder {responder.uri}", responder.summary()))
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Leave a responder of several tests without what this one added."""
    wide = [each for each, rules in _responders(item) if rules == "added"]
    result = yield
    for responder in wide:
        responder.reset()
    return result


def _told(check: Callable[[], None]) -> None:
    """Fail the test with the sentences of a check alone."""
    said = ""
    try:
        check()
    except AssertionError as failure:
        said = str(failure)
    if said:
        pytest.fail(said, pytrace=False)
