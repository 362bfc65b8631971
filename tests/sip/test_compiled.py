"""What only mypyc reads changes no class."""

from responder.sip.compiled import mypyc_attr


def test_a_class_stays_what_it_is() -> None:
    @mypyc_attr(allow_interpreted_subclasses=True)
    class Role:
        __slots__ = ()

    class Part(Role):
        __slots__ = ()

    assert Role.__name__ == "Role"
    assert not hasattr(Part(), "__dict__")
