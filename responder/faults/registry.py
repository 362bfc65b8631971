"""Every fault by its name: what a file may ask for, and what documentation says of it."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from responder.faults import kinds
from responder.faults.bundle import Bundle
from responder.faults.fault import Fault
from responder.faults.parameter import (
    Parameter,
    Reader,
    Unfit,
    as_it_is,
    did_you_mean,
    inside,
    parameters,
    read,
    shown,
)


def _found() -> Iterator[type[Fault]]:
    for module in pkgutil.iter_modules(kinds.__path__, kinds.__name__ + "."):
        for _, kind in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if kind.__module__ == module.name and issubclass(kind, Fault) and kind.NAME:
                yield kind


FAULTS: Final = MappingProxyType(
    {kind.NAME: kind for kind in sorted(_found(), key=lambda k: k.NAME)}
)
"""The faults by name. To add one, write its dataclass in a file of `responder.faults.kinds`."""


def parameters_of(kind: type[Fault]) -> tuple[Parameter, ...]:
    """Return what may be set of a fault; the one that a bare value sets comes first."""
    found = parameters(kind)
    return tuple(sorted(found, key=lambda each: each.attribute != kind.SCALAR))


def make(name: str, value: object = None, reader: Reader = as_it_is) -> list[Fault]:
    """Return the faults that one name and what is written behind it ask for.

    Args:
        name: the fault's name.
        value: None or True for its defaults; a mapping of parameters; a list of any of these for
            several faults of one name; else the value of the parameter that a bare value sets.
            Times are in seconds, unless ``reader`` knows them otherwise.
        reader: reads each value.

    Raises:
        Unfit: the name is unknown, or the value does not fit.
    """
    kind = FAULTS.get(name)
    if kind is None:
        msg = f"there is no fault {shown(name)}" + did_you_mean(name, FAULTS)
        raise Unfit(msg)
    if isinstance(value, list):
        found = []
        for at, each in enumerate(value):
            with inside(at):
                found += make(name, each, reader)
        return found
    where = f"fault {name}"
    if value is None or value is True:
        return [read(kind, {}, where)]
    if isinstance(value, Mapping):
        return [read(kind, value, where, reader)]
    scalar = [each for each in parameters(kind) if each.attribute == kind.SCALAR]
    if not scalar:
        msg = f"{where}: it takes no value, but found {shown(value)}: write its name alone"
        raise Unfit(msg)
    try:
        return [read(kind, {scalar[0].name: value}, where, reader)]
    except Unfit as fault:
        raise Unfit(str(fault)) from None  # the parameter's name is not written here


def compile_faults(written: object, reader: Reader = as_it_is) -> Bundle:
    """Return the faults that a step asks for.

    Args:
        written: a name; a mapping of names to what `make` takes; a list of both.
        reader: reads each value.

    Raises:
        Unfit: something in it is no fault, or two of them cannot stand together.
    """
    return Bundle(_collected(written, reader))


def _collected(written: object, reader: Reader) -> list[Fault]:
    if isinstance(written, str):
        return make(written)
    found: list[Fault] = []
    if isinstance(written, Mapping):
        for name, value in written.items():
            with inside(name):
                found += make(str(name), value, reader)
    elif isinstance(written, list):
        for at, each in enumerate(written):
            with inside(at):
                found += _collected(each, reader)
    else:
        msg = f"a fault is its name, or a mapping such as drop: 2; found {shown(written)}"
        raise Unfit(msg)
    return found
