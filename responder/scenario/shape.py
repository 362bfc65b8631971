"""What all models of scenario files share: exact keys, and short forms."""

from collections.abc import Iterable
from typing import Any, ClassVar

from pydantic import (
    BaseModel,
    ConfigDict,
    GetJsonSchemaHandler,
    ValidationInfo,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from responder.scenario.findings import listed
from responder.scenario.yaml_text import NOTHING

Shapes = dict[int, type["Shape"]]
"""Which model each mapping of a file was read as, by the mapping's identity."""


class Shape(BaseModel):
    """A mapping with these keys and no others.

    Whoever validates hands in ``context={"shapes": {}}``, in which each mapping leaves its model:
    so a key that is not known can be told which ones are.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    WHAT: ClassVar[str]
    """What it is called in a sentence: ``a rule``."""

    MEANT: ClassVar[dict[str, str]] = {}
    """What is said of keys that people write and that do not exist."""

    @model_validator(mode="before")
    @classmethod
    def _entered(cls, value: object, info: ValidationInfo) -> object:
        if isinstance(value, dict):
            if info.context is not None:
                info.context["shapes"].setdefault(id(value), cls)
            if None in value.values():
                # A key that may be left out may not be left empty.
                value = {key: NOTHING if each is None else each for key, each in value.items()}
        return cls.unfold(value)

    @classmethod
    def unfold(cls, value: object) -> object:
        """Return the mapping that a value stands for."""
        return value

    @classmethod
    def key_names(cls) -> Iterable[str]:
        """Return the keys as they are written."""
        return [field.alias or name for name, field in cls.model_fields.items()]

    @classmethod
    def advice(cls, key: str) -> str:
        """Return what to do about a key that is not known and near to none."""
        del key
        return "expected " + listed(cls.key_names())

    def given(self) -> dict[str, Any]:
        """Return the values of the keys that a file gives, by key, in the order of the model."""
        return {
            field.alias or name: getattr(self, name)
            for name, field in type(self).model_fields.items()
            if name in self.model_fields_set
        }


class Short(Shape):
    """A mapping for which the bare value of one of its keys can stand."""

    SHORT: ClassVar[str]
    """That key."""

    @classmethod
    def unfold(cls, value: object) -> object:
        """Put a bare value under its key."""
        return value if isinstance(value, dict) else {cls.SHORT: value}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        made = handler(schema)
        mapping = handler.resolve_ref_schema(made)
        whole = dict(mapping)
        mapping.clear()
        mapping["anyOf"] = [*cls.bare(whole["properties"][cls.SHORT]), whole]
        return made

    @classmethod
    def bare(cls, schema: JsonSchemaValue) -> list[JsonSchemaValue]:
        """Return the JSON Schemas of the bare value, given that of its key, which may be absent."""
        options = schema.get("anyOf", [schema])
        return [option for option in options if option != {"type": "null"}]
