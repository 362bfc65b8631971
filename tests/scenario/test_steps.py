"""Compiled steps are values: equal when they say the same, and never changed."""

from dataclasses import FrozenInstanceError

import pytest

from responder.scenario.steps import Hold, Program, Respond, Silent, Wait


@pytest.mark.parametrize(
    "make",
    [
        lambda: Respond(486, b"Busy", ((b"Retry-After", b"5"),), frozenset({b"allow"})),
        lambda: Wait(1.5),
        Hold,
        Silent,
        lambda: Program("dial", ((Respond(486),),)),
    ],
    ids=["respond", "wait", "hold", "silent", "program"],
)
def test_two_steps_that_say_the_same_are_equal_and_hash_alike(make: type[object]) -> None:
    assert make() == make()
    assert hash(make()) == hash(make())


def test_a_step_that_many_calls_share_cannot_be_changed() -> None:
    name = "status"
    with pytest.raises(FrozenInstanceError):
        setattr(Respond(486), name, 200)
