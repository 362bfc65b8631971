"""Text that came by the wire, made fit for where it is shown."""

import re
from typing import Final

# XML 1.0 section 2.2: no other control characters, no halves of surrogate pairs.
_NOT_IN_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Changes of direction would show a line other than it is.
_DIRECTIONS: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_INSTEAD: Final = "\N{REPLACEMENT CHARACTER}"


def harmless(text: str, instead: str) -> str:
    """Return one line of text of which every character can be shown.

    What cannot be printed, a terminal's control sequences and changes of direction among it, is
    replaced by ``instead``.
    """
    return "".join(c if c.isprintable() else instead for c in text)


def for_xml(text: str) -> str:
    """Return text that XML and HTML can carry and that reads as it stands; it is not escaped.

    Each character that they cannot carry, and each that changes the direction of others, is
    replaced by U+FFFD. Line ends become line feeds.
    """
    text = _NOT_IN_XML.sub(_INSTEAD, text.replace("\r\n", "\n").replace("\r", "\n"))
    return _DIRECTIONS.sub(_INSTEAD, text)
