"""A frozen graph: the network for prediction, with its weights as constants."""

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
    """A graph of the network that needs no checkpoint.

    Attributes:
      graph_def: the graph, in float32.
      image: the name of the input tensor.
      outputs: the name of each output's tensor, by the output's name.
    """

    graph_def: Any
    image: str
    outputs: dict[str, str]

    def add_to_graph(self) -> tuple[Any, dict[str, Any]]:
        """Adds the network to the current graph.

        Returns:
          The input, uint8 `[batch, 28, 28, 1]`, 0 is background; and the outputs, `classes`
          (int64 `[batch]`) and `probabilities` (float32 `[batch, classes]`).
        """
        names = [self.image, *self.outputs.values()]
        image, *outputs = tf.import_graph_def(self.graph_def, return_elements=names, name="")
        return image, dict(zip(self.outputs, outputs, strict=True))

    def of_one_image(self, scaled: bool = False) -> Frozen:
        """Returns the same network with an input that declares a batch of one image.

        Args:
          scaled: whether its input is float32 from 0 to 1, in place of uint8.
        """
        graph_def = type(self.graph_def).FromString(self.graph_def.SerializeToString())
        image = self.image.partition(":")[0]
        for node in graph_def.node:
            if node.name == image:
                shape = tf.TensorShape([1, *architecture.IMAGE_SHAPE])
                node.attr["shape"].shape.CopyFrom(shape.as_proto())
                if scaled:
                    node.attr["dtype"].type = tf.float32.as_datatype_enum
            elif scaled:
                node.input[:] = [
                    image if name == model.SCALED_NAME else name for name in node.input
                ]
        outputs = [name.partition(":")[0] for name in self.outputs.values()]
        return dataclasses.replace(
            self, graph_def=tf.graph_util.extract_sub_graph(graph_def, outputs)
        )


def read(config: Config, checkpoint: str) -> Frozen:
    """Builds the network for prediction with a checkpoint's weights as constants.

    Args:
      config: the run; the network is float32, whatever its `precision`.
      checkpoint: the path of a checkpoint of this network.
    """
    with tf.Graph().as_default() as graph:
        image = tf.placeholder(tf.uint8, [None, *architecture.IMAGE_SHAPE], "image")
        spec = model.model_fn(
            {"image": image}, None, estimator.ModeKeys.PREDICT, {"config": config}
        )
        outputs = [output.op.name for output in spec.predictions.values()]
        settings = estimators.session_config(config, training=False)
        with tf.Session(graph=graph, config=settings) as session:
            tf.train.Saver(tf.global_variables()).restore(session, checkpoint)
            graph_def = tf.graph_util.convert_variables_to_constants(
                session, graph.as_graph_def(), outputs
            )
    return Frozen(
        graph_def, image.name, {name: output.name for name, output in spec.predictions.items()}
    )
