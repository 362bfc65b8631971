from responder.sip.errors import Malformed, Misuse


def test_a_peers_garbage_and_our_own_misuse_are_two_kinds_of_error() -> None:
    assert issubclass(Malformed, ValueError)
    assert issubclass(Misuse, RuntimeError)
    assert not issubclass(Malformed, Misuse)
    assert not issubclass(Misuse, Malformed)
    assert str(Malformed("To: unbalanced quote")) == "To: unbalanced quote"
