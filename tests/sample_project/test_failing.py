"""What does not hold; the reports of these tests are asserted on by tests/test_pytest_plugin.py."""

from typing import TYPE_CHECKING

import pytest

from responder import Responder

if TYPE_CHECKING:
    from tests.sample_project.conftest import Pbx


def test_a_wrong_status(sip_responder: Responder, pbx: "Pbx") -> None:
    sip_responder.expect_invite(to="1001").respond(486)
    assert pbx.dial("1001", via=sip_responder.uri) == 200


def test_nobody_calls(sip_responder: Responder) -> None:
    sip_responder.wait_for_call(to="1001", timeout=0.1)


def test_another_number_is_called(sip_responder: Responder, pbx: "Pbx") -> None:
    pbx.dial("486", via=sip_responder.uri)
    sip_responder.wait_for_call(to="1001", status=503, timeout=0.1)


def test_a_rule_is_not_used(sip_responder: Responder, pbx: "Pbx") -> None:
    sip_responder.expect_invite(to="1001").once().respond(503)
    sip_responder.expect_invite(to="1002").once().respond(486)
    pbx.dial("1001", via=sip_responder.uri)


@pytest.mark.sip_responder(scenario="trunk.yaml", assert_all_used=False)
def test_a_request_matches_no_rule(sip_responder: Responder, pbx: "Pbx") -> None:
    pbx.dial("1003", via=sip_responder.uri)


def test_a_mistake_in_a_rule(sip_responder: Responder) -> None:
    sip_responder.expect_invite(to="1001").respond(99)


def test_a_rule_that_does_nothing(sip_responder: Responder) -> None:
    sip_responder.expect_invite(to="1001").once()


async def test_nobody_calls_beside_an_event_loop(sip_responder: Responder) -> None:
    await sip_responder.wait_for_call_async(to="1001", timeout=0.1)


@pytest.mark.sip_responder(scenario="nowhere.yaml")
def test_a_scenario_that_is_not_there(sip_responder: Responder) -> None:
    raise NotImplementedError(sip_responder)


@pytest.mark.sip_responder("trunk.yaml")
def test_a_marker_without_names(sip_responder: Responder) -> None:
    raise NotImplementedError(sip_responder)


def test_a_wide_rule_is_not_used(session_sip_responder: Responder, pbx: "Pbx") -> None:
    session_sip_responder.expect_invite(to="1001").respond(503)
    pbx.dial("1002", via=session_sip_responder.uri)
