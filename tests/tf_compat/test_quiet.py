"""TensorFlow's notices are held back; messages that the user can act on are not."""

import logging
import os
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


def write_while_loading(*lines):
    with quiet.loading():
        os.write(2, "".join(line + "\n" for line in lines).encode())


@pytest.fixture(autouse=True)
def level(monkeypatch):
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "1")


@pytest.mark.parametrize("line", NOTICES)
def test_a_notice_is_held_back(capfd, line):
    write_while_loading(line)
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
def test_warnings_of_the_converter_are_held_back_too(capfd, line):
    with quiet.converting():
        os.write(2, f"{line}\nE0000 00:00:1.1 1 x.cc:1] wrong\nstep 3 of 4\n".encode())
    assert capfd.readouterr().err == "E0000 00:00:1.1 1 x.cc:1] wrong\nstep 3 of 4\n"


@pytest.mark.parametrize("line", WORTH_READING)
def test_a_line_that_matters_is_replayed(capfd, line):
    write_while_loading(line)
    assert capfd.readouterr().err == line + "\n"


def test_lines_that_matter_are_replayed_in_order_without_the_notices(capfd):
    write_while_loading(*NOTICES, "one", *NOTICES, "two")
    assert capfd.readouterr().err == "one\ntwo\n"


def test_output_before_and_after_is_not_changed(capfd):
    os.write(2, NOTICES[0].encode() + b"\n")
    write_while_loading(NOTICES[1])
    os.write(2, NOTICES[2].encode() + b"\n")
    assert capfd.readouterr().err == f"{NOTICES[0]}\n{NOTICES[2]}\n"


def test_standard_output_is_not_held_back(capfd):
    with quiet.loading():
        os.write(1, b"out\n")
    assert capfd.readouterr() == ("out\n", "")


def test_output_before_an_error_is_replayed_and_the_error_raised(capfd):
    with pytest.raises(ImportError, match="broken"), quiet.loading():
        os.write(2, b"the reason\n")
        raise ImportError("broken")
    assert capfd.readouterr().err == "the reason\n"


def test_python_s_own_standard_error_is_held_and_replayed_too(capfd, monkeypatch):
    """sys.stderr writes to descriptor 2, as outside of pytest, and has a buffer."""
    with open(2, "w", buffering=1000, closefd=False) as stderr:
        monkeypatch.setattr(sys, "stderr", stderr)
        print("before", file=sys.stderr)
        with quiet.loading():
            print("from Python", file=sys.stderr)
            print(NOTICES[0], file=sys.stderr)
            assert capfd.readouterr().err == "before\n"
        stderr.flush()
        assert capfd.readouterr().err == "from Python\n"


def test_a_line_that_is_not_utf_8_is_replayed(capfd):
    with quiet.loading():
        os.write(2, b"\xff odd\n")
    assert capfd.readouterr().err.endswith(" odd\n")


def test_level_0_shows_everything(capfd, monkeypatch):
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    write_while_loading(*NOTICES)
    assert capfd.readouterr().err.splitlines() == NOTICES


def test_without_a_standard_error_the_work_is_done(monkeypatch):
    """os.dup is replaced by a function that fails as if descriptor 2 were closed."""

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
        write_while_loading(NOTICES[0])
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_log_level_chosen_by_the_user_is_kept(monkeypatch):
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    quiet.hide_cpp_notices()
    assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "3"
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL")
    quiet.hide_cpp_notices()
    assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "1"


def test_importing_tf_compat_prints_nothing(users_file):
    """Runs in a separate process, which loads the real TensorFlow."""
    assert users_file["printed by the import"] == ""


# Deprecations.


@pytest.fixture
def logged():
    """Collects the records that pass the filters of the `tensorflow` logger."""
    records = []

    class Collect(logging.Handler):
        def emit(self, record):
            records.append(record.getMessage())

    handler = Collect()
    logging.getLogger("tensorflow").addHandler(handler)
    yield records
    logging.getLogger("tensorflow").removeHandler(handler)


def call_deprecated(path):
    """Calls a function deprecated by TensorFlow's own decorator, from line 1 of a file `path`."""
    from tensorflow.python.util import deprecation

    # TensorFlow warns once for each function, identified by its name and module.
    old = deprecation.deprecated(None, "Use something else.")(function_of_its_own())
    exec(compile("old()", path, "exec"), {"old": old})


def function_of_its_own():
    def old():
        pass

    old.__qualname__ = old.__name__ = f"old_{uuid.uuid4().hex}"
    return old


def test_a_deprecation_in_the_users_file_is_reported_with_its_line(logged):
    call_deprecated("/home/user/mine.py")
    assert len(logged) == 1
    assert "/home/user/mine.py:1" in logged[0]
    assert "Use something else." in logged[0]


@pytest.mark.parametrize("package", ["tensorflow_estimator", "cnn_mnist"])
def test_a_deprecation_in_a_library_is_dropped(logged, package):
    [folder] = quiet._package_folders((package,))
    call_deprecated(os.path.join(folder, "x.py"))
    assert logged == []


def test_a_folder_whose_name_begins_like_a_librarys_is_not_a_library(logged):
    [folder] = quiet._package_folders(("tensorflow_estimator",))
    call_deprecated(folder.rstrip(os.sep) + "_mine/x.py")
    assert len(logged) == 1


@pytest.mark.parametrize(
    "message, arguments",
    [
        ("Saving checkpoints for %d into %s", (5, tf.__file__ + ":3")),
        ("no arguments", ()),
        ("something is deprecated", ()),
        ("%(name)s is deprecated", ({"name": "x"},)),
    ],
)
def test_other_records_pass(logged, message, arguments):
    logging.getLogger("tensorflow").warning(message, *arguments)
    assert len(logged) == 1


def test_the_filter_is_installed_once():
    quiet.hide_library_deprecations()
    quiet.hide_library_deprecations()
    filters = logging.getLogger("tensorflow").filters
    assert sum(isinstance(f, quiet.LibraryDeprecations) for f in filters) == 1


@pytest.mark.parametrize(
    "module, warned", [("cnn_mnist.networks.tf_layers", False), ("my_own_model", True)]
)
def test_only_other_modules_are_warned_that_tf_layers_will_go(module, warned):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        quiet.hide_library_deprecations()
        text = "`tf.layers.conv2d` is deprecated and will be removed in a future version."
        warnings.warn_explicit(text, UserWarning, "x.py", 1, module=module)
    assert len(caught) == warned
