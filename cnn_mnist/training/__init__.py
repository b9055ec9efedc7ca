"""The verb `train`: the folder made ready and locked, the hooks put together."""
