"""A trained network without variables: the graph of prediction, its weights constants."""

from __future__ import annotations

import dataclasses
from typing import Any

from cnn_mnist import estimator as estimators
from cnn_mnist import model
from cnn_mnist.config import Config
from cnn_mnist.networks import architecture
from cnn_mnist.tf_compat import estimator, tf


@dataclasses.dataclass(frozen=True)
class Frozen:
    """A graph in which nothing is left to be read from a checkpoint.

    Attributes:
      graph_def: the graph, in float32.
      image: the name of the input's tensor.
      answers: the name of each answer's tensor, by the answer's name.
    """

    graph_def: Any
    image: str
    answers: dict[str, str]

    def add_to_graph(self) -> tuple[Any, dict[str, Any]]:
        """Adds the network to the current graph.

        Returns:
          The input, uint8 `[batch, 28, 28, 1]`, 0 is background; and the answers, `classes`
          (int64 `[batch]`) and `probabilities` (float32 `[batch, 10]`).
        """
        names = [self.image, *self.answers.values()]
        image, *answers = tf.import_graph_def(self.graph_def, return_elements=names, name="")
        return image, dict(zip(self.answers, answers, strict=True))


def read(config: Config, checkpoint: str) -> Frozen:
    """Builds the network for prediction, and puts a checkpoint's weights into it.

    Args:
      config: the run; the network is in float32 whatever its precision.
      checkpoint: the path of one of this network's.
    """
    with tf.Graph().as_default() as graph:
        image = tf.placeholder(tf.uint8, [None, *architecture.IMAGE_SHAPE], "image")
        spec = model.model_fn(
            {"image": image}, None, estimator.ModeKeys.PREDICT, {"config": config}
        )
        outputs = [answer.op.name for answer in spec.predictions.values()]
        settings = estimators.session_config(config, training=False)
        with tf.Session(graph=graph, config=settings) as session:
            tf.train.Saver(tf.trainable_variables()).restore(session, checkpoint)
            graph_def = tf.graph_util.convert_variables_to_constants(
                session, graph.as_graph_def(), outputs
            )
    return Frozen(
        graph_def, image.name, {name: answer.name for name, answer in spec.predictions.items()}
    )
