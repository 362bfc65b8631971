import pytest

from responder.sip import capabilities
from responder.sip.headers.content import parse_accept, parse_media_type, parse_preferences
from responder.sip.headers.tokens import parse_tokens
from responder.sip.settings import Settings
from responder.stack import Stack
from responder.testing.caller import Caller
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens


def caller() -> Caller:
    return Caller(Network(Stack(Settings(), counted_tokens())))


@pytest.mark.row("RSP-19")
def test_allow_names_every_method_that_is_taken() -> None:
    """ACK and CANCEL are listed with the rest."""
    assert parse_tokens(capabilities.ALLOW, "Allow") == capabilities.METHODS
    assert {b"ACK", b"CANCEL"} < set(capabilities.METHODS)
    assert len(set(capabilities.METHODS)) == len(capabilities.METHODS)


def test_option_tags_are_in_lower_case_and_sorted() -> None:
    assert parse_tokens(capabilities.SUPPORTED, "Supported") == capabilities.EXTENSIONS
    assert [tag.lower() for tag in sorted(capabilities.EXTENSIONS)] == list(capabilities.EXTENSIONS)


def test_body_types_are_in_lower_case() -> None:
    for method, types in capabilities.BODY_TYPES.items():
        assert method in capabilities.METHODS
        assert [parse_media_type(each).essence for each in types] == list(types)


@pytest.mark.parametrize("method", capabilities.METHODS)
def test_accept_names_what_the_method_takes(method: bytes) -> None:
    ranges = [each.essence for each in parse_accept(capabilities.accept(method))]
    assert ranges == list(capabilities.BODY_TYPES.get(method, (b"application/sdp",)))


@pytest.mark.parametrize("tag", capabilities.EXTENSIONS)
def test_each_extension_may_be_required(tag: bytes) -> None:
    alice = caller()
    alice.start("OPTIONS", headers={"Require": tag.decode()})
    assert alice.statuses() == [200]


@pytest.mark.parametrize(
    ("name", "names"),
    [("Accept-Encoding", capabilities.ENCODINGS), ("Accept-Language", capabilities.LANGUAGES)],
)
def test_options_tells_codings_and_languages(name: str, names: tuple[bytes, ...]) -> None:
    alice = caller()
    alice.start("OPTIONS")
    value = alice.last().header(name)
    assert value is not None
    assert tuple(each.name for each in parse_preferences(value.encode(), name)) == names


def test_security_mechanisms_can_be_listed() -> None:
    names = [item.partition(b";")[0].strip() for item in capabilities.SECURITY.split(b",")]
    assert names == [b"digest", b"tls"]
