"""What a field has to be, in the words of scenario files.

Each function returns the mapping that a file would hold: ``regex("^2")`` is ``{regex: ^2}``. Three
have an underscore behind them, since Python has functions and a word of that name.
"""

from collections.abc import Mapping
from typing import TypeAlias

Matcher: TypeAlias = Mapping[str, object]
"""Operators with what they take; all of them must hold."""

Wanted: TypeAlias = str | int | Matcher
"""What a field has to be: this very value, or what operators say."""


def equals(value: str | int) -> Matcher:
    """Match exactly this value, as a bare value does."""
    return {"equals": value}


def regex(pattern: str) -> Matcher:
    """Match where this pattern (RE2 syntax) is found anywhere in the value."""
    return {"regex": pattern}


def contains(text: str) -> Matcher:
    """Match where this occurs in the value."""
    return {"contains": text}


def prefix(text: str) -> Matcher:
    """Match where the value starts with this."""
    return {"prefix": text}


def absent() -> Matcher:
    """Match where the request has no such field."""
    return {"absent": True}


def present() -> Matcher:
    """Match where it has the field, whatever its value."""
    return {"present": True}


def any_(*wanted: Wanted) -> Matcher:
    """Match where at least one of these does."""
    return {"any": list(wanted)}


def all_(*wanted: Wanted) -> Matcher:
    """Match where each of these does."""
    return {"all": list(wanted)}


def not_(wanted: Wanted) -> Matcher:
    """Match where this does not."""
    return {"not": wanted}
