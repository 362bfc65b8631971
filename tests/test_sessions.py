"""The session of a call: its description, its port, what is heard in it, and its end."""

from dataclasses import replace

import pytest

from responder.journal.record import Record
from responder.media.codecs import OPUS
from responder.media.figures import Volume
from responder.media.rtcp import Goodbye
from responder.media.sdp import Session, parse
from responder.media.sounds import Sounds
from responder.scenario.rules import Rule, Rules
from responder.scenario.steps import Hold, Media, Program, Respond, Sdp, Step, Wait
from responder.sessions import Audio
from responder.sip.settings import Settings
from responder.stack import Stack
from responder.testing.caller import OFFER, Caller
from responder.testing.media import FIRST, Talker, VirtualPorts
from responder.testing.network import LOCAL, Network
from responder.testing.tokens import counted_tokens
from tests.audio import recording

VIDEO_ONLY = OFFER[: OFFER.index(b"m=audio")] + b"m=video 40000 RTP/AVP 31\r\n"
NO_ANSWER = "no audio: the ACK has no answer to our offer (RFC 3261 13.2.1)"


class Call:
    """One caller on a virtual network, and the ports of what it calls."""

    def __init__(self, *steps: Step, most: int = 10, timeout: float = 0.0) -> None:
        self.ports = VirtualPorts(most)
        self.asked: list[str] = []
        audio = Audio(self.ports, Sounds(self._read))
        rules = (
            Rules((Rule(Program("test", (steps,)), (b"INVITE",), b"test"),)) if steps else Rules()
        )
        settings = Settings(media_timeout=timeout)
        self.stack = Stack(settings, counted_tokens(), rules, audio=audio)
        self.network = self.ports.network = Network(self.stack)
        self.alice = Caller(self.network)

    def _read(self, path: str) -> bytes:
        self.asked.append(path)
        if path == "hello.wav":
            return recording(0.1)
        raise FileNotFoundError(2, "No such file or directory")

    def place(self, body: bytes = OFFER, dialled: str = "test") -> None:
        self.alice.call(dialled, body=body)

    def stand(self, body: bytes = OFFER, dialled: str = "test") -> Talker:
        """Place a call, acknowledge it, and return the caller's end of its stream."""
        self.place(body, dialled)
        self.alice.ack()
        return self.talker()

    def talker(self) -> Talker:
        return Talker(self.ports.opened[-1])

    def description(self) -> Session:
        """The session description that came last."""
        return parse(self.alice.last().body)

    @property
    def record(self) -> Record:
        return self.stack.journal.records[-1]


@pytest.fixture
def echo() -> Call:
    return Call(Respond(200))


# How an offer is refused.


@pytest.mark.row("INV-03")
@pytest.mark.parametrize(
    ("body", "code"),
    [(VIDEO_ONLY, "304"), (OFFER.replace(b"0 8 101", b"99"), "305")],
    ids=["no-audio", "no-codec"],
)
def test_an_offer_that_cannot_be_taken_is_488_with_the_reason(
    echo: Call, body: bytes, code: str
) -> None:
    """A Warning tells what was wrong with the offer; no dialog comes of it, and no port."""
    echo.place(body, "180-1-200")
    echo.alice.advance(1.0)
    final = echo.alice.final("INVITE")
    assert final.status == 488
    assert str(final.header("Warning")).startswith(f'{code} {LOCAL[0]}:{LOCAL[1]} "')
    assert not echo.stack.endpoint.dialogs
    assert echo.ports.opened == []


@pytest.mark.row("INV-03")
def test_the_warning_of_an_ipv6_host_has_its_brackets(echo: Call) -> None:
    """A warn-agent is written like the host and port of a URI."""
    alice = Caller(echo.network, remote=("2001:db8::9", 5070))
    alice.flow = echo.network.datagrams(("2001:db8::9", 5070), ("2001:db8::1", 5060))
    alice.call("200", body=VIDEO_ONLY)
    warning = str(alice.final("INVITE").header("Warning"))
    assert warning.startswith("304 [2001:db8::1]:5060 ")


