"""A script runs as Python would run it, and sees TensorFlow 1."""

from __future__ import annotations

import textwrap

import pytest
from tf1_scripts import launched

from cnn_mnist.tf_compat import versions


@pytest.fixture
def run(tmp_path):
    """A function that runs a text as `folder/script.py`, from another folder."""

    def run(text, *arguments, flags=(), **files):
        folder = tmp_path / "folder"
        folder.mkdir()
        for name, content in {"script": text, **files}.items():
            (folder / f"{name}.py").write_text(textwrap.dedent(content))
        return launched(*flags, "folder/script.py", *arguments, folder=tmp_path)

    return run


def lines(ran) -> list[str]:
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout.splitlines()


def test_a_script_is_main_with_its_own_arguments_and_folder(run, tmp_path):
    ran = run(
        """
        import os, sys
        import near
        print(__name__, __file__, sys.argv, sys.path[0], os.getcwd(), near.NAME)
        print(sys.modules["__main__"].__dict__ is globals())
        """,
        "--steps=3",
        "--help",
        near="NAME = 'near'",
    )
    argv = "['folder/script.py', '--steps=3', '--help']"
    folders = f"{tmp_path / 'folder'} {tmp_path}"
    assert lines(ran) == [f"__main__ folder/script.py {argv} {folders} near", "True"]
    none = "cnn-mnist-tf1: no names were supplied beyond tensorflow.compat.v1 and tf.estimator\n"
    assert ran.stderr == none


def test_every_style_of_import_gives_the_same_modules(run):
    ran = run(
        """
        import tensorflow
        import tensorflow as tf
        import tensorflow.contrib.rnn
        import tensorflow.contrib.rnn as rnn
        from tensorflow.contrib import rnn as again
        from tensorflow.contrib.rnn import GRUCell
        from tensorflow.contrib.rnn.python.ops.core_rnn_cell import GRUCell as deep
        from tensorflow.contrib.rnn.python.ops import core_rnn_cell
        from tensorflow.python.framework import ops
        from tensorflow.keras.layers import Dense
        import tensorflow.keras.backend as K
        from tensorflow import flags, gfile
        from tensorflow.examples.tutorials.mnist import input_data
        import tensorflow.examples.tutorials.mnist.input_data as deep_data
        import near
        print(tf is tensorflow, near.tf is tf, rnn is again is tf.contrib.rnn)
        print(GRUCell is deep is core_rnn_cell.GRUCell is tf.nn.rnn_cell.GRUCell)
        print(Dense is tf.keras.layers.Dense, K is tf.keras.backend)
        print(flags is tf.app.flags, gfile is tf.gfile, input_data is deep_data)
        print(ops.Tensor is tf.Tensor, tf.executing_eagerly())
        """,
        near="import tensorflow as tf",
    )
    assert lines(ran) == ["True True True", "True", "True True", "True True True", "True False"]
    assert (
        ran.stderr
        == "cnn-mnist-tf1: supplied tf.contrib.rnn.GRUCell, tf.python.framework.ops.Tensor\n"
    )


@pytest.mark.slow
def test_installed_libraries_see_todays_tensorflow(run):
    ran = run(
        """
        import sys
        import tensorflow as tf
        import tensorflow_estimator
        from tensorflow_estimator.python.estimator import estimator
        print(estimator.tf is sys.modules["tensorflow"], tf is sys.modules["tensorflow"])
        print(hasattr(sys.modules["tensorflow"], "placeholder"), hasattr(tf, "placeholder"))
        """
    )
    assert lines(ran) == ["True False", "False True"]


def test_names_that_exist_no_more_raise_the_errors_of_import(run):
    ran = run(
        """
        for line in (
            "import tensorflow.contrib.nothing",
            "from tensorflow.contrib import nothing",
            "from tensorflow.contrib.rnn import Nothing",
            "from tensorflow.contrib.cudnn_rnn import CudnnLSTM",
        ):
            try:
                exec(line)
            except ImportError as error:
                print(type(error).__name__, error)
        """
    )
    found = lines(ran)
    assert [line.split()[0] for line in found] == ["ModuleNotFoundError", *["ImportError"] * 3]
    assert "TensorFlow 2 removed its ops" in found[3]


def test_a_flag_that_absl_owns_by_now_is_the_scripts(run):
    ran = run(
        """
        import tensorflow as tf
        flags = tf.app.flags
        flags.DEFINE_string("log_dir", "logs", "Where summaries go.")
        flags.DEFINE_integer("v", 3, "Version.")
        FLAGS = flags.FLAGS
        def main(_):
            print(FLAGS.log_dir, FLAGS.v)
        if __name__ == "__main__":
            tf.app.run()
        """,
        "--log_dir=there",
    )
    assert lines(ran) == ["there 3"]


