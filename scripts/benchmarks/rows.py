"""Everything that can be measured, as one list of rows."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence

from benchmarks import clusters, measures, parts
from cnn_mnist.config import choices, presets
from cnn_mnist.config import precision as precision_lib

GROUPS = {
    "ours": "our pipeline, and a bare tf.Session loop over the same graph",
    "pytorch": "the same work in PyTorch",
    "keras": "the same work in Keras 3, on each of its backends",
    "flax": "the same work in Flax, on JAX",
    "published": "published MNIST examples, from start to 99.0 % of the test images",
    "start": "time to start",
    "parts": "input function, products of a step, evaluation and prediction alone",
    "engines": "prediction by each engine, and by a server under load",
    "clusters": "processor time and bytes of a step in a cluster on this machine",
    "cluster_sizes": "images/s by the tasks of a cluster, each with a share of a core (needs root)",
    "scaling": "time and memory by batch size, threads, images and steps",
}
TRAINING = ("ours", "pytorch", "keras", "flax")
# Further names for --only, besides those of groups and rows.
ALIASES = {"training": TRAINING}
PEER_GROUPS = ("pytorch", "keras", "flax", "published")

TARGET = 0.99
# Dropout belongs to the network of the recipe, whose other settings the peers are given.
DROPOUT = 0.4

ONEDNN = "TF_ENABLE_ONEDNN_OPTS"

# By backend its name and the flags of its fastest input.
KERAS_BACKENDS = {
    "tensorflow": ("TensorFlow", ("--input=tf_data", "--steps_per_execution=10")),
    "torch": ("PyTorch", ("--input=arrays", "--channels_first")),
    "jax": ("JAX", ("--input=arrays",)),
}
# By the name that latencies.py gives it.
ENGINES = {
    "tensorflow": "TensorFlow",
    "lite": "LiteRT",
    "lite_int8": "LiteRT, int8",
    "onnx": "ONNX Runtime",
    "onnx_int8": "ONNX Runtime, int8",
    "openvino": "OpenVINO",
    "saved_model": "SavedModel, 16 callers",
    "saved_model_merged": "the same, requests merged",
    "server": "server, 16 clients",
    "server_merged": "the same, requests merged",
}
REQUEST_SIZES = (1, 32, 1000)

QUICK_PEERS = {
    "bfloat16": ("pytorch-eager-bfloat16", "keras-tensorflow-bfloat16", "flax-float32"),
    "float32": ("pytorch-eager", "keras-tensorflow-float32", "flax-float32"),
}
"""The fastest setting of each peer, by the precision in which the processor is fast."""


@dataclasses.dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
      name: its name for `--only` and in the JSON.
      group: one of `GROUPS`.
      label: its name in the table.
      measure: runs it once and returns its figures.
      is_quick: whether `--quick` runs it when nothing is chosen.
      precision: of its training; empty if it does not train.
      kind: `pipeline`, `bare_loop`, `peer`, `example`, `recipe`, `start`, `part`, `engine`,
        `cluster` or `scaling`.
      rival: the peer that it belongs to; the best row of each peer is compared.
      bare_loop: of a pipeline, the name of the row with its graph in a bare loop.
    """

    name: str
    group: str
    label: str
    measure: measures.Measure
    is_quick: bool = False
    precision: str = ""
    kind: str = "peer"
    rival: str = ""
    bare_loop: str = ""


def all_rows(precision: str | None = None) -> list[Row]:
    """Returns every row; if one of `config.choices.PRECISIONS` is given, only ours in that one."""
    return [
        *_ours(precision),
        *_pytorch(),
        *_keras(),
        *_flax(),
        *_published(),
        *_start(),
        *_parts(),
        *_engines(),
        *_clusters(),
        *_cluster_sizes(),
        *_scaling(),
    ]


def needs_peers(rows: Sequence[Row]) -> bool:
    """Whether any of them runs in the environment of the peers."""
    return any(row.kind in ("peer", "example") for row in rows)


