"""The two kinds of error: what a peer sends wrong, and what our own code does wrong."""


class Malformed(ValueError):
    """Bytes from the wire do not follow the grammar.

    It travels only inside the pure core: parsers raise it, and whoever asked for the parse turns it
    into a status and a line of the record. Its text is short enough for a reason phrase, such as
    ``To: unbalanced quote`` (RFC 3261 section 21.4.1 asks a 400 to name the fault).
    """


class Misuse(RuntimeError):
    """Our own code asked for what the protocol or the interface does not allow."""
