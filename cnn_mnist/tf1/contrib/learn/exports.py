"""Writes SavedModels, and the strategies by which `Experiment` writes them."""

from __future__ import annotations

import collections
import os
import shutil
import time
from collections.abc import Callable
from typing import Any

from cnn_mnist.tf1.contrib.columns import parsing
from cnn_mnist.tf1.contrib.learn import model_fns
from cnn_mnist.tf_compat import tf

InputFnOps = collections.namedtuple("InputFnOps", ["features", "labels", "default_inputs"])
"""What a `serving_input_fn` returns: features and labels of the model, and the inputs by name."""

_SCORES = model_fns.PredictionKey.SCORES
_PROBABILITIES = model_fns.PredictionKey.PROBABILITIES
_CLASSES = model_fns.PredictionKey.CLASSES


class ExportStrategy(
    collections.namedtuple("ExportStrategy", ["name", "export_fn", "strip_default_attrs"])
):
    """How `Experiment` exports a model.

    Args:
      name: the folder below `export` in the Estimator's.
      export_fn: `(estimator, folder, checkpoint)`, which may take an `eval_result` by name.
      strip_default_attrs: passed to `export_fn` if it is given.
    """

    __slots__ = ()

    def __new__(
        cls, name: str, export_fn: Callable[..., Any], strip_default_attrs: bool | None = None
    ) -> ExportStrategy:
        return super().__new__(cls, name, export_fn, strip_default_attrs)

    def export(
        self,
        estimator: Any,
        export_path: Any,
        checkpoint_path: str | None = None,
        eval_result: dict[str, Any] | None = None,
    ) -> Any:
        """Exports a model; returns what `export_fn` does."""
        offered: dict[str, Any] = {"checkpoint_path": checkpoint_path, "eval_result": eval_result}
        if self.strip_default_attrs is not None:
            offered["strip_default_attrs"] = self.strip_default_attrs
        taken = model_fns.arguments(self.export_fn)
        named = {key: value for key, value in offered.items() if key in taken}
        return self.export_fn(estimator, export_path, **named)


def make_export_strategy(
    serving_input_fn: Callable[[], Any],
    default_output_alternative_key: str | None = None,
    assets_extra: dict[str, str] | None = None,
    as_text: bool = False,
    exports_to_keep: int | None = 5,
    strip_default_attrs: bool | None = None,
) -> ExportStrategy:
    """Returns a strategy that writes a SavedModel and removes the oldest ones.

    Args:
      serving_input_fn: returns `InputFnOps`, or for a `tf.estimator.Estimator` a
        `ServingInputReceiver`.
      default_output_alternative_key: see `Estimator.export_savedmodel`.
      assets_extra: see there.
      as_text: see there.
      exports_to_keep: how many are kept; None for all.
      strip_default_attrs: see there.
    """

    def export_fn(estimator: Any, export_dir_base: Any, checkpoint_path: str | None = None) -> Any:
        options: dict[str, Any] = {
            "assets_extra": assets_extra,
            "as_text": as_text,
            "checkpoint_path": checkpoint_path,
        }
        if isinstance(estimator, tf.estimator.Estimator):
            if default_output_alternative_key is not None:
                raise ValueError("a tf.estimator.Estimator takes no default_output_alternative_key")
        else:
            options["default_output_alternative_key"] = default_output_alternative_key
        written = estimator.export_savedmodel(export_dir_base, serving_input_fn, **options)
        garbage_collect_exports(export_dir_base, exports_to_keep)
        return written

    return ExportStrategy("Servo", export_fn, strip_default_attrs)


def make_parsing_export_strategy(
    feature_columns: Any,
    default_output_alternative_key: str | None = None,
    assets_extra: dict[str, str] | None = None,
    as_text: bool = False,
    exports_to_keep: int | None = 5,
    target_core: bool = False,
    strip_default_attrs: bool | None = None,
) -> ExportStrategy:
    """Returns a strategy for a SavedModel that reads serialized `tf.Example`s.

    Args:
      feature_columns: the columns that say which features an example has.
      default_output_alternative_key: see `make_export_strategy`, as for the others.
      assets_extra: see there.
      as_text: see there.
      exports_to_keep: see there.
      target_core: whether the Estimator is a `tf.estimator.Estimator`.
      strip_default_attrs: see there.
    """
    spec = parsing.create_feature_spec_for_parsing(feature_columns)
    if target_core:
        serving_input_fn = tf.estimator.export.build_parsing_serving_input_receiver_fn(spec)
    else:
        serving_input_fn = build_parsing_serving_input_fn(spec)
    return make_export_strategy(
        serving_input_fn,
        default_output_alternative_key,
        assets_extra,
        as_text,
        exports_to_keep,
        strip_default_attrs,
    )


def build_parsing_serving_input_fn(
    feature_spec: dict[str, Any], default_batch_size: int | None = None
) -> Callable[[], InputFnOps]:
    """Returns a `serving_input_fn` for serialized `tf.Example`s, strings `[batch]`."""

    def input_fn() -> InputFnOps:
        examples = tf.placeholder(tf.string, [default_batch_size], name="input_example_tensor")
        return InputFnOps(tf.parse_example(examples, feature_spec), None, {"examples": examples})

    return input_fn


