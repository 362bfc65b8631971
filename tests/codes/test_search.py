"""A code is found by what a person remembers of it."""

import pytest

from responder.codes import all_codes, search


def _statuses(text: str) -> list[int]:
    return [code.status for code in search(text)]


@pytest.mark.parametrize("text", ["4xx", "4XX", "4", " 4xx "])
def test_a_class(text: str) -> None:
    assert _statuses(text) == [code.status for code in all_codes() if code.klass == 4]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("60", [600, 603, 604, 606, 607, 608]), ("60x", [600, 603, 604, 606, 607, 608])],
)
def test_the_start_of_a_number(text: str, expected: list[int]) -> None:
    assert _statuses(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("486", [486]), ("499", []), ("999", []), ("7xx", []), ("0", [])]
)
def test_a_whole_number(text: str, expected: list[int]) -> None:
    assert _statuses(text) == expected


@pytest.mark.parametrize(
    ("text", "best"),
    [
        pytest.param("busy here", 486, id="phrase"),
        pytest.param("BUSY", 486, id="case"),
        pytest.param("Uknown", 417, id="requested-phrase"),
        pytest.param("unsupported certificate", 437, id="phrase-of-an-older-RFC"),
        pytest.param("OK", 200, id="short"),
        pytest.param("Gone", 410, id="whole-phrase-first"),
        pytest.param("Not Acceptable", 406, id="whole-phrase-before-longer-ones"),
        pytest.param("min-expires", 423, id="header"),
        pytest.param("RFC 8688", 608, id="RFC"),
        pytest.param("8599", 555, id="RFC-number"),
        pytest.param("unsup med", 415, id="starts-of-words"),
        pytest.param("jcard", 608, id="description"),
    ],
)
def test_words_find_the_best_first(text: str, best: int) -> None:
    assert _statuses(text)[0] == best


def test_the_name_counts_before_what_it_is_about() -> None:
    found = _statuses("proxy")
    assert found[:2] == [407, 305]
    assert 502 in found


def test_codes_that_match_equally_well_are_in_ascending_order() -> None:
    assert _statuses("not acceptable")[:2] == [406, 606]


@pytest.mark.parametrize("text", ["zebra", "busy zebra", "---", "§"])
def test_nothing(text: str) -> None:
    assert _statuses(text) == []


@pytest.mark.parametrize("text", ["", "  "])
def test_a_blank_text_finds_all(text: str) -> None:
    assert search(text) == all_codes()
