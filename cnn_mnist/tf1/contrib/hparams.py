"""`tf.contrib.training.HParams`."""

from __future__ import annotations

import json
import numbers
import re
from typing import Any

_CLAUSE = re.compile(
    r"(?P<name>[a-zA-Z]\w*)(?:\[\s*(?P<index>\d+)\s*\])?\s*=\s*"
    r"(?:(?P<one>[^,\[]*)|\[(?P<several>[^\]]*)\])(?:$|,\s*)"
)


class HParams:
    """Hyperparameters by name, which are also attributes.

    Each has the type of its first value; a later value must fit it.

    Args:
      hparam_def: must be left out; the protocol buffer of TensorFlow 1 is gone.
      model_structure: kept, see `get_model_structure`.
      **kwargs: the values: numbers, strings, booleans, or lists of one type.

    Raises:
      ValueError: a name is one of this class, or a list is empty.
    """

    def __init__(self, hparam_def: Any = None, model_structure: Any = None, **kwargs: Any) -> None:
        if hparam_def is not None:
            raise ValueError("hparam_def: the protocol buffer HParamDef is not in TensorFlow 2")
        self._hparam_types: dict[str, tuple[type, bool]] = {}
        self._model_structure = model_structure
        for name, value in kwargs.items():
            self.add_hparam(name, value)

    def add_hparam(self, name: str, value: Any) -> None:
        """Adds a hyperparameter.

        Raises:
          ValueError: the name is taken, or a list is empty.
        """
        if getattr(self, name, None) is not None:
            raise ValueError(f"the name {name} is taken")
        is_list = isinstance(value, (list, tuple))
        if is_list and not value:
            raise ValueError(f"{name}: a list may not be empty")
        self._hparam_types[name] = (type(value[0]) if is_list else type(value), is_list)
        setattr(self, name, value)

    def set_hparam(self, name: str, value: Any) -> None:
        """Sets a hyperparameter.

        Raises:
          KeyError: there is none of this name.
          ValueError: the value is of another type, or a list where the first was not, or the
            reverse.
        """
        kind, is_list = self._hparam_types[name]
        if isinstance(value, list) != is_list:
            raise ValueError(f"{name}={value}: {'a list' if is_list else 'one value'} is needed")
        if is_list:
            setattr(self, name, [_fitting(name, kind, one) for one in value])
        else:
            setattr(self, name, _fitting(name, kind, value))

    def del_hparam(self, name: str) -> None:
        """Removes a hyperparameter, if there is one of this name."""
        if hasattr(self, name):
            delattr(self, name)
            del self._hparam_types[name]

    def parse(self, values: str) -> HParams:
        """Sets hyperparameters from a text; see `parse_values`.

        Returns:
          The object itself.
        """
        kinds = {name: kind for name, (kind, _) in self._hparam_types.items()}
        for name, value in parse_values(values, kinds).items():
            if isinstance(value, dict):
                value = self._with_elements(name, value)
            self.set_hparam(name, value)
        return self

    def _with_elements(self, name: str, elements: dict[int, Any]) -> list[Any]:
        """Returns a list with new elements at some indices."""
        old = getattr(self, name)
        if not isinstance(old, (list, tuple)) or max(elements) >= len(old):
            raise ValueError(f"{name}[{max(elements)}]: there is no such element of {old}")
        return [elements.get(index, one) for index, one in enumerate(old)]

    def override_from_dict(self, values_dict: dict[str, Any]) -> HParams:
        """Sets hyperparameters; see `set_hparam`. Returns the object itself."""
        for name, value in values_dict.items():
            self.set_hparam(name, value)
        return self

    set_from_map = override_from_dict

    def parse_json(self, values_json: str) -> HParams:
        """Sets hyperparameters from an object in JSON. Returns the object itself."""
        return self.override_from_dict(json.loads(values_json))

    def to_json(self, indent: Any = None, separators: Any = None, sort_keys: bool = False) -> str:
        """Returns the values as JSON; see `json.dumps` for the arguments."""
        return json.dumps(self.values(), indent=indent, separators=separators, sort_keys=sort_keys)

    def values(self) -> dict[str, Any]:
        """Returns the values by name."""
        return {name: getattr(self, name) for name in self._hparam_types}

    def get(self, key: str, default: Any = None) -> Any:
        """Returns a value, or `default` if there is none of this name.

        Raises:
          ValueError: `default` is of another type.
        """
        if key not in self._hparam_types:
            return default
        kind, is_list = self._hparam_types[key]
        if default is not None:
            if isinstance(default, list) != is_list:
                raise ValueError(f"{key}: default={default} does not fit")
            for one in default if is_list else [default]:
                _fitting(key, kind, one)
        return getattr(self, key)

    def set_model_structure(self, model_structure: Any) -> None:
        """Keeps an object for `get_model_structure`."""
        self._model_structure = model_structure

    def get_model_structure(self) -> Any:
        """Returns what `set_model_structure` got."""
        return self._model_structure

    def __contains__(self, key: str) -> bool:
        return key in self._hparam_types

    def __str__(self) -> str:
        return ",".join(f"{name}={value}" for name, value in self.values().items())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({sorted(self.values().items())})"


def parse_values(
    values: str, type_map: dict[str, type], ignore_unknown: bool = False
) -> dict[str, Any]:
    """Reads a text such as `rate=0.1,units=[10,20],units[1]=30`.

    Args:
      values: the text.
      type_map: the type of each name; of one value, if it is a list.
      ignore_unknown: whether other names are left out.

    Returns:
      The values by name: one value, a list, or a dict of values by index.

    Raises:
      ValueError: a part cannot be read, is not of its type, or a name is unknown or there twice.
    """
    found: dict[str, Any] = {}
    position = 0
    while position < len(values):
        clause = _CLAUSE.match(values, position)
        if not clause:
            raise ValueError(f"cannot be read as name=value: {values[position:]}")
        position = clause.end()
        name, index = clause["name"], clause["index"]
        if name not in type_map:
            if ignore_unknown:
                continue
            raise ValueError(f"there is no hyperparameter {name}")
        if clause["one"] is None:
            if index is not None:
                raise ValueError(f"{name}[{index}]: one value is needed, not a list")
            texts = [text for text in re.split("[ ,]", clause["several"]) if text]
            value: Any = [_parsed(name, type_map[name], text) for text in texts]
        else:
            value = _parsed(name, type_map[name], clause["one"])
        there = found.setdefault(name, {}) if index is not None else found
        key: Any = name if index is None else int(index)
        if not isinstance(there, dict) or key in there:
            raise ValueError(f"{name} is there twice: {values}")
        there[key] = value
    return found


def _parsed(name: str, kind: type, text: str) -> Any:
    try:
        if kind is not bool:
            return kind(text)
        return text in ("true", "True") or (text not in ("false", "False") and bool(int(text)))
    except ValueError:
        raise ValueError(f"{name}={text}: a value of type {kind.__name__} is needed") from None


def _fitting(name: str, kind: type, value: Any) -> Any:
    """Returns a value as its type; an integer can become a float, and nothing else is changed."""
    if kind is type(None):
        return value
    fits = isinstance(value, bool) == issubclass(kind, bool)
    if issubclass(kind, (str, bytes)):
        fits = isinstance(value, (str, bytes))
    elif issubclass(kind, numbers.Integral):
        fits = fits and isinstance(value, numbers.Integral)
    elif issubclass(kind, numbers.Number):
        fits = fits and isinstance(value, numbers.Number)
    if not fits:
        raise ValueError(f"{name}={value!r}: a value of type {kind.__name__} is needed")
    return kind(value)  # type: ignore[call-arg]
