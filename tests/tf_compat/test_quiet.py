"""TensorFlow's notices are held back; what a user can act on is not."""

import logging
import os
import subprocess
import sys
import uuid
import warnings

import pytest

from cnn_mnist.tf_compat import quiet, tf

NOTICES = [
    "2026-01-02 03:04:05.678901: I tensorflow/core/util/port.cc:153] oneDNN custom operations on.",
    "To enable the following instructions: AVX2 AVX512F FMA, rebuild TensorFlow.",
    "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR",
    "I0000 00:00:1700000000.123456    4242 port.cc:153] oneDNN custom operations are on.",
    "I0102 03:04:05.678901    4242 cpu_feature_guard.cc:227] This binary is optimized",
    "E0000 00:00:1700000000.123456    4242 cuda_dnn.cc:8579] Unable to register cuDNN factory",
    "2026-01-02 03:04:05.678901: E x/cuda_fft.cc:477] Unable to register cuFFT factory",
    "2026-01-02 03:04:05.678901: E x/cuda_blas.cc:1] Unable to register cuBLAS factory",
    "W0000 00:00:1700000000.1 1 computation_placer.cc:177] computation placer already registered",
    "2026-01-02 03:04:05.678901: E x/cuda_platform.cc:51] failed call to cuInit: INTERNAL: "
    "CUDA error: Failed call to cuInit: UNKNOWN ERROR (303)",
    "2026-01-02 03:04:05.678901: W x/py_utils.cc:38] TF-TRT Warning: Could not find TensorRT",
]
WORTH_READING = [
    "2026-01-02 03:04:05.678901: W tensorflow/core/x.cc:1] Cannot dlopen some GPU libraries.",
    "2026-01-02 03:04:05.678901: E x/cuda.cc:51] failed call to cuInit: UNKNOWN ERROR (34)",
    "2026-01-02 03:04:05.678901: F tensorflow/core/x.cc:1] compiled to use AVX instructions",
    "W0000 00:00:1700000000.123456    4242 gpu_device.cc:2344] Cannot dlopen some GPU libraries.",
    "Traceback (most recent call last):",
    "I am not a notice",
]


def said_while_loading(*lines):
    with quiet.loading():
        os.write(2, "".join(line + "\n" for line in lines).encode())


@pytest.fixture(autouse=True)
def level(monkeypatch):
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "1")


@pytest.mark.parametrize("line", NOTICES)
def test_a_notice_is_held_back(capfd, line):
    said_while_loading(line)
    assert capfd.readouterr().err == ""


CONVERTING_NOTICES = [
    "W0000 00:00:1700000000.123456    4242 tf_tfl_flatbuffer_helpers.cc:36] Ignored output_format.",
    "2026-01-02 03:04:05.678901: W tensorflow/x.cc:381] Ignored drop_control_dependency.",
    "Summary on the non-converted ops:",
    "---------------------------------",
    " * Accepted dialects: tfl, builtin, func",
    " * Non-Converted Ops: 8, Total Ops 22, % non-converted = 36.36 %",
    " * 8 ARITH ops",
    "- arith.constant:    8 occurrences  (f32: 6, i32: 2)",
    "  (uq_8: 3)",
    "",
]


@pytest.mark.parametrize("line", [*NOTICES, *CONVERTING_NOTICES])
def test_of_the_converter_warnings_are_held_back_too(capfd, line):
    with quiet.converting():
        os.write(2, f"{line}\nE0000 00:00:1.1 1 x.cc:1] wrong\nstep 3 of 4\n".encode())
    assert capfd.readouterr().err == "E0000 00:00:1.1 1 x.cc:1] wrong\nstep 3 of 4\n"


@pytest.mark.parametrize("line", WORTH_READING)
def test_a_line_that_matters_is_replayed(capfd, line):
    said_while_loading(line)
    assert capfd.readouterr().err == line + "\n"


def test_of_a_mixture_what_matters_is_replayed_in_order(capfd):
    said_while_loading(*NOTICES, "one", *NOTICES, "two")
    assert capfd.readouterr().err == "one\ntwo\n"


def test_what_was_said_before_and_after_is_untouched(capfd):
    os.write(2, NOTICES[0].encode() + b"\n")
    said_while_loading(NOTICES[1])
    os.write(2, NOTICES[2].encode() + b"\n")
    assert capfd.readouterr().err == f"{NOTICES[0]}\n{NOTICES[2]}\n"


def test_standard_output_is_not_held_back(capfd):
    with quiet.loading():
        os.write(1, b"out\n")
    assert capfd.readouterr() == ("out\n", "")


def test_what_was_said_before_an_error_is_replayed_and_the_error_raised(capfd):
    with pytest.raises(ImportError, match="broken"), quiet.loading():
        os.write(2, b"the reason\n")
        raise ImportError("broken")
    assert capfd.readouterr().err == "the reason\n"


