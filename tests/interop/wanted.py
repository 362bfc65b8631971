"""What a caller may count on in each response, written down from the RFCs, not from the registry.

A pattern has to be found in one of the values of its field. Patterns are POSIX extended regular
expressions that Python reads alike, as SIPp searches for them too.
"""

from typing import Final, TypeAlias

Fields: TypeAlias = tuple[tuple[str, str], ...]

_DIGEST: Final = 'Digest .*realm=".+".*nonce=".+".*qop="auth"'
_EVERY_METHOD: Final = "INVITE, ACK, CANCEL, BYE, OPTIONS"

FIELDS: Final[dict[int, Fields]] = {
    100: (("Timestamp", "^ *54"),),
    180: (("Contact", "<sip:[^@]*180[^@]*@127.0.0.1:[0-9]+.*>"),),
    181: (("Contact", "<sip:[^@]*181[^@]*@127.0.0.1:[0-9]+.*>"),),
    182: (("Contact", "<sip:[^@]*182[^@]*@127.0.0.1:[0-9]+.*>"),),
    183: (("Contact", "<sip:[^@]*183[^@]*@127.0.0.1:[0-9]+.*>"),),
    199: (("Reason", "SIP *;cause=[3-6][0-9][0-9]"),),
    204: (("Expires", "[0-9]+"),),
    300: (("Contact", "<sip:[^>]+@127.0.0.1:[0-9]+(;transport=tcp)?>.*,.*<sip:[^>]+>"),),
    301: (("Contact", "<sip:200@127.0.0.1:[0-9]+(;transport=tcp)?>"),),
    302: (("Contact", "<sip:200@127.0.0.1:[0-9]+(;transport=tcp)?>"),),
    305: (("Contact", "<sip:127.0.0.1:[0-9]+;lr>"),),
    401: (("WWW-Authenticate", _DIGEST),),
    405: (("Allow", _EVERY_METHOD),),
    406: (("Warning", '399 [^ ]+ ".+"'),),
    407: (("Proxy-Authenticate", _DIGEST),),
    415: (("Accept", "."),),
    417: (("Accept-Resource-Priority", "wps.0"),),
    420: (("Unsupported", "[a-z0-9]+"),),
    421: (("Require", "[a-z0-9]+"),),
    422: (("Min-SE", "[1-9][0-9]+"),),
    423: (("Min-Expires", "[1-9][0-9]*"),),
    424: (("Geolocation-Error", '[1-9][0-9]*;code=".+"'),),
    425: (("AlertMsg-Error", '[1-9][0-9]*;code=".+"'),),
    469: (("Recv-Info", "^ *$"),),
    470: (("Permission-Missing", "<sip:[^>]+>"),),
    485: (("Contact", "<sip:[^>]+@127.0.0.1:[0-9]+(;transport=tcp)?>"),),
    488: (("Warning", '3[0-9][0-9] [^ ]+ ".+"'),),
    489: (("Allow-Events", "[a-z]+"),),
    494: (("Security-Server", "digest|tls"),),
    501: (("Allow", _EVERY_METHOD),),
    606: (("Warning", '3[0-9][0-9] [^ ]+ ".+"'),),
    608: (("Call-Info", "<https?:.+>;purpose=jwscard"),),
}
"""The fields that make a status correct, whatever the method (one pattern a field)."""

OF_METHOD: Final[dict[tuple[int, str], Fields]] = {
    (200, "INVITE"): (
        ("Contact", "<sip:[^@]*200@127.0.0.1:[0-9]+.*>"),
        ("Content-Type", "^ *application/sdp"),
        ("Allow", _EVERY_METHOD),
        ("Supported", "."),
    ),
    (200, "OPTIONS"): (
        ("Allow", _EVERY_METHOD),
        ("Accept", "application/sdp"),
        ("Accept-Encoding", "^.*$"),
        ("Accept-Language", "^.*$"),
        ("Supported", "."),
    ),
    (200, "PUBLISH"): (("SIP-ETag", "."), ("Expires", "[0-9]+")),
    (200, "REFER"): (("Contact", "<sip:"),),
    (200, "REGISTER"): (("Contact", "<sip:[^>]+>.*;expires=[1-9][0-9]*"), ("Date", "GMT")),
    (200, "SUBSCRIBE"): (("Contact", "<sip:"), ("Expires", "[0-9]+")),
    (200, "UPDATE"): (("Contact", "<sip:"),),
    (470, "INVITE"): (("Permission-Missing", "<sip:[^@]*470@"),),
    (202, "INVITE"): (("Contact", "<sip:"),),
    (204, "INVITE"): (("Contact", "<sip:"),),
}
"""The fields that a status carries besides, in answer to one method."""


def fields(status: int, method: str) -> Fields:
    """Return (name, pattern) pairs for one response."""
    return FIELDS.get(status, ()) + OF_METHOD.get((status, method), ())
