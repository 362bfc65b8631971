"""A response that crosses the CANCEL."""

from dataclasses import dataclass
from typing import ClassVar

from responder.faults.fault import Fault, Hook
from responder.faults.parameter import parameter


@dataclass(frozen=True, slots=True)
class Late(Fault):
    """Send a response to an INVITE only after its CANCEL was answered, in place of the 487.

    So an answer and a CANCEL cross on their way (RFC 3261 section 9.1). A caller that never cancels
    gets the response in the end.
    """

    NAME: ClassVar[str] = "late"
    HOOK: ClassVar[Hook] = "answer"
    SCALAR: ClassVar[str] = "after"

    after: float = parameter("seconds", "the time from the CANCEL to the response", 0.0, unit="s")
    within: float = parameter(
        "seconds", "the time after which it leaves without a CANCEL", 180.0, unit="s"
    )
