import pytest

from responder.faults.draft import Draft
from tests.faults.messages import ANSWER, BUSY, BYE


@pytest.mark.parametrize("data", [ANSWER, BUSY, BYE])
def test_what_is_not_changed_stays_the_same(data: bytes) -> None:
    assert Draft(data).to_bytes() == data


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (BUSY, "486"),
        (BUSY.replace(b"INVITE", b"BYE"), "486 to BYE"),
        (BUSY.replace(b"CSeq", b"X"), "486"),
        (BYE, "BYE"),
    ],
)
def test_what_people_call_it(data: bytes, what: str) -> None:
    assert Draft(data).what == what


def test_header_fields_are_found_by_any_name() -> None:
    draft = Draft(BUSY)
    assert draft.places(b"v") == draft.places(b"VIA") == [0, 1]
    assert draft.first(b"i") == b"call-1"
    assert draft.first(b"contact") is None


def test_a_value_is_put_in_place_or_behind() -> None:
    draft = Draft(BUSY)
    draft.put(b"t", b"<sip:x>")
    draft.put(b"Contact", b"<sip:y>")
    assert draft.to_bytes() == BUSY.replace(b"<sip:1001@192.0.2.1>;tag=to", b"<sip:x>").replace(
        b"0\r\n\r\n", b"0\r\nContact: <sip:y>\r\n\r\n"
    )


def test_every_line_is_removed() -> None:
    draft = Draft(BUSY)
    assert (draft.remove(b"via"), draft.remove(b"via")) == (2, 0)
    assert b"Via" not in draft.to_bytes()
