"""A message taken apart, to be changed and put together again (RFC 3261 section 7).

It is made only of messages that a fault changes. Nothing in it is kept right by itself: a body that
grows keeps its old Content-Length.
"""

from responder.sip.message import canonical


class Draft:
    """A message in the hands of a fault.

    Args:
        data: a message of ours, one header field a line.

    Attributes:
        start: the first line without its end.
        fields: the header fields in order, names as written.
        body: the body.
        end: the end of each line.
        colon: what stands between a name and its value.
        before: bytes in front of the message.
        behind: bytes after it.
    """

    __slots__ = ("before", "behind", "body", "colon", "end", "fields", "start")

    def __init__(self, data: bytes) -> None:
        head, _, self.body = data.partition(b"\r\n\r\n")
        self.start, *lines = head.split(b"\r\n")
        self.fields: list[tuple[bytes, bytes]] = []
        for line in lines:
            name, _, value = line.partition(b":")
            self.fields.append((name.rstrip(), value.strip()))
        self.end = b"\r\n"
        self.colon = b": "
        self.before = b""
        self.behind = b""

    @property
    def what(self) -> str:
        """What people call the message: ``486``, ``200 to BYE``, ``BYE``."""
        first, _, rest = self.start.partition(b" ")
        if not first.startswith(b"SIP/"):
            return first.decode("utf-8", "replace")
        status = rest[:3].decode("utf-8", "replace")
        method = (self.first(b"cseq") or b"").rpartition(b" ")[2].decode("utf-8", "replace")
        return status if method in {"", "INVITE"} else f"{status} to {method}"

    @property
    def is_response(self) -> bool:
        """Whether it answers something."""
        return self.start.startswith(b"SIP/")

    def places(self, name: bytes) -> list[int]:
        """Return where the lines of one header field are.

        Args:
            name: long or compact, in any case.
        """
        key = canonical(name)
        return [at for at, each in enumerate(self.fields) if key and canonical(each[0]) == key]

    def first(self, name: bytes) -> bytes | None:
        """Return the value of the first line of a header field, or None."""
        places = self.places(name)
        return self.fields[places[0]][1] if places else None

    def put(self, name: bytes, value: bytes) -> None:
        """Set the value of the first line of a header field; add one where there is none."""
        places = self.places(name)
        if places:
            self.fields[places[0]] = (self.fields[places[0]][0], value)
        else:
            self.fields.append((name, value))

    def remove(self, name: bytes) -> int:
        """Take out every line of a header field; return how many there were."""
        places = self.places(name)
        self.fields = [each for at, each in enumerate(self.fields) if at not in places]
        return len(places)

    def to_bytes(self) -> bytes:
        """Return the message."""
        lines = [self.start, *[name + self.colon + value for name, value in self.fields], b"", b""]
        return self.before + self.end.join(lines) + self.body + self.behind
