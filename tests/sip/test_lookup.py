"""A state machine says the same by number as by pair."""

from responder.sip.lookup import numbered


def test_every_pair_has_its_place() -> None:
    table = {(0, 1): "a", (1, 0): "b", (1, 2): "c"}
    found = numbered(table, 2, 3)
    assert found == [None, "a", None, "b", None, "c"]
    assert all(found[state * 3 + event] == each for (state, event), each in table.items())
