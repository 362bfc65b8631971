"""The calls that are measured, and where SIPp's side of each is described."""

from dataclasses import dataclass
from pathlib import Path

SCRIPTS = Path(__file__).parent / "sipp"


@dataclass(frozen=True, slots=True)
class Ladder:
    """One kind of call.

    Attributes:
        name: the messages, as the table shows them.
        user: what the caller dials.
        stem: of SIPp's files, ``call-STEM.xml`` for the caller and ``answer-STEM.xml`` for SIPp in
            the place of the responder; empty for the user. Where there is an
            ``answer-STEM.users`` too, it is the responder's file of users.
        options: of the responder's command line.
    """

    name: str
    user: str
    stem: str = ""
    options: tuple[str, ...] = ()

    @property
    def caller(self) -> Path:
        """SIPp's file for the calling side, the same against every answerer."""
        return SCRIPTS / f"call-{self.stem or self.user}.xml"

    @property
    def answerer(self) -> Path:
        """SIPp's file for the answering side."""
        return SCRIPTS / f"answer-{self.stem or self.user}.xml"


BUSY = Ladder("INVITE-486-ACK", "486")
TRYING = Ladder("INVITE-100-486-ACK", "100-486")
ANSWERED = Ladder("INVITE-180-200-ACK-BYE-200", "180-200")
WITHOUT_PORTS = Ladder(f"{ANSWERED.name}, no audio ports", "180-200", "", ("--media-ports", "off"))
REGISTERED = Ladder("REGISTER-200", "alice", "register")
AUTHENTICATED = Ladder("REGISTER-401-REGISTER-200", "alice", "register-digest")
LADDERS = (BUSY, TRYING, ANSWERED, WITHOUT_PORTS, REGISTERED, AUTHENTICATED)

OPTIONS_ANSWER = SCRIPTS / "answer-options.xml"