BROKEN = {
    "no-sdp": b"nonsense",
    "empty-lines": b"\r\n\r\n",
    "wrong-version": OFFER.replace(b"v=0", b"v=1"),
    "no-origin": OFFER.replace(b"o=- 1 1 IN IP4 192.0.2.9\r\n", b""),
    "short-origin": OFFER.replace(b"o=- 1 1 IN IP4 192.0.2.9", b"o=- 1 1 IN"),
    "no-subject": OFFER.replace(b"s=-\r\n", b""),
    "no-time": OFFER.replace(b"t=0 0\r\n", b""),
    "bad-time": OFFER.replace(b"t=0 0", b"t=now"),
    "no-connection": OFFER.replace(b"c=IN IP4 192.0.2.9\r\n", b""),
    "short-connection": OFFER.replace(b"c=IN IP4 192.0.2.9", b"c=IN"),
    "no-letter": OFFER + b"=1\r\n",
    "control-characters": OFFER.replace(b"s=-", b"s=\0"),
    "no-port": OFFER.replace(b"40000", b"x"),
    "negative-port": OFFER.replace(b"40000", b"-1"),
    "port-beyond-the-range": OFFER.replace(b"40000", b"65536"),
    "huge-port": OFFER.replace(b"40000", b"9" * 5_000),
    "no-format": OFFER.replace(b" RTP/AVP 0 8 101", b" RTP/AVP"),
    "time-behind-media": OFFER + b"t=0 0\r\n",
    "many-lines": OFFER + b"a=x\r\n" * 2_000,
    "many-streams": OFFER + b"m=audio 1 RTP/AVP 0\r\n" * 200,
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
def test_a_broken_description_is_400_and_names_its_line(echo: Call, body: bytes) -> None:
    echo.place(body)
    final = echo.alice.final("INVITE")
    assert final.status == 400
    assert b"SDP line " in final.reason
    assert echo.ports.opened == []


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
def test_a_broken_description_leaves_a_session_as_it_was(echo: Call, body: bytes) -> None:
    alice = echo.stand()
    for method in ("INVITE", "UPDATE"):
        echo.alice.inside(method, body=body)
        assert echo.alice.final(method).status == 400
        echo.alice.ack()
    alice.say()
    assert len(alice.heard()) == 1


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"m=audio 40000 RTP/SAVP 0", 488),
        (b"m=audio 40000 UDP/TLS/RTP/SAVPF 0", 488),
        (b"m=audio 40000/2 RTP/AVP 0", 488),
        (b"m=audio 40000 RTP/AVP 0\r\nc=IN IP6 2001:dead::1", 488),
        (b"m=audio 40000 RTP/AVP 0\r\nc=IN IP4 224.2.1.1/127", 488),
        (b"m=audio 40000 RTP/AVP x -1 999", 488),
        (b"m=audio 40000 RTP/AVP 96\r\na=rtpmap:96", 488),
        (b"m=audio 40000 RTP/AVP 0\r\na=rtpmap:0 PCMU/0", 488),
        (b"m=audio 40000 RTP/AVP 0\r\na=ptime:x\r\na=fmtp\r\na=:\r\na=", 200),
        (b"m=audio 0 RTP/AVP 0", 200),
        (b"", 200),
    ],
)
def test_an_odd_offer_is_refused_or_taken_but_never_a_fault(
    echo: Call, line: bytes, status: int
) -> None:
    echo.place(OFFER[: OFFER.index(b"m=audio")] + line + b"\r\n" * bool(line))
    assert echo.alice.final("INVITE").status == status


# Ports.


def test_a_call_has_a_port_of_its_own_until_it_ends(echo: Call) -> None:
    echo.place()
    assert echo.description().media[0].port == FIRST
    assert echo.ports.opened[0].host == LOCAL[0]
    echo.alice.ack()
    bob = Caller(echo.network, remote=("192.0.2.10", 5070))
    bob.call("test", body=OFFER)
    bob.ack()
    assert echo.ports.in_use == [FIRST, FIRST + 2]
    echo.alice.bye()
    assert echo.ports.in_use == [FIRST + 2]
    bob.bye()
    assert echo.ports.in_use == []


