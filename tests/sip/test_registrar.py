"""REGISTER as a phone sees it: each test is a conversation with a whole stack."""

import re

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from responder.scenario.rules import Rule, Rules
from responder.scenario.steps import Program, Respond
from responder.sip.events import Flow
from responder.sip.headers.address import parse_address_list
from responder.sip.headers.uri import equal, parse_uri
from responder.sip.message import Message
from responder.sip.registrar import FLOW_TIMER, Listed
from responder.sip.settings import Registering, Settings
from responder.stack import Stack
from responder.testing.caller import Caller, Headers
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens

AOR = "sip:alice@192.0.2.1"
DESK, MOBILE = "<sip:alice@192.0.2.9:5070>", "<sip:alice@192.0.2.8>"


def a_stack(registering: Registering | None = None, rules: Rules | None = None) -> Stack:
    settings = Settings(registering=registering or Registering(), epoch=1_000_000_000.0)
    return Stack(settings, counted_tokens(), rules)


class Phone(Caller):
    """A caller that registers; all its requests have one Call-ID, as those of a phone have."""

    def __init__(self, stack: Stack, user: str = "alice", host: str = "192.0.2.9") -> None:
        super().__init__(Network(stack), remote=(host, 5070), user=user)
        self.stack = stack
        self.tag = user
        self.call_id = f"{user}@{host}"

    def register(
        self,
        *contacts: str,
        expires: str | None = None,
        to: str = f"<{AOR}>",
        uri: str = "sip:192.0.2.1",
        headers: Headers | None = None,
    ) -> Message:
        """Send a REGISTER, the next of this phone, and return its final response."""
        given = {"To": to, "Contact": contacts or None, "Expires": expires, **(headers or {})}
        self.send(self.request("REGISTER", uri, given))
        return self.final("REGISTER")

    def note(self) -> str:
        """Return what the record says about the latest request."""
        return " ".join(list(self.stack.journal.records)[-1].notes())


@pytest.fixture
def phone() -> Phone:
    return Phone(a_stack())


def bound(response: Message) -> dict[str, str]:
    """Return the contacts that a response lists, with the parameters of each."""
    assert response.status == 200, response.reason
    value = b", ".join(response.values(b"contact"))
    found = parse_address_list(value, "Contact") if value else []
    return {
        each.uri.to_bytes().decode(): ";".join(
            name.decode() + (f"={text.decode()}" if text is not None else "")
            for name, text in each.params
        )
        for each in found
    }


def listing(stack: Stack, now: float = 0.0) -> list[Listed]:
    return list(stack.uas.registrar.bindings(now))


# What is registered.


@pytest.mark.row("REG-10")
def test_the_200_lists_every_binding_with_its_time_left_and_the_date(phone: Phone) -> None:
    phone.register(DESK, expires="600")
    phone.advance(100.0)
    response = phone.register(MOBILE + ";q=0.5", expires="60")
    assert bound(response) == {
        "sip:alice@192.0.2.9:5070": "expires=500",
        "sip:alice@192.0.2.8": "q=0.5;expires=60",
    }
    assert response.header("Date") == "Sun, 09 Sep 2001 02:05:00 GMT"


@pytest.mark.row("REG-09")
def test_without_contact_it_is_a_question(phone: Phone) -> None:
    assert bound(phone.register()) == {}
    phone.register(DESK)
    before = listing(phone.stack)
    assert bound(phone.register()) == {"sip:alice@192.0.2.9:5070": "expires=3600"}
    assert listing(phone.stack) == before


@pytest.mark.row("REG-04")
def test_a_contact_has_its_own_interval_or_that_of_the_request_or_the_default() -> None:
    phone = Phone(a_stack(Registering(default=900, maximum=1800)))
    response = phone.register(DESK + ";expires=60", MOBILE, "<sip:a@h>;expires=9999", expires="120")
    assert bound(response) == {
        "sip:alice@192.0.2.9:5070": "expires=60",
        "sip:alice@192.0.2.8": "expires=120",
        "sip:a@h": "expires=1800",
    }
    other = Phone(phone.stack, "bob", "192.0.2.7")
    assert bound(other.register(DESK, to="<sip:bob@h>")) == {
        "sip:alice@192.0.2.9:5070": "expires=900"
    }


