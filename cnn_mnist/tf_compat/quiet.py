"""Hides TensorFlow's start-up notices and its warnings about its own code.

They come from four sources: the C++ library while it loads, the C++ library afterwards, its
converter to TensorFlow Lite, and Python's `tensorflow` logger. Messages that the user can act
on stay: C++ warnings during loading, errors of the converter, and deprecations of calls in the
user's own files.
"""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import os
import re
import warnings
from collections.abc import Iterator

from cnn_mnist.support import standard_error

# Severity I of the C++ log, the banner before it, and continuation lines. The factory lines
# have severity E in TensorFlow 2.15 to 2.18 and mean only that two of its CUDA plugins are
# linked into one binary (tensorflow/tensorflow#62075).
_LOADING_NOTICE = re.compile(
    r"WARNING: All log messages before absl::InitializeLog\(\)"
    r"|I\d{4} \d\d:\d\d:\d\d\.\d+ "
    r"|I0000 00:00:"
    r"|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: I "
    r"|.*Unable to register cu(DNN|FFT|BLAS) factory"
    r"|.*computation placer already registered"
    r"|To enable the following instructions:"
    r"|.*failed call to cuInit: .*UNKNOWN ERROR \(303\)"
    r"|.*TF-TRT Warning: Could not find TensorRT"
)

# Notices and warnings of the converter about its own options, and in TensorFlow 2.15 its count
# of ops.
_CONVERTING_NOTICE = re.compile(
    rf"{_LOADING_NOTICE.pattern}"
    r"|W\d{4} \d\d:\d\d:\d\d\.\d+ "
    r"|W0000 00:00:"
    r"|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: W "
    r"|Summary on the non-converted ops:"
    r"| \* (Accepted dialects|Non-Converted Ops|\d+ \w+ ops)"
    r"|- \w+\.\w+: +\d+ occurrences"
    r"|-+$|  \((\w+: \d+(, )?)+\)$|$"
    r"|fully_quantize: \d"
)

# Packages whose use of deprecated TensorFlow names the user cannot fix.
_LIBRARIES = (
    "tensorflow",
    "tensorflow_estimator",
    "tf_keras",
    "keras",
    "tensorflow_datasets",
    "cnn_mnist",
)


def hide_cpp_notices() -> None:
    """Limits the C++ log to warnings and errors, unless the user has chosen a level."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")


def loading() -> contextlib.AbstractContextManager[None]:
    """Holds back output to file descriptor 2 during a `with` block; replays all but notices.

    Needed because TensorFlow 2.17 and later log before they read `TF_CPP_MIN_LOG_LEVEL`. Remove
    it when `python -c "import tensorflow"` is silent under `TF_CPP_MIN_LOG_LEVEL=1`.
    `TF_CPP_MIN_LOG_LEVEL=0` shows everything.
    """
    return _without(_LOADING_NOTICE)


@contextlib.contextmanager
def converting() -> Iterator[None]:
    """Does the same as `loading` while TensorFlow converts a network to TensorFlow Lite."""
    with _without(_CONVERTING_NOTICE), warnings.catch_warnings():
        # The converter measures ranges with TensorFlow's own interpreter.
        warnings.filterwarnings("ignore", message=r"\s*Warning: tf\.lite\.Interpreter is deprec")
        yield


@contextlib.contextmanager
def _without(notice: re.Pattern[str]) -> Iterator[None]:
    if os.environ.get("TF_CPP_MIN_LOG_LEVEL") == "0":
        yield
        return
    with standard_error.without(notice):
        yield


class LibraryDeprecations(logging.Filter):
    """Drops deprecation records whose caller is a library rather than the user's code.

    TensorFlow's records end in `(from module) … Instructions for updating`; the argument before
    is the call site, `path:line`.
    """

    def __init__(self) -> None:
        super().__init__()
        self._library_folders = tuple(_package_folders(_LIBRARIES))

    def filter(self, record: logging.LogRecord) -> bool:
        if "deprecated" not in str(record.msg) and "Instructions for updating" not in str(
            record.msg
        ):
            return True
        arguments = record.args if isinstance(record.args, tuple) else ()
        call_sites = [str(a) for a in arguments if re.search(r"\.py:\d+$", str(a))]
        return not any(site.startswith(self._library_folders) for site in call_sites)


def hide_library_deprecations() -> None:
    """Installs `LibraryDeprecations` on the `tensorflow` logger, once."""
    logger = logging.getLogger("tensorflow")
    if not any(isinstance(f, LibraryDeprecations) for f in logger.filters):
        logger.addFilter(LibraryDeprecations())
    # tf_keras warns at every tf.layers call that tf.layers will go; this package uses it anyway.
    warnings.filterwarnings("ignore", message=r"`tf\.layers\.", module=r"cnn_mnist\.")


def _package_folders(names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        spec = importlib.util.find_spec(name)
        for folder in (spec and spec.submodule_search_locations) or ():
            yield folder + os.sep
