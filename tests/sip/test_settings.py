from dataclasses import FrozenInstanceError, fields

import pytest

from responder.sip.settings import Limits, Settings, Timing


def test_the_timers_are_those_of_the_rfc() -> None:
    timing = Timing()
    assert (timing.t1, timing.t2, timing.t4) == (0.5, 4.0, 5.0)
    assert timing.trying == 0.2
    assert timing.give_up == 32.0


def test_every_timer_may_be_one_of_its_own() -> None:
    plain, own = Timing(t1=0.1, t4=2.0), Timing(**{f"own_{key}": 1.5 for key in "bfhijkl"})
    timers = [f"timer_{key}" for key in "bfhjl"]
    assert {getattr(plain, name) for name in timers} == {6.4}
    assert (plain.timer_i, plain.timer_k) == (2.0, 2.0)
    assert {getattr(own, name) for name in [*timers, "timer_i", "timer_k"]} == {1.5}


@pytest.mark.row("RSP-08")
@pytest.mark.parametrize(
    ("t1", "t2", "late"),
    [(0.5, 4.0, 3.5), (1.0, 4.0, 3.0), (4.0, 4.0, 0.0), (0.1, 4.0, 6.3)],
)
def test_a_late_100_leaves_when_timer_e_reaches_t2(t1: float, t2: float, late: float) -> None:
    """Timer E fires at T1, then after twice as long each time, until the step would be T2."""
    assert Timing(t1=t1, t2=t2).late_trying == pytest.approx(late)


def test_every_limit_is_above_zero_and_a_head_fits_a_message() -> None:
    limits = Limits()
    assert all(getattr(limits, field.name) > 0 for field in fields(limits))
    assert limits.head + limits.body > limits.message > limits.body > limits.head > limits.uri


def test_settings_do_not_change() -> None:
    settings = Settings()
    assert settings.timing == Timing()
    assert settings.limits == Limits()
    for field in fields(settings):
        with pytest.raises(FrozenInstanceError):
            setattr(settings, field.name, None)
