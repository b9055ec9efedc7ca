"""How each kind of row is measured: one function for each kind, which returns figures by name."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence

from benchmarks import environment, processes
from cnn_mnist.config import Config
from cnn_mnist.model_folder import runs

BENCHMARKS = pathlib.Path(__file__).resolve().parent
BARE_LOOP = str(BENCHMARKS / "bare_loop.py")
EXPORT_DATA = str(BENCHMARKS / "export_data.py")
FIRST_STEP_STEPS = 20

Figures = dict[str, float]


@dataclasses.dataclass(frozen=True)
class Setting:
    """The settings that the rows of a round share.

    Attributes:
      recipe: the recipe of every row; its steps are those of the benchmark.
      data_flags: flags of our command about the data.
      folder: for the data of the peers, and for the files that they keep between runs.
      seed: of this round.
      example_steps: the last step of the published examples; None for their own end.
    """

    recipe: Config
    data_flags: tuple[str, ...]
    folder: str
    seed: int
    example_steps: int | None

    @property
    def data(self) -> str:
        """The path of the data for the peers."""
        return os.path.join(self.folder, "mnist.npz")


Measure = Callable[[Setting], Figures]


def prepare(setting: Setting, for_peers: bool) -> None:
    """Prepares MNIST, warms the caches of the system, and writes the data for the peers.

    Raises:
      FailedError: the data cannot be prepared.
    """
    with tempfile.TemporaryDirectory(prefix="cnn_mnist_benchmark_") as folder:
        flags = ["--dry_run", f"--model_dir={folder}", *setting.data_flags]
        run_ours(["-m", "cnn_mnist.main", *flags])
        if for_peers:
            flags = [f"--model_dir={folder}", *setting.data_flags]
            run_ours([EXPORT_DATA, setting.data, *flags])


def pipeline(variant: str, precision: str) -> Measure:
    """Returns a function that runs the whole command: train, evaluate, export."""

    def measure(setting: Setting) -> Figures:
        return _command(setting, _training_flags(setting, variant, precision))

    return measure


def bare_loop(variant: str, precision: str) -> Measure:
    """Returns a function that runs the same graph in a bare session."""

    def measure(setting: Setting) -> Figures:
        ended = run_ours([BARE_LOOP, *_training_flags(setting, variant, precision)])
        rate = json.loads(ended.output)["images_per_second"]
        return {"images_per_second": rate, **of_process(ended)}

    return measure


def peer(module: str, flags: Sequence[str], variables: Mapping[str, str]) -> Measure:
    """Returns a function that runs a module of `benchmarks.peers` on the task of the recipe."""

    def measure(setting: Setting) -> Figures:
        recipe = setting.recipe
        task = {
            "data": setting.data,
            "steps": recipe.train_steps,
            "batch_size": recipe.batch_size,
            "learning_rate": recipe.learning_rate,
            "warmup_steps": recipe.warmup_steps,
            "seed": setting.seed,
        }
        shared = [f"--{name}={value}" for name, value in task.items()]
        ended = _run_peer(setting, f"benchmarks.peers.{module}", [*shared, *flags], variables)
        figures = _last_json(ended)
        return {
            "images_per_second": figures["images_per_second"],
            "first_step_seconds": figures["first_step_time"] - ended.started,
            "test_accuracy": figures["test_accuracy"],
            **of_process(ended),
        }

    return measure


def published_example(module: str, variables: Mapping[str, str]) -> Measure:
    """Returns a function that runs a module of `benchmarks.published` to its target or its end."""

    def measure(setting: Setting) -> Figures:
        flags = [f"--data={setting.data}", f"--seed={setting.seed}"]
        if setting.example_steps:
            flags.append(f"--steps={setting.example_steps}")
        ended = _run_peer(setting, f"benchmarks.published.{module}", flags, variables)
        figures = _last_json(ended)
        return {
            "target_seconds": figures["time"] - ended.started,
            "reached": float(figures["reached"]),
            "epochs": figures["epochs"],
            "test_accuracy": figures["test_accuracy"],
            **of_process(ended),
        }

    return measure


def recipe(preset: str, target: float) -> Measure:
    """Returns a function that runs our command with a preset, start to end, the model exported."""

    def measure(setting: Setting) -> Figures:
        flags = [f"--preset={preset}", f"--seed={setting.seed}", *setting.data_flags]
        if setting.example_steps:
            flags.append(f"--train_steps={setting.example_steps}")
        figures = _command(setting, flags)
        reached = float(figures["test_accuracy"] >= target)
        return {**figures, "target_seconds": figures["whole_seconds"], "reached": reached}

    return measure


def python(*arguments: str) -> Measure:
    """Returns a function that times our Python with these arguments."""

    def measure(setting: Setting) -> Figures:
        return of_process(run_ours(arguments))

    return measure


def first_step(variant: str) -> Measure:
    """Returns a function that times the default command up to the end of its first step."""

    def measure(setting: Setting) -> Figures:
        flags = [f"--variant={variant}", f"--train_steps={FIRST_STEP_STEPS}", *setting.data_flags]
        return _command(setting, flags)

    return measure


def training(setting: Setting, flags: Sequence[str]) -> Figures:
    """Runs `--mode=train` with these flags."""
    return _command(setting, ["--mode=train", *flags])


def _training_flags(setting: Setting, variant: str, precision: str) -> list[str]:
    return [
        f"--variant={variant}",
        f"--precision={precision}",
        f"--train_steps={setting.recipe.train_steps}",
        f"--seed={setting.seed}",
        *setting.data_flags,
    ]


def _command(setting: Setting, flags: Sequence[str]) -> Figures:
    with tempfile.TemporaryDirectory(prefix="cnn_mnist_benchmark_") as folder:
        command = ["-m", "cnn_mnist.main", f"--model_dir={folder}", "--format=json", *flags]
        ended = run_ours(command)
        with open(os.path.join(folder, runs.RUNS_FILE), encoding="utf-8") as file:
            trained = json.loads(file.readline())["trained"]
    figures = {
        "images_per_second": trained["images_per_second"],
        "first_step_seconds": trained["first_step_time"] - ended.started,
        **of_process(ended),
    }
    if "--mode=train" not in flags:
        figures["test_accuracy"] = json.loads(ended.output)["accuracy"]
    return figures


def of_process(ended: processes.Finished) -> Figures:
    """Returns the seconds from start to end, and the memory."""
    return {"whole_seconds": ended.seconds, "peak_memory_mib": ended.peak_memory_mib}


def run_ours(arguments: Sequence[str]) -> processes.Finished:
    """Runs our Python with these arguments to its end.

    Raises:
      FailedError: it ended with another status than 0.
    """
    return processes.run([sys.executable, *arguments])


def _run_peer(
    setting: Setting, module: str, flags: Sequence[str], variables: Mapping[str, str]
) -> processes.Finished:
    # Started in scripts/, where `-m` finds the module without a search path of its own.
    return processes.run(
        [environment.python(), "-m", module, *flags],
        folder=str(environment.SCRIPTS),
        environment={**environment.process_environment(setting.folder), **variables},
    )


def _last_json(ended: processes.Finished) -> dict[str, float]:
    figures: dict[str, float] = json.loads(ended.output.splitlines()[-1])
    return figures