@pytest.mark.row("REG-06")
@pytest.mark.parametrize("expires", ["abc", "-1", "1.5", '"x"', ""])
def test_what_is_no_number_is_an_hour(expires: str) -> None:
    phone = Phone(a_stack(Registering(default=60, minimum=3600)))
    parameter = f";expires={expires}" if expires else ";expires"
    assert bound(phone.register(DESK + parameter)) == {"sip:alice@192.0.2.9:5070": "expires=3600"}
    header = phone.register(DESK, expires=expires)
    assert bound(header) == {"sip:alice@192.0.2.9:5070": "expires=3600"}


@pytest.mark.parametrize("expires", ["4294967295", "4294967296", "9" * 400, "000000000007200"])
def test_a_number_may_have_any_length(phone: Phone, expires: str) -> None:
    assert bound(phone.register(DESK, expires=expires)) == {
        "sip:alice@192.0.2.9:5070": "expires=3600"
    }


@pytest.mark.row("REG-05")
@pytest.mark.parametrize(
    ("minimum", "asked", "status"),
    [
        (60, "59", 423),
        (60, "1", 423),
        (60, "60", 200),
        (60, "0", 200),
        (7200, "3599", 423),
        (7200, "3600", 200),
        (7200, "5000", 200),
    ],
)
def test_only_less_than_the_minimum_and_an_hour_is_too_brief(
    minimum: int, asked: str, status: int
) -> None:
    phone = Phone(a_stack(Registering(minimum=minimum, maximum=7200)))
    response = phone.register(MOBILE + ";expires=7200", DESK, expires=asked)
    assert response.status == status
    if status == 423:
        assert response.headers("Min-Expires") == [str(minimum)]
        assert listing(phone.stack) == []
        assert phone.note() == "the registrar refuses it: 423 (RFC 3261 10.3)"


@pytest.mark.row("REG-29")
def test_a_ua_that_comes_back_with_the_minimum_is_served() -> None:
    phone = Phone(a_stack(Registering(minimum=120)))
    refused = phone.register(DESK, expires="30")
    assert phone.statuses() == [423]
    served = phone.register(DESK, expires=refused.header("Min-Expires"))
    assert bound(served) == {"sip:alice@192.0.2.9:5070": "expires=120"}


def test_a_binding_ends_when_its_time_is_over(phone: Phone) -> None:
    phone.register(DESK, expires="60")
    phone.register(MOBILE, expires="90")
    phone.advance(59.9)
    assert bound(phone.register()) == {
        "sip:alice@192.0.2.9:5070": "expires=1",
        "sip:alice@192.0.2.8": "expires=30",
    }
    phone.advance(0.1)
    assert list(bound(phone.register())) == ["sip:alice@192.0.2.8"]
    phone.advance(64.0)
    assert listing(phone.stack) == []
    assert phone.stack.next_deadline() is None


def test_a_binding_that_is_refreshed_lives_on(phone: Phone) -> None:
    for _ in range(5):
        phone.register(DESK, expires="60")
        phone.advance(50.0)
    assert bound(phone.register()) == {"sip:alice@192.0.2.9:5070": "expires=10"}


def test_what_is_bound_can_be_listed(phone: Phone) -> None:
    path = {"Path": "<sip:edge.example;lr>", "Supported": "path"}
    phone.register(DESK + ";q=0.7", expires="60", headers=path)
    assert listing(phone.stack, phone.network.now + 10) == [
        Listed(
            address=AOR,
            contact=DESK + ";q=0.7",
            expires=50,
            call_id="alice@192.0.2.9",
            number=1,
            path=("<sip:edge.example;lr>",),
            transport="udp",
            source="192.0.2.9:5070",
        )
    ]
    assert listing(phone.stack, phone.network.now + 60) == []
    phone.stack.uas.registrar.clear()
    assert listing(phone.stack) == []


# Addresses of record.


