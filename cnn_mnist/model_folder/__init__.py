"""What lies in a `--model_dir`: checkpoints, validations, records of runs, events, exports."""