def build_default_serving_input_fn(
    features: dict[str, Any], default_batch_size: int | None = None
) -> Callable[[], InputFnOps]:
    """Returns a `serving_input_fn` with a placeholder for each of these tensors."""

    def input_fn() -> InputFnOps:
        placeholders = {
            key: tf.placeholder(
                value.dtype, [default_batch_size, *value.shape[1:]], name=value.op.name
            )
            for key, value in features.items()
        }
        return InputFnOps(placeholders, None, placeholders)

    return input_fn


def garbage_collect_exports(export_dir_base: Any, exports_to_keep: int | None) -> None:
    """Removes all but the newest exports from a folder."""
    folder = os.fsdecode(export_dir_base)
    if exports_to_keep is None or not os.path.isdir(folder):
        return
    found = sorted(name for name in os.listdir(folder) if name.isdigit() and len(name) == 10)
    for name in found[: max(0, len(found) - exports_to_keep)]:
        shutil.rmtree(os.path.join(folder, name))


def write(
    model: Callable[[Any], model_fns.ModelFnOps],
    serving_input_fn: Callable[[], Any],
    checkpoint_path: str,
    export_dir_base: Any,
    default_key: str | None,
    assets_extra: dict[str, str] | None,
    as_text: bool,
    strip_default_attrs: bool,
) -> bytes:
    """Writes a SavedModel; see `Estimator.export_savedmodel`, whose `model` gets the features."""
    folder = os.path.join(os.fsdecode(export_dir_base), _new_name(export_dir_base))
    parent, name = os.path.split(folder)
    unfinished = os.path.join(parent, f"temp-{name}")
    with tf.Graph().as_default() as graph:
        tf.train.create_global_step(graph)
        given = serving_input_fn()
        features, inputs = given[0], given.default_inputs
        ops = model(features)
        signatures = _signatures(inputs, ops, default_key)
        saver = ops.scaffold.saver if ops.scaffold and ops.scaffold.saver else tf.train.Saver()
        builder = tf.saved_model.Builder(unfinished)
        with tf.Session() as session:
            saver.restore(session, checkpoint_path)
            builder.add_meta_graph_and_variables(
                session,
                [tf.saved_model.tag_constants.SERVING],
                signature_def_map=signatures,
                assets_collection=tf.get_collection(tf.GraphKeys.ASSET_FILEPATHS),
                main_op=tf.group(tf.local_variables_initializer(), tf.tables_initializer()),
                strip_default_attrs=strip_default_attrs,
                saver=saver,
            )
        builder.save(as_text)
    for there, here in (assets_extra or {}).items():
        copied = os.path.join(unfinished, "assets.extra", there)
        os.makedirs(os.path.dirname(copied), exist_ok=True)
        shutil.copyfile(here, copied)
    os.rename(unfinished, folder)
    return os.fsencode(folder)


def _new_name(export_dir_base: Any) -> str:
    """Returns the time in seconds, which servers take for the version."""
    while os.path.exists(os.path.join(os.fsdecode(export_dir_base), str(int(time.time())))):
        time.sleep(0.1)
    return str(int(time.time()))


def _signatures(
    inputs: dict[str, Any], ops: model_fns.ModelFnOps, default_key: str | None
) -> dict[str, Any]:
    """Returns a signature for each head, and the default one."""
    heads = ops.output_alternatives
    if not heads:
        tensors = ops.predictions
        if not isinstance(tensors, dict):
            tensors = {model_fns.PredictionKey.GENERIC: tensors}
        heads = {"default_output_alternative": (model_fns.ProblemType.UNSPECIFIED, tensors)}
    if default_key is None and len(heads) == 1:
        default_key = next(iter(heads))
    if default_key not in heads:
        raise ValueError(
            f"default_output_alternative_key={default_key}: there are {sorted(map(str, heads))}"
        )
    found = {
        f"default_input_alternative:{name or 'None'}": _signature(inputs, *head)
        for name, head in heads.items()
    }
    key = tf.saved_model.signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY
    return {**found, key: _signature(inputs, *heads[default_key])}


def _signature(inputs: dict[str, Any], problem: Any, outputs: dict[str, Any]) -> Any:
    """Returns the signature of TensorFlow Serving's method that fits, else that of `predict`."""
    util = tf.saved_model.signature_def_utils
    kinds = model_fns.ProblemType
    example = next(iter(inputs.values()))
    one_string = len(inputs) == 1 and example.dtype == tf.string
    scores = outputs.get(_SCORES, outputs.get(_PROBABILITIES))
    classes = outputs.get(_CLASSES)
    if classes is not None and classes.dtype != tf.string:
        classes = None
    is_classes = problem in (kinds.CLASSIFICATION, kinds.LOGISTIC_REGRESSION)
    if one_string and is_classes and not (scores is None and classes is None):
        return util.classification_signature_def(example, classes, scores)
    if one_string and problem == kinds.LINEAR_REGRESSION and len(outputs) == 1:
        return util.regression_signature_def(example, next(iter(outputs.values())))
    return util.predict_signature_def(inputs, outputs)