@pytest.mark.row("REG-02")
@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("<sip:alice@h>", "<sip:alice@H>", True),
        ("<sip:alice@h>", '"A" <sip:alice@h;user=phone;x=y>;z=1', True),
        ("<sip:alice@h>", "<sip:%61lice@h>", True),
        ("<sip:alice@h>", "sip:alice@h", True),
        ("<sip:alice@h>", "<sips:alice@h>", True),
        ("<sip:alice@h>", "<sip:alice:secret@h>", True),
        ("<sip:alice@h>", "<sip:Alice@h>", False),
        ("<sip:alice@h>", "<sip:alice@h:5060>", False),
        ("<sip:alice@h>", "<sip:h>", False),
        ("<sip:a%00@h>", "<sip:a%00%00@h>", False),
        ("<sip:a%00b@h>", "<sip:a@h>", False),
    ],
)
def test_an_address_of_record_is_told_by_user_and_host(
    phone: Phone, one: str, other: str, same: bool
) -> None:
    phone.register(DESK, to=one)
    assert (bound(phone.register(to=other)) != {}) is same


@pytest.mark.row("REG-02")
def test_escaped_nuls_do_not_cut_a_contact_short(phone: Phone) -> None:
    response = phone.register("<sip:%00@h>", "<sip:%00%00@h>", to="<sip:null-%00-null@h>")
    assert list(bound(response)) == ["sip:%00@h", "sip:%00%00@h"]


@pytest.mark.row("REG-01")
@pytest.mark.parametrize(
    ("uri", "to", "status"),
    [
        ("sip:Example.com", "<sip:alice@EXAMPLE.com>", 200),
        ("sip:elsewhere.example", "<sip:alice@example.com>", 403),
        ("sip:example.com", "<sip:alice@elsewhere.example>", 404),
    ],
)
def test_a_registrar_of_some_domains_serves_no_other(uri: str, to: str, status: int) -> None:
    phone = Phone(a_stack(Registering(domains=(b"example.com",))))
    assert phone.register(DESK, uri=uri, to=to).status == status


@pytest.mark.row("REG-17")
@pytest.mark.parametrize("to", ["<tel:+15550100>", "<mailto:a@b>", "<sip:>", "<<"])
def test_an_address_of_record_is_a_sip_address(phone: Phone, to: str) -> None:
    assert phone.register(DESK, to=to).status == 400


def test_a_to_tag_says_nothing_in_a_register(phone: Phone) -> None:
    """REGISTER belongs to no dialog (RFC 3261 10.2), yet some clients copy the tag of a 401."""
    response = phone.register(DESK, to=f"<{AOR}>;tag=of-the-401")
    assert bound(response) == {"sip:alice@192.0.2.9:5070": "expires=3600"}
    assert response.header("To") == f"<{AOR}>;tag=of-the-401"


# Contacts.


@pytest.mark.row("REG-08")
def test_expires_0_removes_one_binding(phone: Phone) -> None:
    phone.register(DESK, MOBILE)
    assert list(bound(phone.register(DESK + ";expires=0"))) == ["sip:alice@192.0.2.8"]
    assert bound(phone.register(MOBILE, expires="0")) == {}
    assert bound(phone.register(MOBILE, expires="0")) == {}


@pytest.mark.row("REG-03")
@pytest.mark.parametrize(
    ("contacts", "expires", "status"),
    [
        (["*"], "0", 200),
        (["*"], "00", 200),
        (["*"], None, 400),
        (["*"], "3600", 400),
        (["*"], "x", 400),
        (["*", MOBILE], "0", 400),
        (["*", "*"], "0", 400),
        (["* , " + MOBILE], "0", 400),
        (["*;expires=0"], "0", 400),
    ],
)
def test_a_star_stands_alone_and_with_expires_0(
    phone: Phone, contacts: list[str], expires: str | None, status: int
) -> None:
    phone.register(DESK)
    response = phone.register(*contacts, expires=expires)
    assert response.status == status
    assert len(listing(phone.stack)) == (status == 400)


@pytest.mark.row("REG-14")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtlanTa.CoM;transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;security=on"),
        (
            "sip:b@h;transport=tcp?to=a%40h&priority=urgent",
            "sip:b@h;transport=tcp?priority=urgent&to=a%40h",
        ),
        ("sip:alice@atlanta.com", "sip:ALICE@atlanta.com"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
        ("sip:c@h;security=on", "sip:c@h;security=off"),
    ],
)
def test_contacts_are_compared_as_uris(phone: Phone, one: str, other: str) -> None:
    phone.register(f"<{one}>")
    same = equal(parse_uri(one.encode()), parse_uri(other.encode()))
    response = phone.register(f"<{other}>")
    assert list(bound(response)) == ([other] if same else [one, other])


