"""Tokens from the kernel and from a seed."""

import random

from hypothesis import given
from hypothesis import strategies as st

from responder.agent.tokens import DIGITS, fresh_tokens, seeded_tokens

HEXADECIMAL = frozenset(b"0123456789abcdef")


def test_one_read_of_the_kernel_gives_many_tokens() -> None:
    reads: list[int] = []

    def entropy(size: int) -> bytes:
        reads.append(size)
        return bytes(index % 251 for index in range(size))

    token = fresh_tokens(entropy)
    tokens = [token() for _ in range(512)]
    assert reads == [4096]
    assert b"".join(tokens) == entropy(4096).hex().encode()
    token()
    assert reads == [4096] * 3


def test_fresh_tokens_are_64_bits_that_never_come_again() -> None:
    token = fresh_tokens()
    tokens = [token() for _ in range(2000)]
    assert len(set(tokens)) == 2000
    assert all(len(each) == DIGITS and HEXADECIMAL.issuperset(each) for each in tokens)


@given(st.integers())
def test_a_seed_gives_the_same_tokens_in_every_run(seed: int) -> None:
    one, other = seeded_tokens(random.Random(seed)), seeded_tokens(random.Random(seed))
    tokens = [one() for _ in range(20)]
    assert tokens == [other() for _ in range(20)]
    assert len(set(tokens)) == 20
    assert all(len(each) == DIGITS and HEXADECIMAL.issuperset(each) for each in tokens)
