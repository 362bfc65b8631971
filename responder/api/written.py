"""What a Python program writes, as the values of a scenario that know where they were written.

Importing this file costs ruamel.yaml.
"""

import os
from collections.abc import Mapping

from responder.scenario.findings import Place
from responder.scenario.yaml_text import Row, Table


def table(values: Mapping[str, object], place: Place) -> Table:
    """Return a mapping as `responder.scenario.loader.model_of` takes it."""
    made = Table(place)
    for key, value in values.items():
        made.put(str(key), place, written(value, place), place)
    return made


def written(value: object, place: Place) -> object:
    """Return a value as a scenario holds it: mappings and lists know their place, paths are text.

    What already knows its place keeps it.
    """
    if isinstance(value, (Table, Row)):
        return value
    if isinstance(value, Mapping):
        return table(value, place)
    if isinstance(value, (list, tuple)):
        row = Row(place)
        for each in value:
            row.append(written(each, place))
            row.places.append(place)
        return row
    return os.fspath(value) if isinstance(value, os.PathLike) else value
