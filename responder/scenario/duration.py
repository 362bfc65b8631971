"""Durations as people write them: ``250ms``, ``2s``, ``1.5s``, ``1m``."""

import re
from typing import Final

LONGEST: Final = 3600.0
"""The longest wait in seconds."""

_WITH_UNIT: Final = re.compile(rb"([0-9]{1,7}(?:\.[0-9]{1,6})?)(ms|s|m)")
_UNITS: Final = {b"ms": 0.001, b"s": 1.0, b"m": 60.0}


def read_duration(text: bytes) -> float | None:
    """Return the seconds of a number with its unit, or None for anything else.

    Args:
        text: such as ``250ms``; the unit is ``ms``, ``s`` or ``m``, in lower case, and no
            space stands before it. How long it may be is the caller's to judge.
    """
    match = _WITH_UNIT.fullmatch(text)
    return None if match is None else round(float(match[1]) * _UNITS[match[2]], 9)
