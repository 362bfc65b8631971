import pytest

from responder.faults.tags import parameter_of, with_parameter, with_tag


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"<sip:a@b>;tag=old", b"<sip:a@b>;tag=new"),
        (b"<sip:a@b;tag=uri>", b"<sip:a@b;tag=uri>;tag=new"),
        (b"<sip:a@b;tag=uri> ; TAG = old;x=y", b"<sip:a@b;tag=uri> ; TAG = new;x=y"),
        (b"sip:a@b;tag=old", b"sip:a@b;tag=new"),
        (b"", b";tag=new"),
    ],
)
def test_the_tag_is_replaced_or_added(value: bytes, expected: bytes) -> None:
    assert with_tag(value, b"new") == expected


def test_only_the_first_of_a_list_changes() -> None:
    value = b"SIP/2.0/UDP a;branch=1, SIP/2.0/UDP b;branch=2"
    assert with_parameter(value, b"branch", b"3") == value.replace(b"=1", b"=3")


def test_a_parameter_is_read() -> None:
    assert parameter_of(b"<sip:a;tag=uri>;tag=x;y=z", b"tag") == b"x"
    assert parameter_of(b"<sip:a;tag=uri>", b"tag") is None
