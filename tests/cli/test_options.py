"""Values of options: read, or refused in one sentence."""

from pathlib import Path

import click
import pytest

from responder.cli.options import (
    AdvertiseType,
    AmountType,
    DurationType,
    ListenType,
    NetworkType,
    PortsType,
    RealmType,
    UsersType,
)
from responder.net.listen import DEFAULT_LISTENS, Listen
from responder.net.rtp import PortRange
from responder.sip.users import EVERYONE


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("sip.example.com", ("sip.example.com", None)),
        ("sip.example.com.:5070", ("sip.example.com.", 5070)),
        ("gateway_1", ("gateway_1", None)),
        ("192.0.2.1", ("192.0.2.1", None)),
        ("192.0.2.1:1", ("192.0.2.1", 1)),
        ("2001:db8::1", ("2001:db8::1", None)),
        ("[2001:db8::1]", ("2001:db8::1", None)),
        ("[2001:db8::1]:65535", ("2001:db8::1", 65535)),
    ],
)
def test_a_place_to_advertise(text: str, place: tuple[str, int | None]) -> None:
    assert AdvertiseType().convert(text, None, None) == place


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "not a host"),
        ("a b", "not a host"),
        ("x\r\nEvil: 1", "not a host"),
        ("a..b", "not a host"),
        ("[2001:db8::1", "no closing bracket"),
        ("[::1]5060", "no port after its colon"),
        ("host:", "no port after its colon"),
        ("host:sip", "no port after its colon"),
        ("host:\u0665", "no port after its colon"),
        ("host:0", "not a port"),
        ("host:65536", "not a port"),
        ("1:2:3", "not a host"),
    ],
)
def test_no_place_to_advertise(text: str, complaint: str) -> None:
    with pytest.raises(click.BadParameter, match=complaint):
        AdvertiseType().convert(text, None, None)


@pytest.mark.parametrize(
    ("text", "amount"),
    [("1", 1), ("65535", 65535), ("64k", 65536), ("16M", 1 << 24), ("2g", 1 << 31)],
)
def test_an_amount(text: str, amount: int) -> None:
    assert AmountType().convert(text, None, None) == amount


@pytest.mark.parametrize("text", ["", "0", "0k", "-1", "1.5", "k", "64kb", "1 k", "\u0661"])
def test_no_amount(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is not a number from 1"):
        AmountType().convert(text, None, None)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0.0), ("90", 90.0), ("250ms", 0.25), ("1.5s", 1.5), ("30m", 1800.0), ("4h", 14400.0)],
)
def test_a_time(text: str, seconds: float) -> None:
    assert DurationType().convert(text, None, None) == seconds


@pytest.mark.parametrize("text", ["", "-1", "1d", "h", "1 h", "1e3", "\u0661", "inf"])
def test_no_time(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is not a time, such as 90, 30m or 4h"):
        DurationType().convert(text, None, None)


def test_an_address_to_listen_on() -> None:
    assert ListenType().convert("tcp:127.0.0.1:0", None, None) == Listen("tcp", "127.0.0.1", 0)
    with pytest.raises(click.BadParameter, match="not a transport"):
        ListenType().convert("pigeon:127.0.0.1:0", None, None)


def test_a_network() -> None:
    assert NetworkType().convert("10.1.2.3/8", None, None) == "10.1.2.3/8"
    assert NetworkType().convert("any", None, None) == "any"
    with pytest.raises(click.BadParameter, match="is not a network"):
        NetworkType().convert("10.0.0.0/33", None, None)


def test_ports_of_audio() -> None:
    assert PortsType().convert("4000-4009", None, None) == PortRange(4000, 4009)
    assert PortsType().convert("off", None, None) is None
    with pytest.raises(click.BadParameter, match="is not a range of ports"):
        PortsType().convert("4000", None, None)


def test_values_that_were_read_before_stay_as_they_are() -> None:
    assert PortsType().convert(PortRange(), None, None) == PortRange()
    listen = DEFAULT_LISTENS[0]
    assert ListenType().convert(listen, None, None) is listen
    assert AdvertiseType().convert(("host", None), None, None) == ("host", None)
    assert AmountType().convert(5, None, None) == 5
    assert DurationType().convert(5.0, None, None) == 5.0


def test_users_are_any_or_those_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "users"
    file.write_text("\ufeffalice:secret\nbob:p\u00e4ss\n", encoding="utf-8")
    users = UsersType().convert(str(file), None, None)
    assert len(users) == 2
    assert b"alice" in users
    assert UsersType().convert("any", None, None) is EVERYONE
    assert UsersType().convert(users, None, None) is users


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, 'users" cannot be read: No such file or directory.'),
        (b"alice:\xff", 'users" is not in UTF-8.'),
        (b"alice:secret\nbob", 'users: line 2: no colon; write "name:password".'),
        (b"", "users: no line names a user"),
    ],
    ids=["missing", "latin-1", "bad-line", "empty"],
)
def test_a_file_of_users_that_cannot_be_used(
    content: bytes | None, complaint: str, tmp_path: Path
) -> None:
    file = tmp_path / "users"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(click.BadParameter) as told:
        UsersType().convert(str(file), None, None)
    assert complaint in told.value.message
    assert "secret" not in told.value.message


@pytest.mark.parametrize("text", ["", "a\r\nb", "a\x00"])
def test_a_realm_is_a_text(text: str) -> None:
    assert RealmType().convert("K\u00fcche", None, None) == b"K\xc3\xbcche"
    assert RealmType().convert(b"given", None, None) == b"given"
    with pytest.raises(click.BadParameter, match="without control characters"):
        RealmType().convert(text, None, None)
