"""The calls that are measured, and where SIPp's side of each is described."""

from dataclasses import dataclass
from pathlib import Path

SCRIPTS = Path(__file__).parent / "sipp"


@dataclass(frozen=True, slots=True)
class Ladder:
    """One kind of call.

    Attributes:
        name: the messages, as the table shows them.
        user: what the caller dials; also the stem of SIPp's files, ``call-USER.xml`` for the
            caller and ``answer-USER.xml`` for SIPp in the place of the responder.
    """

    name: str
    user: str

    @property
    def caller(self) -> Path:
        """SIPp's file for the calling side, the same against every answerer."""
        return SCRIPTS / f"call-{self.user}.xml"

    @property
    def answerer(self) -> Path:
        """SIPp's file for the answering side."""
        return SCRIPTS / f"answer-{self.user}.xml"


BUSY = Ladder("INVITE-486-ACK", "486")
TRYING = Ladder("INVITE-100-486-ACK", "100-486")
ANSWERED = Ladder("INVITE-180-200-ACK-BYE-200", "180-200")
LADDERS = (BUSY, TRYING, ANSWERED)

OPTIONS_ANSWER = SCRIPTS / "answer-options.xml"
