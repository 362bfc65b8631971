"""The arguments of a responder, and the plan that they make."""

import inspect
from pathlib import Path
from typing import Unpack

import pytest

from responder.agent.plan import Plan
from responder.api.files import Scenarios, ScenarioWarning
from responder.api.options import Options, plan_of
from responder.api.responder import Responder
from responder.net.errors import BadAddress
from responder.sip.users import EVERYONE
from tests.api.calls import HERE


def test_they_are_those_of_a_responder() -> None:
    taken = list(inspect.signature(Responder).parameters)
    assert taken == ["scenario", *Options.__annotations__]


def plan(scenario: Scenarios | None = None, **given: Unpack[Options]) -> Plan:
    usual: Options = {
        "listen": "udp:127.0.0.1:0",
        "users": None,
        "realm": "test",
        "seed": None,
        "advertise": None,
        "allow": (),
        "media_ports": "0",
        "media_timeout": 0.0,
        "journal_calls": 1000,
        "journal_bytes": 1000,
    }
    return plan_of(scenario, {**usual, **given}, HERE)[0]


def test_a_plan_of_arguments() -> None:
    made = plan(
        listen=["udp:127.0.0.1:0", "tcp:127.0.0.1:5070"],
        allow="10.0.0.0/8",
        advertise="pbx.test",
        media_ports="off",
        seed=3,
    )
    assert [str(each) for each in made.listens] == ["udp:127.0.0.1:0", "tcp:127.0.0.1:5070"]
    assert (made.allow, made.advertise) == (["10.0.0.0/8"], ("pbx.test", None))
    assert (made.media_ports, made.seed, made.rules) == (None, 3, None)
    assert made.authentication.realm == b"test"
    assert plan(advertise=("pbx.test", 5080)).advertise == ("pbx.test", 5080)


def test_a_scenario_says_what_is_left_open(tmp_path: Path) -> None:
    said = "{seed: 7, users: {ann: pw}, rules: [{respond: 486}]}"
    made = plan(said)
    assert made.seed == 7
    assert made.rules is not None
    assert b"ann" in made.authentication.users
    assert plan(said, seed=1, users="any").seed == 1
    assert plan(said, users="any").authentication.users is EVERYONE
    assert b"bob" in plan(said, users={"bob": "pw"}).authentication.users
    file = tmp_path / "users"
    file.write_text("carol:pw\n")
    assert b"carol" in plan(users=file).authentication.users


def test_listeners_of_a_scenario_come_beside_what_is_asked_for() -> None:
    said = "{listen: {trunk: udp:127.0.0.1:0}, rules: [{respond: 486}]}"
    assert [each.name for each in plan(said, listen=None).listens] == ["trunk"]
    assert [each.name for each in plan(said).listens] == ["", "trunk"]
    assert len(plan("rules: [{respond: 486}]", listen=None).listens) == 2


def test_what_cannot_be_read_is_a_sentence() -> None:
    with pytest.raises(BadAddress, match="is not a transport; write udp or tcp"):
        plan(listen="sip:127.0.0.1:0")
    with pytest.raises(BadAddress, match="is not a range of ports"):
        plan(media_ports="many")


def test_a_warning_names_the_line_of_the_program() -> None:
    with pytest.warns(ScenarioWarning, match="402 is reserved") as told:
        Responder("rules: [{respond: 402}]")
    assert told[0].filename == __file__
