"""`tf.contrib.framework`."""

from __future__ import annotations

from cnn_mnist.tf1.names.row import Name, same

_OLD = "tf.contrib.framework"
_NEW = "cnn_mnist.tf1.contrib.framework"
_OPS = "tensorflow.python"
_WARM_START = "tf.estimator.WarmStartSettings or tf.train.init_from_checkpoint"

_ARG_SCOPES = "add_arg_scope arg_scope arg_scoped_arguments current_arg_scope has_arg_scope"
_VARIABLES = (
    "add_model_variable assert_or_get_global_step filter_variables get_local_variables "
    "get_model_variables get_trainable_variables get_unique_variable get_variable_full_name "
    "get_variables get_variables_by_name get_variables_by_suffix get_variables_to_restore "
    "global_variable local_variable model_variable variable VariableDeviceChooser"
)
_ASSIGNMENTS = (
    "assign_from_checkpoint assign_from_checkpoint_fn assign_from_values assign_from_values_fn"
)
_GLOBAL_STEP = "assert_global_step create_global_step get_global_step get_or_create_global_step"
_NEST = (
    "assert_same_structure assert_shallow_structure flatten flatten_dict_items flatten_up_to "
    "flatten_with_joined_string_paths flatten_with_tuple_paths get_traverse_shallow_structure "
    "map_structure map_structure_up_to map_structure_with_paths map_structure_with_tuple_paths "
    "pack_sequence_as"
)


def scopes_and_variables(old: str) -> list[Name]:
    """Returns rows for what `tf.contrib.slim` had too.

    Args:
      old: the module, such as `tf.contrib.framework`.
    """
    return [
        *same(old, f"{_NEW}.arg_scopes", _ARG_SCOPES),
        *same(old, f"{_NEW}.variables", _VARIABLES),
        *same(old, f"{_NEW}.assignments", _ASSIGNMENTS),
        *same(old, "tf.train", _GLOBAL_STEP),
    ]


ROWS = [
    *scopes_and_variables(_OLD),
    *same(
        _OLD,
        f"{_NEW}.tensors",
        "assert_scalar_int get_graph_from_inputs get_name_scope get_placeholders reduce_sum_n "
        "with_same_shape with_shape",
    ),
    *same(
        _OLD,
        "tf",
        "argsort assert_same_float_dtype assert_scalar convert_to_tensor_or_sparse_tensor "
        "CriticalSection is_non_decreasing is_numeric_tensor is_strictly_increasing is_tensor sort "
        "TensorSpec",
    ),
    *same(_OLD, "tf.train", "init_from_checkpoint list_variables load_checkpoint load_variable"),
    *same(
        _OLD,
        f"{_OPS}.util.deprecation",
        "deprecated deprecated_args deprecated_arg_values",
    ),
    *same(_OLD, f"{_OPS}.framework.smart_cond", "smart_case smart_cond smart_constant_value"),
    *same(_OLD, f"{_OPS}.framework.ops", "prepend_name_scope strip_name_scope"),
    Name(f"{_OLD}.BoundedTensorSpec", f"{_OPS}.framework.tensor_spec:BoundedTensorSpec"),
    Name(f"{_OLD}.RecordInput", f"{_OPS}.ops.data_flow_ops:RecordInput"),
    Name(
        f"{_OLD}.remove_squeezable_dimensions",
        f"{_OPS}.ops.confusion_matrix:remove_squeezable_dimensions",
    ),
    Name(
        f"{_OLD}.safe_embedding_lookup_sparse",
        "cnn_mnist.tf1.contrib.layers.embeddings:safe_embedding_lookup_sparse",
    ),
    *same(f"{_OLD}.nest", f"{_OPS}.util.nest", _NEST),
    *same(
        f"{_OLD}.checkpoint_utils",
        "tf.train",
        "init_from_checkpoint list_variables load_checkpoint load_variable",
    ),
    Name(f"{_OLD}.nest.is_sequence", f"{_OPS}.util.nest:is_nested"),
    *(
        Name(
            f"{_OLD}.{name}",
            refused="it loads parts of a vocabulary's matrix, which no public script needed",
            instead=_WARM_START,
        )
        for name in (
            "load_and_remap_matrix",
            "load_and_remap_matrix_initializer",
            "load_embedding_initializer",
            "load_linear_multiclass_bias_initializer",
            "load_variable_slot_initializer",
        )
    ),
    Name(
        f"{_OLD}.zero_initializer",
        refused="TensorFlow 2 removed its op",
        instead="tf.zeros_initializer",
    ),
    Name(f"{_OLD}.fuse_op", refused="TensorFlow 2 removed it", instead="tf.function"),
    Name(
        f"{_OLD}.py_func",
        refused="its handling of nested arguments is gone",
        instead="tf.py_func with a list of tensors",
    ),
]