@pytest.mark.row("REG-15")
def test_parameters_without_brackets_are_the_contacts(phone: Phone) -> None:
    bare = phone.register("sip:alice@192.0.2.9;unknownparam")
    assert bound(bare) == {"sip:alice@192.0.2.9": "unknownparam;expires=3600"}
    phone.register("*", expires="0")
    within = phone.register("<sip:alice@192.0.2.9;unknownparam>")
    assert bound(within) == {"sip:alice@192.0.2.9;unknownparam": "expires=3600"}


@pytest.mark.row("REG-16")
def test_headers_of_a_contact_are_kept_and_need_brackets(phone: Phone) -> None:
    uri = "sip:alice@192.0.2.9?Route=%3Csip:sip.example.com%3E"
    assert bound(phone.register(f"<{uri}>")) == {uri: "expires=3600"}
    assert phone.register(uri).status == 400


@pytest.mark.row("REG-18")
def test_a_contact_may_have_any_scheme(phone: Phone) -> None:
    response = phone.register("<mailto:a@b>", "<tel:+15550100>;q=0.1")
    assert bound(response) == {"mailto:a@b": "expires=3600", "tel:+15550100": "q=0.1;expires=3600"}


@pytest.mark.row("REG-27")
@pytest.mark.parametrize(
    ("uri", "contacts", "path", "status"),
    [
        ("sips:192.0.2.1", ["<sips:a@h>"], None, 200),
        ("sips:192.0.2.1", ["<sips:a@h>"], "<sips:edge;lr>", 200),
        ("sip:192.0.2.1", ["<sips:a@h>"], None, 400),
        ("sips:192.0.2.1", ["<sips:a@h>", "<sip:a@h>"], None, 400),
        ("sips:192.0.2.1", ["<sips:a@h>"], "<sip:edge;lr>", 400),
        ("sips:192.0.2.1", ["<sip:a@h>"], None, 200),
    ],
)
def test_a_sips_contact_wants_sips_all_the_way(
    phone: Phone, uri: str, contacts: list[str], path: str | None, status: int
) -> None:
    headers = {"Path": path, "Supported": "path"}
    assert phone.register(*contacts, uri=uri, headers=headers).status == status


# Order.


@pytest.mark.row("REG-07")
@pytest.mark.parametrize("change", ["refresh", "remove", "star"])
def test_a_request_that_comes_too_late_is_refused_whole(phone: Phone, change: str) -> None:
    phone.number = 7
    phone.register(DESK, expires="600")
    before = listing(phone.stack)
    for number in (6, 7):
        phone.number = number
        phone.tag = f"another-{number}"
        contacts = ["*"] if change == "star" else ["<sip:new@h>", DESK]
        response = phone.register(*contacts, expires="60" if change == "refresh" else "0")
        why = f"Server Internal Error (CSeq {number + 1} is not above 8)"
        assert (response.status, response.reason.decode()) == (500, why)
        assert listing(phone.stack) == before


def test_a_new_call_id_always_updates(phone: Phone) -> None:
    """A phone that was started again begins with CSeq 1 and another Call-ID."""
    phone.number = 70
    phone.register(DESK, MOBILE)
    phone.call_id, phone.number = "after-the-restart", 0
    assert bound(phone.register(DESK, expires="60"))["sip:alice@192.0.2.9:5070"] == "expires=60"
    phone.call_id, phone.number = "again", 0
    assert bound(phone.register("*", expires="0")) == {}


@pytest.mark.row("REG-11")
def test_what_fails_in_part_changes_nothing(phone: Phone) -> None:
    """The second contact comes too late, so the first is not removed, nor the third added."""
    phone.number = 4
    phone.register(MOBILE)
    phone.register(DESK)
    before = listing(phone.stack)
    phone.number, phone.tag = 5, "another"
    response = phone.register(MOBILE + ";expires=0", DESK, "<sip:third@h>")
    assert response.status == 500
    assert listing(phone.stack) == before
    assert phone.note().startswith("the registrar refuses it: 500 Server Internal Error (CSeq 6")


