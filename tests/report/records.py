"""Records that the tests of reports draw."""

from responder.journal.record import Record

INVITE = (
    b"INVITE sip:486@192.0.2.9 SIP/2.0\r\nCSeq: 1 INVITE\r\nContent-Type: application/sdp\r\n"
    b"Content-Length: 4\r\n\r\nv=0\n"
)
ACK = b"ACK sip:486@192.0.2.9 SIP/2.0\r\nCSeq: 1 ACK\r\n\r\n"


def response(status: int, reason: bytes = b"Any", cseq: bytes = b"1 INVITE") -> bytes:
    return b"SIP/2.0 %d %b\r\nCSeq: %b\r\n\r\n" % (status, reason, cseq)


def busy() -> Record:
    record = Record(1, 100.0, "INVITE")
    record.sent(100.0, INVITE, False)
    record.sent(100.5, INVITE, True)
    record.received(100.51, response(100, b"Trying"), False)
    record.received(100.7, response(486, b"Busy Here"), False)
    record.sent(100.7, ACK, False)
    record.received(101.2, response(486, b"Busy Here"), True)
    record.note(101.3, "the far end is busy")
    return record
