"""What lies in a `--model_dir`: checkpoints, validations, run records, event files, exports."""

__all__ = [
    "best",
    "checkpoints",
    "events",
    "exports",
    "integrity",
    "runs",
    "validations",
    "write_errors",
]
