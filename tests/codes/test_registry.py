"""Every status from 100 to 699 has a code, with an entry or by its class."""

import subprocess
import sys

import pytest

from responder.codes import CLASS_NAMES, all_codes, lookup, phrase


def test_all_codes_are_there_in_ascending_order() -> None:
    statuses = [code.status for code in all_codes()]
    assert len(statuses) == 77
    assert statuses == sorted(set(statuses))
    assert all(code.known for code in all_codes())


def test_every_status_has_a_code() -> None:
    for status in range(100, 700):
        code = lookup(status)
        assert code.status == status
        assert code.phrase
        assert code.klass in CLASS_NAMES
        assert phrase(status) == code.phrase


@pytest.mark.parametrize("status", [-1, 0, 99, 700, 1000])
def test_a_number_that_is_no_status(status: int) -> None:
    with pytest.raises(ValueError, match=f"not {status}$"):
        lookup(status)
    with pytest.raises(ValueError, match=f"not {status}$"):
        phrase(status)


@pytest.mark.parametrize(
    ("status", "expected", "model"),
    [
        (150, "Session Progress", 183),
        (299, "Success", 200),
        (399, "Redirection", 300),
        (499, "Client Error", 400),
        (599, "Server Error", 500),
        (699, "Global Failure", 600),
    ],
)
def test_a_status_without_entry_is_described_by_its_class(
    status: int, expected: str, model: int
) -> None:
    """RFC 3261 section 8.1.3.2: an unknown final status counts as x00, a provisional one as 183."""
    code = lookup(status)
    assert code.phrase == expected
    assert code.headers == lookup(model).headers
    assert not code.known
    assert not code.registered
    assert code.reference == "RFC 3261 §8.1.3.2"
    assert f"{model} {phrase(model)}" in code.description
    assert code.methods == (("INVITE",) if status < 200 else ("any",))


def test_looking_up_again_gives_the_same_object() -> None:
    assert lookup(486) is lookup(486)
    assert lookup(499) is lookup(499)


def test_a_provisional_code_that_creates_a_dialog_has_a_contact() -> None:
    """RFC 3261 section 12.1.1; a 199 only names a dialog that has ended."""
    for code in all_codes():
        if 101 <= code.status < 199:
            assert ("Contact", ("dialog",)) in {(rule.name, rule.when) for rule in code.headers}


def test_what_a_tester_expects_is_sent_without_being_asked_for() -> None:
    expected = {
        300: {"Contact"},
        301: {"Contact"},
        302: {"Contact"},
        305: {"Contact"},
        401: {"WWW-Authenticate"},
        404: set(),
        405: {"Allow"},
        406: {"Warning"},
        417: {"Accept-Resource-Priority"},
        470: {"Permission-Missing"},
        485: {"Contact"},
        486: set(),
        489: {"Allow-Events"},
        501: {"Allow"},
        503: set(),
        600: set(),
    }
    for status, names in expected.items():
        sent = {rule.name for rule in lookup(status).headers if rule.send and not rule.when}
        assert sent == names, status


def test_alternatives_of_a_group_carry_conditions_or_are_left_to_the_asker() -> None:
    groups = {rule.one_of for rule in lookup(415).headers}
    assert groups == {"acceptable", None}
    for code in all_codes():
        for rule in code.headers:
            assert rule.one_of is None or rule.when or not rule.send


def test_texts_are_one_line_without_stray_space() -> None:
    for code in all_codes():
        texts = [code.description, code.phrase, *(rule.value for rule in code.headers)]
        for text in texts:
            assert text == " ".join(text.split()), code.status
        assert code.description.endswith(".")


def test_the_registry_needs_nothing_else_of_the_project() -> None:
    program = "import sys, responder.codes as c; c.all_codes(); print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    ours = {name for name in ran.stdout.split() if name.startswith("responder")}
    assert {name.split(".")[1] for name in ours if "." in name} == {"codes"}