@pytest.mark.parametrize("dialled", ["486", "180-486", "302", "silent", "180"])
def test_a_call_that_is_not_answered_needs_no_port(echo: Call, dialled: str) -> None:
    echo.place(dialled=dialled)
    assert echo.ports.opened == []


def test_the_port_of_a_call_that_is_cancelled_is_given_back() -> None:
    call = Call(Respond(183, media=Media("tone")), Hold())
    call.place()
    assert call.ports.in_use == [FIRST]
    call.alice.cancel()
    assert call.ports.in_use == []


def test_the_port_of_a_call_that_is_refused_after_all_is_given_back() -> None:
    call = Call(Respond(183, sdp=Sdp()), Respond(486))
    call.place()
    assert call.alice.statuses() == [183, 486]
    assert call.ports.in_use == []


def test_the_port_of_a_call_without_ack_is_given_back(echo: Call) -> None:
    echo.place()
    echo.alice.advance(40.0)
    assert echo.ports.in_use == []


def test_the_ports_are_given_back_when_the_process_ends(echo: Call) -> None:
    echo.stand()
    echo.stack.shut_down(echo.network.now)
    assert echo.ports.in_use == []


def test_a_call_for_which_no_port_is_left_is_503_and_counted() -> None:
    call = Call(Respond(200), most=1)
    call.stand()
    bob = Caller(call.network, remote=("192.0.2.10", 5070))
    bob.call("test", body=OFFER)
    final = bob.final("INVITE")
    assert (final.status, final.header("Retry-After")) == (503, "5")
    assert call.stack.journal.counts["over the limit: media ports"] == 1
    assert call.ports.in_use == [FIRST]
    call.alice.bye()
    bob.ack()
    bob.call("test", body=OFFER)
    assert bob.final("INVITE").status == 200


def test_without_ports_a_description_names_the_discard_port() -> None:
    alice = Caller(Network(Stack(Settings(), counted_tokens())))
    for body in (OFFER, b""):
        alice.call("200", body=body)
        assert parse(alice.final("INVITE").body).media[0].port == 9


def test_a_caller_over_ipv6_gets_a_port_there(echo: Call) -> None:
    alice = Caller(echo.network, remote=("2001:db8::9", 5070))
    alice.flow = echo.network.datagrams(("2001:db8::9", 5070), ("2001:db8::1", 5060))
    body = OFFER.replace(b"IP4 192.0.2.9", b"IP6 2001:db8::9")
    alice.call("test", body=body)
    assert echo.ports.opened[0].host == "2001:db8::1"
    assert b"c=IN IP6 2001:db8::1\r\n" in alice.last().body


def test_audio_may_be_wanted_over_another_version_of_ip_than_the_call(echo: Call) -> None:
    """A phone with both may offer IPv6 in a call over IPv4 (RFC 6157 section 4.1)."""
    body = OFFER.replace(b"IP4 192.0.2.9", b"IP6 2001:db8::9")
    echo.place(body)
    assert echo.ports.opened[0].host == "2001:db8::1"
    assert b"c=IN IP6 2001:db8::1\r\n" in echo.alice.last().body
    echo.alice.ack()
    echo.alice.inside("UPDATE", body=body)
    assert b"c=IN IP6 2001:db8::1\r\n" in echo.alice.last().body


def test_another_version_of_ip_is_refused_where_one_address_is_advertised() -> None:
    ports = VirtualPorts()
    for settings, audio in (
        (Settings(advertise=("203.0.113.5", None)), Audio(ports)),
        (Settings(), Audio()),
    ):
        alice = Caller(Network(Stack(settings, counted_tokens(), audio=audio)))
        alice.call("200", body=OFFER.replace(b"IP4 192.0.2.9", b"IP6 2001:db8::9"))
        assert alice.final("INVITE").status == 488


