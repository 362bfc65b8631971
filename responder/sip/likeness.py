"""Requests that differ from earlier ones in their identifiers alone: they are not taken apart anew.

A caller writes its requests of one kind the same way: from one to the next only branch, tags,
Call-ID, CSeq number, body and the length of the body change. Of what has come often one regular
expression is made, which holds all the rest as it was, byte by byte, and cuts the identifiers out.
What else there is to know of such a request is known from the one that was parsed.

It is a short cut and nothing more: the message is the one that `responder.sip.message.parse` would
make, and `responder.sip.validation.examine` would say the same of it. This file is on the hot path.
"""

import re
from typing import Final, TypeAlias

from responder.sip.events import Address
from responder.sip.grammar import TOKEN
from responder.sip.headers.via import COOKIE
from responder.sip.message import Message, canonical, digits
from responder.sip.routing import TopVia, is_plain
from responder.sip.settings import Limits
from responder.sip.validation import Examined, describes

_BRANCH: Final = b";branch=" + COOKIE
_OFTEN: Final = 16
"""How often a request has to come before its likeness is made, which takes as long as calls do."""
_MOST: Final = 256
_LONGEST: Final = 4_096
"""Bytes of a request of which a likeness is made; their number and it bound what strangers take."""
_LONGEST_START: Final = 512
_MOST_SEEN: Final = 1_024
_MOST_PASSING: Final = 1_024
_NUMBER: Final = rb"[0-9]{1,9}+"
_IDENTIFIERS: Final = {
    b"via": TOKEN,
    b"from": TOKEN,
    b"to": TOKEN,
    b"call-id": rb"[A-Za-z0-9\-.!%*_+`'~@:<>()\[\]{}/?]++",
    b"cseq": _NUMBER,
    b"content-length": _NUMBER,
}
"""The header fields that have an identifier, and what it may be; more is left to the parser.

None takes what may follow it, so there is one way to match."""

Place: TypeAlias = tuple[int, int, int, int]
"""Where the value of a header field begins, its identifier begins and ends, and the value ends."""

Usual: TypeAlias = tuple[Address, bytes, bytes]
"""What a response is made of beside what it copies, where nothing special was asked of it: the
address of ours that the request came to, the first line, and the header lines that the status and
the rule bring. It is kept by status, rule, dialled user and transport."""


class Likeness:
    """What requests have in common that differ in their identifiers alone.

    Attributes:
        request: one of them.
        sent_by: the sent-by of their top Via, in lower case.
        plain: whether their Via asks for nothing to be filled in.
        served: whether one of them was found to be one that can be served.
        described: whether they may have a session description for a body, and no other.
        responses: what the usual responses to them have in common: see `Usual`.
        missed: how many requests in a row began as these do and then went another way.
        passing: how many that begin so are let pass before one is looked at again.
    """

    __slots__ = (
        "_begin",
        "_groups",
        "_pattern",
        "_to",
        "described",
        "missed",
        "passing",
        "plain",
        "request",
        "responses",
        "sent_by",
        "served",
    )

    def __init__(self, request: Message, places: dict[bytes, Place], sent_by: bytes) -> None:
        data = request.data
        order = sorted(places, key=lambda name: places[name])
        group = {name: 2 * at + 1 for at, name in enumerate(order)}
        self._begin = done = places[order[0]][0]
        pieces: list[bytes] = []
        for name in order:
            begin, identifier, behind, end = places[name]
            pieces += (
                re.escape(data[done:begin]),
                b"(%b(%b)%b)"
                % (
                    re.escape(data[begin:identifier]),
                    _IDENTIFIERS[name],
                    re.escape(data[behind:end]),
                ),
            )
            done = end
        pieces.append(re.escape(data[done : data.find(b"\r\n\r\n") + 4]))
        self._pattern = re.compile(b"".join(pieces))
        self._groups = (
            group[b"via"],
            group[b"via"] + 1,
            group[b"from"],
            group[b"from"] + 1,
            group[b"call-id"],
            group[b"cseq"],
            group[b"cseq"] + 1,
            group[b"content-length"],
        )
        self._to = group.get(b"to", 0)
        self.request = request
        self.sent_by = sent_by
        self.plain = is_plain(request.fields[b"via"])
        self.served = False
        self.described = describes(request)
        self.responses: dict[tuple[int, bytes, bytes, str], Usual] = {}
        self.missed = 0
        self.passing = 0

    def serves(self, request: Message) -> bool:
        """Whether it is known that one of these requests can be served, with the body it has."""
        return self.served and (self.described or not request.body)

    def read(self, data: bytes) -> Message | None:
        """Return a request that is like these; None for any other message that begins so.

        Args:
            data: a whole message; up to its branch it is as theirs.
        """
        match = self._pattern.match(data, self._begin)
        if match is None:
            return None
        via, branch, sender, from_tag, call_id, cseq, number, length = match.group(*self._groups)
        body = data[match.end() :]
        if length != digits(len(body)):
            return None
        request = self.request
        fields = request.fields.copy()
        fields[b"via"] = via
        fields[b"from"] = sender
        fields[b"call-id"] = call_id
        fields[b"cseq"] = cseq
        fields[b"content-length"] = length
        to_tag = b""
        if self._to:
            fields[b"to"], to_tag = match.group(self._to, self._to + 1)
        message = Message(data)
        message.method = request.method
        message.uri = request.uri
        message.fields = fields
        message.body = body
        message.like = self
        message.branch = branch
        message.examined = tuple.__new__(Examined, (from_tag, to_tag, int(number)))
        return message


