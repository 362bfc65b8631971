"""Tokens that are the same in every run."""

import re

from responder.testing.tokens import counted_tokens


def test_tokens_are_16_digits_and_all_different() -> None:
    token = counted_tokens()
    tokens = [token() for _ in range(1000)]
    assert len(set(tokens)) == 1000
    assert all(re.fullmatch(rb"[0-9a-f]{16}", each) for each in tokens)


def test_tokens_are_the_same_in_every_run_and_start_where_they_are_told() -> None:
    first, second, later = counted_tokens(), counted_tokens(), counted_tokens(2)
    assert first() == second() != later()
    assert first() == counted_tokens(2)()