@pytest.mark.parametrize("address", [b"2001:dead::9", b"name.invalid"])
def test_audio_where_nothing_leads_is_refused(echo: Call, address: bytes) -> None:
    echo.place(OFFER.replace(b"IP4 192.0.2.9", b"IP6 " + address))
    final = echo.alice.final("INVITE")
    assert (final.status, str(final.header("Warning"))[:3]) == (488, "301")


def test_what_is_advertised_stands_in_the_description_and_the_port_where_it_was_reached() -> None:
    ports = VirtualPorts()
    settings = Settings(advertise=("203.0.113.5", 5999))
    stack = Stack(settings, counted_tokens(), audio=Audio(ports))
    ports.network = Network(stack)
    alice = Caller(ports.network)
    alice.call("200", body=OFFER)
    assert b"c=IN IP4 203.0.113.5\r\n" in alice.last().body
    assert ports.opened[0].host == LOCAL[0]


def test_an_early_dialog_that_ended_has_its_port_back_before_the_next() -> None:
    """What follows a 199 belongs to another dialog (RFC 6228), with a session of its own."""
    call = Call(Respond(183, sdp=Sdp()), Respond(199), Respond(200))
    call.alice.call("test", {"Supported": "199"}, OFFER)
    assert call.alice.statuses() == [183, 199, 200]
    assert call.ports.in_use == [FIRST + 2]
    assert call.description().media[0].port == FIRST + 2


# What is heard.


@pytest.mark.parametrize("dialled", ["200", "answer", "echo", "alice"])
def test_who_is_answered_hears_itself(dialled: str) -> None:
    call = Call()
    alice = call.stand(dialled=dialled)
    alice.say(b"hello")
    [packet] = alice.heard()
    assert packet.payload == b"hello"


def test_audio_that_was_agreed_on_may_never_come() -> None:
    call = Call(Respond(200, media=Media("none")))
    alice = call.stand()
    alice.say()
    call.ports.advance(1.0)
    assert alice.heard() == []
    assert alice.port.stream.totals.packets == 1


def test_a_tone_is_heard_once_the_caller_has_sent() -> None:
    call = Call(Respond(200, media=Media("tone", (350.0, 440.0))))
    alice = call.stand()
    call.ports.advance(1.0)
    assert alice.heard() == []
    alice.say()
    call.ports.advance(1.0)
    heard = alice.heard()
    assert len(heard) == 50
    assert {len(packet.payload) for packet in heard} == {160}
    assert len({packet.payload for packet in heard}) > 1


def test_silence_is_heard_as_such() -> None:
    call = Call(Respond(200, media=Media("silence")))
    alice = call.stand()
    alice.say()
    call.ports.advance(0.1)
    assert {packet.payload for packet in alice.heard()} == {b"\xff" * 160}


def test_a_file_is_heard_over_and_over_and_read_once() -> None:
    call = Call(Respond(200, media=Media("file", file="hello.wav")))
    for _ in range(2):
        alice = call.stand()
        alice.say()
        call.ports.advance(0.2)
        heard = [packet.payload for packet in alice.heard()]
        assert heard[:5] == heard[5:]
        call.alice.bye()
    assert call.asked == ["hello.wav"]


def test_a_file_that_is_gone_leaves_silence_and_a_line_in_the_record() -> None:
    call = Call(Respond(200, media=Media("file", file="gone.wav")))
    alice = call.stand()
    alice.say()
    call.ports.advance(1.0)
    assert alice.heard() == []
    [note] = call.record.notes()
    assert note == "no audio: gone.wav [Errno 2] No such file or directory"


# Early media.


@pytest.mark.row("OAN-12")
@pytest.mark.parametrize("step", [Respond(183, sdp=Sdp()), Respond(180, media=Media("silence"))])
def test_an_early_answer_is_repeated_by_the_final_one(step: Respond) -> None:
    call = Call(step, Wait(1.0), Respond(200))
    call.place()
    early = call.alice.last()
    assert early.status == step.status
    assert call.description().media[0].port == FIRST
    call.alice.advance(1.0)
    assert call.alice.last().body == early.body
    assert call.ports.in_use == [FIRST]


