"""What holds: plain and asyncio tests, rules of files and of Python, one line for many codes."""

import asyncio
from typing import TYPE_CHECKING

import pytest

from responder import Responder, contains, regex
from responder.pytest_plugin import MakeSipResponder

if TYPE_CHECKING:
    from tests.sample_project.conftest import Pbx


def test_a_call_is_refused(sip_responder: Responder, pbx: "Pbx") -> None:
    sip_responder.expect_invite(to="1001").once().respond(503, headers={"Retry-After": "5"})
    pbx.dial("1001", via=sip_responder.uri)
    call = sip_responder.wait_for_call(to="1001", timeout=5)
    assert call.final_status == 503
    assert call.verdicts["ack"].outcome == "correct"
    assert call.request.header("User-Agent") == "Sample PBX"


@pytest.mark.parametrize("code", [400, 404, 480, 486, 500, 503, 600, 603])
def test_every_refusal_reaches_the_pbx(sip_responder: Responder, pbx: "Pbx", code: int) -> None:
    sip_responder.expect_invite().respond(code)
    assert pbx.dial("1001", via=sip_responder.uri) == code


def test_a_dialled_status_needs_no_rule(sip_responder: Responder, pbx: "Pbx") -> None:
    assert pbx.dial("486", via=sip_responder.uri) == 486


@pytest.mark.sip_responder(scenario="trunk.yaml")
def test_a_file_and_a_rule_of_python_answer_together(sip_responder: Responder, pbx: "Pbx") -> None:
    sip_responder.expect_invite(to="2001").respond(486)
    assert pbx.dial_until_answered("2000", via=sip_responder.uri) == [503, 503, 200]
    assert pbx.dial("2001", via=sip_responder.uri) == 486
    assert [call.final_status for call in sip_responder.wait_for(count=4)] == [503, 503, 200, 486]


def test_matchers(sip_responder: Responder, pbx: "Pbx") -> None:
    agents = {"User-Agent": contains("Sample")}
    sip_responder.expect_invite(to_user=regex("^2[0-9]{3}$"), header=agents).once().respond(480)
    sip_responder.expect_invite(to_user=regex("^2[0-9]{3}$")).once().respond(481)
    assert pbx.dial("2999", via=sip_responder.uri, agent="Other") == 481
    assert pbx.dial("2999", via=sip_responder.uri) == 480


async def test_beside_an_event_loop(sip_responder: Responder, pbx: "Pbx") -> None:
    sip_responder.expect_invite(to="1001").respond([180, {"wait": "10ms"}, 486])
    calling = asyncio.create_task(pbx.dial_async("1001", via=sip_responder.uri))
    call = await sip_responder.wait_for_call_async(to="1001", status=486)
    assert await calling == 486
    assert call.statuses == [180, 486]


@pytest.mark.sip_responder(assert_all_used=False, assert_all_matched=False)
def test_the_checks_can_be_turned_off(sip_responder: Responder, pbx: "Pbx") -> None:
    sip_responder.expect_invite(to="1001").respond(486)
    assert pbx.dial("1002", via=sip_responder.uri) == 200


def test_two_responders(make_sip_responder: MakeSipResponder, pbx: "Pbx") -> None:
    first, second = make_sip_responder(), make_sip_responder("trunk.yaml", seed=1)
    first.expect_invite(to="1001").respond(503)
    assert pbx.dial("1001", via=first.uri) == 503
    assert pbx.dial("2000", via=second.uri) == 503
    assert first.port != second.port


def test_a_port_of_ones_own(sip_responder_listen: list[str], sip_responder: Responder) -> None:
    assert sip_responder_listen == ["udp:127.0.0.1:0", "tcp:127.0.0.1:0"]
    assert [each.partition(":")[0] for each in sip_responder.addresses] == ["udp", "tcp"]
