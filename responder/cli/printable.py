"""Text from the wire made safe for a terminal."""

from typing import Final

CUT: Final = "..."


def printable(text: str, most: int = 0) -> str:
    r"""Return text in which every character that a terminal could act on is written as an escape.

    That is every character that is not printable by the Unicode database: control characters and
    so the begin of every ANSI sequence (``\x1b``), and format characters such as those that
    reverse the direction of what follows (``\u202e``).

    Args:
        text: anything, of one line.
        most: how many characters are left of it; 0 for all.
    """
    if not text.isprintable():
        text = "".join(char if char.isprintable() else _escape(char) for char in text)
    if 0 < most < len(text):
        text = text[: most - len(CUT)] + CUT
    return text


def printable_lines(data: bytes | str) -> list[str]:
    """Return the lines of a message or a drawing, each as `printable` makes it.

    Bytes that are not UTF-8 are written as escapes too.
    """
    text = data if isinstance(data, str) else data.decode("utf-8", "backslashreplace")
    return [printable(line.removesuffix("\r")) for line in text.removesuffix("\n").split("\n")]


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode()
