"""A training that really diverges, on the first digits."""

SETTINGS = {
    "architecture": "flatten, " + "dense 64, " * 5 + "dense 10",
    "initializer": "he_uniform",
    "optimizer": "sgd",
    "learning_rate": 1000.0,
    "schedule": "constant",
    "warmup_steps": 40,
    "train_steps": 20,
    "batch_size": 50,
    "validation_examples": 100,
    "validate_every_steps": 1,
    "monitor": "loss",
    "precision": "float32",
}
"""The loss overflows in the second step and is NaN from the third on."""
FLAGS = tuple(f"--{name}={value}" for name, value in SETTINGS.items())
