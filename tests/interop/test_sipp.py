"""SIPp as the caller: its own scenario, and one that expects each status of the registry."""

from collections.abc import Callable
from pathlib import Path

import pytest

from responder.codes import Code, all_codes
from tests import peers
from tests.interop import every_code, sipp_trace
from tests.interop.answerer import Answerer
from tests.interop.conftest import Run, each_host
from tests.serving import Serving

CODES = all_codes()
FINAL = [code for code in CODES if code.status >= 200]
CALLS = 40


def status_of(code: Code) -> str:
    return str(code.status)


def at(host: str, port: int) -> list[str]:
    """Return SIPp's options for its own address, and for an end in bounded time."""
    patience = ["-nostdin", "-timeout", "30", "-timeout_error"]
    return ["-i", host.strip("[]"), "-p", str(port), *patience]


@each_host
@pytest.mark.parametrize(
    ("transport", "mode"),
    [("udp", "u1"), ("udp", "un"), ("tcp", "t1"), ("tcp", "tn")],
    ids=["udp", "udp-socket-a-call", "tcp", "tcp-connection-a-call"],
)
def test_the_caller_that_sipp_brings_along(
    serving_at: Serving,
    run: Run,
    peer: Callable[[str], Path],
    free_port: Callable[[str], int],
    host: str,
    transport: str,
    mode: str,
    tmp_path: Path,
) -> None:
    """INVITE, 100, 180 or not, 200, ACK, BYE, 200: without one failure or retransmission."""
    run(
        [
            peer("sipp"),
            "-sn",
            "uac",
            "-s",
            "180-200",
            "-t",
            mode,
            "-r",
            "100",
            "-m",
            str(CALLS),
            "-d",
            "20",
            "-max_socket",
            "100",
            *at(host, free_port(host)),
            "-trace_stat",
            "-stf",
            str(tmp_path / "stat.csv"),
            f"{host}:{serving_at.port(transport)}",
        ]
    )
    names, *_, last = (tmp_path / "stat.csv").read_text().splitlines()
    counts = dict(zip(names.split(";"), last.split(";"), strict=True))
    assert counts["SuccessfulCall(C)"] == str(CALLS)
    assert counts["FailedCall(C)"] == "0"
    assert counts["Retransmissions(C)"] == "0"


@pytest.mark.parametrize(("transport", "mode"), [("udp", "u1"), ("tcp", "t1")])
@pytest.mark.parametrize("user", ["180-200", "late"])
def test_its_verdicts(
    answerer: Answerer,
    run: Run,
    peer: Callable[[str], Path],
    user: str,
    transport: str,
    mode: str,
) -> None:
    """It is right in all but one thing: its ACK and BYE go to what it dialled, not to our Contact.

    Over UDP these are the same; over TCP the Contact names the transport.
    """
    place = f"127.0.0.1:{answerer.port(transport)}"
    local = ["-i", "127.0.0.1", "-nostdin", "-timeout", "30", "-timeout_error"]
    run([peer("sipp"), "-sn", "uac", "-s", user, "-t", mode, "-m", "2", "-d", "20", *local, place])
    answerer.wait_for(2)
    faults, correct = answerer.faults(), answerer.correct()
    assert correct >= {"tags", "cseq", "branch", "via", "max-forwards", "contact", "after-bye"}
    assert ("timer-a" in correct) is (user == "late")
    if transport == "udp":
        assert faults == {}
        assert correct >= {"ack", "bye", "route-set"}
    else:
        assert faults.keys() == {"ack", "bye", "route-set"}
        target = f"sip:{user}@{place}"
        for name, method in (("ack", "ACK"), ("bye", "BYE")):
            assert faults[name] == (
                f"the Request-URI of the {method} is {target}; "
                f"expected the remote target, {target};transport=tcp (RFC 3261 12.2.1.1)"
            )


