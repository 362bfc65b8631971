"""`responder probe` against servers that were not written here: Kamailio and SIPp."""

import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import peers
from tests.interop.conftest import HERE, HOSTS
from tests.interop.kamailio_proxy import Proxy
from tests.probing import probe
from tests.serving import Serving

PATIENCE = 20.0


@pytest.fixture(scope="module", params=HOSTS)
def host(request: pytest.FixtureRequest) -> str:
    """Every test runs on both."""
    address: str = request.param
    return address


@pytest.fixture(scope="module")
def proxy(
    free_port: Callable[[str], int], host: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxy]:
    directory = tmp_path_factory.mktemp("kamailio")
    proxy = Proxy(peers.find("kamailio"), free_port(host), directory, host)
    yield proxy
    proxy.stop()


each_transport = pytest.mark.parametrize("transport", ["udp", "tcp"])


@each_transport
def test_kamailio_answers_options(proxy: Proxy, transport: str) -> None:
    uri = f"sip:{proxy.host}:{proxy.port};transport={transport}"
    probed = probe(uri, "--method", "OPTIONS", "--expect", "200")
    assert probed.exit_status == 0
    assert probed.result["reason"] == "Alive"
    assert probed.sent() == ["OPTIONS"]


@each_transport
def test_kamailio_refuses_a_call(proxy: Proxy, transport: str) -> None:
    """Kamailio takes the ACK: it does not send its 603 again."""
    uri = f"sip:ring@{proxy.host}:{proxy.port};transport={transport}"
    probed = probe(uri, "--expect", "603")
    assert probed.exit_status == 0
    assert [status for status, _ in probed.heard() if status > 100] == [180, 603]
    assert probed.sent() == ["INVITE", "ACK"]
    assert probed.result["retransmissions"] == 0


@each_transport
@pytest.mark.parametrize(
    ("method", "status"), [("REGISTER", 603), ("OPTIONS", 200), ("INVITE", 603)]
)
def test_kamailio_takes_our_credentials(
    proxy: Proxy, transport: str, method: str, status: int
) -> None:
    """The second request, which has them, gets past Kamailio's challenge."""
    uri = f"sip:secret@{proxy.host}:{proxy.port};transport={transport}"
    login = ["--user", "alice", "--password", "sesame"]
    probed = probe(uri, "--method", method, *login)
    heard = [status for status, each in probed.heard() if each == method and status >= 200]
    assert heard[0] in {401, 407}
    assert heard[1:] == [status]


def test_kamailio_refuses_wrong_credentials(proxy: Proxy) -> None:
    uri = f"sip:secret@{proxy.host}:{proxy.port}"
    probed = probe(uri, "--method", "OPTIONS", "--user", "alice", "--password", "wrong")
    assert probed.result["status"] in {401, 407}


@pytest.mark.parametrize("dialled", ["180-200", "180-486"])
@each_transport
def test_the_responder_behind_kamailio(
    shared: Serving, proxy: Proxy, transport: str, dialled: str
) -> None:
    """ACK and BYE of an answered call take the route that Kamailio recorded."""
    since = len(proxy.log)
    onward = f"next={proxy.host}:{shared.port(transport, proxy.host)}"
    uri = f"sip:{dialled}@{proxy.host}:{proxy.port};transport={transport};{onward}"
    probed = probe(uri, "--hold", "0.1")
    answered = dialled.endswith("200")
    assert probed.exit_status == 0
    assert probed.sent() == (["INVITE", "ACK", "BYE"] if answered else ["INVITE", "ACK"])
    if answered:
        assert probed.heard()[-1] == (200, "BYE")
    assert proxy.relayed(since) == (["INVITE", "ACK", "BYE"] if answered else ["INVITE"])


