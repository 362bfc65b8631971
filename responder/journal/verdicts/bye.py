"""BYE: inside its dialog, after the ACK, and the last thing there (RFC 3261 15)."""

from collections.abc import Iterator
from typing import Final

from responder.journal.verdicts.evidence import Evidence
from responder.journal.verdicts.reading import Exchange, Reading, Seen
from responder.journal.verdicts.route_set import misrouted
from responder.journal.verdicts.rule import Rule
from responder.journal.verdicts.schedule import SLACK
from responder.journal.verdicts.verdict import Fault, Finding, checked, right, shown, wrong


def _judge_bye(evidence: Evidence) -> Iterator[Finding]:
    reading = evidence.reading
    for exchange in reading.exchanges:
        if exchange.method == b"BYE":
            yield from checked(exchange.request.at, _faults(reading, exchange.request))


def _faults(reading: Reading, bye: Seen) -> Iterator[Fault]:
    invite = reading.answered_invite(bye) if bye.to_tag else None
    if invite is None:
        tag = f"To tag {shown(bye.to_tag)}" if bye.to_tag else "no To tag"
        yield f"a BYE came with {tag}", "the tags of a dialog", "RFC 3261 15.1.1"
        return
    if bye.from_tag != invite.request.from_tag:
        yield (
            f"the From tag of the BYE is {shown(bye.from_tag) or 'missing'}",
            f"that of the dialog, {shown(invite.request.from_tag)}",
            "RFC 3261 12.2.1.1",
        )
    numbers = [
        each.request.number
        for each in reading.exchanges
        if each.request.at <= bye.at
        and each.request is not bye
        and each.request.number is not None
        # A call that was answered twice has two dialogs, each with numbers of its own.
        and each.request.to_tag in {b"", bye.to_tag}
    ]
    highest = max(numbers, default=0)
    if bye.number is None or bye.number <= highest:
        yield (
            f"the CSeq number of the BYE is {bye.number}",
            f"one above {highest}",
            "RFC 3261 12.2.1.1",
        )
    yield from misrouted(reading, bye)
    yield from _too_soon(invite, bye)


def _too_soon(invite: Exchange, bye: Seen) -> Iterator[Fault]:
    final = invite.final
    if final is None or bye.at < final.at + SLACK:
        # In an early dialog a caller may send BYE (15); a final response may cross with it.
        return
    status = final.message.status
    if status >= 300 and not invite.in_dialog:
        yield f"a BYE came after the {status}", "none outside a dialog", "RFC 3261 15"
    elif status < 300 and not any(ack.at <= bye.at + SLACK for ack in invite.acks):
        yield f"the BYE came before the ACK of the {status}", "the ACK first", "RFC 3261 13.2.2.4"


def _judge_after(evidence: Evidence) -> Iterator[Finding]:
    reading = evidence.reading
    ended = _ended(reading)
    if ended is None:
        return
    over, dialog = ended
    sound = True
    for exchange in reading.exchanges:
        request = exchange.request
        inside = request.to_tag == dialog if dialog else bool(request.to_tag)
        if request.at > over and inside and exchange.method != b"CANCEL":
            sound = False
            seen = f"a request {request.name} came after the BYE"
            yield wrong(request.at, seen, "none in a dialog that is over", "RFC 3261 15.1.1")
    if sound:
        yield right(over)


def _ended(reading: Reading) -> tuple[float, bytes] | None:
    """Return when the caller knew that a dialog was over: by its BYE, or by answering ours.

    Beside it stands our tag of that dialog; empty for whichever there is.
    """
    for exchange in reading.exchanges:
        if exchange.method == b"BYE" and exchange.request.to_tag in reading.our_tags:
            return exchange.request.at, exchange.request.to_tag
    ours = {each.number for each in reading.ours if each.method == b"BYE"}
    for answer in reading.answers:
        if answer.method == b"BYE" and answer.number in ours:
            return answer.at, b""
    return None


BYE: Final = Rule(
    "bye",
    "A BYE has the tags of a dialog, a higher CSeq number, our Contact as its Request-URI and the "
    "route set, and does not come before the ACK",
    ("RFC 3261 15", "RFC 3261 15.1.1"),
    _judge_bye,
)
AFTER_BYE: Final = Rule(
    "after-bye",
    "After a BYE no new request comes in the dialog",
    ("RFC 3261 15.1.1",),
    _judge_after,
)