def test_python_s_own_standard_error_is_held_and_replayed_too(capfd, monkeypatch):
    """With a sys.stderr that writes to descriptor 2, as outside of pytest, and keeps a buffer."""
    with open(2, "w", buffering=1000, closefd=False) as stderr:
        monkeypatch.setattr(sys, "stderr", stderr)
        print("before", file=sys.stderr)
        with quiet.loading():
            print("from Python", file=sys.stderr)
            print(NOTICES[0], file=sys.stderr)
            assert capfd.readouterr().err == "before\n"
        stderr.flush()
        assert capfd.readouterr().err == "from Python\n"


def test_bytes_that_are_no_text_are_replayed_somehow(capfd):
    with quiet.loading():
        os.write(2, b"\xff odd\n")
    assert capfd.readouterr().err.endswith(" odd\n")


def test_level_0_shows_everything(capfd, monkeypatch):
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    said_while_loading(*NOTICES)
    assert capfd.readouterr().err.splitlines() == NOTICES


def test_without_a_standard_error_the_work_is_done(monkeypatch):
    """os.dup is a double that fails as it does where descriptor 2 is closed."""

    def fail(descriptor):
        raise OSError(9, "Bad file descriptor")

    done = []
    monkeypatch.setattr(quiet.os, "dup", fail)
    with quiet.loading():
        done.append(True)
    assert done


def test_no_descriptor_is_left_open():
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        said_while_loading(NOTICES[0])
    assert len(os.listdir("/proc/self/fd")) == before


def test_the_level_of_the_c_log_is_the_users_where_there_is_one(monkeypatch):
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    quiet.hide_cpp_notices()
    assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "3"
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL")
    quiet.hide_cpp_notices()
    assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "1"


def test_importing_tf_compat_prints_nothing():
    """In a process of its own, with TensorFlow really loaded."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    del environment["TF_CPP_MIN_LOG_LEVEL"]
    done = subprocess.run(
        [sys.executable, "-c", "import cnn_mnist.tf_compat"],
        capture_output=True,
        text=True,
        env=environment,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


# Deprecations.


@pytest.fixture
def heard():
    """Collects what passes the `tensorflow` logger."""
    records = []

    class Collect(logging.Handler):
        def emit(self, record):
            records.append(record.getMessage())

    handler = Collect()
    logging.getLogger("tensorflow").addHandler(handler)
    yield records
    logging.getLogger("tensorflow").removeHandler(handler)


def call_deprecated(path):
    """Calls a function that TensorFlow really deprecates, from line 1 of a file `path`."""
    from tensorflow.python.util import deprecation

    # TensorFlow warns once for each function, which it knows by name and module.
    old = deprecation.deprecated(None, "Use something else.")(function_of_its_own())
    exec(compile("old()", path, "exec"), {"old": old})


def function_of_its_own():
    def old():
        pass

    old.__qualname__ = old.__name__ = f"old_{uuid.uuid4().hex}"
    return old


def test_a_deprecation_in_the_users_file_is_told_with_its_line(heard):
    call_deprecated("/home/user/mine.py")
    assert len(heard) == 1
    assert "/home/user/mine.py:1" in heard[0]
    assert "Use something else." in heard[0]


@pytest.mark.parametrize("package", ["tensorflow_estimator", "cnn_mnist"])
def test_a_deprecation_in_a_library_is_not(heard, package):
    [folder] = quiet._package_folders((package,))
    call_deprecated(os.path.join(folder, "x.py"))
    assert heard == []


def test_a_folder_with_a_name_like_a_librarys_is_the_users(heard):
    [folder] = quiet._package_folders(("tensorflow_estimator",))
    call_deprecated(folder.rstrip(os.sep) + "_mine/x.py")
    assert len(heard) == 1


@pytest.mark.parametrize(
    "message, arguments",
    [
        ("Saving checkpoints for %d into %s", (5, tf.__file__ + ":3")),
        ("no arguments", ()),
        ("something is deprecated", ()),
        ("%(name)s is deprecated", ({"name": "x"},)),
    ],
)
def test_other_records_pass(heard, message, arguments):
    logging.getLogger("tensorflow").warning(message, *arguments)
    assert len(heard) == 1


def test_the_filter_is_installed_once():
    quiet.hide_library_deprecations()
    quiet.hide_library_deprecations()
    filters = logging.getLogger("tensorflow").filters
    assert sum(isinstance(f, quiet.LibraryDeprecations) for f in filters) == 1


@pytest.mark.parametrize(
    "module, told", [("cnn_mnist.networks.tf_layers", False), ("my_own_model", True)]
)
def test_tf_layers_says_that_it_will_go_to_others_only(module, told):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        quiet.hide_library_deprecations()
        text = "`tf.layers.conv2d` is deprecated and will be removed in a future version."
        warnings.warn_explicit(text, UserWarning, "x.py", 1, module=module)
    assert len(caught) == told