def _ours(precision: str | None) -> list[Row]:
    precisions = [precision] if precision else ["auto", "float32"]
    if precisions == ["auto", "float32"] and precision_lib.resolve("auto") == "float32":
        precisions = ["auto"]
    rows = []
    for choice in precisions:
        for variant in choices.VARIANTS:
            rows += _pipeline_and_loop(variant, choice)
    return rows


def _pipeline_and_loop(variant: str, choice: str) -> list[Row]:
    name = f"{variant}-{choice}"
    resolved = precision_lib.resolve(choice)
    label = f"{variant}, {resolved}" + (" (auto)" if choice == "auto" else "")
    is_quick = choice == "auto" and variant == "layers"
    pipeline = measures.pipeline(variant, choice)
    loop = measures.bare_loop(variant, choice)
    bare = f"{name}-bare_loop"
    return [
        Row(name, "ours", label, pipeline, is_quick, resolved, "pipeline", bare_loop=bare),
        Row(bare, "ours", f"{label}, bare loop", loop, is_quick, resolved, "bare_loop"),
    ]


def _peer(
    name: str,
    group: str,
    rival: str,
    setting: str,
    precision: str,
    flags: Sequence[str] = (),
    backend: str = "",
) -> Row:
    flags = (f"--precision={precision}", f"--dropout_rate={DROPOUT}", *flags)
    variables = {"KERAS_BACKEND": backend} if backend else {}
    if backend == "tensorflow":
        # As our package sets it on processors with AVX2; where TensorFlow does so, no difference.
        variables[ONEDNN] = os.environ.get(ONEDNN, "1")
    quick = QUICK_PEERS[precision_lib.resolve("auto")]
    measure = measures.peer(group, flags, variables)
    label = f"{rival}, {setting}"
    return Row(name, group, label, measure, name in quick, precision, "peer", rival)


def _pytorch() -> list[Row]:
    def row(name: str, setting: str, precision: str, *flags: str) -> Row:
        return _peer(f"pytorch-{name}", "pytorch", "PyTorch", setting, precision, flags)

    last, compiled = "--channels_last", "--compile"
    return [
        row("eager", "eager, float32", "float32"),
        row("eager-channels_last", "eager, channels last, float32", "float32", last),
        row("eager-bfloat16", "eager, channels last, bfloat16", "bfloat16", last),
        row("compiled", "compiled, channels last, float32", "float32", last, compiled),
        row("compiled-bfloat16", "compiled, channels last, bfloat16", "bfloat16", last, compiled),
    ]


def _keras() -> list[Row]:
    rows = []
    for backend, (title, input_flags) in KERAS_BACKENDS.items():
        for precision in ("float32", "bfloat16"):
            # JAX always uses XLA: one row, not two.
            for compiled in (True,) if backend == "jax" else (False, True):
                flags = [*input_flags, *(["--jit_compile"] if compiled else [])]
                is_named = compiled and backend != "jax"
                name = f"keras-{backend}-{precision}" + ("-jit" if is_named else "")
                setting = f"{precision}, jit_compile" if is_named else precision
                rival = f"Keras on {title}"
                rows.append(_peer(name, "keras", rival, setting, precision, flags, backend))
    return rows


def _flax() -> list[Row]:
    return [
        _peer(f"flax-{precision}", "flax", "Flax", precision, precision)
        for precision in ("float32", "bfloat16")
    ]


def _published() -> list[Row]:
    rows = [
        Row(
            f"recipe-{preset}",
            "published",
            f"ours, --preset={preset}",
            measures.recipe(preset, TARGET),
            kind="recipe",
        )
        for preset in ("fastest", presets.DEFAULT)
        if preset in presets.PRESETS
    ]
    for module, title in (
        ("pytorch", "PyTorch's mnist"),
        ("keras", "Keras' mnist_convnet"),
        ("flax", "Flax's mnist"),
    ):
        # Keras' own default, which the peers' environment may not have as a setting.
        variables = {"KERAS_BACKEND": "tensorflow"} if module == "keras" else {}
        measure = measures.published_example(module, variables)
        rows.append(Row(f"example-{module}", "published", title, measure, kind="example"))
    return rows


