"""Stand-ins for `tf.contrib.eager`, which was usually imported as `tfe`."""

__all__: list[str] = []
