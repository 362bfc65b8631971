"""What scenario files say of faults: it is read elsewhere, and handed in. Pure."""

from typing import Any, Final, Protocol

FAULT: Final = "Fault"
IMPAIRMENT: Final = "Impairment"
"""The names under which the JSON Schema defines them."""


class BadFault(ValueError):
    """Something that is written of faults cannot be; the message is a sentence.

    Attributes:
        path: the keys and positions that lead to what is wrong in what was written.
    """

    def __init__(self, text: str, path: tuple[str | int, ...] = ()) -> None:
        super().__init__(text)
        self.path = path


class Faults(Protocol):
    """Reads what is written of faults."""

    def fault(self, written: object) -> object:
        """Return what a step has under ``fault``, for `responder.scenario.steps.Respond`.

        Raises:
            BadFault: it cannot be.
        """

    def impairment(self, written: object) -> object:
        """Return one impairment of all traffic.

        Raises:
            BadFault: it cannot be.
        """

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schemas of both, by `FAULT` and `IMPAIRMENT`."""
