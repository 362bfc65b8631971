"""One attempt over real sockets: where it goes, and why it did not get there."""

import pytest

from responder.cli.place import Unplaced, explain, place
from responder.journal.record import Entry, Record
from responder.net.errors import NotLocated
from responder.net.locate import Locator
from responder.probe.attempt import Attempt, Result
from responder.sip.events import Address
from responder.sip.headers.uri import parse_uri
from tests.cli.far_ends import free_port, udp

PBX = Attempt(parse_uri(b"sip:486@pbx.example"), b"OPTIONS")


def find(monkeypatch: pytest.MonkeyPatch, *addresses: Address) -> list[tuple[object, ...]]:
    """Have the locator find some addresses, or none; return what it is asked, as it is asked."""
    asked: list[tuple[object, ...]] = []

    async def locate(*arguments: object) -> list[Address]:
        asked.append(arguments[1:])
        if not addresses:
            raise NotLocated(f"{arguments[1]} was not found")
        return list(addresses)

    monkeypatch.setattr(Locator, "locate", locate)
    return asked


@pytest.mark.parametrize(
    ("uri", "asked"),
    [
        (b"sip:486@pbx.example", ("pbx.example", 0, "udp")),
        (b"sip:486@pbx.example:5070", ("pbx.example", 5070, "udp")),
        (b"sip:486@pbx.example;maddr=192.0.2.9", ("192.0.2.9", 0, "udp")),
        (b"sip:486@[2001:db8::1]", ("2001:db8::1", 0, "udp")),
    ],
)
async def test_which_host_is_located(
    monkeypatch: pytest.MonkeyPatch, uri: bytes, asked: tuple[object, ...]
) -> None:
    seen = find(monkeypatch)
    with pytest.raises(Unplaced, match="was not found"):
        await place(Attempt(parse_uri(uri)))
    assert seen == [asked]


@pytest.mark.parametrize("more", [(), (("127.0.0.1", 1),)], ids=["last", "not-last"])
async def test_the_addresses_are_tried_in_order_until_one_is_reached(
    monkeypatch: pytest.MonkeyPatch, more: tuple[Address, ...]
) -> None:
    entries: list[Entry] = []
    with udp() as far:
        # The first cannot be sent to at all, and nobody listens at the second.
        nowhere, refusing = ("not-numeric", 5060), ("127.0.0.1", free_port())
        find(monkeypatch, nowhere, refusing, ("127.0.0.1", far.port), *more)
        result = await place(PBX, lambda entry, _: entries.append(entry))
    assert (result.end, result.status) == ("failed", 486)
    assert [entry.kind for entry in entries] == ["sent", "sent", "received"]


async def test_an_address_without_a_route_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    find(monkeypatch, ("not-numeric", 5060))
    with pytest.raises(Unplaced, match=r"^not-numeric:5060 was not reached: .*[^.]$"):
        await place(PBX)


@pytest.mark.parametrize(
    ("end", "why", "sentence"),
    [
        ("transport", "port unreachable", "nothing listens at 192.0.2.9:5060 (udp)"),
        ("transport", "connection refused", "nothing listens at 192.0.2.9:5060 (udp)"),
        (
            "transport",
            "host unreachable",
            "192.0.2.9:5060 (udp) was not reached: host unreachable",
        ),
        ("timeout", "no response came within 5 s", "no response came within 5 s"),
    ],
)
def test_why_there_was_no_final_response(end: str, why: str, sentence: str) -> None:
    record = Record(1, 0.0, "OPTIONS")
    record.source, record.transport = "192.0.2.9:5060", "udp"
    assert explain(Result(record, end=end, why=why)) == sentence
