"""`tf.contrib.estimator`, `tf.contrib.distribute`, and the other families around Estimators."""

from __future__ import annotations

from cnn_mnist.tf1.names.row import Name, same

_ESTIMATOR = "tf.contrib.estimator"
_DISTRIBUTE = "tf.contrib.distribute"
_NEW = "cnn_mnist.tf1.contrib"
_UPSTREAM = "tensorflow_estimator.python.estimator"
_REMOVED = "TensorFlow 2 removed its ops"
_NOTHING = "nothing stands in for it"
_TPU = "there are no TPUs here"

ROWS = [
    *same(
        _ESTIMATOR,
        f"{_NEW}.estimator",
        "binary_classification_head clip_gradients_by_norm forward_features "
        "logistic_regression_head multi_class_head poisson_regression_head regression_head",
    ),
    *same(
        _ESTIMATOR,
        "tf.estimator",
        "BaselineEstimator DNNEstimator DNNLinearCombinedEstimator LinearEstimator add_metrics",
    ),
    *same(
        _ESTIMATOR,
        "tf.estimator.experimental",
        "InMemoryEvaluatorHook build_raw_supervised_input_receiver_fn call_logit_fn "
        "dnn_logit_fn_builder linear_logit_fn_builder make_early_stopping_hook "
        "make_stop_at_checkpoint_step_hook stop_if_higher_hook stop_if_lower_hook "
        "stop_if_no_decrease_hook stop_if_no_increase_hook",
    ),
    *same(_ESTIMATOR, f"{_UPSTREAM}.early_stopping", "read_eval_metrics"),
    *same(_ESTIMATOR, f"{_UPSTREAM}.canned.saved_model_estimator", "SavedModelEstimator"),
    Name(f"{_ESTIMATOR}.multi_label_head", "tf.estimator.MultiLabelHead"),
    Name(f"{_ESTIMATOR}.multi_head", "tf.estimator.MultiHead"),
    *(
        Name(f"{_ESTIMATOR}.{name}", refused=refused, instead=instead)
        for name, refused, instead in [
            ("RNNClassifier", _NOTHING, "tf.estimator.Estimator with tf.nn.dynamic_rnn"),
            ("RNNEstimator", _NOTHING, "tf.estimator.Estimator with tf.nn.dynamic_rnn"),
            ("boosted_trees_classifier_train_in_memory", _REMOVED, "TF-DF or scikit-learn"),
            ("boosted_trees_regressor_train_in_memory", _REMOVED, "TF-DF or scikit-learn"),
            ("replicate_model_fn", "TensorFlow 1.13 removed it", "MirroredStrategy in RunConfig"),
            ("TowerOptimizer", "TensorFlow 1.13 removed it", "MirroredStrategy in RunConfig"),
            ("export_all_saved_models", _NOTHING, "experimental_export_all_saved_models"),
            ("export_saved_model_for_mode", _NOTHING, "experimental_export_all_saved_models"),
            ("DNNClassifierWithLayerAnnotations", _NOTHING, "tf.estimator.DNNClassifier"),
            ("DNNRegressorWithLayerAnnotations", _NOTHING, "tf.estimator.DNNRegressor"),
        ]
    ),
    *same(_DISTRIBUTE, f"{_NEW}.distribute", "MirroredStrategy OneDeviceStrategy"),
    *same(
        _DISTRIBUTE,
        "tf.distribute",
        "CrossDeviceOps ReduceOp Server Strategy StrategyExtended get_loss_reduction "
        "get_replica_context get_strategy has_strategy in_cross_replica_context ReplicaContext",
    ),
    Name(f"{_DISTRIBUTE}.DistributionStrategy", "tf.distribute.Strategy"),
    Name(f"{_DISTRIBUTE}.get_distribution_strategy", "tf.distribute.get_strategy"),
    Name(f"{_DISTRIBUTE}.has_distribution_strategy", "tf.distribute.has_strategy"),
    Name(f"{_DISTRIBUTE}.get_cross_replica_context", "tf.distribute.in_cross_replica_context"),
    *(
        Name(f"{_DISTRIBUTE}.{old}", f"tf.distribute.{new}")
        for old, new in {
            "AllReduceCrossDeviceOps": "NcclAllReduce",
            "ReductionToOneDeviceCrossDeviceOps": "ReductionToOneDevice",
        }.items()
    ),
    *(
        Name(f"{_DISTRIBUTE}.{name}", refused=refused, instead=instead)
        for name, refused, instead in [
            ("CollectiveAllReduceStrategy", _NOTHING, "tf.distribute.MultiWorkerMirroredStrategy"),
            (
                "ParameterServerStrategy",
                _NOTHING,
                "TF_CONFIG with tf.estimator.train_and_evaluate",
            ),
            ("TPUStrategy", _TPU, "MirroredStrategy"),
            ("DistributeConfig", _NOTHING, "train_distribute of tf.estimator.RunConfig"),
            ("MonitoredSession", _NOTHING, "tf.train.MonitoredSession"),
            ("run_standard_tensorflow_server", _NOTHING, "tf.train.Server"),
            ("initialize_tpu_system", _TPU, ""),
            ("CrossTowerOps", "it has another name since TensorFlow 1.12", "CrossDeviceOps"),
            ("MultiWorkerAllReduce", _NOTHING, "tf.distribute.HierarchicalCopyAllReduce"),
        ]
    ),
    *same(
        "tf.contrib.cluster_resolver",
        "tf.distribute.cluster_resolver",
        "ClusterResolver SimpleClusterResolver TFConfigClusterResolver "
        "SlurmClusterResolver KubernetesClusterResolver GCEClusterResolver",
    ),
    Name(
        "tf.contrib.cluster_resolver.UnionClusterResolver",
        "tf.distribute.cluster_resolver.UnionResolver",
    ),
    Name(
        "tf.contrib.cluster_resolver.GceClusterResolver",
        "tf.distribute.cluster_resolver.GCEClusterResolver",
    ),
    Name("tf.contrib.cluster_resolver.TPUClusterResolver", refused=_TPU),
    *(
        Name(f"tf.contrib.{name}", refused=refused, instead=instead)
        for name, refused, instead in [
            ("tpu", _TPU, "tf.estimator.Estimator"),
            ("tensor_forest", _REMOVED, "scikit-learn or TF-DF"),
            ("boosted_trees", _REMOVED, "scikit-learn or TF-DF"),
            ("factorization", _REMOVED, "scikit-learn"),
            (
                "linear_optimizer",
                "it moved into tf.estimator",
                "tf.estimator.experimental.LinearSDCA in tf.estimator.LinearClassifier",
            ),
            ("session_bundle", "its format of exports is gone", "tf.saved_model"),
            (
                "saved_model",
                "what it saved Keras models with is gone",
                "tf.saved_model or tf.keras.models.save_model",
            ),
        ]
    ),
]
