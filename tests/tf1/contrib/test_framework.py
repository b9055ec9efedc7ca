"""`tf.contrib.framework`: argument scopes, variables, values from checkpoints."""

from __future__ import annotations

import numpy as np
import pytest

from cnn_mnist.tf1.contrib.framework import assignments, tensors, variables
from cnn_mnist.tf1.contrib.framework.arg_scopes import (
    add_arg_scope,
    arg_scope,
    arg_scoped_arguments,
    current_arg_scope,
)
from cnn_mnist.tf_compat import tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        # As the launcher has it.
        tf.get_variable_scope().set_use_resource(False)
        yield graph


@add_arg_scope
def first(one, two=2, three=3):
    return one, two, three


@add_arg_scope
def second(one, two="two"):
    return one, two


def names(found):
    return [variable.op.name for variable in found]


def test_a_scope_gives_defaults_that_an_argument_overrides():
    with arg_scope([first, second], two=20):
        assert (first(1), second(1)) == ((1, 20, 3), (1, 20))
        assert first(1, two=7) == (1, 7, 3)
        with arg_scope([first], three=30):
            assert (first(1), second(1)) == ((1, 20, 30), (1, 20))
    assert (first(1), second(1)) == ((1, 2, 3), (1, "two"))
    assert arg_scoped_arguments(first) == ("two", "three")


def test_a_scope_can_be_used_again_and_ends_with_an_error():
    with arg_scope([first], two=20) as scope:
        pass
    with arg_scope([first], three=30), arg_scope(scope):
        assert first(1) == (1, 20, 3)
    with pytest.raises(KeyError), arg_scope(scope):
        raise KeyError
    assert current_arg_scope() == {}


def test_wrong_scopes_are_refused():
    with pytest.raises(ValueError, match="not decorated"), arg_scope([len], x=1):
        pass
    with pytest.raises(ValueError, match="no further arguments"), arg_scope({}, two=1):
        pass
    with pytest.raises(TypeError, match="list of functions"), arg_scope(first, two=1):
        pass


def test_variables_are_found_by_scope_suffix_and_name():
    with tf.variable_scope("one"):
        weights = variables.model_variable("weights", [2], regularizer=tf.nn.l2_loss)
        variables.variable("biases", [2], trainable=False, collections=["mine"])
    with tf.variable_scope("other") as scope:
        more = variables.variable("weights", [2], trainable=False)
    local = variables.local_variable(0)
    step = variables.global_variable(0, name="steps")
    assert names(tf.get_collection("mine")) == ["one/biases"]
    assert names(variables.get_variables()) == ["one/weights", "other/weights", "steps"]
    assert variables.get_model_variables() == [weights]
    assert variables.get_local_variables() == [local]
    assert variables.get_trainable_variables() == [weights]
    assert variables.get_variables(scope) == [more]
    assert variables.get_variables_by_suffix("weights") == [weights, more]
    assert variables.get_variables_by_name("weights", "one") == [weights]
    assert variables.get_unique_variable("other/weights") is more
    assert variables.get_variables_to_restore(exclude=["one", "steps"]) == [more]
    assert variables.get_variables_to_restore(include=["one"]) == [weights]
    assert variables.filter_variables([weights, more, step], ["weights"], ["^one"]) == [more]
    assert variables.get_variable_full_name(weights) == "one/weights"
    variables.add_model_variable(more)
    variables.add_model_variable(more)
    assert variables.get_model_variables() == [weights, more]
    with pytest.raises(ValueError, match="no variable oth"):
        variables.get_unique_variable("oth")
    with pytest.raises(TypeError, match="exclude must be"):
        variables.get_variables_to_restore(exclude="one")


def test_parameter_servers_take_turns():
    choose = variables.VariableDeviceChooser(num_tasks=2)
    found = [choose(None) for _ in range(3)]
    assert [place.split("/")[2] for place in found] == ["task:0", "task:1", "task:0"]
    with tf.device("/gpu:0"):
        variable = variables.variable("v", [1], device=variables.VariableDeviceChooser())
    assert variable.device == "/device:CPU:0"


