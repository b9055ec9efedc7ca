"""--dry_run: every mode goes its whole way, on few images, and keeps nothing."""

from __future__ import annotations

import time

import pytest
from commands import snapshot

from cnn_mnist.config import presets


# README's test makes a dry run of the other variant.
@pytest.mark.parametrize("variant", ["layers", pytest.param("nn", marks=pytest.mark.slow)])
def test_a_dry_run_goes_the_whole_way_and_keeps_nothing(tmp_path, command, variant, capsys, mnist):
    folder = tmp_path / "untouched"
    began = time.time()
    assert command(f"--model_dir={folder}", f"--variant={variant}", "--dry_run") == 0
    assert time.time() - began < 60
    captured = capsys.readouterr()
    assert "Trained     modern" in captured.out and "of 300)" in captured.out
    assert captured.out.splitlines()[-1] == "Export      works"
    assert captured.err.splitlines()[-1] == "Dry run: nothing was kept"
    assert not folder.exists()


# All that need no other data than the MNIST that the package brings.
MNIST_PRESETS = [name for name, preset in presets.PRESETS.items() if preset.dataset == "mnist"]


DRY_RUNS = [
    *([f"--preset={name}"] for name in MNIST_PRESETS if name != presets.DEFAULT),
    ["--preset=dense", "--validation_examples=5000"],
    ["--preset=dense", "--train_examples=5500"],
    ["--preset=browser", "--train_examples=55000"],
    ["--preset=dense", "--early_stopping_patience=1", "--early_stopping_min_delta=9"],
    ["--preset=dense", "--initializer=he_uniform", "--monitor=class_accuracy/8"],
]


@pytest.mark.slow
@pytest.mark.parametrize("flags", DRY_RUNS, ids=" ".join)
def test_a_dry_run_of_every_recipe_goes_the_whole_way(tmp_path, command, flags, capsys, mnist):
    folder = tmp_path / "untouched"
    assert command(f"--model_dir={folder}", "--dry_run", *flags) == 0
    captured = capsys.readouterr()
    assert f"Trained     {flags[0].removeprefix('--preset=')}, layers: 6 steps" in captured.out
    assert "of 300)" in captured.out and captured.out.splitlines()[-1] == "Export      works"
    assert captured.err.splitlines()[-1] == "Dry run: nothing was kept"
    assert not folder.exists()


def test_the_presets_of_the_dry_runs_are_all_but_those_of_other_data():
    assert set(presets.PRESETS) - set(MNIST_PRESETS) == {"fashion"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("flag", "steps"),
    [
        ("--epochs=3", 30),
        ("--train_steps=9", 9),
        pytest.param("--epochs=1", 10, marks=pytest.mark.slow),
    ],
)
def test_a_length_that_is_given_is_that_of_the_dry_run(
    tmp_path, command, flag, steps, capsys, mnist
):
    """200 of its 300 images are trained on, 20 a step."""
    where = f"--model_dir={tmp_path}/m"
    assert command(where, "--mode=train", "--dry_run", "--preset=dense", flag) == 0
    assert f"Trained     dense, layers: {steps} steps of 20" in capsys.readouterr().out


# Each mode and each way to name a checkpoint; which mode it is changes nothing in finding one.
CHECKPOINTS = [
    ("evaluate", "best"),
    ("evaluate", None),
    ("predict", "last"),
    ("predict", "{0}/model.ckpt-20"),
    ("export", None),
]
MORE_CHECKPOINTS = [
    (mode, which)
    for mode in ("evaluate", "predict", "export")
    for which in (None, "best", "last", "{0}/model.ckpt-20")
    if (mode, which) not in CHECKPOINTS
]


@pytest.mark.parametrize(
    ("mode", "which"),
    [
        *CHECKPOINTS,
        *(pytest.param(*each, marks=pytest.mark.slow) for each in MORE_CHECKPOINTS),
    ],
)
def test_a_dry_run_takes_any_checkpoint_and_leaves_model_dir_as_it_was(
    best_is_first, command, mode, which, mnist
):
    folder = best_is_first.model_dir
    before = snapshot(folder)
    given = [f"--checkpoint={which.format(folder)}"] if which else []
    assert command(f"--model_dir={folder}", f"--mode={mode}", *given, "--dry_run") == 0
    assert snapshot(folder) == before
