"""The tasks of a cluster, as TF_CONFIG names them: how they find each other, share and end."""

__all__ = [
    "all_reduce",
    "devices",
    "launcher",
    "link",
    "parameter_server",
    "server",
    "shared_values",
    "tf_config",
    "watchdog",
]
