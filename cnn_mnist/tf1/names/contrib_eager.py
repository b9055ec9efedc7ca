"""`tf.contrib.eager` and `tf.contrib.summary`."""

from __future__ import annotations

from cnn_mnist.tf1.names.row import Name, refused, same

_EAGER = "tf.contrib.eager"
_SUMMARY = "tf.contrib.summary"
_NEW = "cnn_mnist.tf1.contrib.eager"
_CONTEXT = "tensorflow.python.eager.context"
_FUNCTION = "tensorflow.python.eager.def_function:function"
_DEFUN = "it is tf.function, which makes variables at the first call alone"

ROWS = [
    *same(
        _EAGER,
        "tf",
        "GradientTape TensorSpec custom_gradient enable_eager_execution executing_eagerly "
        "make_template",
    ),
    Name(f"{_EAGER}.Checkpoint", "tf.train.Checkpoint"),
    Name(f"{_EAGER}.Checkpointable", "tensorflow.python.trackable.autotrackable:AutoTrackable"),
    Name(f"{_EAGER}.Variable", "tensorflow.python.ops.resource_variable_ops:ResourceVariable"),
    Name(f"{_EAGER}.EagerVariableStore", "tensorflow.python.ops.variable_scope:EagerVariableStore"),
    Name(f"{_EAGER}.Iterator", f"{_NEW}.functions:iterator"),
    Name(f"{_EAGER}.py_func", "tf.py_function"),
    Name(f"{_EAGER}.in_eager_mode", "tf.executing_eagerly"),
    *same(_EAGER, f"{_NEW}.functions", "Saver get_optimizer_variables list_devices run"),
    *same(
        f"{_EAGER}.metrics",
        f"{_NEW}.metrics",
        "Accuracy BinaryAccuracy CategoricalAccuracy Mean Metric SparseAccuracy",
    ),
    Name(f"{_EAGER}.implicit_gradients", "tensorflow.python.eager.backprop:implicit_grad"),
    Name(
        f"{_EAGER}.implicit_value_and_gradients",
        "tensorflow.python.eager.backprop:implicit_val_and_grad",
    ),
    Name(f"{_EAGER}.gradients_function", "tensorflow.python.eager.backprop:gradients_function"),
    Name(
        f"{_EAGER}.value_and_gradients_function",
        "tensorflow.python.eager.backprop:val_and_grad_function",
    ),
    Name(f"{_EAGER}.function", _FUNCTION),
    Name(f"{_EAGER}.defun", _FUNCTION, differs=_DEFUN),
    *same(
        _EAGER,
        _CONTEXT,
        "ASYNC DEVICE_PLACEMENT_EXPLICIT DEVICE_PLACEMENT_SILENT DEVICE_PLACEMENT_WARN SYNC "
        "async_clear_error async_wait execution_mode num_gpus set_execution_mode set_server_def",
    ),
    Name(
        f"{_EAGER}.connect_to_remote_host",
        "tensorflow.python.eager.remote:connect_to_remote_host",
    ),
    Name(
        f"{_EAGER}.enable_remote_eager_execution",
        "tensorflow.python.framework.ops:enable_eager_execution_internal",
    ),
    Name(
        f"{_EAGER}.run_test_in_graph_and_eager_modes",
        "tensorflow.python.framework.test_util:run_in_graph_and_eager_modes",
    ),
    Name(
        f"{_EAGER}.run_all_tests_in_graph_and_eager_modes",
        "tensorflow.python.framework.test_util:run_all_in_graph_and_eager_modes",
    ),
    *refused(
        _EAGER,
        "Network Sequential restore_network_checkpoint save_network_checkpoint",
        "TensorFlow dropped it in 1.x already",
        "tf.keras.Model, tf.keras.Sequential and tf.train.Checkpoint",
    ),
    Name(
        f"{_EAGER}.restore_variables_on_create",
        refused="nothing stands in for it",
        instead="tf.train.Checkpoint",
    ),
    *refused(
        _EAGER,
        "ExecutionCallback add_execution_callback clear_execution_callbacks errstate inf_callback "
        "inf_nan_callback nan_callback seterr",
        "TensorFlow 2 calls no functions after each op",
        "tf.debugging.check_numerics",
    ),
    *same(
        _SUMMARY,
        "tensorflow.python.ops.summary_ops_v2",
        "SummaryWriter always_record_summaries audio create_file_writer "
        "create_summary_file_writer eval_dir flush generic graph histogram image import_event "
        "initialize never_record_summaries record_summaries_every_n_global_steps scalar "
        "should_record_summaries summary_writer_initializer_op",
    ),
    Name(
        f"{_SUMMARY}.all_summary_ops",
        "tensorflow.python.ops.summary_ops_v2:all_v2_summary_ops",
    ),
    Name(
        f"{_SUMMARY}.create_db_writer",
        refused="TensorFlow 2 writes no databases",
        instead="tf.contrib.summary.create_file_writer",
    ),
]
