"""What the models share."""

from typing import ClassVar

import pytest
from pydantic import Field, ValidationError

from responder.scenario.shape import Shape, Shapes, Short
from responder.scenario.yaml_text import NOTHING


class Colour(Short):
    """A colour."""

    WHAT = "a colour"
    SHORT = "name"
    MEANT: ClassVar[dict[str, str]] = {"hue": "say name"}

    name: object = Field(None, description="Its name.")
    is_dark: object = Field(None, alias="dark", description="Whether it is dark.")


def test_a_bare_value_stands_for_its_key() -> None:
    assert Colour.model_validate("red") == Colour.model_validate({"name": "red"})


def test_what_is_given_is_told_by_the_keys_of_the_file() -> None:
    assert Colour.model_validate({"dark": 1}).given() == {"dark": 1}
    assert list(Colour.key_names()) == ["name", "dark"]
    assert Colour.advice("x") == "expected name or dark"


def test_each_mapping_leaves_its_model() -> None:
    shapes: Shapes = {}
    mapping = {"name": "red"}
    Colour.model_validate(mapping, context={"shapes": shapes})
    assert shapes[id(mapping)] is Colour


def test_a_key_that_is_left_empty_is_not_left_out() -> None:
    assert Colour.model_validate({"name": None}).name is NOTHING


def test_an_unknown_key_is_an_error() -> None:
    with pytest.raises(ValidationError, match="extra_forbidden"):
        Colour.model_validate({"hue": 1})


def test_the_schema_shows_both_forms() -> None:
    bare, whole = Colour.model_json_schema()["anyOf"]
    assert bare["description"] == "Its name."
    assert set(whole["properties"]) == {"name", "dark"}


def test_a_plain_shape_takes_a_mapping_only() -> None:
    class Plain(Shape):
        """A plain one."""

        WHAT = "a plain one"

    with pytest.raises(ValidationError, match="model_type"):
        Plain.model_validate("x")