def _start() -> list[Row]:
    rows = [
        (
            "import-tensorflow",
            "importing TensorFlow alone",
            measures.python("-c", "import tensorflow"),
        ),
        ("help", "--help", measures.python("-m", "cnn_mnist.main", "--help")),
        (
            "first_computation-predict",
            "predict begins to compute",
            parts.first_computation(*parts.ONE_PICTURE),
        ),
        (
            "first_computation-evaluate",
            "evaluate begins to compute",
            parts.first_computation("--mode=evaluate"),
        ),
        ("answer", "predict, one picture, whole", parts.answer("tensorflow")),
        ("answer-lite", "the same with --engine=lite", parts.answer("lite")),
    ]
    rows += [
        (f"first_step-{variant}", f"first step done, {variant}", measures.first_step(variant))
        for variant in choices.VARIANTS
    ]
    quick = ("import-tensorflow", "help")
    return [
        Row(name, "start", label, measure, name in quick, kind="start")
        for name, label, measure in rows
    ]


def _parts() -> list[Row]:
    rows = [
        ("input_function", "input function alone", parts.input_function("none")),
        ("input_function-affine", "input function, augmented", parts.input_function("affine")),
        ("products", "a step's convolutions and products alone", parts.products),
        ("evaluation", "evaluation of the test images", parts.evaluation),
        ("prediction", "prediction of one image", parts.prediction),
        ("tf1_script", "a TensorFlow 1 script by cnn_mnist.tf1", parts.tf1_script),
    ]
    return [Row(name, "parts", label, measure, kind="part") for name, label, measure in rows]


def _engines() -> list[Row]:
    rows = []
    for engine, title in ENGINES.items():
        for images in REQUEST_SIZES:
            label = f"{title}, {images:,} image" + ("s" if images > 1 else "")
            measure = parts.latencies(engine, images)
            rows.append(Row(f"{engine}-{images}", "engines", label, measure, kind="engine"))
    return rows


def _clusters() -> list[Row]:
    rows = [Row("cluster-alone", "clusters", "one process", clusters.step(0, 0), kind="cluster")]
    for ps, way in ((1, "parameter server"), (0, "in step")):
        for workers in (1, 2, 3):
            label = f"{way}, {workers + 1} tasks"
            name = f"cluster-{'ps' if ps else 'in_step'}-{workers + 1}"
            rows.append(Row(name, "clusters", label, clusters.step(workers, ps), kind="cluster"))
    return rows


def _cluster_sizes() -> list[Row]:
    rows = []
    for name, way, ps_share in (
        ("ps", "parameter server with half a core", 0.5),
        ("slow_ps", "parameter server with a twelfth", 1 / 12),
        ("in_step", "in step", 0.0),
    ):
        for tasks in (1, 2, 3, 4):
            label = f"{way}, {tasks} task" + ("s" if tasks > 1 else "")
            rate = clusters.rate(tasks, ps_share)
            rows.append(Row(f"size-{name}-{tasks}", "cluster_sizes", label, rate, kind="cluster"))
    return rows


def _scaling() -> list[Row]:
    rows = []
    for name, label, measure, values in (
        ("batch_size", "batches of {:,}", parts.batch_size, (10, 100, 1000)),
        ("threads", "{:,} threads", parts.threads, (1, 2)),
        ("images", "{:,} images", parts.images, (60_000, 180_000, 600_000)),
        ("steps", "{:,} steps", parts.steps, (100, 700, 2000)),
    ):
        for value in values:
            label_of = label.format(value).replace("1 threads", "1 thread")
            rows.append(Row(f"{name}-{value}", "scaling", label_of, measure(value), kind="scaling"))
    return rows
