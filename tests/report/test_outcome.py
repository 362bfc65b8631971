"""What a report needs to know of an expectation."""

from responder.report.outcome import Outcome


def test_where_it_is_stated() -> None:
    assert Outcome("a", True, file="trunk.yaml", line=12).place == "trunk.yaml:12"
    assert Outcome("a", True, file="trunk.yaml").place == "trunk.yaml"
    assert not Outcome("a", True).place
