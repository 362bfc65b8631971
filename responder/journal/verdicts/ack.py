"""The ACK of a final response, right for its class (RFC 3261 17.1.1.3 and 13.2.2.4)."""

from collections.abc import Iterator
from typing import Final

from responder.journal.verdicts.companion import changed, unlike_via
from responder.journal.verdicts.evidence import Evidence
from responder.journal.verdicts.reading import Exchange, Seen
from responder.journal.verdicts.route_set import misrouted
from responder.journal.verdicts.rule import Rule
from responder.journal.verdicts.verdict import Fault, Finding, checked, right, shown, wrong

_FAILURE: Final = "RFC 3261 17.1.1.3"
_SUCCESS: Final = "RFC 3261 13.2.2.4"


def _judge(evidence: Evidence) -> Iterator[Finding]:
    for exchange in evidence.reading.invites:
        final = exchange.final
        if final is None:
            for ack in exchange.acks if not exchange.spoilt else ():
                yield wrong(
                    ack.at, "an ACK came before a final response", "none until then", _FAILURE
                )
        elif exchange.acks:
            for ack in exchange.acks:
                yield from checked(ack.at, _faults(evidence, exchange, final, ack))
            yield from _late(exchange, final)
        elif evidence.now - final.at >= evidence.timing.give_up:
            status = final.message.status
            yield wrong(
                final.at,
                f"no ACK came for the {status} within {evidence.timing.give_up:g} s",
                "one at once",
                _SUCCESS if status < 300 else _FAILURE,
            )


def _late(exchange: Exchange, final: Seen) -> Iterator[Finding]:
    """Say how often the response left before its ACK came; copies may have got lost."""
    ack = exchange.acks[0]
    sent = [each for each in exchange.responses if each.message.status >= 200 and each.at <= ack.at]
    if len(sent) > 1:
        seen = f"the {final.message.status} left {len(sent)} times before its ACK came"
        yield right(ack.at, seen, ack.at - final.at)


def _faults(evidence: Evidence, exchange: Exchange, final: Seen, ack: Seen) -> Iterator[Fault]:
    section = _SUCCESS if final.message.status < 300 else _FAILURE
    invite = exchange.request
    yield from changed(invite, ack, (b"from", b"call-id"), section)
    if ack.number != invite.number or ack.message.fields.get(b"cseq", b"")[-3:] != b"ACK":
        yield (
            f"the CSeq of the ACK is {shown(ack.message.fields.get(b'cseq', b''))}",
            f"{invite.number} ACK",
            section,
        )
    tags = {each.to_tag for each in exchange.responses if each.message.status >= 200}
    if ack.to_tag not in tags:
        yield (
            f"the To tag of the ACK is {shown(ack.to_tag) or 'missing'}",
            f"that of the response, {shown(final.to_tag)}",
            section,
        )
    yield from changed(invite, ack, (b"authorization", b"proxy-authorization"), "RFC 3261 22.1")
    if section is _FAILURE:
        if ack.message.uri != invite.message.uri:
            yield (
                f"the Request-URI of the ACK is {shown(ack.message.uri)}",
                f"that of the INVITE, {shown(invite.message.uri)}",
                section,
            )
        yield from unlike_via(invite, ack, section)
        yield from changed(invite, ack, (b"route",), section)
    else:
        if ack.branch and ack.branch == invite.branch:
            yield (
                f"the ACK of a 2xx has the branch of its INVITE, {shown(ack.branch)}",
                "a branch of its own",
                section,
            )
        yield from misrouted(evidence.reading, ack)


ACK: Final = Rule(
    "ack",
    "Each final response to an INVITE gets its ACK: that of a 2xx is a request of its own inside "
    "the dialog, any other belongs to the transaction of the INVITE",
    (_FAILURE, _SUCCESS),
    _judge,
)