def test_a_gpu_that_is_missing_is_the_cpu_and_that_is_said_once(run):
    ran = run(
        """
        import tensorflow as tf
        with tf.device("/gpu:0"):
            a = tf.constant(2.0) * 3
        with tf.device("/job:localhost/device:GPU:1"), tf.device("/gpu:0"):
            b = tf.get_variable("b", [2])
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            print(session.run(a), b.device)
        """
    )
    assert lines(ran) == ["6.0 /job:localhost/device:CPU:0"]
    assert ran.stderr.count("this machine has no GPU: /gpu:0 is on its CPU") == 1


@pytest.mark.slow
def test_a_graph_that_names_a_gpu_runs_too(run):
    """Such a graph may come from a file, where `tf.device` is not called."""
    ran = run(
        """
        import tensorflow as tf
        graph = tf.GraphDef()
        node = graph.node.add(name="a", op="Const", device="/device:GPU:0")
        node.attr["dtype"].type = tf.float32.as_datatype_enum
        node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(4.0))
        a, = tf.import_graph_def(graph, return_elements=["a:0"])
        with tf.Session() as session:
            print(session.run(a))
        """
    )
    assert lines(ran) == ["4.0"]


@pytest.mark.slow
def test_an_array_has_its_bytes_by_the_old_name_too(run):
    ran = run(
        """
        import array, near
        import numpy as np
        print(np.array([1, 2], np.uint8).tostring(), array.array("b", [3]).tostring())
        print(near.text(b"x"))
        """,
        near="""
        import xml.etree.ElementTree as tree
        def text(name):
            return tree.tostring(tree.Element(name.decode()))
        """,
    )
    assert lines(ran) == [r"b'\x01\x02' b'\x03'", "b'<x />'"]


def test_what_is_deprecated_is_not_said_of_a_script_that_is_all_of_it(run):
    ran = run(
        """
        import tensorflow as tf
        net = tf.layers.dense(tf.zeros([1, 2]), 3)
        cell = tf.nn.rnn_cell.BasicLSTMCell(2)
        tf.to_float(3)
        tf.logging.warning("mine")
        """
    )
    assert lines(ran) == []
    said = [line for line in ran.stderr.splitlines() if not line.startswith("cnn-mnist-tf1: ")]
    assert said == ["WARNING:tensorflow:mine"]


@pytest.mark.slow
def test_numpys_old_names_and_numbers_are_as_they_were(run):
    ran = run(
        """
        import numpy as np
        print(np.int(3), np.float, np.zeros(2, np.bool), np.product([2, 3]))
        print([np.float32(0.5)], np.asscalar(np.array([4])))
        """
    )
    assert lines(ran) == ["3 <class 'float'> [False False] 6", "[0.5] 4"]


@pytest.mark.slow
def test_a_seed_of_the_graph_gives_the_numbers_of_tensorflow_1(run):
    """TensorFlow 1.15.5 printed these."""
    ran = run(
        """
        import tensorflow as tf
        tf.set_random_seed(777)
        x = tf.placeholder(tf.float32, [None, 784])
        glorot = tf.contrib.layers.xavier_initializer()
        w = tf.get_variable("w", [784, 16], initializer=glorot)
        b = tf.Variable(tf.random_normal([16]))
        h = tf.layers.dense(tf.nn.relu(tf.matmul(x, w) + b), 3)
        v = tf.Variable(tf.truncated_normal([16, 10], stddev=0.1))
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            for value in session.run([w[0, 0], b[0], v[0, 0], h[0, 0]], {x: [[0.5] * 784]}):
                print("%.5f" % value)
        """
    )
    assert lines(ran) == ["0.02810", "0.45848", "0.13025", "-0.75578"]


@pytest.mark.slow
def test_an_estimator_that_goes_on_says_from_where(run):
    script = """
        import tensorflow as tf
        def model_fn(features, labels, mode):
            loss = tf.square(tf.get_variable("w", []))
            step = tf.train.get_global_step()
            train = tf.train.GradientDescentOptimizer(0.1).minimize(loss, step)
            return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train)
        for _ in range(3):
            tf.estimator.Estimator(model_fn, "model").train(
                lambda: tf.data.Dataset.from_tensors(({"x": 1.0}, 1.0)).repeat(), steps=3)
    """
    assert "continuing" not in run(script).stderr
    ran = launched("folder/script.py", folder=_folder(run))
    assert ran.stderr.count("cnn-mnist-tf1: continuing from step 9 in model\n") == 1


def _folder(run):
    return run.__closure__[0].cell_contents


def test_the_version_is_that_of_the_api_and_that_is_said(run):
    ran = run("import tensorflow as tf\nprint(tf.__version__, tf.VERSION)")
    assert lines(ran) == ["1.15.5 1.15.5"]
    real = versions.tensorflow_version()
    said = "tf.__version__ is 1.15.5, whose API the script sees; TensorFlow"
    assert f"{said} {real} runs it" in ran.stderr


