"""`tf.contrib.slim`: layers, losses and metrics of this package, the rest from tf-slim."""

from __future__ import annotations

from cnn_mnist.tf1.names import contrib_framework, contrib_layers, contrib_losses, contrib_metrics
from cnn_mnist.tf1.names.row import Name, same

_OLD = "tf.contrib.slim"
_SLIM = "cnn_mnist.tf1.contrib.slim:slim"

# By the modules of tf-slim, what they were as modules of `tf.contrib.slim`.
_MODULES = {
    "learning": "add_gradients_summaries clip_gradient_norms create_train_op multiply_gradients "
    "train train_step",
    "evaluation": "StopAfterNEvalsHook SummaryAtEndHook checkpoints_iterator evaluate_once "
    "evaluate_repeatedly evaluation_loop get_or_create_eval_step wait_for_new_checkpoint",
    "queues": "NestedQueueRunnerError QueueRunners",
    "summaries": "add_histogram_summaries add_histogram_summary add_image_summaries "
    "add_image_summary add_scalar_summaries add_scalar_summary add_zero_fraction_summaries "
    "add_zero_fraction_summary",
    "model_analyzer": "analyze_ops analyze_vars tensor_description",
    "data_decoder": "DataDecoder",
    "data_provider": "DataProvider",
    "dataset": "Dataset",
    "dataset_data_provider": "DatasetDataProvider",
    "parallel_reader": "ParallelReader get_data_files parallel_read single_pass_read",
    "prefetch_queue": "prefetch_queue",
    "tfexample_decoder": "BackupHandler BoundingBox BoundingBoxSequence Image ItemHandler "
    "ItemHandlerCallback KeypointsSequence LookupTensor NumBoxesSequence SparseTensor Tensor "
    "TFExampleDecoder TFSequenceExampleDecoder",
    "nets.alexnet": "alexnet_v2 alexnet_v2_arg_scope",
    "nets.inception": "inception_v1 inception_v1_arg_scope inception_v1_base inception_v2 "
    "inception_v2_arg_scope inception_v2_base inception_v3 inception_v3_arg_scope "
    "inception_v3_base",
    "nets.inception_v1": "inception_v1 inception_v1_arg_scope inception_v1_base",
    "nets.inception_v2": "inception_v2 inception_v2_arg_scope inception_v2_base",
    "nets.inception_v3": "inception_v3 inception_v3_arg_scope inception_v3_base",
    "nets.overfeat": "overfeat overfeat_arg_scope",
    "nets.resnet_utils": "Block conv2d_same resnet_arg_scope stack_blocks_dense subsample",
    "nets.resnet_v1": "bottleneck resnet_arg_scope resnet_v1 resnet_v1_101 resnet_v1_152 "
    "resnet_v1_200 resnet_v1_50 resnet_v1_block",
    "nets.resnet_v2": "bottleneck resnet_arg_scope resnet_v2 resnet_v2_101 resnet_v2_152 "
    "resnet_v2_200 resnet_v2_50 resnet_v2_block",
    "nets.vgg": "vgg_16 vgg_19 vgg_a vgg_arg_scope vgg_d vgg_e",
}

ROWS = [
    *contrib_layers.layers(_OLD),
    *same(f"{_OLD}.utils", "cnn_mnist.tf1.contrib.layers.outputs_and_sizes", contrib_layers.UTILS),
    *contrib_framework.scopes_and_variables(_OLD),
    *contrib_losses.losses(f"{_OLD}.losses"),
    *contrib_metrics.metrics(f"{_OLD}.metrics"),
    *(
        Name(f"{_OLD}.{module}.{name}", f"{_SLIM}.{module}.{name}", needs="tf_slim")
        for module, found in _MODULES.items()
        for name in found.split()
    ),
]
