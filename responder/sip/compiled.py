"""What mypyc is told of the classes that it compiles, in the name of its own decorator.

To Python it says nothing, so nothing need be installed for it.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

__all__ = ["mypyc_attr"]

T = TypeVar("T")

if TYPE_CHECKING:
    from mypy_extensions import mypyc_attr
else:

    def mypyc_attr(**_facts: object) -> Callable[[T], T]:
        """Return a decorator that returns its class."""
        return lambda decorated: decorated