def test_of_a_contact_given_twice_the_last_counts(phone: Phone) -> None:
    response = phone.register(DESK + ";expires=60", DESK + ";expires=90")
    assert bound(response) == {"sip:alice@192.0.2.9:5070": "expires=90"}


# Limits.


@pytest.mark.parametrize(
    ("registering", "cause"),
    [
        (Registering(bindings=2), "bindings of one address"),
        (Registering(listing=550), "bytes of one address"),
        (Registering(size=550), "bytes of bindings"),
    ],
    ids=["count", "listing", "size"],
)
def test_there_is_room_for_so_many_bindings(registering: Registering, cause: str) -> None:
    phone = Phone(a_stack(registering))
    phone.register(DESK, MOBILE)
    response = phone.register("<sip:third@h>")
    assert (response.status, response.header("Retry-After")) == (503, "5")
    assert response.reason.decode() == f"Service Unavailable (too many {cause})"
    assert phone.stack.journal.counts[f"over the limit: {cause}"] == 1
    assert len(listing(phone.stack)) == 2
    # What needs no more room goes on.
    assert phone.register(DESK).status == 200
    assert phone.register(DESK + ";expires=0", "<sip:third@h>").status == 200


def test_there_is_room_for_so_many_addresses() -> None:
    phone = Phone(a_stack(Registering(addresses=2)))
    for user in ("a", "b"):
        assert phone.register(DESK, to=f"<sip:{user}@h>", expires="60").status == 200
    assert phone.register(DESK, to="<sip:c@h>").status == 503
    assert phone.stack.journal.counts["over the limit: addresses of record"] == 1
    assert phone.register(to="<sip:c@h>").status == 200
    phone.advance(61.0)
    assert phone.register(DESK, to="<sip:c@h>").status == 200


def test_the_bindings_are_counted_while_they_last(phone: Phone) -> None:
    phone.register(DESK, expires="60")
    phone.register(DESK, MOBILE, to="<sip:bob@h>", expires="600")
    count, now = phone.stack.uas.registrar.count, phone.network.now
    assert [count(now + later) for later in (0.0, 59.0, 60.0, 600.0)] == [3, 3, 2, 0]


# What dialling and rules make of it.


def test_a_dialled_status_goes_before_the_registrar(phone: Phone) -> None:
    assert phone.register(DESK, to="<sip:403@h>").status == 403
    assert listing(phone.stack) == []
    assert bound(phone.register(DESK, to="<sip:200@h>")) == {
        "sip:alice@192.0.2.9:5070": "expires=3600"
    }


def test_a_dialled_expires_is_the_longest_interval(phone: Phone) -> None:
    response = phone.register(DESK, to="<sip:200@h;expires=30>", expires="600")
    assert bound(response) == {"sip:alice@192.0.2.9:5070": "expires=30"}
    assert response.header("Expires") == "30"


@pytest.mark.parametrize("status", [202, 299])
def test_any_2xx_binds(status: int) -> None:
    rule = Rule(Program("odd", ((Respond(status),),)), (b"REGISTER",))
    phone = Phone(a_stack(rules=Rules((rule,))))
    response = phone.register(DESK)
    assert response.status == status
    assert response.header("Contact") == f"{DESK};expires=3600"
    assert len(listing(phone.stack)) == 1


@pytest.mark.row("REG-20")
def test_a_rules_header_fields_replace_what_the_registrar_says() -> None:
    """Service-Route is a rule's affair, and the same whenever the phone asks (RFC 3608)."""
    route = (b"Service-Route", b"<sip:edge.example;lr>")
    step = Respond(200, headers=(route, (b"Contact", b"<sip:other@h>;expires=5")))
    phone = Phone(a_stack(rules=Rules((Rule(Program("odd", ((step,),)), (b"REGISTER",)),))))
    responses = [phone.register(DESK), phone.register()]
    for response in responses:
        assert response.headers("Service-Route") == ["<sip:edge.example;lr>"]
        assert response.headers("Contact") == ["<sip:other@h>;expires=5"]
    assert len(listing(phone.stack)) == 1