def test_what_is_heard_early_and_later_may_differ() -> None:
    call = Call(Respond(183, media=Media("silence")), Wait(1.0), Respond(200, media=Media("echo")))
    call.place()
    alice = call.talker()
    alice.say(b"early")
    call.ports.advance(0.1)
    assert [packet.payload for packet in alice.heard()] == [b"\xff" * 160] * 5
    call.ports.advance(1.0)
    before = len(alice.heard())
    alice.say(b"later")
    call.ports.advance(1.0)
    assert [packet.payload for packet in alice.heard()[before:]] == [b"later"]


def test_an_early_answer_is_repeated_while_it_rings() -> None:
    call = Call(Respond(183, sdp=Sdp()), Hold())
    call.place()
    call.alice.advance(60.0)
    first, again = (message.body for message in call.alice.received[-2:])
    assert first == again
    assert call.ports.in_use == [FIRST]


def test_no_offer_has_no_early_answer() -> None:
    """An offer of ours has to arrive, and a 183 may not (RFC 3261 section 13.2.1)."""
    call = Call(Respond(183, sdp=Sdp()), Respond(200))
    call.place(b"")
    early, final = call.alice.received[-2:]
    assert (early.status, early.body) == (183, b"")
    assert parse(final.body).media[0].port == FIRST


def test_an_offer_that_cannot_be_taken_is_refused_early() -> None:
    call = Call(Respond(183, sdp=Sdp()), Hold())
    call.place(VIDEO_ONLY)
    assert call.alice.final("INVITE").status == 488
    assert call.ports.opened == []


# What a step asks for.


def test_a_description_may_stand_as_it_is() -> None:
    call = Call(Respond(200, sdp=Sdp(text=b"v=nonsense\r\n")))
    call.place()
    assert call.alice.last().body == b"v=nonsense\r\n"
    assert call.ports.opened == []
    call.alice.ack()
    call.alice.inside("INVITE", body=OFFER)
    assert call.alice.last().status == 200
    assert call.description().media[0].port == FIRST


def test_only_some_codecs_may_be_taken() -> None:
    call = Call(Respond(200, sdp=Sdp(codecs=(b"pcma",))))
    call.place()
    assert call.description().media[0].formats == (b"8", b"101")
    other = Call(Respond(200, sdp=Sdp(codecs=(b"g722",))))
    other.place()
    assert str(other.alice.final("INVITE").header("Warning")).startswith("305 ")


def test_a_direction_may_be_wanted() -> None:
    call = Call(Respond(200, sdp=Sdp(direction="recvonly")))
    call.place()
    assert b"a=recvonly\r\n" in call.alice.last().body
    alice = call.talker()
    alice.say()
    assert alice.heard() == []


def test_opus_is_echoed_like_any_other() -> None:
    call = Call(Respond(200))
    body = OFFER.replace(b"0 8 101\r\n", b"111 101\r\na=rtpmap:111 opus/48000/2\r\n")
    call.place(body)
    assert call.description().media[0].formats == (b"111",), "101 has another clock rate"
    call.alice.ack()
    alice = call.talker()
    alice.payload_type = 111
    alice.say(b"any")
    assert [packet.payload_type for packet in alice.heard()] == [111]
    assert alice.port.stream.agreed.codec is OPUS


# Our own offer.


@pytest.mark.row("OAN-01")
def test_the_answer_to_our_offer_comes_in_the_ack() -> None:
    call = Call(Respond(200, media=Media("silence")))
    call.place(b"")
    offered = call.description().media[0]
    assert (offered.port, offered.formats) == (FIRST, (b"0", b"8", b"9", b"96", b"101", b"102"))
    alice = call.talker()
    alice.payload_type = 8
    alice.say()
    call.ports.advance(0.1)
    assert alice.heard() == [], "nothing is known yet of what may be sent"
    body = OFFER.replace(b"0 8 101", b"8")
    call.alice.send(call.alice.request("ACK", call.alice.target, {"CSeq": "1 ACK"}, body))
    call.ports.advance(0.1)
    assert {packet.payload_type for packet in alice.heard()} == {8}
    assert call.record.notes() == []


