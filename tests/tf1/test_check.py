"""Reading a script finds the names that are missing, and no others."""

from __future__ import annotations

import textwrap

import pytest

from cnn_mnist.tf1 import check, launcher, source


@pytest.fixture
def problems(tmp_path, monkeypatch):
    """A function that returns the problems of a text, as `line: name`."""
    monkeypatch.chdir(tmp_path)

    def problems(text, **files):
        for name, content in {"script": text, **files}.items():
            path = tmp_path / f"{name.replace('__in__', '/')}.py"
            path.parent.mkdir(exist_ok=True)
            path.write_text(textwrap.dedent(content).lstrip())
        found = check.read(launcher.script("script.py")).problems
        return [f"{problem.line}: {problem.name}" for problem in sorted(found)]

    return problems


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("import tensorflow as tf; tf.nothing", "tf.nothing"),
        ("import tensorflow; tensorflow.nn.nothing(3)", "tf.nn.nothing"),
        ("import tensorflow.contrib.nothing as n", "tf.contrib.nothing"),
        ("from tensorflow.contrib import rnn; rnn.Nothing", "tf.contrib.rnn.Nothing"),
        ("from tensorflow.contrib.rnn import Nothing", "tf.contrib.rnn.Nothing"),
        ("from tensorflow.contrib.nothing import *", "tf.contrib.nothing"),
        ("import tensorflow as tf; r = tf.contrib.rnn; r.Nothing", "tf.contrib.rnn.Nothing"),
        ("import tensorflow as tf\ndef f(x=tf.nothing): pass", "tf.nothing"),
        ("import tensorflow as tf\nclass A(tf.nothing): pass", "tf.nothing"),
        ("import tensorflow as tf\ndef f():\n  return [tf.nothing for x in y]", "tf.nothing"),
        ("from tensorflow.python.ops import nothing", "tf.python.ops.nothing"),
        ("from tensorflow.python.nothing import more", "tf.python.nothing.more"),
        ("import no_such_module", "no_such_module"),
        ("import urllib2", "urllib2"),
        ("print(xrange(3))", "xrange"),
        ("{}.iteritems()", ".iteritems"),
        ("print 'x'", "the file"),
    ],
)
def test_a_missing_name_is_found(problems, line, name):
    assert [problem.split(": ")[1] for problem in problems(line)] == [name]


@pytest.mark.parametrize(
    "text",
    [
        "import tensorflow as tf\ntf.nn.relu; tf.layers.conv2d; tf.estimator.Estimator",
        "import tensorflow as tf\ntf.app.flags.FLAGS.any_flag",
        "import tensorflow as tf\ntf.contrib.rnn.GRUCell.anything; tf.__version__",
        "import tensorflow as tf\ndef f(tf):\n  return tf.nothing",
        "import tensorflow as tf\ntf = object()\ntf.nothing",
        "from tensorflow.contrib import rnn\ndef f():\n  rnn = []\n  rnn.append(1)",
        "import tensorflow as tf\ntry:\n  f = tf.nothing\nexcept AttributeError:\n  f = None",
        "try:\n  import no_such_module\nexcept ImportError:\n  pass",
        "try:\n  from tensorflow.nothing import x\nexcept:\n  pass",
        "import tensorflow as tf\nif hasattr(tf, 'nothing'):\n  tf.nothing()",
        "import tensorflow as tf\nif tf.__version__ > '2':\n  tf.nothing()",
        "import tensorflow.compat.v1 as tf\ntf.placeholder",
        "from tensorflow.python.framework import graph_util, ops\ngraph_util.extract_sub_graph",
        "from tensorflow.python.platform import gfile\ngfile.FastGFile",
        "from tensorflow.keras.models import Sequential",
        "from six.moves import xrange\nxrange(3)",
        "import six, os.path, json\nsix.iteritems({})",
        "try:\n  xrange\nexcept NameError:\n  xrange = range",
        "def reload():\n  pass\nreload()",
        "import tensorflow as tf\ntf.nothing = 3\ntf.nothing.more",
        "from tensorflow.python.framework import tensor_shape\ntensor_shape.scalar()",
    ],
)
def test_a_name_that_is_there_or_expected_to_be_missing_is_no_problem(problems, text):
    assert problems(text) == []


def test_a_script_that_its_own_module_imports_is_read_once(problems):
    problems("import near\nimport tensorflow as tf\ntf.nothing", near="import script")
    found = check.read(launcher.script("script.py"))
    assert len(found.files) == 2
    assert len(found.problems) == 1


def test_a_try_for_another_error_expects_nothing_missing(problems):
    text = "import tensorflow as tf\ntry:\n  tf.nothing\nexcept ValueError:\n  tf.nor_this"
    assert problems(text) == ["3: tf.nothing", "5: tf.nor_this"]


def test_the_scripts_own_modules_are_read_once_each_also_in_packages(problems):
    found = problems(
        "import near\nfrom pack import inner\nimport pack.other",
        near="import script\nimport tensorflow as tf\ntf.near",
        pack__in____init__="",
        pack__in__inner="from . import third\nfrom .fourth import x\n",
        pack__in__other="import tensorflow as tf\ntf.other",
        pack__in__third="import tensorflow as tf\ntf.third",
        pack__in__fourth="import tensorflow as tf\nx = tf.fourth",
    )
    assert sorted(found) == ["2: tf.fourth", "2: tf.other", "2: tf.third", "3: tf.near"]


@pytest.mark.parametrize(("text", "instead"), [("print 'x'", "--py2"), ("x = [1", "")])
def test_python_2_is_suggested_only_if_it_is_that(problems, text, instead):
    problems(text)
    (problem,) = check.read(launcher.script("script.py")).problems
    assert problem.instead == instead


def test_a_problem_says_where_why_and_what_to_use(problems, tmp_path):
    problems("import tensorflow as tf\ntf.contrib.cudnn_rnn.CudnnGRU(1)")
    (problem,) = check.read(launcher.script("script.py")).problems
    assert str(problem) == (
        "script.py:2: tf.contrib.cudnn_rnn.CudnnGRU: TensorFlow 2 removed its ops; "
        "use tf.nn.rnn_cell"
    )


@pytest.mark.parametrize("old", ["tf.matmul", "tf.contrib.rnn.GRUCell", "tf.train.AdamOptimizer"])
def test_what_can_be_supplied_has_no_refusal(old):
    row = source.row_of(old)
    assert row is None or not row.refused
