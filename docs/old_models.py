"""Opens a model of TensorFlow 1, measures it on MNIST's test images, and exports it anew.

    python docs/old_models.py checkpoint old/model.ckpt-1000 images:0 logits:0 new
    python docs/old_models.py frozen_graph old/frozen.pb images:0 logits:0 new
    python docs/old_models.py saved_model old/1 new
    python docs/old_models.py rename old/model.ckpt new_model_dir

The input is `[batch, 784]` or `[batch, 28, 28, 1]`, pixels from 0 to 1; the output is one number
for each class. The first two take the names of these tensors, and list likely ones if they are left
out. A SavedModel has them in its signature. The new folder is a SavedModel for any TensorFlow.

`rename` takes a checkpoint that came without a graph, whose variables have other names but the
shapes and the order of the tutorial's network, such as `Variable`, `Variable_1` and so on. After
it, `python -m cnn_mnist.main --mode=evaluate --model_dir=new_model_dir` works.
"""

from __future__ import annotations

import os
import sys

import numpy as np

from cnn_mnist.config import presets
from cnn_mnist.networks import architecture
from cnn_mnist.tf1.examples import input_data
from cnn_mnist.tf_compat import tf


def checkpoint(path: str, session) -> None:
    """Restores a graph and its variables from `path.meta`, `path.index` and `path.data-…`."""
    # Ops that were placed on a GPU then may run on the CPU now.
    saver = tf.train.import_meta_graph(f"{path}.meta", clear_devices=True)
    saver.restore(session, path)


def frozen_graph(path: str, session) -> None:
    """Imports a graph whose variables are constants."""
    graph = tf.GraphDef()
    with open(path, "rb") as file:
        graph.ParseFromString(file.read())
    tf.import_graph_def(graph, name="")


def saved_model(folder: str, session) -> tuple[str, str]:
    """Loads a SavedModel; returns the names of its signature's first input and output."""
    loaded = tf.saved_model.load(session, [tf.saved_model.SERVING], folder)
    (signature, *_) = loaded.signature_def.values()
    first_of = [sorted(tensors.items())[0][1] for tensors in (signature.inputs, signature.outputs)]
    return first_of[0].name, first_of[1].name


def tensors(graph) -> list[str]:
    """Returns the placeholders, and what no other op takes: the likely inputs and outputs."""
    outputs = [tensor for op in graph.get_operations() for tensor in op.outputs]
    likely = [t for t in outputs if t.op.type.startswith("Placeholder") or not t.consumers()]
    # Others belong to the initializer and the Saver.
    return [f"{t.name} {t.shape}" for t in likely if t.shape.rank and t.shape[0] is None]


def evaluate(session, images, scores) -> float:
    """Returns the share of MNIST's test images whose largest score is that of their label."""
    test = input_data.read_data_sets("").test
    inputs = test.images.reshape([-1, *images.shape[1:]]) if images.shape.rank else test.images
    found = [session.run(scores, {images: part}) for part in np.split(inputs, 20)]
    return float(np.mean(np.concatenate(found).argmax(axis=-1) == test.labels))


def export(session, images, scores, folder: str) -> None:
    """Writes a SavedModel with one signature, `images` to `scores`."""
    tf.saved_model.simple_save(session, folder, {"images": images}, {"scores": scores})


def rename(path: str, model_dir: str, network: str = presets.TUTORIAL_NETWORK) -> None:
    """Writes `model_dir/model.ckpt-0` with the names of `network` for the variables of `path`."""
    wanted = architecture.variable_shapes(architecture.parse(network))
    # Variable_10 comes behind Variable_9.
    found = sorted(tf.train.list_variables(path), key=lambda row: (len(row[0]), row[0]))
    left = {name: tuple(shape) for name, shape in found}
    with tf.Graph().as_default(), tf.Session() as session:
        tf.train.create_global_step()
        for new, shape in wanted.items():
            old = next(name for name in left if left[name] == shape)
            del left[old]
            print(f"{old} -> {new} {list(shape)}")
            tf.get_variable(new, initializer=tf.train.load_variable(path, old))
        session.run(tf.global_variables_initializer())
        tf.train.Saver().save(session, os.path.join(model_dir, "model.ckpt"), 0)


def main(kind: str, path: str, *rest: str) -> None:
    # All of this is the version 1 API, and TensorFlow warns that it is.
    tf.logging.set_verbosity(tf.logging.ERROR)
    if kind == "rename":
        rename(path, *rest)
        return
    with tf.Graph().as_default() as graph, tf.Session() as session:
        names = {"checkpoint": checkpoint, "frozen_graph": frozen_graph, "saved_model": saved_model}
        found = names[kind](path, session)
        *given, folder = rest or (None,)
        names_of_tensors = found or given
        if not names_of_tensors:
            print(*tensors(graph), sep="\n")
            return
        images, scores = map(graph.get_tensor_by_name, names_of_tensors)
        print(f"{evaluate(session, images, scores):.2%} of the test images")
        export(session, images, scores, folder)
        print(f"exported to {folder}")


if __name__ == "__main__":
    main(*sys.argv[1:])