@pytest.mark.parametrize(
    ("body", "note"),
    [
        (b"", NO_ANSWER),
        (VIDEO_ONLY, "no audio: no common stream (RFC 3261 13.2.1)"),
        (b"nonsense", "no audio: SDP line 1: not of the form letter=value (RFC 3261 13.2.1)"),
    ],
    ids=["none", "other", "broken"],
)
def test_an_answer_that_cannot_be_used_is_noted(echo: Call, body: bytes, note: str) -> None:
    echo.place(b"")
    echo.alice.send(echo.alice.request("ACK", echo.alice.target, {"CSeq": "1 ACK"}, body))
    assert echo.record.notes() == [note]
    alice = echo.talker()
    alice.say()
    assert alice.heard() == []
    echo.alice.again(echo.alice.sent)
    echo.alice.bye()
    assert echo.ports.in_use == []


# Re-INVITE and UPDATE.


@pytest.mark.row("OAN-08")
@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
@pytest.mark.parametrize(
    "hold",
    [
        OFFER + b"a=sendonly\r\n",
        OFFER + b"a=inactive\r\n",
        OFFER.replace(b"c=IN IP4 192.0.2.9", b"c=IN IP4 0.0.0.0"),
    ],
    ids=["sendonly", "inactive", "void"],
)
def test_nothing_is_sent_on_hold_and_again_after_it(echo: Call, method: str, hold: bytes) -> None:
    alice = echo.stand()
    alice.say()
    for body in (hold, OFFER):
        echo.alice.inside(method, body=body)
        assert echo.alice.final(method).status == 200
        assert echo.description().media[0].port == FIRST
        if method == "INVITE":
            echo.alice.ack()
        alice.say()
    assert len(alice.heard()) == 2
    assert echo.ports.in_use == [FIRST]


def test_another_codec_may_be_agreed_on_later() -> None:
    call = Call(Respond(200, media=Media("silence")))
    alice = call.stand()
    alice.say()
    call.ports.advance(0.04)
    call.alice.inside("UPDATE", body=OFFER.replace(b"0 8 101", b"8"))
    call.ports.advance(0.04)
    assert [packet.payload_type for packet in alice.heard()] == [0, 0, 8, 8]
    assert {packet.payload[:1] for packet in alice.heard()[2:]} == {b"\xd5"}


def test_the_caller_may_move_with_a_new_offer(echo: Call) -> None:
    alice = echo.stand()
    alice.say()
    echo.alice.inside("INVITE", body=OFFER.replace(b"40000", b"41000"))
    echo.alice.ack()
    moved = Talker(alice.port, ("192.0.2.9", 41_000))
    moved.ssrc = 99
    moved.say()
    assert len(moved.heard()) == 1


@pytest.mark.row("INV-08")
def test_an_offer_that_is_refused_later_changes_nothing(echo: Call) -> None:
    alice = echo.stand()
    echo.alice.inside("INVITE", body=VIDEO_ONLY)
    assert echo.alice.final("INVITE").status == 488
    echo.alice.ack()
    alice.say()
    assert len(alice.heard()) == 1


def test_a_stream_that_is_removed_is_silent_and_may_come_back(echo: Call) -> None:
    alice = echo.stand()
    for body, port, heard in ((OFFER.replace(b"40000", b"0"), 0, 0), (OFFER, FIRST, 1)):
        echo.alice.inside("INVITE", body=body)
        assert echo.description().media[0].port == port
        echo.alice.ack()
        alice.say()
        assert len(alice.heard()) == heard


