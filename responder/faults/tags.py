"""Parameters of header values, replaced in the bytes as they are (RFC 3261 section 25.1)."""

import re


def with_parameter(value: bytes, name: bytes, new: bytes) -> bytes:
    """Return a header value whose parameter has another value; it is added where there is none.

    Args:
        value: a value such as that of Via, From or To; of a list the first element is changed.
        name: the parameter's name.
        new: its value.
    """
    found = _parameter(value, name)
    if found is None:
        return value + b";" + name + b"=" + new
    return value[: found.start(1)] + new + value[found.end(1) :]


def with_tag(value: bytes, tag: bytes) -> bytes:
    """Return a From or To with another tag."""
    return with_parameter(value, b"tag", tag)


def parameter_of(value: bytes, name: bytes) -> bytes | None:
    """Return the value of a parameter of the first element of a header value, or None."""
    found = _parameter(value, name)
    return None if found is None else found[1]


def _parameter(value: bytes, name: bytes) -> re.Match[bytes] | None:
    # Parameters inside <> belong to the URI.
    start = value.find(b">") + 1
    pattern = re.compile(rb";[ \t]*" + re.escape(name) + rb"[ \t]*=[ \t]*([^;,\s]*)", re.IGNORECASE)
    return pattern.search(value, start)