@pytest.fixture(scope="module", params=["udp", "tcp"])
def transport(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def calls(
    shared: Serving,
    transport: str,
    free_port: Callable[[str], int],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, list[str]]:
    """Every status dialled by one SIPp, which ends well only if each came as it should."""
    directory = tmp_path_factory.mktemp(transport)
    scenario = every_code.write(CODES, transport, directory)
    trace = directory / "messages.log"
    peers.run(
        [
            peers.find("sipp"),
            *scenario,
            "-t",
            f"{transport[0]}1",
            "-r",
            "200",
            "-l",
            "100",
            *at("127.0.0.1", free_port("127.0.0.1")),
            "-trace_err",
            "-error_file",
            directory / "errors.log",
            "-trace_msg",
            "-message_file",
            trace,
            f"127.0.0.1:{shared.port(transport)}",
        ],
        directory,
        45.0,
    )
    return sipp_trace.calls(trace)


@pytest.mark.parametrize("code", FINAL, ids=status_of)
def test_a_final_status_is_sent_until_its_ack(
    calls: dict[str, list[str]], transport: str, code: Code
) -> None:
    """Over TCP it is sent once. There SIPp acknowledges a 2xx, which is sent again, at once."""
    final = f"{code.status} INVITE"
    call = calls[status_of(code)]
    before, after = call[: call.index("ACK")], call[call.index("ACK") + 1 :]
    assert before[:3] == ["INVITE", "100 INVITE", final]
    assert set(before[3:]) == ({final} if transport == "udp" else set())
    assert after == (["BYE", "200 BYE"] if code.status < 300 else [])


@pytest.mark.parametrize("code", [code for code in CODES if code.status < 200], ids=status_of)
def test_a_provisional_status_holds_the_call_until_it_is_cancelled(
    calls: dict[str, list[str]], code: Code
) -> None:
    provisional = list(dict.fromkeys(["100 INVITE", f"{code.status} INVITE"]))
    ending = ["CANCEL", "200 CANCEL", "487 INVITE", "ACK"]
    assert calls[status_of(code)] == ["INVITE", *provisional, *ending]


@each_host
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_refusals_on_either_address(
    serving_at: Serving,
    run: Run,
    peer: Callable[[str], Path],
    free_port: Callable[[str], int],
    host: str,
    transport: str,
    tmp_path: Path,
) -> None:
    """SIPp keeps its ACK back, and hears the refusal again over UDP alone."""
    refused = [code for code in FINAL if code.status in {404, 486, 503, 603}]
    scenario = every_code.write(refused, transport, tmp_path)
    place = [*at(host, free_port(host)), "-t", f"{transport[0]}1"]
    trace = ["-trace_msg", "-message_file", str(tmp_path / "messages.log")]
    run([peer("sipp"), *scenario, *place, *trace, f"{host}:{serving_at.port(transport)}"])
    calls = sipp_trace.calls(tmp_path / "messages.log")
    assert calls.keys() == {str(code.status) for code in refused}
    for status, call in calls.items():
        copies = [f"{status} INVITE"] * (2 if transport == "udp" else 1)
        assert call == ["INVITE", "100 INVITE", *copies, "ACK"]


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize(
    "method",
    ["OPTIONS", "REGISTER", "MESSAGE", "SUBSCRIBE", "PUBLISH", "REFER", "INFO", "NOTIFY", "UPDATE"],
)
def test_every_final_status_answers_other_requests(
    shared: Serving,
    run: Run,
    peer: Callable[[str], Path],
    free_port: Callable[[str], int],
    method: str,
    transport: str,
    tmp_path: Path,
) -> None:
    """SIPp finds phrase, tag and fields in each; 408 is silence (RFC 4320 section 4.2)."""
    answering = [code for code in FINAL if code.status != 408]
    heard: dict[str, list[str]] = {}
    for codes in (answering[:36], answering[36:]):
        scenario = every_code.write_requests(method, codes, tmp_path)
        place = [*at("127.0.0.1", free_port("127.0.0.1")), "-t", f"{transport[0]}1"]
        log = tmp_path / f"{codes[0].status}.log"
        trace = ["-trace_msg", "-message_file", str(log)]
        run([peer("sipp"), *scenario, *place, *trace, f"127.0.0.1:{shared.port(transport)}"])
        heard |= sipp_trace.calls(log)
    assert heard == {str(code.status): [method, f"{code.status} {method}"] for code in answering}
