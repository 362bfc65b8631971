"""The session of each call: its description (RFC 3261 section 13.3.1), its port, its end. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final, TypeAlias

from responder.journal.record import Record
from responder.media.agreement import Agreed, agree
from responder.media.codecs import Codec, chosen
from responder.media.figures import Figures, Volume
from responder.media.negotiation import (
    FAMILY_UNUSABLE,
    Draft,
    LocalMedia,
    Refused,
    draft,
    next_version,
    offer,
)
from responder.media.ports import Port, Ports
from responder.media.sdp import Direction, parse
from responder.media.session_body import SDP, capabilities_body, offered, session_body
from responder.media.sounds import KINDS, Sound, Sounds
from responder.media.stream import Stream
from responder.scenario.steps import Media, Respond, Sdp
from responder.sip.dialog import EARLY, Dialog
from responder.sip.errors import Malformed
from responder.sip.events import Flow
from responder.sip.headers.content import parse_accept
from responder.sip.message import Message
from responder.sip.server_transaction import Log, ServerTransaction
from responder.sip.settings import Settings, Tokens
from responder.sip.timers import Timed, Timers
from responder.sip.validation import Refusal, refuse

DISCARD_PORT: Final = 9
"""Where media is to be sent while nothing here takes it: the discard port (RFC 863)."""

NO_PORT: Final = "media ports"
"""The cause of a refusal for want of a port."""

Key: TypeAlias = tuple[bytes, bytes, bytes]
"""What the dialog of a session has as its key, before there is one."""

_ECHO: Final = Media()
_ANSWER: Final = Respond(200)
_EVERY_WAY: Final = Direction.SENDRECV


@dataclass(frozen=True, slots=True)
class Audio:
    """Where audio goes, and where it comes from.

    Attributes:
        ports: where ports come from; None where no media is taken: then a description names the
            discard port.
        sounds: what callers may hear beside themselves.
    """

    ports: Ports | None = None
    sounds: Sounds = field(default_factory=Sounds)


class Session(Timed):
    """The stream of one call and the port that it has.

    Attributes:
        key: of its dialog.
        stream: what takes and sends its packets.
        port: where.
        host: our address in its descriptions.
        media: what the caller hears.
        offer: our own offer while its answer is not there, else empty.
        log: the record of the call.
    """

    __slots__ = (
        "_owner",
        "host",
        "key",
        "log",
        "media",
        "offer",
        "port",
        "stream",
    )

    def __init__(
        self, owner: "Sessions", key: Key, stream: Stream, port: Port, host: str, log: Log | None
    ) -> None:
        super().__init__()
        self._owner = owner
        self.key = key
        self.stream = stream
        self.port = port
        self.host = host
        self.media = _ECHO
        self.offer = b""
        self.log = log

    def fire(self, now: float) -> None:
        """Look whether anything came of late."""
        self._owner.watch(self, now)


class Sessions:
    """Makes the session descriptions of one endpoint, and holds what came of them.

    Args:
        settings: what the endpoint advertises, and how long it waits for media.
        host: returns our own host and port as a URI writes them, for a flow.
        tokens: a source of fresh tokens.
        timers: where waits are kept.
        audio: where audio goes, and where it comes from.
        silent: takes the key of a dialog whose other side has sent no media for too long.
    """

    def __init__(
        self,
        settings: Settings,
        host: Callable[[Flow], bytes],
        tokens: Tokens,
        timers: Timers,
        audio: Audio,
        silent: Callable[[Key, float], None],
    ) -> None:
        self._settings = settings
        self._host = host
        self._tokens = tokens
        self._timers = timers
        self._ports = audio.ports
        self._sounds = audio.sounds
        self._silent = silent
        self._session = 0
        self._open: dict[Key, Session] = {}
        self._over = Volume()

    @property
    def live(self) -> int:
        """How many sessions have a port now."""
        return len(self._open)

    def volume(self) -> Volume:
        """Return how much audio there was so far."""
        return self._over.going_on(session.stream for session in self._open.values())

    def capabilities(self, request: Message, flow: Flow) -> bytes:
        """Return the description that an OPTIONS asks for by name (RFC 3261 11.2), or nothing."""
        return capabilities_body(self._local(flow, _ANSWER)) if _takes_sdp(request) else b""

    def describe(
        self, transaction: ServerTransaction, request: Message, step: Respond, now: float
    ) -> bytes | Refusal:
        """Return the session description of a response, or how the request is refused.

        In a 2xx it is never empty. In a 18x it answers an offer; where there is none, it is empty,
        because an offer of ours must arrive (RFC 3261 section 13.2.1).

        Args:
            transaction: an INVITE or UPDATE.
            request: its request.
            step: what is to be answered.
            now: seconds.
        """
        if step.sdp is not None and step.sdp.text is not None:
            return step.sdp.text
        dialog = transaction.dialog
        try:
            if dialog is not None and dialog.description:
                if dialog.state == EARLY and transaction.invite:
                    return self._repeat(dialog, step, now)
                return self._renew(transaction, request, dialog, step, now)
            return self._begin(transaction, request, step, now)
        except Malformed as fault:
            return refuse(400, str(fault))

    def acknowledged(self, dialog: Dialog, ack: Message, now: float) -> None:
        """Take the answer to our own offer, which the ACK of a 2xx carries (RFC 3261 13.2.2.4)."""
        session = self._open.get(dialog.key)
        if session is None or not session.offer:
            return
        ours, session.offer = session.offer, b""
        self._conclude(session, ours, ack, now)

    def _conclude(self, session: Session, ours: bytes, message: Message, now: float) -> None:
        """Take the answer to an offer of our own from the message that has to carry it."""
        body = offered(message)
        carrier = f"the {message.status}" if message.status else f"the {message.method.decode()}"
        try:
            agreed = agree(parse(ours), parse(body)) if body is not None else None
            fault = f"{carrier} has no answer to our offer" if body is None else "no common stream"
        except Malformed as malformed:
            agreed, fault = None, str(malformed)
        if agreed is None:
            _note(session.log, now, f"no audio: {fault} (RFC 3261 13.2.1)")
        else:
            self._agree(session, agreed, now)

    def offer(self, dialog: Dialog, wanted: Sdp | None) -> bytes:
        """Return an offer of our own in a session (RFC 3264 section 8).

        Args:
            dialog: its dialog.
            wanted: codecs and direction; None for all that we know, both ways.
        """
        local = self._inside(dialog, wanted)
        previous = _readable(dialog.description)
        if not previous:
            return offer(local).to_bytes()
        return next_version(previous, offer(local, parse(previous))).to_bytes()

    def answered(self, dialog: Dialog, ours: bytes, response: Message, now: float) -> None:
        """Take the answer to an offer of our own, which a 2xx carries."""
        session = self._open.get(dialog.key)
        if session is not None:
            self._conclude(session, ours, response, now)

    def answer(self, dialog: Dialog, response: Message, now: float) -> bytes:
        """Return the answer to the offer that a 2xx carries, for its ACK (RFC 3261 13.2.2.4).

        It is empty where there is no offer, or none that we can take.
        """
        body = offered(response)
        if body is None:
            return b""
        try:
            previous = _readable(dialog.description)
            made = session_body(response, self._inside(dialog, None), previous)
            if isinstance(made, Refused):
                _note(dialog.log, now, f"no answer in the ACK: {made.reason}")
                return b""
            agreed = agree(parse(made), parse(body))
        except Malformed as fault:
            _note(dialog.log, now, f"no answer in the ACK: {fault}")
            return b""
        dialog.description = made
        session = self._open.get(dialog.key)
        if session is not None:
            stopped = replace(session.stream.agreed, sends=False, receives=False)
            self._agree(session, agreed or stopped, now)
        return made

    def _inside(self, dialog: Dialog, wanted: Sdp | None) -> LocalMedia:
        """Return our side of a session that stands."""
        local = self._local(dialog.flow, Respond(200, sdp=wanted))
        session = self._open.get(dialog.key)
        if session is None:
            return local
        return replace(local, host=session.host, port=session.port.number)

    def ended(self, dialog: Dialog, now: float) -> None:
        """Give back what the session of a dialog has."""
        session = self._open.pop(dialog.key, None)
        if session is not None:
            self._timers.disarm(session)
            session.port.close(now)
            self._over.add(session.stream)

    def watch(self, session: Session, now: float) -> None:
        """Wait for the time that nothing may come; what is on hold is waited for without end."""
        limit = self._settings.media_timeout
        stream = session.stream
        if not limit:
            return
        if stream.agreed.receives and now - stream.last_at >= limit:
            self._silent(session.key, now)
            return
        start = stream.last_at if stream.agreed.receives else now
        self._timers.arm(session, start + limit)

    # Descriptions.

    def _begin(
        self, transaction: ServerTransaction, request: Message, step: Respond, now: float
    ) -> bytes | Refusal:
        """Describe a session for the first time."""
        local = self._local(transaction.flow, step)
        body = offered(request)
        if body is None:
            if step.status < 200:
                return b""
            made: Draft | None = None
            agreed = _expected(local.codecs, local.direction)
        else:
            drafted = draft(body, local)
            if drafted is FAMILY_UNUSABLE:
                local = replace(local, host=self._facing(body) or local.host)
                drafted = draft(body, local)
            if isinstance(drafted, Refused):
                return self._not_acceptable(drafted, transaction.flow)
            made, agreed = drafted, drafted.agreed
        session, port = None, DISCARD_PORT
        if self._ports is not None and agreed is not None:
            session = self._start(transaction, request, agreed, local.host, now)
            if session is None:
                return self._no_port()
            port = session.port.number
            self._play(session, step.media or _ECHO, now)
        if made is not None:
            return made.to_bytes(local.session_id, 1, port)
        ours = offer(replace(local, port=port)).to_bytes()
        if session is not None:
            session.offer = ours
        return ours

    def _repeat(self, dialog: Dialog, step: Respond, now: float) -> bytes:
        """Say again what an early response said: it was the answer (RFC 3261 13.2.1)."""
        session = self._open.get(dialog.key)
        if session is not None and step.media is not None:
            self._play(session, step.media, now)
        return dialog.description

    def _renew(
        self,
        transaction: ServerTransaction,
        request: Message,
        dialog: Dialog,
        step: Respond,
        now: float,
    ) -> bytes | Refusal:
        """Describe a session again, for a re-INVITE or UPDATE (RFC 3264 section 8)."""
        local = self._local(transaction.flow, step)
        session = self._open.get(dialog.key)
        if session is not None:
            local = replace(local, host=session.host, port=session.port.number)
        previous = _readable(dialog.description)
        made = session_body(request, local, previous)
        if isinstance(made, Refused):
            return self._not_acceptable(made, transaction.flow)
        body = offered(request)
        ours = parse(made)
        agreed = agree(ours, parse(body) if body is not None else ours)
        if session is None and agreed is not None and self._ports is not None:
            session = self._start(transaction, request, agreed, local.host, now)
            if session is None:
                return self._no_port()
            self._play(session, step.media or _ECHO, now)
            again = session_body(request, replace(local, port=session.port.number), previous)
            assert isinstance(again, bytes)
            made = again
        if session is not None:
            session.offer = made if body is None else b""
            if body is not None:
                stopped = replace(session.stream.agreed, sends=False, receives=False)
                self._agree(session, agreed or stopped, now)
        return made

    def _local(self, flow: Flow, step: Respond) -> LocalMedia:
        self._session += 1
        advertised = self._settings.advertise
        host = advertised[0] if advertised is not None else flow.local[0]
        wanted = step.sdp
        if wanted is None:
            return LocalMedia(host, DISCARD_PORT, self._session, 1)
        direction = Direction(wanted.direction.encode()) if wanted.direction else _EVERY_WAY
        codecs = chosen(wanted.codecs)
        return LocalMedia(host, DISCARD_PORT, self._session, 1, codecs=codecs, direction=direction)

    def _facing(self, body: bytes) -> str | None:
        """Return our address that faces the first audio of an offer, where there is one."""
        if self._ports is None or self._settings.advertise is not None:
            return None
        session = parse(body)
        places = (session.connection_of(each) for each in session.media if each.kind == b"audio")
        address = next((place.address for place in places if place is not None), b"")
        return self._ports.reach(address.decode("ascii", "replace"))

    def _not_acceptable(self, refused: Refused, flow: Flow) -> Refusal:
        warning = b'%d %b "%b"' % (
            refused.warning_code,
            self._host(flow),
            refused.warning_text.encode(),
        )
        return Refusal(488, headers=((b"Warning", warning),))

    def _no_port(self) -> Refusal:
        wait = b"%d" % self._settings.limits.retry_after
        return Refusal(503, headers=((b"Retry-After", wait),), cause=NO_PORT)

    # Streams.

    def _start(
        self,
        transaction: ServerTransaction,
        request: Message,
        agreed: Agreed,
        host: str,
        now: float,
    ) -> Session | None:
        """Open a stream for the dialog that a response begins or has begun; None without a port."""
        assert self._ports is not None
        dialog = transaction.dialog
        key = (request.fields[b"call-id"], transaction.tag, transaction.from_tag)
        if dialog is not None:
            key = dialog.key
        stream = Stream(agreed, self._tokens, now, self._settings.epoch)
        ours = host if self._settings.advertise is None else transaction.flow.local[0]
        port = self._ports.open(ours, stream, now)
        if port is None:
            return None
        session = self._open[key] = Session(self, key, stream, port, host, transaction.log)
        if type(session.log) is Record:
            session.log.media = Figures(stream)
        self.watch(session, now)
        return session

    def _agree(self, session: Session, agreed: Agreed, now: float) -> None:
        session.stream.agree(agreed, now)
        self._play(session, session.media, now)
        self.watch(session, now)

    def _play(self, session: Session, media: Media, now: float) -> None:
        session.media = media
        stream = session.stream
        before = stream.sound
        if media.kind in KINDS:
            sound = Sound(media.kind, media.tone, media.file)
            try:
                stream.play(self._sounds.prepare(sound, stream.agreed.codec))
            except (OSError, ValueError) as fault:
                stream.play()
                _note(session.log, now, f"no audio: {media.file} {fault}")
        else:
            stream.play(echoing=media.kind == "echo")
        if stream.sound is not before:
            session.port.changed(now)


@lru_cache(maxsize=64)
def _expected(codecs: tuple[Codec, ...], direction: Direction) -> Agreed | None:
    """Return what may come before our offer is answered; nothing is sent until then."""
    ours = offer(LocalMedia("127.0.0.1", DISCARD_PORT, 0, 0, codecs, direction=direction))
    agreed = agree(ours, ours, codecs)
    return replace(agreed, sends=False, receives=True) if agreed is not None else None


def _readable(description: bytes) -> bytes:
    """Return a description, or nothing where a scenario's own text is none."""
    try:
        parse(description)
    except Malformed:
        return b""
    return description


def _note(log: Log | None, now: float, text: str) -> None:
    if log is not None:
        log.note(now, text)


def _takes_sdp(request: Message) -> bool:
    """Whether an OPTIONS asks for a session description by name (RFC 3261 11.2)."""
    try:
        ranges = parse_accept(b", ".join(request.values(b"accept")))
    except Malformed:
        return False
    return any(each.essence == SDP and each.q for each in ranges)