@each_transport
@pytest.mark.parametrize("dialled", ["180-200", "180-486", "180"])
def test_kamailio_as_the_outbound_proxy(
    shared: Serving, proxy: Proxy, transport: str, dialled: str
) -> None:
    """Kamailio takes its own Route off and relays to what was dialled, a CANCEL too."""
    since = len(proxy.log)
    uri = f"sip:{dialled}@{proxy.host}:{shared.port(transport, proxy.host)};transport={transport}"
    through = f"{proxy.host}:{proxy.port};transport={transport}"
    probed = probe(uri, "--proxy", through, "--timeout", "0.5" if dialled == "180" else "10")
    methods = {"180-200": ["INVITE", "ACK", "BYE"], "180-486": ["INVITE"]}
    final = {"180-200": (200, "BYE"), "180-486": (486, "INVITE"), "180": (487, "INVITE")}
    assert probed.heard()[-1] == final[dialled]
    assert proxy.relayed(since) == methods.get(dialled, ["INVITE", "CANCEL"])


@each_transport
@pytest.mark.parametrize("method", ["OPTIONS", "MESSAGE", "REGISTER"])
def test_other_requests_go_by_the_outbound_proxy(
    shared: Serving, proxy: Proxy, transport: str, method: str
) -> None:
    since = len(proxy.log)
    uri = f"sip:480@{proxy.host}:{shared.port(transport, proxy.host)};transport={transport}"
    through = f"{proxy.host}:{proxy.port};transport={transport}"
    probed = probe(uri, "--proxy", through, "--method", method, "--expect", "480")
    assert probed.exit_status == 0
    assert proxy.relayed(since) == [method]


@contextmanager
def sipp_answering(
    transport: str, host: str, port: int, directory: Path, *scenario: str | Path
) -> Iterator[None]:
    """SIPp as the server for one call, which it has to find in order."""
    command = [peers.find("sipp"), *(scenario or ("-sn", "uas")), "-t", f"{transport[0]}1"]
    command += ["-i", host.strip("[]"), "-p", str(port), "-m", "1", "-nostdin"]
    command += ["-timeout", "20", "-timeout_error", "-reconnect_close", "false", f"{host}:9"]
    log = directory / "sipp.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=directory
        )
    try:
        _wait_until_bound(f"{transport}{'6' if host.startswith('[') else ''}", port, process)
        yield
        status = process.wait(PATIENCE)
        assert status == 0, log.read_text(errors="replace")
    finally:
        process.kill()
        process.wait()


def _wait_until_bound(protocol: str, port: int, process: subprocess.Popen[bytes]) -> None:
    """Look into the kernel's tables: a bind of our own to find out could take the port away."""
    table = Path(f"/proc/net/{protocol}")
    pattern = re.compile(rf"^ *\d+: [0-9A-F]+:{port:04X} ", re.MULTILINE)
    deadline = time.monotonic() + PATIENCE
    while not pattern.search(table.read_text()):
        assert process.poll() is None, "SIPp ended at once"
        assert time.monotonic() < deadline, "SIPp does not listen"
        time.sleep(0.01)


@each_transport
def test_sipp_answers_a_call(
    free_port: Callable[[str], int], tmp_path: Path, host: str, transport: str
) -> None:
    """SIPp's own server counts the call as successful: INVITE, ACK and BYE were as it wants."""
    port = free_port(host)
    with sipp_answering(transport, host, port, tmp_path):
        probed = probe(f"sip:service@{host}:{port}", "--transport", transport, "--expect", "200")
    assert probed.exit_status == 0
    assert [status for status, _ in probed.heard()] == [180, 200, 200]
    assert probed.sent() == ["INVITE", "ACK", "BYE"]


@each_transport
def test_sipp_is_cancelled(
    free_port: Callable[[str], int], tmp_path: Path, host: str, transport: str
) -> None:
    port = free_port(host)
    scenario = HERE / "sipp" / "answer-cancel.xml"
    with sipp_answering(transport, host, port, tmp_path, "-sf", scenario):
        probed = probe(f"sip:service@{host}:{port}", "--transport", transport, "--timeout", "0.3")
    assert probed.exit_status == 4
    assert probed.sent() == ["INVITE", "CANCEL", "ACK"]
    assert set(probed.heard()) == {(180, "INVITE"), (200, "CANCEL"), (487, "INVITE")}
