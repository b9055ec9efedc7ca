"""What lies in a `--model_dir`: checkpoints, records of runs and results, event files, exports."""

__all__ = [
    "best",
    "checkpoints",
    "epochs",
    "events",
    "exports",
    "history",
    "integrity",
    "runs",
    "validations",
    "write_errors",
]
