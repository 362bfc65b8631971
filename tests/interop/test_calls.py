"""SIPp as a caller in calls whose steps go on: held, spoken to, and hung up by the responder."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.interop.answerer import Answerer
from tests.interop.conftest import Run
from tests.scenario.scenarios import compiled

SIPP = Path(__file__).parent / "sipp"
RULES = """
rules:
  - name: inside
    match: {method: INVITE, uri.user: inside}
    respond:
      - 200
      - {receive: ACK, within: 5s}
      - {send: INVITE, sdp: {direction: sendonly}}
      - {receive: 200, within: 5s}
      - {send: INFO, body: hello}
      - {receive: 200, within: 5s}
      - send: BYE
      - {receive: 200, within: 5s}
"""


@pytest.mark.parametrize(("transport", "mode"), [("udp", "u1"), ("tcp", "t1")])
def test_sipp_is_held_spoken_to_and_hung_up(
    run: Run, peer: Callable[[str], Path], transport: str, mode: str
) -> None:
    with Answerer(compiled(RULES).rules) as answerer:
        place = f"127.0.0.1:{answerer.port(transport)}"
        patience = ["-nostdin", "-timeout", "30", "-timeout_error"]
        command = [peer("sipp"), "-sf", SIPP / "inside.xml", "-s", "inside", "-t", mode]
        run([*command, "-m", "3", "-i", "127.0.0.1", *patience, place])
        answerer.wait_for(3)
    records = list(answerer.stack.journal.records)
    assert [record.failed for record in records] == [""] * 3
    assert [record.notes() for record in records] == [[]] * 3
