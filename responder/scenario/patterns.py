"""Regular expressions whose time is bounded by the length of what they look at: RE2's.

Python's own could be made to hang by a message that is shaped for it; RE2 takes linear time, and so
lacks what cannot be done in it.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

import re2

Search: TypeAlias = Callable[[bytes], bool]

_LARGEST: Final = 1_000
_LACKING: Final = (
    ("invalid perl operator: (?=", "look-ahead, (?=...)"),
    ("invalid perl operator: (?!", "look-ahead, (?!...)"),
    ("invalid perl operator: (?<", "look-behind, (?<=...) or (?<!...)"),
    ("invalid perl operator: (?P", "a back reference, (?P=name)"),
    ("invalid escape sequence: \\1", "a back reference, \\1"),
    ("invalid escape sequence: \\2", "a back reference, \\2"),
)


class BadPattern(Exception):
    """A regular expression that is not taken; the text is the end of a sentence."""


def compile_pattern(text: str, ignore_case: bool = False) -> Search:
    """Return a function that says whether a pattern occurs anywhere in some bytes.

    Args:
        text: a pattern in RE2's syntax; ``.`` stands for one character of UTF-8.
        ignore_case: whether capitals and small letters are the same.

    Raises:
        BadPattern: RE2 does not take it, or it is longer than 1,000 characters.
    """
    if len(text) > _LARGEST:
        raise BadPattern(f"a regular expression of at most {_LARGEST:,} characters")
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = not ignore_case
    try:
        search = re2.compile(text, options).search
    except re2.error as fault:
        raise BadPattern(_why(fault)) from None
    return lambda value: search(value) is not None


def _why(fault: Exception) -> str:
    said = fault.args[0] if fault.args else b""
    reason = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    for start, name in _LACKING:
        if reason.startswith(start):
            return f"one without {name}: it could hang on a long message, so it is not offered"
    return f"a regular expression in RE2's syntax ({reason})"
