"""Supplies the few modules that tensorflow-estimator 2.15 imports and TensorFlow 2.16 dropped.

Import finders supply them, so that a module which TensorFlow does ship always wins and no part of
TensorFlow is overwritten. One finder is last on `sys.meta_path`, for the missing modules; one is
first, only for `estimator_export`, which exists but reads a name that `tf_export` no longer has.
Another finds the modules of tensorflow-estimator below `tensorflow.python.estimator` too, where
TensorFlow had them until 2.15.

Remove all of this when tensorflow-estimator has a release for TensorFlow 2.16 or later, or when
TensorFlow 2.15 is the only version supported.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

_ESTIMATOR = "tensorflow_estimator.python.estimator"
_OLD_ESTIMATOR = "tensorflow.python.estimator"
_EXPORT = f"{_ESTIMATOR}.estimator_export"


def _fill_estimator_export(module: ModuleType) -> None:
    """Supplies a decorator that does nothing: it records API names for documentation only.

    The original also wraps every symbol in a deprecation warning, which is left out on purpose.
    """

    class estimator_export:  # noqa: N801 - the name that tensorflow-estimator imports
        def __init__(self, *args: str, v1: Any = None) -> None:
            del args, v1

        def __call__(self, symbol: Any) -> Any:
            return symbol

        def export_constant(self, module_name: str, name: str) -> None:
            del module_name, name

    module.estimator_export = estimator_export  # type: ignore[attr-defined]


def _fill_estimator_training(module: ModuleType) -> None:
    """Supplies the functions that run a distribution strategy on a cluster."""
    from cnn_mnist.tf_compat import estimator_training

    for name in estimator_training.__all__:
        setattr(module, name, getattr(estimator_training, name))


def _fill_tpu_module(module: ModuleType) -> None:
    """Supplies names that raise when used: `TPUEstimator` is imported but cannot run."""

    def missing(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)

        def refuse(self: Any, *args: Any, **kwargs: Any) -> None:
            raise NotImplementedError(
                f"{module.__name__}.{name} was removed in TensorFlow 2.16; TPUEstimator needs 2.15"
            )

        return type(name, (), {"__init__": refuse})

    module.__getattr__ = missing  # type: ignore[method-assign]


_MISSING_MODULES: dict[str, Callable[[ModuleType], None]] = {
    "tensorflow.python.distribute.estimator_training": _fill_estimator_training,
    "tensorflow.python.tpu.session_support": _fill_tpu_module,
    "tensorflow.python.tpu.tpu_embedding": _fill_tpu_module,
    "tensorflow.python.tpu.tpu_embedding_gradient": _fill_tpu_module,
}


class _Loader(importlib.abc.Loader):
    def __init__(self, fill: Callable[[ModuleType], None]) -> None:
        self._fill = fill

    def exec_module(self, module: ModuleType) -> None:
        self._fill(module)


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, modules: dict[str, Callable[[ModuleType], None]]) -> None:
        self._modules = modules

    def find_spec(
        self, fullname: str, path: Any = None, target: Any = None
    ) -> importlib.machinery.ModuleSpec | None:
        del path, target
        fill = self._modules.get(fullname)
        if fill is None:
            return None
        return importlib.util.spec_from_loader(fullname, _Loader(fill), origin=__file__)


class _Alias(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds `tensorflow.python.estimator.x` as `tensorflow_estimator.python.estimator.x`.

    Both names give one module, so that classes compare and registrations hold.
    """

    def find_spec(
        self, fullname: str, path: Any = None, target: Any = None
    ) -> importlib.machinery.ModuleSpec | None:
        del path, target
        if f"{fullname}.".startswith(f"{_OLD_ESTIMATOR}."):
            found = importlib.util.find_spec(_new_name(fullname))
            if found is not None:
                return importlib.util.spec_from_loader(fullname, self, origin=found.origin)
        return None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        module = importlib.import_module(_new_name(spec.name))
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # It has run already; the import system has given it the spec of the old name.
        assert module.__spec__ is not None
        module.__spec__ = module.__spec__.loader_state


def _new_name(old_name: str) -> str:
    return _ESTIMATOR + old_name.removeprefix(_OLD_ESTIMATOR)


def supply() -> None:
    """Installs the finders, once, and makes `tf.estimator` importable by attribute and by name.

    Call it after TensorFlow is imported and before tensorflow-estimator is.
    """
    import tensorflow
    from tensorflow.python.util import tf_export

    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.append(_Finder(_MISSING_MODULES))
        if importlib.util.find_spec(_OLD_ESTIMATOR) is None:
            # First, since others would find the files of its subpackages for a second copy.
            sys.meta_path.insert(0, _Alias())
        if not hasattr(tf_export, "ESTIMATOR_API_NAME"):
            sys.meta_path.insert(0, _Finder({_EXPORT: _fill_estimator_export}))

    if not hasattr(tensorflow, "estimator"):
        from tensorflow_estimator.python.estimator.api._v1 import estimator as v1
        from tensorflow_estimator.python.estimator.api._v2 import estimator as v2

        tensorflow.estimator = v2
        tensorflow.compat.v1.estimator = v1
        sys.modules.setdefault("tensorflow.estimator", v2)
        sys.modules.setdefault("tensorflow.compat.v1.estimator", v1)