@pytest.mark.row("REG-12")
def test_record_route_means_nothing_in_a_register(phone: Phone) -> None:
    response = phone.register(DESK, headers={"Record-Route": "<sip:proxy.example;lr>"})
    assert response.status == 200
    assert response.header("Record-Route") is None
    assert phone.register("<bad").status < 600


@pytest.mark.row("REG-13")
def test_required_extensions_are_judged_before_anything_is_bound(phone: Phone) -> None:
    response = phone.register(DESK, headers={"Require": "foo, path"})
    assert (response.status, response.header("Unsupported")) == (420, "foo")
    assert listing(phone.stack) == []


# Path, outbound, GRUU, push.


@pytest.mark.row("REG-19")
def test_a_path_is_kept_in_order_and_returned(phone: Phone) -> None:
    path = ["<sip:p2.example;lr>", "<sip:p1.example;lr;ob>"]
    headers = {"Path": path, "Supported": "path", "Require": "path"}
    response = phone.register(DESK, headers=headers)
    assert response.headers("Path") == path
    assert [each.path for each in listing(phone.stack)] == [tuple(path)]
    assert phone.register(DESK, headers={"Path": "<", "Supported": "path"}).status == 400


@pytest.mark.row("REG-19")
@pytest.mark.parametrize(("strict", "status"), [(False, 200), (True, 420)])
def test_a_path_that_the_ua_does_not_know_of_may_be_refused(strict: bool, status: int) -> None:
    phone = Phone(a_stack(Registering(path=strict)))
    response = phone.register(DESK, headers={"Path": "<sip:p.example;lr>"})
    assert response.status == status
    assert response.header("Path") is None
    assert response.header("Unsupported") == ("path" if strict else None)


INSTANCE = ';+sip.instance="<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>"'
OUTBOUND = {"Supported": "path, outbound"}


@pytest.mark.row("REG-21", "REG-24")
def test_an_outbound_registration_replaces_that_of_its_instance_and_reg_id(phone: Phone) -> None:
    phone.register(f"{DESK};reg-id=1{INSTANCE}", headers=OUTBOUND)
    response = phone.register(f"<sip:alice@192.0.2.9:5999>;reg-id=1{INSTANCE}", headers=OUTBOUND)
    assert list(bound(response)) == ["sip:alice@192.0.2.9:5999"]
    assert response.header("Require") == "outbound"
    assert response.header("Flow-Timer") == str(FLOW_TIMER)
    second = phone.register(f"<sip:alice@192.0.2.9:5999>;reg-id=2{INSTANCE}", headers=OUTBOUND)
    assert len(bound(second)) == 1
    assert [each.contact.count("reg-id=") for each in listing(phone.stack)] == [1, 1]
    # What is registered without outbound is another binding.
    assert phone.register("<sip:alice@192.0.2.9:5999>").header("Require") is None
    assert len(listing(phone.stack)) == 3


@pytest.mark.row("REG-22")
@pytest.mark.parametrize(
    ("path", "supported", "status"),
    [
        (["<sip:edge.example;lr;ob>"], "path, outbound", 200),
        (["<sip:core.example;lr>", "<sip:edge.example;lr;ob>"], "path, outbound", 200),
        (["<sip:edge.example;lr>"], "path, outbound", 439),
        (None, "path, outbound", 439),
        (None, "path", 200),
    ],
    ids=["ob", "two", "no-ob", "no-path", "no-outbound"],
)
def test_outbound_by_way_of_a_proxy_needs_its_ob(
    phone: Phone, path: list[str] | None, supported: str, status: int
) -> None:
    via = [
        "SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK-of-the-proxy",
        "SIP/2.0/UDP 203.0.113.9:5070;branch=z9hG4bK-of-the-phone",
    ]
    headers: Headers = {"Via": via, "Path": path, "Supported": supported}
    response = phone.register(f"{DESK};reg-id=1{INSTANCE}", headers=headers)
    assert response.status == status
    assert (response.header("Require") == "outbound") is (status == 200 and "outbound" in supported)
    assert response.header("Flow-Timer") is None


