"""The verbs `evaluate` and `predict`: of a checkpoint, a kept network or a server."""
