"""sngrep opens a capture file, and finds in it what was said."""

from pathlib import Path

import pytest

from responder.report.pcap import capture
from tests import peers
from tests.interop.capture import Trace
from tests.report.records import calls

pytestmark = pytest.mark.interop

PATIENCE = 20.0


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_sngrep_finds_every_message(tmp_path: Path, transport: str) -> None:
    peers.find("tshark")
    records = calls(transport).records
    file, found = tmp_path / "calls.pcapng", tmp_path / "found.pcap"
    file.write_bytes(b"".join(capture(records, epoch=1e9, program="sip-responder/1.0")))
    # Without its screens it writes what it took for SIP to another file.
    command: list[str | Path] = [peers.find("sngrep"), "-N", "-q", "-I", file, "-O", found]
    peers.run(command, tmp_path, PATIENCE)
    messages = sum(entry.kind != "note" for record in records for entry in record.entries)
    assert len(Trace(found).messages()) == messages
