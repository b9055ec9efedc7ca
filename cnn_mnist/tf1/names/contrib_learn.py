"""`tf.contrib.learn`."""

from __future__ import annotations

from cnn_mnist.tf1.names.row import Name, same

_OLD = "tf.contrib.learn"
_NEW = "cnn_mnist.tf1.contrib.learn"
_EXPORTS = f"{_OLD}.utils.saved_model_export_utils"
_INPUTS = f"{_OLD}.utils.input_fn_utils"
_STRATEGIES = "ExportStrategy make_export_strategy make_parsing_export_strategy"
_INPUT_FNS = "InputFnOps build_parsing_serving_input_fn build_default_serving_input_fn"
_TEXT = "ByteProcessor CategoricalVocabulary"
_COMMON = "it was deprecated before TensorFlow 1.4"
_SLOTS = (
    "weights have the names of TensorFlow 1, but the state of optimizers does not: its checkpoints "
    "can be evaluated and used for predictions, but training cannot go on from them"
)

ROWS = [
    *same(_OLD, f"{_NEW}.estimator", "Estimator NotFittedError"),
    *same(_OLD, f"{_NEW}.sk_compat", "SKCompat"),
    *same(_OLD, f"{_NEW}.model_fns", "ModeKeys ModelFnOps MetricKey PredictionKey ProblemType"),
    *same(_OLD, f"{_NEW}.metrics", "MetricSpec"),
    *same(_OLD, f"{_NEW}.run_config", "RunConfig TaskType Environment"),
    *same(_OLD, f"{_NEW}.heads", "Head"),
    *same(_OLD, f"{_NEW}.regression_heads", "regression_head poisson_regression_head"),
    *same(_OLD, f"{_NEW}.class_heads", "multi_class_head binary_svm_head multi_label_head"),
    *(
        Name(f"{_OLD}.{name}", f"{_NEW}.{module}:{name}", differs=_SLOTS)
        for module, names in {
            "estimators": "DNNClassifier DNNRegressor DNNEstimator "
            "LinearClassifier LinearRegressor LinearEstimator",
            "combined": "DNNLinearCombinedClassifier DNNLinearCombinedRegressor "
            "DNNLinearCombinedEstimator",
        }.items()
        for name in names.split()
    ),
    *same(_OLD, f"{_NEW}.experiment", "Experiment"),
    *same(f"{_OLD}.learn_runner", f"{_NEW}.experiment", "run"),
    *same(_OLD, f"{_NEW}.exports", f"{_STRATEGIES} {_INPUT_FNS}"),
    *same(_EXPORTS, f"{_NEW}.exports", f"{_STRATEGIES} garbage_collect_exports"),
    *same(_INPUTS, f"{_NEW}.exports", _INPUT_FNS),
    *same(f"{_OLD}.utils", f"{_NEW}.exports", f"{_STRATEGIES} {_INPUT_FNS}"),
    *same(
        f"{_OLD}.monitors",
        f"{_NEW}.monitors",
        "BaseMonitor EveryN RunHookAdapterForMonitors replace_monitors_with_hooks",
    ),
    *same(
        f"{_OLD}.monitors",
        f"{_NEW}.ready_monitors",
        "CaptureVariable LoggingTrainable NanLoss PrintTensor StopAtStep ValidationMonitor",
    ),
    *same(
        f"{_OLD}.monitors",
        "tf.train",
        "CheckpointSaverHook LoggingTensorHook NanTensorHook SessionRunHook StepCounterHook "
        "StopAtStepHook SummarySaverHook",
    ),
    Name(f"{_OLD}.monitors.StepCounter", "tf.train.StepCounterHook"),
    Name(f"{_OLD}.NanLossDuringTrainingError", "tf.train.NanLossDuringTrainingError"),
    *same(
        _OLD,
        f"{_NEW}.readers",
        "read_batch_examples read_batch_features read_batch_record_features "
        "extract_pandas_data extract_pandas_labels extract_pandas_matrix "
        "infer_real_valued_columns_from_input infer_real_valued_columns_from_input_fn",
    ),
    *same(
        f"{_OLD}.io",
        f"{_NEW}.readers",
        "numpy_input_fn pandas_input_fn read_batch_examples read_batch_features "
        "read_batch_record_features extract_pandas_data extract_pandas_labels "
        "extract_pandas_matrix",
    ),
    *same(f"{_OLD}.numpy_io", f"{_NEW}.readers", "numpy_input_fn"),
    *same(f"{_OLD}.pandas_io", f"{_NEW}.readers", "pandas_input_fn"),
    *(
        Name(
            f"{_OLD}.{place}.VocabularyProcessor",
            f"{_NEW}.text:VocabularyProcessor",
            differs="save writes JSON, and restore does not read the pickles of TensorFlow 1",
        )
        for place in ("preprocessing", "preprocessing.text")
    ),
    *same(f"{_OLD}.preprocessing", f"{_NEW}.text", f"{_TEXT} tokenizer"),
    *same(f"{_OLD}.preprocessing.text", f"{_NEW}.text", f"{_TEXT} tokenizer TOKENIZER_RE"),
    *same(f"{_OLD}.preprocessing.categorical_vocabulary", f"{_NEW}.text", "CategoricalVocabulary"),
    *same(
        f"{_OLD}.datasets",
        f"{_NEW}.datasets",
        "DATASETS load_dataset load_iris load_boston load_mnist",
    ),
    *same(
        f"{_OLD}.datasets.base",
        f"{_NEW}.datasets",
        "Dataset Datasets load_csv_with_header load_csv_without_header load_iris load_boston "
        "maybe_download",
    ),
    *same(
        f"{_OLD}.datasets.mnist",
        f"{_NEW}.datasets",
        "load_mnist extract_images extract_labels dense_to_one_hot Datasets",
    ),
    *same(f"{_OLD}.datasets.mnist", "cnn_mnist.tf1.examples.input_data", "read_data_sets DataSet"),
    *(
        Name(f"{_OLD}.{name}", refused=refused, instead=instead)
        for name, refused, instead in [
            ("BaseEstimator", _COMMON, "tf.contrib.learn.Estimator"),
            ("Trainable", _COMMON, "tf.contrib.learn.Estimator"),
            ("Evaluable", _COMMON, "tf.contrib.learn.Estimator"),
            ("LogisticRegressor", _COMMON, "tf.contrib.learn.LinearClassifier"),
            ("KMeansClustering", "TensorFlow 2 removed its ops", "scikit-learn's KMeans"),
            ("SVM", "its optimizer was removed", "binary_svm_head with LinearEstimator"),
            (
                "DynamicRnnEstimator",
                "nothing stands in for it",
                "a model_fn with tf.nn.dynamic_rnn",
            ),
            ("StateSavingRnnEstimator", "nothing stands in for it", "tf.nn.static_rnn"),
            ("GMM", "TensorFlow 2 removed its ops", "scikit-learn's GaussianMixture"),
            ("multi_head", "nothing stands in for it", "tf.estimator.MultiHead"),
            ("loss_only_head", "nothing stands in for it", "a loss that your train_op_fn adds"),
            ("no_op_train_fn", _COMMON, "lambda loss: tf.no_op()"),
            ("run_n", _COMMON, "tf.Session.run"),
            ("run_feeds", _COMMON, "tf.Session.run"),
            ("infer", _COMMON, "tf.contrib.learn.Estimator.predict"),
            ("train", _COMMON, "tf.train.MonitoredTrainingSession"),
            ("evaluate", _COMMON, "tf.contrib.training.evaluate_once"),
            ("graph_actions", _COMMON, "tf.train.MonitoredTrainingSession"),
            ("queue_parsed_features", _COMMON, "tf.contrib.learn.read_batch_features"),
            ("extract_dask_data", "Dask is not supported", "extract_pandas_data"),
            ("extract_dask_labels", "Dask is not supported", "extract_pandas_labels"),
            (
                "learn_runner.tune",
                "it needs a tuner, which TensorFlow never had",
                "learn_runner.run",
            ),
            ("EstimatorConfig", _COMMON, "tf.contrib.learn.RunConfig"),
            ("models", _COMMON, "tf.contrib.learn.LinearClassifier or DNNClassifier"),
            ("ops", _COMMON, "tf.nn and tf.contrib.layers"),
            ("dataframe", "it was removed in TensorFlow 1.4", "pandas or tf.data"),
            ("datasets.synthetic", "nothing stands in for it", "scikit-learn's datasets"),
            ("datasets.text_datasets", "nothing is downloaded", "a file and tf.data"),
            ("datasets.load_dbpedia", "nothing is downloaded", "a file and tf.data"),
            ("io.generator_input_fn", "nothing stands in for it", "tf.data.Dataset.from_generator"),
            ("monitors.ExportMonitor", "its format of exports is gone", "make_export_strategy"),
            ("monitors.GraphDump", _COMMON, "tf.contrib.learn.monitors.PrintTensor"),
            ("monitors.SummarySaver", _COMMON, "tf.train.SummarySaverHook"),
            ("monitors.SummaryWriterCache", _COMMON, "tf.summary.FileWriterCache"),
            ("monitors.get_default_monitors", _COMMON, "tf.contrib.learn.monitors.PrintTensor"),
            ("utils.export", "its format of exports is gone", "Estimator.export_savedmodel"),
            ("make_best_model_export_strategy", _COMMON, "tf.estimator.BestExporter"),
            (
                "utils.saved_model_export_utils.make_best_model_export_strategy",
                _COMMON,
                "tf.estimator.BestExporter",
            ),
        ]
    ),
]
