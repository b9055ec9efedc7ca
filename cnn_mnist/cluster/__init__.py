"""The tasks of a cluster, as TF_CONFIG names them."""