def test_the_global_step_is_found_or_checked():
    assert variables.assert_or_get_global_step() is None
    step = tf.train.get_or_create_global_step()
    assert variables.assert_or_get_global_step() is step
    with pytest.raises(TypeError):
        variables.assert_or_get_global_step(global_step_tensor=tf.constant(0.5))


def test_values_come_from_arrays_and_checkpoints(tmp_path):
    path = str(tmp_path / "model")
    a = tf.get_variable("a", initializer=[1.0, 2.0])
    b = tf.get_variable("b", initializer=[[3.0]])
    c = tf.get_variable("c", initializer=4.0)
    ones = assignments.assign_from_values_fn({"a": np.ones(2), "b": np.ones(1)})
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        tf.train.Saver([a, b]).save(session, path)
        ones(session)
        assert session.run([a, b, c])[0].tolist() == [1, 1]
        session.run(*assignments.assign_from_checkpoint(path, {"a": a, "b": [b]}))
        assert session.run(a).tolist() == [1, 2]
        ones(session)
        assignments.assign_from_checkpoint_fn(path, [a, c], ignore_missing_vars=True)(session)
        session.run(*assignments.assign_from_checkpoint(path, [b, c], ignore_missing_vars=True))
        assert session.run(a).tolist() == [1, 2]
        assert session.run([b, c]) == [[[3]], 4]
    assert assignments.assign_from_checkpoint_fn(path, [c], ignore_missing_vars=True) is None
    with pytest.raises(ValueError, match="cannot be empty"):
        assignments.assign_from_checkpoint_fn(path, [])
    with pytest.raises(ValueError, match="missing variable"):
        assignments.assign_from_checkpoint(path, [c])
    with pytest.raises(ValueError, match="in the checkpoint"):
        assignments.assign_from_checkpoint(path, {"a": b})
    with pytest.raises(ValueError, match="no variable d"):
        assignments.assign_from_values({"d": np.ones(1)})


def test_a_part_of_a_variable_gets_its_part(tmp_path):
    path = str(tmp_path / "model")
    whole = tf.get_variable("v", initializer=[1.0, 2.0, 3.0, 4.0])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        tf.train.Saver([whole]).save(session, path)
    with tf.Graph().as_default(), tf.Session() as session:
        parts = list(tf.get_variable("v", [4], partitioner=tf.fixed_size_partitioner(2)))
        session.run(*assignments.assign_from_checkpoint(path, parts))
        assert np.concatenate(session.run(parts)).tolist() == [1, 2, 3, 4]


def test_shapes_are_checked_in_the_graph(graph):
    fed = tf.placeholder(tf.float32, [None, 2])
    same = tensors.with_same_shape(tf.zeros([3, 2]), fed)
    assert same.shape.as_list() == [3, 2]
    assert tensors.with_shape([3, 2], same) is same
    total = tensors.reduce_sum_n([same, tf.constant([1.0])])
    assert tensors.get_placeholders(graph) == [fed]
    with tf.Session() as session:
        assert session.run(total, {fed: np.ones([3, 2])}) == 7
        with pytest.raises(tf.errors.InvalidArgumentError):
            session.run(total, {fed: np.ones([4, 2])})
    with pytest.raises(ValueError):
        tensors.with_shape([4, 2], same)
    with pytest.raises(ValueError, match="integer type"):
        tensors.assert_scalar_int(tf.constant(0.5))
    with pytest.raises(ValueError, match="No tensors"):
        tensors.reduce_sum_n([])


def test_names_and_graphs(graph):
    with tf.name_scope("here"):
        assert tensors.get_name_scope() == "here"
        value = tf.constant(1)
    assert tensors.get_graph_from_inputs([value, 3]) is graph
    with tf.Graph().as_default():
        assert tensors.get_graph_from_inputs([value]) is graph
        with pytest.raises(ValueError, match="same graph"):
            tensors.get_graph_from_inputs([value, tf.constant(2)])