def test_a_stream_that_comes_later_gets_its_port_then(echo: Call) -> None:
    without = OFFER.replace(b"40000", b"0")
    echo.place(without)
    assert echo.ports.opened == []
    echo.alice.ack()
    echo.alice.inside("INVITE", body=OFFER)
    assert echo.description().media[0].port == FIRST
    assert echo.description().origin.version == b"2"
    echo.alice.ack()
    alice = echo.talker()
    alice.say()
    assert len(alice.heard()) == 1
    echo.alice.bye()
    assert echo.ports.in_use == []


def test_a_stream_that_comes_later_may_find_no_port() -> None:
    call = Call(Respond(200), most=0)
    call.place(OFFER.replace(b"40000", b"0"))
    call.alice.ack()
    call.alice.inside("INVITE", body=OFFER)
    assert call.alice.final("INVITE").status == 503
    assert call.stack.journal.counts["over the limit: media ports"] == 1


def test_a_re_invite_without_offer_gets_one_and_its_answer_counts(echo: Call) -> None:
    alice = echo.stand()
    echo.alice.inside("INVITE")
    assert echo.description().media[0].port == FIRST
    number = echo.alice.last().fields[b"cseq"].split()[0].decode()
    body = OFFER + b"a=sendonly\r\n"
    ack = echo.alice.request("ACK", echo.alice.target, {"CSeq": f"{number} ACK"}, body)
    echo.alice.send(ack)
    alice.say()
    assert alice.heard() == [], "the answer put us on hold"


# The record, and the end.


def test_the_figures_of_the_audio_are_in_the_record(echo: Call) -> None:
    alice = echo.stand()
    for _ in range(5):
        alice.say()
        echo.ports.advance(0.02)
    echo.alice.bye()
    assert echo.record.media is not None
    assert echo.record.media.line() == "audio PCMU in 5 lost 0 jitter 0.0 ms out 5"
    assert echo.record.media.facts()["sent_packets"] == 5


def test_a_call_without_audio_has_no_figures(echo: Call) -> None:
    echo.place(dialled="486")
    assert echo.record.media is None


def test_the_end_is_told_to_who_sent_reports(echo: Call) -> None:
    alice = echo.stand()
    alice.report()
    echo.alice.bye()
    assert isinstance(alice.reports()[-1], Goodbye)


def test_a_call_that_falls_silent_may_be_ended() -> None:
    call = Call(Respond(200), timeout=10.0)
    alice = call.stand()
    for _ in range(4):
        call.ports.advance(8.0)
        alice.say()
    assert call.alice.ladder()[-1] == "-> ACK"
    call.ports.advance(10.2)
    assert call.alice.ladder()[-1] == "+42 <- BYE"
    assert call.record.notes() == ["no media came for too long: BYE"]
    assert call.ports.in_use == []


def test_a_call_that_was_silent_from_the_start_is_ended_too() -> None:
    call = Call(Respond(200), timeout=10.0)
    call.stand()
    call.ports.advance(10.2)
    assert call.alice.ladder()[-1] == "+10 <- BYE"


def test_a_call_on_hold_may_be_silent() -> None:
    call = Call(Respond(200), timeout=10.0)
    call.stand()
    call.alice.inside("UPDATE", body=OFFER + b"a=recvonly\r\n")
    call.ports.advance(100.0)
    assert call.ports.in_use == [FIRST]
    call.alice.inside("UPDATE", body=OFFER)
    call.ports.advance(9.0)
    assert call.ports.in_use == [FIRST]
    call.ports.advance(2.0)
    assert call.ports.in_use == []


def test_the_volume_of_audio_goes_on_when_its_call_is_over(echo: Call) -> None:
    first = echo.stand()
    first.say()
    first.say()
    first.skip()
    first.say()
    going_on = echo.stack.uas.sessions.volume()
    assert going_on == Volume(1, 3, 3, 0)
    echo.alice.bye()
    over = echo.stack.uas.sessions.volume()
    assert over == Volume(1, 3, 3, 1)
    assert echo.stack.uas.sessions.live == 0
    echo.stand()
    assert echo.stack.uas.sessions.live == 1
    assert echo.stack.uas.sessions.volume() == replace(over, streams=2)
