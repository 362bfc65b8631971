"""The page of the faults is held to the faults: its tables, and every example."""

import pytest

from responder.faults.fault import Fault
from responder.faults.impairment import Impairment
from responder.faults.kinds.loss import Drop
from responder.faults.parameter import Parameter, parameters
from responder.faults.registry import FAULTS, parameters_of
from tests.pages import PAGES, Block
from tests.scenario.scenarios import compiled

PAGE = PAGES["docs/faults.md"]
COMMON = frozenset(each.name for each in parameters(Drop))
ACTS = {"mutate": "message", "transmit": "transmission", "answer": "response"}


def usually(each: Parameter) -> str:
    default = each.default
    if isinstance(default, str):
        return default.encode("unicode_escape").decode()
    return f"{default:g}" if isinstance(default, float) else str(default)


def described(each: Parameter) -> str:
    values = each.expected if not each.choices else ", ".join(f"`{word}`" for word in each.choices)
    usual = "" if each.default in {None, ""} or each.required else f"; usually {usually(each)}"
    return f"`{each.name}`: {each.about} ({values}{usual})"


def row(kind: type[Fault]) -> str:
    about = " ".join((kind.__doc__ or "").split("\n\n")[0].split())
    found = parameters_of(kind)
    bare = [described(each) for each in found if each.attribute == kind.SCALAR]
    others = [
        described(each)
        for each in found
        if each.attribute != kind.SCALAR and each.name not in COMMON
    ]
    acts = ACTS[kind.HOOK] + {"any": "", "datagrams": ", UDP", "streams": ", TCP"}[kind.CARRIER]
    return f"| `{kind.NAME}` | {acts} | {about} | {''.join(bare)} | {'; '.join(others)} |"


def test_the_table_of_faults() -> None:
    expected = "\n".join(row(kind) for kind in FAULTS.values())
    assert expected in PAGE.text, f"put this into docs/faults.md:\n{expected}"


def test_the_table_of_impairments() -> None:
    expected = "\n".join(
        f"| `{each.name}` | {each.about} | {each.expected} | {usually(each)} |"
        for each in parameters(Impairment)
    )
    assert expected in PAGE.text, f"put this into docs/faults.md:\n{expected}"


@pytest.mark.parametrize("block", list(PAGE.blocks("yaml")), ids=str)
def test_the_examples_are_scenarios(block: Block) -> None:
    assert compiled(block.text).findings == ()
