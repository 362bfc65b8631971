"""A bounded dictionary that forgets what has not been asked for lately."""

from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(dict[K, V]):
    """Two generations of entries: ``recent[key]`` costs what it costs in a dict.

    An entry found only in the older generation moves to the younger one. When the younger one holds
    ``bound`` entries it becomes the older one, and what the older one held is forgotten. At most
    ``2 * bound`` entries are held, and one that is used at least every ``bound`` insertions stays.

    Insert with `keep`; assignment through brackets would not observe the bound.
    """

    __slots__ = ("_bound", "_older")

    def __init__(self, bound: int) -> None:
        super().__init__()
        self._bound = bound
        self._older: dict[K, V] = {}

    def __missing__(self, key: K) -> V:
        value = self._older.pop(key)
        self.keep(key, value)
        return value

    def keep(self, key: K, value: V) -> V:
        """Insert or replace an entry and return its value."""
        if len(self) >= self._bound:
            self._older = dict(self)
            self.clear()
        self[key] = value
        return value

    def find(self, key: K) -> V | None:
        """Return the entry of ``key``, or None; unlike ``get`` it looks in both generations."""
        try:
            return self[key]
        except KeyError:
            return None

    def forget(self) -> None:
        """Drop every entry of both generations."""
        self.clear()
        self._older = {}
