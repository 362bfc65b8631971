"""One responder for all tests of a module: each begins with an empty record."""

from typing import TYPE_CHECKING

import pytest

from responder import Responder

if TYPE_CHECKING:
    from tests.sample_project.conftest import Pbx

pytestmark = pytest.mark.sip_responder(scenario="trunk.yaml")

_PORTS: set[int] = set()


@pytest.mark.parametrize("number", [1, 2, 3])
def test_it_is_one(module_sip_responder: Responder, pbx: "Pbx", number: int) -> None:
    _PORTS.add(module_sip_responder.port)
    assert len(_PORTS) == 1
    assert module_sip_responder.calls == []
    module_sip_responder.expect_invite(to="1001").respond(486)
    assert pbx.dial("1001", via=module_sip_responder.uri) == 486
    if number == 2:
        assert pbx.dial_until_answered("2000", module_sip_responder.uri) == [503, 503, 200]


@pytest.mark.sip_responder(assert_all_used=False)
def test_a_test_has_its_own_beside_it(
    module_sip_responder: Responder, session_sip_responder: Responder, sip_responder: Responder
) -> None:
    ports = {each.port for each in (module_sip_responder, session_sip_responder, sip_responder)}
    assert len(ports) == 3