@pytest.mark.row("REG-23", "REG-22")
@pytest.mark.parametrize(
    ("params", "headers"),
    [(";reg-id=1", OUTBOUND), (INSTANCE, OUTBOUND), (";reg-id=1" + INSTANCE, {})],
    ids=["no-instance", "no-reg-id", "no-option-tag"],
)
def test_half_of_outbound_is_none(phone: Phone, params: str, headers: Headers) -> None:
    response = phone.register(DESK + params, headers=headers)
    assert response.header("Require") is None
    again = phone.register(MOBILE + params, headers=headers)
    assert len(bound(again)) == 2


def test_an_outbound_contact_is_registered_alone(phone: Phone) -> None:
    response = phone.register(f"{DESK};reg-id=1{INSTANCE}", MOBILE, headers=OUTBOUND)
    assert response.status == 400
    leaving = phone.register(f"{DESK};reg-id=1{INSTANCE}", f"{MOBILE};expires=0", headers=OUTBOUND)
    assert leaving.status == 200


@pytest.mark.row("REG-25")
def test_no_gruu_is_made(phone: Phone) -> None:
    """The extension is not offered: who lists it is served without, who requires it is told."""
    response = phone.register(DESK + INSTANCE, headers={"Supported": "gruu"})
    assert b"gruu" not in response.fields[b"contact"]
    refused = phone.register(DESK + INSTANCE, headers={"Require": "gruu"})
    assert (refused.status, refused.header("Unsupported")) == (420, "gruu")


@pytest.mark.row("REG-26")
@pytest.mark.parametrize("dialled", ["480", "404"])
def test_a_gr_parameter_is_a_parameter_like_any_other(phone: Phone, dialled: str) -> None:
    """No GRUU is ever handed out, so none can be called; 480 and 404 can be dialled."""
    phone.call(f"sip:{dialled}@192.0.2.1;gr=urn:uuid:f81d4fae")
    assert phone.final("INVITE").status == int(dialled)


@pytest.mark.row("REG-28")
def test_push_is_not_supported_and_does_no_harm(phone: Phone) -> None:
    contact = "<sip:alice@192.0.2.9;pn-provider=foo;pn-prid=bar>"
    response = phone.register(contact)
    assert list(bound(response)) == [contact.strip("<>")]
    assert response.header("Feature-Caps") is None
    assert phone.register(contact, to="<sip:555@h>").status == 555


# Anything.

contacts = st.sampled_from(["<sip:a@h>", "<sip:b@h>", "<sip:b@H;x=1>", "sip:c@h", "<tel:1>"])
intervals = st.sampled_from(["", ";expires=0", ";expires=60", ";expires=5000", ";expires=x"])


@hypothesis_settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.lists(st.tuples(contacts, intervals), max_size=3),
            st.integers(1, 5),
            st.sampled_from(["one", "two"]),
            st.sampled_from([0.0, 30.0, 61.0]),
        ),
        max_size=12,
    )
)
def test_the_registrar_agrees_with_itself(
    requests: list[tuple[list[tuple[str, str]], int, str, float]],
) -> None:
    """A refusal changes nothing, a 200 lists what is bound, and nothing is left in the end."""
    stack = a_stack(Registering(bindings=3))
    phone = Phone(stack)
    for wanted, number, call_id, pause in requests:
        phone.call_id, phone.number = call_id, number
        phone.tag = f"{phone.branch}-tag"
        now = phone.network.now
        before = listing(stack, now)
        response = phone.register(*[contact + interval for contact, interval in wanted])
        after = listing(stack, now)
        if response.status == 200:
            value = b", ".join(response.values(b"contact")).decode()
            assert value == ", ".join(f"{each.contact};expires={each.expires}" for each in after)
            uris = [parse_uri(re.findall(r"<(.*)>", each.contact)[0].encode()) for each in after]
            assert not any(equal(a, b) for a in uris for b in uris if a is not b)
        else:
            assert response.status in {500, 503}
            assert after == before
        assert len(after) <= 3
        phone.advance(pause)
    phone.advance(3700.0)
    assert listing(stack) == []
    assert stack.uas.registrar._size == 0
    assert stack.next_deadline() is None


def test_a_flow_is_kept_with_its_binding(phone: Phone) -> None:
    phone.register(DESK)
    (binding,) = next(iter(phone.stack.uas.registrar._addresses.values())).bindings
    assert isinstance(binding.flow, Flow)
    assert binding.flow is phone.flow
