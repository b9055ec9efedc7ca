"""`tf.contrib.opt` against its update rules in NumPy."""

from __future__ import annotations

import importlib
import sys
import types

import numpy as np
import pytest

from cnn_mnist.tf1.contrib.opt import adam, external, weight_decay, wrappers
from cnn_mnist.tf_compat import tf

START = np.array([[1.0, -2.0], [3.0, 4.0]], np.float32)


@pytest.fixture(autouse=True, params=[False, True], ids=["reference", "resource"])
def graph(request, monkeypatch):
    flags = importlib.import_module("tensorflow.python.ops.control_flow_util")
    monkeypatch.setattr(flags, "ENABLE_CONTROL_FLOW_V2", False)
    with tf.Graph().as_default() as graph:
        tf.get_variable_scope().set_use_resource(request.param)
        yield graph


def after(optimizer, steps, sparse=False, linear=False):
    """Returns the variable after some steps whose gradient is 1 + 2 * variable or, sparse, 2."""
    variable = tf.get_variable("v", initializer=START)
    if sparse:
        loss = tf.reduce_sum(tf.gather(variable, [1, 1]))
    elif linear:
        loss = tf.reduce_sum(2 * variable)
    else:
        loss = tf.reduce_sum(variable + variable**2)
    train = optimizer.minimize(loss)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(steps):
            session.run(train)
        return session.run(variable)


def slow_adam(steps, rate=0.1, decay=0.0, nesterov=False, sparse=False, linear=False):
    value, m, v = START.astype(np.float64), np.zeros([2, 2]), np.zeros([2, 2])
    for step in range(1, steps + 1):
        gradient = np.array([[0, 0], [2, 2]]) if sparse else 2 if linear else 1 + 2 * value
        value = value - decay * value * ([[0], [1]] if sparse else 1)
        m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
        ahead = 0.9 * m + 0.1 * gradient if nesterov else m
        corrected = rate * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
        value = value - corrected * ahead / (np.sqrt(v) + 1e-8)
    return value


def test_adam_with_weight_decay():
    # Of a reference variable, a gradient may be computed before or after the decay, as in 1.15.
    got = after(weight_decay.AdamWOptimizer(0.05, learning_rate=0.1), 3, linear=True)
    np.testing.assert_allclose(got, slow_adam(3, decay=0.05, linear=True), rtol=1e-4)


def test_a_sparse_step_decays_only_its_rows():
    got = after(weight_decay.AdamWOptimizer(0.05, learning_rate=0.1), 3, sparse=True)
    np.testing.assert_allclose(got, slow_adam(3, decay=0.05, sparse=True), rtol=1e-4)


def test_any_optimizer_can_get_weight_decay_for_some_variables():
    extended = weight_decay.extend_with_decoupled_weight_decay(tf.train.GradientDescentOptimizer)
    optimizers = [extended(lambda: 0.5, 0.1), weight_decay.MomentumWOptimizer(0.5, 0.1, 0.9)]
    one, two = tf.get_variable("one", initializer=1.0), tf.get_variable("two", initializer=1.0)
    first, second = (
        optimizer.minimize(one + two, decay_var_list=[one]) for optimizer in optimizers
    )
    with tf.Session() as session:
        for train in (first, second):
            session.run(tf.global_variables_initializer())
            session.run(train)
            assert session.run([one, two]) == pytest.approx([0.4, 0.9])


def test_adam_with_nesterovs_momentum():
    got = after(adam.NadamOptimizer(0.1), 3)
    np.testing.assert_allclose(got, slow_adam(3, nesterov=True), rtol=1e-4)


@pytest.mark.parametrize("nesterov", [False, True])
def test_sparse_updates(nesterov):
    optimizer = (adam.NadamOptimizer if nesterov else adam.LazyAdamOptimizer)(0.1)
    expected = slow_adam(3, nesterov=nesterov, sparse=True)
    np.testing.assert_allclose(after(optimizer, 3, sparse=True), expected, rtol=1e-4)


def test_lazy_adam_leaves_the_averages_of_other_rows():
    variable = tf.get_variable("v", initializer=START)
    optimizer = adam.LazyAdamOptimizer(0.1)
    row = tf.placeholder(tf.int32, [1])
    train = optimizer.minimize(tf.reduce_sum(tf.gather(variable, row)))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(train, {row: [0]})
        before = session.run([variable, optimizer.get_slot(variable, "m")])
        session.run(train, {row: [1]})
        later = session.run([variable, optimizer.get_slot(variable, "m")])
    for old, new in zip(before, later, strict=True):
        np.testing.assert_array_equal(old[0], new[0])
        assert np.all(old[1] != new[1])


def test_averages_are_saved_under_the_names_of_the_variables(tmp_path):
    optimizer = wrappers.MovingAverageOptimizer(tf.train.GradientDescentOptimizer(0.1), 0.5)
    with pytest.raises(RuntimeError, match="Must call"):
        optimizer.swapping_saver()
    variable = tf.get_variable("v", initializer=2.0)
    train = optimizer.minimize(variable)
    saver = optimizer.swapping_saver()
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(train)
        path = saver.save(session, str(tmp_path / "model"))
    assert tf.train.load_variable(path, "v") == pytest.approx(1.95)
    assert tf.train.load_variable(path, "v/ExponentialMovingAverage") == pytest.approx(1.9)
    with pytest.raises(ValueError, match="together with"):
        optimizer.swapping_saver([variable])


def test_gradients_are_clipped():
    pairs = wrappers.clip_gradients_by_global_norm([(tf.constant([30.0, 40.0]), "v")])
    with tf.Session() as session:
        np.testing.assert_allclose(session.run(pairs[0][0]), [12, 16], rtol=1e-5)


def descended(function, start, jac, bounds, callback, method, options, constraints=()):
    """Does what `scipy.optimize.minimize` does, by gradient descent, with one equality."""
    assert (jac, method, options) == (True, "SLSQP", {"maxiter": 50})
    ((low, _), *_) = bounds
    vector = start
    for _ in range(options["maxiter"]):
        vector = np.maximum(vector - 0.4 * function(vector)[1], low)
        (constraint,) = constraints
        vector = vector - constraint["fun"](vector) * constraint["jac"](vector)
        callback(vector)
    return {"x": vector, "message": "done", "fun": function(vector)[0]}


def test_a_function_outside_of_tensorflow_minimizes(monkeypatch):
    scipy = types.ModuleType("scipy.optimize")
    scipy.minimize = descended
    monkeypatch.setitem(sys.modules, "scipy", types.ModuleType("scipy"))
    monkeypatch.setitem(sys.modules, "scipy.optimize", scipy)
    a, b = tf.get_variable("a", initializer=[5.0]), tf.get_variable("b", initializer=[[3.0]])
    target = tf.placeholder(tf.float32, [])
    loss = tf.reduce_sum((a - target) ** 2) + tf.reduce_sum(b**2)
    seen, steps = [], []
    optimizer = external.ScipyOptimizerInterface(
        loss,
        equalities=[b[0, 0] - 1.0],
        var_to_bounds={a: (0.0, np.inf)},
        method="SLSQP",
        options={"maxiter": 50},
    )
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        optimizer.minimize(session, {target: -1.0}, [loss], steps.append, loss_callback=seen.append)
        np.testing.assert_allclose(session.run(a), [0], atol=1e-4)
        np.testing.assert_allclose(session.run(b), [[1]], rtol=1e-4)
    assert (seen[0], seen[-1], len(steps)) == (pytest.approx(45), pytest.approx(2, rel=1e-3), 50)