class Likenesses:
    """The likenesses of the requests that come often, by what comes before their branch.

    Args:
        limits: the sizes that are taken.

    Attributes:
        wanting: whether a likeness is to be made of the request that was last looked for.
    """

    __slots__ = ("_known", "_longest", "_seen", "wanting")

    def __init__(self, limits: Limits) -> None:
        self._known: dict[bytes, Likeness] = {}
        self._seen: dict[bytes, int] = {}
        self._longest = min(limits.message, limits.head, limits.body)
        self.wanting = False

    def read(self, data: bytes) -> Message | None:
        """Return a request that is like earlier ones; None for a message that is to be parsed."""
        self.wanting = False
        begin = data.find(_BRANCH)
        if begin < 0 or begin > _LONGEST_START:
            return None
        start = data[:begin]
        like = self._known.get(start)
        if like is None:
            self._count(start)
            return None
        if like.passing:
            like.passing -= 1
            return None
        if len(data) > self._longest:
            return None
        message = like.read(data)
        if message is not None:
            like.missed = 0
            return message
        like.missed += 1
        if like.missed >= _OFTEN:
            # They are not all alike, or no longer: from here on they are looked at more seldom.
            like.passing = min(like.missed, _MOST_PASSING)
            self.wanting = like.missed & (like.missed - 1) == 0
        return None

    def learn(self, request: Message, top: TopVia, examined: Examined) -> None:
        """Make the likeness of a request, if it is written in the usual form.

        Args:
            request: a sound one, of which `read` found that its likeness is ``wanting``.
            top: what its top Via says.
            examined: what its mandatory header fields say.
        """
        self.wanting = False
        places = _places(request, top[0], examined)
        if places is None:
            return
        like = Likeness(request, places, top[1])
        again = like.read(request.data)
        if again is None or again.fields != request.fields or again.examined != examined:
            return
        start = request.data[: request.data.find(_BRANCH)]
        before = self._known.get(start)
        if before is not None:
            like.missed = before.missed
        elif len(self._known) >= _MOST:
            self._known.clear()
        self._known[start] = like

    def _count(self, start: bytes) -> None:
        """Have the likeness made of what has come often, and then ever more seldom tried again."""
        count = self._seen.get(start, 0) + 1
        if count == 1 and len(self._seen) >= _MOST_SEEN:
            self._seen.clear()
        self._seen[start] = count
        self.wanting = count >= _OFTEN and count & (count - 1) == 0


def _places(request: Message, branch: bytes, examined: Examined) -> dict[bytes, Place] | None:
    """Return where the identifiers of a request stand; None if it is not written as usual."""
    data, fields = request.data, request.fields
    end = data.find(b"\r\n\r\n")
    head = data[: end + 4]
    if not branch or request.repeated is not None or end < 0 or len(data) > _LONGEST:
        return None
    if b"\r\n " in head or b"\r\n\t" in head:
        return None
    identifiers = {
        b"via": b";branch=" + branch,
        b"from": b";tag=" + examined.from_tag,
        b"call-id": fields[b"call-id"],
        b"cseq": b"%d" % examined.number,
        b"content-length": b"%d" % len(request.body),
    }
    if examined.to_tag:
        identifiers[b"to"] = b";tag=" + examined.to_tag
    places: dict[bytes, Place] = {}
    at = head.find(b"\r\n") + 2
    while at < end:
        name, _, _ = head[at:].partition(b":")
        key = canonical(name)
        wanted = identifiers.get(key)
        if wanted is not None:
            value = fields[key]
            begin = head.find(value, at + len(name) + 1)
            within = value.find(wanted)
            if key in places or within < 0:
                return None
            behind = begin + within + len(wanted)
            if wanted[:1] == b";":
                within = wanted.index(b"=") + 1 + within
            places[key] = (begin, begin + within, behind, begin + len(value))
        at = head.find(b"\r\n", at) + 2
    return places if places.keys() == identifiers.keys() else None
