"""Listeners of scenarios: their names and addresses, and rules that ask for them."""

import pytest

from responder.net.listen import Listen, parse_listen
from responder.scenario.compiler import Files
from responder.scenario.findings import BadScenario
from responder.sip.events import Flow
from responder.testing.network import LOCAL, REMOTE
from tests.scenario.requests import request
from tests.scenario.scenarios import NO_FILES, compiled

FILES = Files(NO_FILES.read, NO_FILES.locate, NO_FILES.faults, parse_listen)
TRUNKS = """
listen: {a: "udp:127.0.0.1:0", b: "tcp:127.0.0.1:5062"}
rules:
  - {name: a, match: {listener: a}, respond: 503}
  - {name: both, match: {not: {listener: [x, a]}}, respond: 486}
"""


def wrong(*texts: str) -> list[str]:
    with pytest.raises(BadScenario) as raised:
        compiled(*texts, files=FILES)
    return [str(each) for each in raised.value.findings]


def test_names_and_addresses_are_those_of_all_files() -> None:
    one, two = "listen: {a: 'udp:127.0.0.1:5062'}", "listen: {a: '127.0.0.1:5062', b: tcp}"
    assert compiled(one, two, files=FILES).listens == (
        ("a", Listen("udp", "127.0.0.1", 5062)),
        ("b", Listen("tcp", "*", 5060)),
    )


def test_a_rule_asks_for_the_listener_that_a_request_came_to() -> None:
    rules = compiled(TRUNKS.replace("[x, a]", "[a]"), files=FILES).rules
    names = []
    for name in ("a", "b", ""):
        found = rules.find(request(), Flow("udp", LOCAL, REMOTE, None, name))
        names.append(found.rule and found.rule.program.name)
    assert names == ["a/a", "a/both", "a/both"]


def test_what_is_wrong_is_told_where_it_stands() -> None:
    assert wrong(TRUNKS) == ['a.yaml:5:32: listener: none is called "x" under "listen" at the top']
    assert wrong("listen: {a: udp:here:5060}\nrules: [{match: {any: [{listener: b}]}, respond: 1}]")
    assert wrong(
        "listen: {one: 'sctp:127.0.0.1', two: '127.0.0.1:99999'}",
        "listen: {three: '127.0.0.1:1'}\nrules: [{match: {any: [{listener: tree}]}, respond: 486}]",
        "listen: {three: '127.0.0.1:2'}",
    ) == [
        "a.yaml:1:10: one: sctp is not offered by this version; it listens on udp and tcp",
        'a.yaml:1:33: two: "99999" in "127.0.0.1:99999" is not a port; write a number up to 65535',
        (
            'b.yaml:2:25: listener: none is called "tree" under "listen" at the top; did you mean'
            ' "three"?'
        ),
        "c.yaml:1:10: the listener three is another address in b.yaml:1",
    ]
