"""Matchers are what scenario files write."""

from responder.api import matchers
from responder.scenario.match_model import Wanted


def test_each_is_the_mapping_of_a_file() -> None:
    made = [
        matchers.equals("a"),
        matchers.regex("^a"),
        matchers.contains("a"),
        matchers.prefix("a"),
        matchers.absent(),
        matchers.present(),
        matchers.any_("a", matchers.regex("b")),
        matchers.all_(matchers.prefix("a"), matchers.not_("ab")),
        matchers.not_(matchers.absent()),
    ]
    assert made == [
        {"equals": "a"},
        {"regex": "^a"},
        {"contains": "a"},
        {"prefix": "a"},
        {"absent": True},
        {"present": True},
        {"any": ["a", {"regex": "b"}]},
        {"all": [{"prefix": "a"}, {"not": "ab"}]},
        {"not": {"absent": True}},
    ]
    for each in made:
        Wanted.model_validate(each)


def test_there_is_one_for_each_operator() -> None:
    offered = {name.rstrip("_") for name in vars(matchers)}
    assert set(Wanted.key_names()) <= offered
