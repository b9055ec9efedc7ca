"""`tf.contrib.predictor`: a session that answers dicts of arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnn_mnist.tf1.contrib.learn import estimator as contrib_estimator
from cnn_mnist.tf1.contrib.learn import exports, model_fns
from cnn_mnist.tf_compat import tf

_DEFAULT = tf.saved_model.signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY


class Predictor:
    """A graph with its session.

    Attributes:
      graph: the graph.
      session: the session.
      feed_tensors: the inputs by name.
      fetch_tensors: the outputs by name.
    """

    def __init__(
        self, graph: Any, session: Any, feed_tensors: dict[str, Any], fetch_tensors: dict[str, Any]
    ) -> None:
        self.graph, self.session = graph, session
        self.feed_tensors, self.fetch_tensors = feed_tensors, fetch_tensors

    def __call__(self, input_dict: dict[str, Any]) -> dict[str, Any]:
        """Returns the outputs by name, as arrays.

        Args:
          input_dict: arrays for inputs, by name; an input may be left out if the outputs need none.

        Raises:
          ValueError: there is no such input.
        """
        unknown = sorted(set(input_dict) - set(self.feed_tensors))
        if unknown:
            raise ValueError(f"there are no inputs {unknown}, but {sorted(self.feed_tensors)}")
        feed = {self.feed_tensors[key]: value for key, value in input_dict.items()}
        return self.session.run(self.fetch_tensors, feed)

    def __repr__(self) -> str:
        return f"Predictor with feed tensors {self.feed_tensors} and fetch {self.fetch_tensors}"


def from_saved_model(
    export_dir: Any,
    signature_def_key: str | None = None,
    signature_def: Any = None,
    input_names: dict[str, str] | None = None,
    output_names: dict[str, str] | None = None,
    tags: Any = None,
    graph: Any = None,
    config: Any = None,
) -> Predictor:
    """Returns a predictor of a SavedModel.

    Args:
      export_dir: its folder.
      signature_def_key: which signature, by default the default one.
      signature_def: instead of its name, the signature.
      input_names: instead of a signature, the names of tensors by names of inputs.
      output_names: the same for outputs.
      tags: of the graph in the model, by default `serve`; a text with commas, or several.
      graph: where it is loaded, by default a new one.
      config: of the session.

    Raises:
      ValueError: there is no such signature, or more than one of them is given.
    """
    names = input_names is not None or output_names is not None
    if sum([signature_def_key is not None, signature_def is not None, names]) > 1:
        raise ValueError("give one of signature_def_key, signature_def, or the names of tensors")
    if names and (input_names is None or output_names is None):
        raise ValueError("give both input_names and output_names")
    tags = tags or tf.saved_model.tag_constants.SERVING
    tags = tags.split(",") if isinstance(tags, str) else list(tags)
    graph = graph or tf.Graph()
    with graph.as_default():
        session = tf.Session(config=config)
        model = tf.saved_model.loader.load(session, tags, export_dir)
    if not names:
        if signature_def is None:
            key = signature_def_key or _DEFAULT
            if key not in model.signature_def:
                raise ValueError(f"there is no signature {key}, but {sorted(model.signature_def)}")
            signature_def = model.signature_def[key]
        input_names = {key: info.name for key, info in signature_def.inputs.items()}
        output_names = {key: info.name for key, info in signature_def.outputs.items()}
    assert input_names is not None and output_names is not None
    feeds = {key: graph.get_tensor_by_name(name) for key, name in input_names.items()}
    fetches = {key: graph.get_tensor_by_name(name) for key, name in output_names.items()}
    return Predictor(graph, session, feeds, fetches)


def from_estimator(
    estimator: Any,
    serving_input_receiver_fn: Callable[[], Any],
    output_key: str | None = None,
    graph: Any = None,
    config: Any = None,
) -> Predictor:
    """Returns a predictor of a `tf.estimator.Estimator` at its latest checkpoint.

    Args:
      estimator: the Estimator.
      serving_input_receiver_fn: returns a `ServingInputReceiver`.
      output_key: which of the `export_outputs`, by default the default one.
      graph: where it is made, by default a new one.
      config: of the session.

    Raises:
      TypeError: it is an Estimator of `tf.contrib.learn`.
      ValueError: there is no such output.
    """
    if isinstance(estimator, contrib_estimator.Estimator):
        raise TypeError("this is an Estimator of tf.contrib.learn; use from_contrib_estimator")
    graph = graph or tf.Graph()
    with graph.as_default():
        tf.train.create_global_step(graph)
        receiver = serving_input_receiver_fn()
        mode = tf.estimator.ModeKeys.PREDICT
        spec = estimator.model_fn(receiver.features, None, mode, estimator.config)
        outputs = spec.export_outputs or {
            _DEFAULT: tf.estimator.export.PredictOutput(spec.predictions)
        }
        key = output_key or _DEFAULT
        if key not in outputs:
            raise ValueError(f"there is no output {key}, but {sorted(outputs)}")
        receivers = receiver.receiver_tensors
        signature = outputs[key].as_signature_def(receivers)
        session = _session(estimator.model_dir, spec.scaffold, config)
    fetches = {
        name: graph.get_tensor_by_name(info.name) for name, info in signature.outputs.items()
    }
    return Predictor(graph, session, dict(receivers), fetches)


def from_contrib_estimator(
    estimator: Any,
    prediction_input_fn: Callable[[], Any],
    input_alternative_key: str | None = None,
    output_alternative_key: str | None = None,
    graph: Any = None,
    config: Any = None,
) -> Predictor:
    """Returns a predictor of an Estimator of `tf.contrib.learn` at its latest checkpoint.

    Args:
      estimator: the Estimator.
      prediction_input_fn: returns `InputFnOps`.
      input_alternative_key: unused; `InputFnOps` have one.
      output_alternative_key: which head, if there are several.
      graph: where it is made, by default a new one.
      config: of the session.

    Raises:
      TypeError: it is a `tf.estimator.Estimator`.
    """
    del input_alternative_key
    if isinstance(estimator, tf.estimator.Estimator):
        raise TypeError("this is a tf.estimator.Estimator; use from_estimator")
    graph = graph or tf.Graph()
    with graph.as_default():
        tf.train.create_global_step(graph)
        given: exports.InputFnOps = prediction_input_fn()
        ops = estimator._call_model_fn(given.features, None, model_fns.ModeKeys.INFER)
        heads = ops.output_alternatives
        if heads:
            only = next(iter(heads)) if output_alternative_key is None else output_alternative_key
            fetches = heads[only][1]
        else:
            is_dict = isinstance(ops.predictions, dict)
            generic = model_fns.PredictionKey.GENERIC
            fetches = ops.predictions if is_dict else {generic: ops.predictions}
        session = _session(estimator.model_dir, ops.scaffold, config)
    return Predictor(graph, session, dict(given.default_inputs), dict(fetches))


def _session(model_dir: str, scaffold: Any, config: Any) -> Any:
    return tf.train.MonitoredSession(
        tf.train.ChiefSessionCreator(
            scaffold=scaffold,
            config=config,
            checkpoint_filename_with_path=tf.train.latest_checkpoint(model_dir),
        )
    )
