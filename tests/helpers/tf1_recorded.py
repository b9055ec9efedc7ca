"""Compares stand-ins with numbers that TensorFlow 1.15.5 itself computed.

A module of cases, such as tests/tf1/contrib/cases_rnn.py, has functions that take `tf` and return
tensors. They run in one graph, with variables set to values that depend on their names alone, so
that both their names and the formulas must be the same. To record (Python 3.7 with
tensorflow==1.15.5, protobuf<3.21):

    PYTHONPATH=tests/helpers python3.7 tests/tf1/contrib/cases_rnn.py

This module and the cases are therefore Python 3.7 too.
"""

from __future__ import annotations

import json
import pathlib
import zlib

import numpy as np


def values_of(name, shape):
    """Returns the values of a variable in all cases, from -0.6 to 0.6."""
    count = int(np.prod(shape))
    phase = zlib.crc32(name.encode()) % 997
    values = 0.6 * np.sin(0.7 * np.arange(count) + phase)
    return values.astype(np.float32).reshape(shape)


def inputs_of(*shape):
    """Returns a float32 array for the inputs of a case, from -1 to 1."""
    return np.sin(np.arange(np.prod(shape)) * 1.3 + 0.5).astype(np.float32).reshape(shape)


class Runs(list):
    """What a case returns if its results need several runs, one after the other.

    Each run is a pair: tensors or ops, and values for placeholders.
    """


def computed(tf, cases):
    """Runs all cases; returns the variables and results of each, by the name of the case.

    Args:
      tf: the version 1 API with `tf.contrib`.
      cases: functions that take `tf` and return tensors, in tuples, lists or dicts, or `Runs`.
    """
    found = {}
    with tf.Graph().as_default(), tf.Session() as session:
        built = {}
        for case in cases:
            before = {variable.name for variable in tf.global_variables()}
            with tf.variable_scope(case.__name__):
                results = case(tf)
            new = [v for v in tf.global_variables() if v.name not in before]
            runs = results if isinstance(results, Runs) else []
            built[case.__name__] = (new, [] if runs else flat(results), runs)
        variables = tf.global_variables()
        session.run([tf.local_variables_initializer(), tf.tables_initializer()])
        session.run(tf.global_variables_initializer())
        initial = session.run({v.name: v for v in variables})
        values = {
            v.initializer.inputs[1]: values_of(v.name, v.shape.as_list())
            for v in variables
            if v.dtype.base_dtype == tf.float32
        }
        session.run([v.initializer for v in variables], values)
        numbers = session.run({name: results for name, (_, results, _) in built.items()})
        for name, (new, _, runs) in built.items():
            for fetches, feed in runs:
                results = session.run(flat(fetches), feed)
                numbers[name] += [number for number in results if number is not None]
            found[name] = {
                "variables": {v.name: described(initial[v.name]) for v in new},
                "results": [listed(number) for number in numbers[name]],
            }
    return found


def flat(results):
    """Returns the tensors of nested tuples, lists and dicts as a list."""
    if isinstance(results, dict):
        results = [results[key] for key in sorted(results)]
    if not isinstance(results, (tuple, list)):
        return [results]
    return [tensor for result in results for tensor in flat(result)]


def listed(number):
    """Returns a number, text or array as JSON can have it."""
    values = np.asarray(number)
    if values.dtype.kind in "SO":
        values = np.array([text.decode() for text in values.flat]).reshape(values.shape)
    return values.tolist()


def described(initial):
    """Returns the shape of a variable and its initial value, or `random`."""
    values = np.asarray(initial)
    constant = values.size == 0 or bool(np.all(values == values.flat[0]))
    one = constant and values.size == 1 and float(values.flat[0]) not in (0.0, 1.0)
    value = "one number" if one else float(values.flat[0]) if constant else "random"
    return [list(values.shape), value]


def path_of(cases_file):
    """Returns where the numbers of a module of cases are."""
    cases = pathlib.Path(cases_file)
    return cases.parent / "recorded" / (cases.stem[len("cases_") :] + ".json")


def recorded(cases_file):
    """Returns what was recorded for a module of cases."""
    return json.loads(path_of(cases_file).read_text(encoding="utf-8"))


def record(cases_file, cases):
    """Runs the cases on this TensorFlow and writes their numbers."""
    import tensorflow as tf

    assert tf.__version__.startswith("1.15"), tf.__version__
    found = rounded(computed(tf, cases))
    text = ",\n".join(json.dumps(name) + ": " + json.dumps(found[name]) for name in sorted(found))
    path_of(cases_file).write_text("{\n" + text + "\n}\n", encoding="utf-8")


def rounded(value):
    """Returns nested lists and dicts with floats of six significant digits."""
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    if isinstance(value, list):
        return [rounded(each) for each in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


def check(found, expected):
    """Asserts that a case has the variables and numbers of TensorFlow 1.15."""
    expected_variables = {name: list(kind) for name, kind in expected["variables"].items()}
    assert rounded(found["variables"]) == expected_variables
    assert len(found["results"]) == len(expected["results"])
    for number, wanted in enumerate(expected["results"]):
        if np.asarray(wanted).dtype.kind == "U":
            assert found["results"][number] == wanted
            continue
        assert np.all(np.isfinite(wanted))
        np.testing.assert_allclose(found["results"][number], wanted, rtol=2e-5, atol=2e-6)
