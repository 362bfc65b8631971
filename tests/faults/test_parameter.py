from dataclasses import dataclass

import pytest

from responder.faults.parameter import Unfit, did_you_mean, parameter, parameters, read


@dataclass(frozen=True, slots=True)
class Tea:
    cups: int = parameter("integer", "how many", 1, least=1, most=9)
    from_: float = parameter("seconds", "when", 0.0, unit="s")
    some_share: float = parameter("number", "how strong", 0.5, most=1)
    kind: str = parameter("choice", "which", "green", choices=("green", "black"))
    name: str = parameter("text", "whose", "", least=1, most=3, required=True)
    source: str = parameter("network", "where it grows", "0.0.0.0/0")
    steeped: bool = False


def test_parameters_are_described_as_they_are_written() -> None:
    found = parameters(Tea)
    assert [each.name for each in found] == ["cups", "from", "some-share", "kind", "name", "source"]
    assert [each.attribute for each in found][1:3] == ["from_", "some_share"]
    assert (found[0].default, found[0].about, found[1].unit) == (1, "how many", "s")


def test_what_was_written_is_read() -> None:
    tea = read(Tea, {"name": "ann", "from": 2, "some-share": 1, "kind": "black"}, "tea")
    assert tea == Tea(name="ann", from_=2.0, some_share=1.0, kind="black")
    assert isinstance(tea.from_, float)


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ({}, "tea: name is missing: whose"),
        ({"name": "ann", "cup": 1}, 'tea: it has no "cup"; did you mean cups?'),
        ({"name": "ann", "cups": 0}, "tea: cups is 0, but has to be a whole number from 1 to 9"),
        (
            {"name": "ann", "cups": 1.5},
            "tea: cups is 1.5, but has to be a whole number from 1 to 9",
        ),
        (
            {"name": "ann", "cups": True},
            "tea: cups is true, but has to be a whole number from 1 to 9",
        ),
        (
            {"name": "ann", "some-share": "x"},
            'tea: some-share is "x", but has to be a number from 0 to 1',
        ),
        ({"name": "ann", "from": -1}, "tea: from is -1, but has to be a time from 0 to 3600 s"),
        ({"name": "anna"}, 'tea: name is "anna", but has to be a text of 1 to 3 characters'),
        (
            {"name": "ann", "kind": "blak"},
            'tea: kind is "blak", but has to be one of green, black; did you mean black?',
        ),
        ({"name": "ann", "kind": []}, "tea: kind is a list, but has to be one of green, black"),
        (
            {"name": "ann", "source": "10.0.0.0/99"},
            'tea: source is "10.0.0.0/99", but has to be a network such as 192.0.2.0/24',
        ),
        (
            {"name": "x" * 100},
            f'tea: name is "{"x" * 40}...", but has to be a text of 1 to 3 characters',
        ),
    ],
)
def test_what_does_not_fit_is_told_in_a_sentence(written: dict[str, object], sentence: str) -> None:
    with pytest.raises(Unfit) as told:
        read(Tea, written, "tea")
    assert str(told.value) == sentence


def test_the_nearest_word_or_all_of_them() -> None:
    assert did_you_mean("drp", ("drop", "delay")) == "; did you mean drop?"
    assert did_you_mean("?", ("drop", "delay")) == "; there is drop, delay"
    assert did_you_mean("?", ()) == ""
