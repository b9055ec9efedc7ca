"""Fast prediction from Python: the graph is built once and kept.

from cnn_mnist import config, experiment

with experiment.Predictor(config.load("/tmp/mnist")) as predict:
    print(predict(images).classes)
"""

from __future__ import annotations

from types import TracebackType

import numpy as np

from cnn_mnist import estimator
from cnn_mnist.config import Config
from cnn_mnist.evaluation.results import Predictions, check_images, marked
from cnn_mnist.exporting import frozen
from cnn_mnist.model_folder import checkpoints
from cnn_mnist.tf_compat import forks, tf
from cnn_mnist.uncertainty import calibration


class Predictor:
    """A trained network in memory, called like a function, as `tf.contrib.predictor` was.

    `experiment.predict` uses Estimator, which builds a graph and reads the checkpoint at
    each call. One predictor may be called from several threads, but not from a forked process.

    Args:
      config: the run.
      checkpoint: which, see `model_folder.checkpoints.find`.

    Raises:
      CheckpointError: the checkpoint does not exist, or belongs to another network.
      ProcessError: this process was forked from one in which TensorFlow had computed.
    """

    def __init__(self, config: Config, checkpoint: str = "best") -> None:
        forks.check()
        self._classes = config.classes

        def read(path: str) -> frozen.Frozen:
            self.step = checkpoints.step_of(path)
            self._calibration = calibration.of_checkpoint(path, self.step)
            # Weights are constants, which oneDNN lays out once instead of at each call.
            return frozen.read(config, path)

        network = checkpoints.read(config, checkpoint, read)
        with tf.Graph().as_default() as graph:
            image, answers = network.add_to_graph()
            settings = estimator.session_config(config, training=False)
            self._session = tf.Session(graph=graph, config=settings)
            outputs = [answers["classes"], answers["probabilities"]]
            self._run = self._session.make_callable(outputs, feed_list=[image])

    def __call__(self, images: np.ndarray) -> Predictions:
        """Says which class each image is, in float32.

        Args:
          images: uint8 `[count, 28, 28, 1]`, 0 is background.

        Raises:
          DataError: `images` has another shape or dtype.
          ProcessError: this process was forked from the predictor's.
          RuntimeError: the predictor is closed.
        """
        forks.check()
        images = np.asarray(images)
        check_images(images)
        if not len(images):
            return marked(Predictions.of_no_image(self._classes), images, self._calibration)
        return marked(Predictions(*self._run(images)), images, self._calibration)

    def close(self) -> None:
        """Closes the session and frees its memory."""
        self._session.close()

    def __enter__(self) -> Predictor:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
