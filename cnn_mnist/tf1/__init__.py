"""Runs TensorFlow 1 scripts as they are: `python -m cnn_mnist.tf1 script.py`.

`command_line` reads the arguments, `check` reads the script, and `launcher` runs it. `names` is the
table of the old names and what stands in for them; `modules` serves it as `import tensorflow`,
and `imports` decides who sees that. The stand-ins are in `contrib` and `examples`.
"""

__all__: list[str] = []
