"""`tf.contrib.opt`."""

from __future__ import annotations

from cnn_mnist.tf1.names.row import Name, same

_OLD = "tf.contrib.opt"
_NEW = "cnn_mnist.tf1.contrib.opt"
_RARE = "it is seldom used, and its numbers could not be checked"
_CLUSTER = "it needs the parameter servers of TensorFlow 1"

ROWS = [
    *same(_OLD, f"{_NEW}.adam", "LazyAdamOptimizer NadamOptimizer"),
    *same(
        _OLD,
        f"{_NEW}.weight_decay",
        "AdamWOptimizer DecoupledWeightDecayExtension MomentumWOptimizer "
        "extend_with_decoupled_weight_decay",
    ),
    *same(_OLD, f"{_NEW}.wrappers", "MovingAverageOptimizer clip_gradients_by_global_norm"),
    Name(f"{_OLD}.ExternalOptimizerInterface", f"{_NEW}.external:ExternalOptimizerInterface"),
    Name(
        f"{_OLD}.ScipyOptimizerInterface",
        f"{_NEW}.external:ScipyOptimizerInterface",
        needs="scipy",
    ),
    *(
        Name(f"{_OLD}.{name}", refused=_RARE, instead="tf.train.AdamOptimizer")
        for name in (
            "AdaMaxOptimizer",
            "AdamGSOptimizer",
            "AddSignOptimizer",
            "ConditionalGradientOptimizer",
            "GGTOptimizer",
            "LARSOptimizer",
            "LazyAdamGSOptimizer",
            "MultitaskOptimizerWrapper",
            "PowerSignOptimizer",
            "RegAdagradOptimizer",
            "ShampooOptimizer",
            "VariableClippingOptimizer",
        )
    ),
    *(
        Name(f"{_OLD}.{name}", refused=_CLUSTER, instead="tf.distribute")
        for name in (
            "AGNCustomGetter",
            "AGNOptimizer",
            "DropStaleGradientOptimizer",
            "ElasticAverageCustomGetter",
            "ElasticAverageOptimizer",
            "ModelAverageCustomGetter",
            "ModelAverageOptimizer",
        )
    ),
]