def test_an_error_shows_the_scripts_frames_and_status(run):
    ran = run("def f():\n    raise RuntimeError('mine')\nf()")
    assert ran.returncode == 1
    trace = ran.stderr[ran.stderr.index("Traceback") :]
    files = [line.split('"')[1] for line in trace.splitlines() if line.startswith("  File")]
    assert files == ["folder/script.py"] * 2
    assert trace.endswith("RuntimeError: mine\n")


@pytest.mark.parametrize(("text", "status"), [("7", 7), ("'gone'", 1), ("0", 0), ("", 0)])
def test_the_exit_status_is_the_scripts(run, text, status):
    assert run(f"import sys; sys.exit({text})").returncode == status


def test_what_is_missing_is_said_at_once_and_nothing_runs(run):
    ran = run(
        """
        print("running")
        import tensorflow as tf
        import near
        cell = tf.contrib.cudnn_rnn.CudnnLSTM(1, 2)
        tf.no_such_name()
        """,
        near="import tensorflow as tf\nfrom tensorflow.contrib.nothing import much\n",
    )
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.splitlines() == [
        "cnn-mnist-tf1: folder/near.py:2: tf.contrib.nothing.much: nothing stands in for it",
        "cnn-mnist-tf1: folder/script.py:5: tf.contrib.cudnn_rnn.CudnnLSTM: "
        "TensorFlow 2 removed its ops; use tf.nn.rnn_cell",
        "cnn-mnist-tf1: folder/script.py:6: tf.no_such_name: "
        "today's tensorflow.compat.v1 has no such name",
        "cnn-mnist-tf1: nothing was run; --run_anyway runs it without what is missing",
    ]


@pytest.mark.slow
def test_run_anyway_runs_until_a_missing_name_is_reached(run):
    ran = run(
        """
        import sys
        import tensorflow as tf
        print("running")
        if len(sys.argv) > 1:
            tf.no_such_name()
        """,
        flags=("--run_anyway",),
    )
    assert lines(ran) == ["running"]
    ran = launched("--run_anyway", "folder/script.py", "more", folder=_folder(run))
    assert (ran.returncode, ran.stdout) == (1, "running\n")
    assert ran.stderr.endswith(
        "AttributeError: tf.no_such_name cannot be supplied: "
        "today's tensorflow.compat.v1 has no such name\n"
    )


def test_a_module_runs_as_with_pythons_m(tmp_path):
    package = tmp_path / "mine"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "net.py").write_text("import tensorflow as tf\nproduct = tf.mul\n")
    (package / "__main__.py").write_text(
        "import sys\nfrom . import net\nprint(__name__, __package__, sys.argv[1:], sys.path[0])\n"
    )
    ran = launched("-m", "mine", "-v", "x", folder=tmp_path)
    assert lines(ran) == [f"__main__ mine ['-v', 'x'] {tmp_path}"]
    assert ran.stderr == "cnn-mnist-tf1: supplied tf.mul\n"


@pytest.mark.slow
def test_a_package_of_that_time_that_is_installed_can_see_tensorflow_1(tmp_path):
    """The folder `site` stands for one of installed packages."""
    (tmp_path / "script.py").write_text("import old\nprint(old.tf.__name__, old.tf.mul)\n")
    (tmp_path / "old.py").write_text("import tensorflow as tf\n")
    ran = launched("--tf1_packages=other,old", "script.py", folder=tmp_path)
    assert lines(ran)[0].startswith("tensorflow <function multiply")


@pytest.mark.slow
def test_python_2_runs_with_its_own_modules(run):
    text = """
        # -*- coding: utf-8 -*-
        import cPickle, near
        import tensorflow as tf
        print "7 / 2 =", 7 / 2, 7. / 2
        for i in xrange(2): print i,
        print
        n = 9
        n /= 2
        d = {'a': n}
        for key, value in d.iteritems(): print key, value, d.has_key(key), near.half(5)
        try:
            raise ValueError, "bad"
        except ValueError, error:
            print error, u"\\u20ac".encode("utf-8") is not None
        with tf.Session() as session: print session.run(tf.constant(7) / 2)
    """
    near = "print 'near'\ndef half(x): return x / 2\n"
    ran = run(text, flags=("--py2",), near=near)
    expected = ["near", "7 / 2 = 3 3.5", "0 1 ", "a 4 True 2", "bad True", "3"]
    assert lines(ran) == expected
    ran = launched("folder/script.py", folder=_folder(run))
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "folder/script.py:5: the file: it is not Python 3: Missing parentheses" in ran.stderr
    assert "; use --py2\n" in ran.stderr
