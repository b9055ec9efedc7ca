"""The tasks of a cluster, as TF_CONFIG names them."""

__all__ = [
    "tf_config",
]
