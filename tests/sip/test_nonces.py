import pytest

from responder.sip.nonces import Nonces
from responder.testing.tokens import counted_tokens


@pytest.fixture
def nonces() -> Nonces:
    return Nonces(counted_tokens(), 300.0, most=3)


def test_each_nonce_is_new(nonces: Nonces) -> None:
    made = {nonces.fresh(1000.0) for _ in range(100)}
    assert len(made) == 100
    assert all(nonces.good(nonce, 1000.0) for nonce in made)


def test_a_nonce_lives_for_so_long(nonces: Nonces) -> None:
    nonce = nonces.fresh(1000.0)
    assert nonces.good(nonce, 1299.9)
    assert not nonces.good(nonce, 1300.0)


@pytest.mark.parametrize("at", [0, 11, 12, 27, 28, 43])
def test_a_nonce_with_another_digit_is_none(nonces: Nonces, at: int) -> None:
    nonce = nonces.fresh(1000.0)
    digit = b"0" if nonce[at : at + 1] != b"0" else b"1"
    assert not nonces.good(nonce[:at] + digit + nonce[at + 1 :], 1000.0)


@pytest.mark.parametrize("nonce", [b"", b"x" * 44, b"0" * 44, b"\xff", b"0" * 10_000])
def test_what_was_not_made_here_is_no_nonce(nonces: Nonces, nonce: bytes) -> None:
    assert not nonces.good(nonce, 1000.0)


def test_the_nonce_of_another_process_is_none(nonces: Nonces) -> None:
    assert not nonces.good(Nonces(counted_tokens(7), 300.0).fresh(1000.0), 1000.0)


@pytest.mark.row("AUT-06")
def test_a_count_has_to_grow(nonces: Nonces) -> None:
    nonce, other = nonces.fresh(1000.0), nonces.fresh(1000.0)
    assert [nonces.use(nonce, count) for count in (1, 1, 3, 2, 3, 4)] == [
        *(True, False, True),
        *(False, False, True),
    ]
    assert nonces.use(other, 1)


def test_what_is_forgotten_cannot_be_replayed(nonces: Nonces) -> None:
    """A nonce as old as one whose count was forgotten is not good any more, used or not."""
    used = [nonces.fresh(1000.0 + at) for at in range(4)]
    never_used, young = nonces.fresh(1000.0), nonces.fresh(1000.5)
    for nonce in used:
        assert nonces.use(nonce, 1)
    assert not nonces.good(used[0], 1004.0)
    assert not nonces.good(never_used, 1004.0)
    assert nonces.good(young, 1004.0)
    assert nonces.good(used[1], 1004.0)
