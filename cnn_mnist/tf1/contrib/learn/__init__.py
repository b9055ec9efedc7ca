"""`tf.contrib.learn`, the Estimator of before TensorFlow 1.4.

`estimator` is that Estimator, on TensorFlow's monitored sessions; `feeding` gives it NumPy arrays.
`heads`, `linear`, `dnn` and `combined` are the ready-made models, with the variables of TensorFlow
1. `experiment`, `monitors` and `exports` are what runs, watches and exports them. `datasets`,
`readers` and `text` have data.
"""

__all__: list[str] = []
