"""What stands in for `tf.contrib.framework`: argument scopes, variables by scope, checks."""

__all__: list[str] = []
