"""Makes a 28×28 image of a picture, as MNIST's were made: in the graph, and the same in NumPy.

`graph_framing` and `numpy_framing` begin; parts are the pieces of ink, digits what is drawn.
"""

__all__ = [
    "constants",
    "graph_framing",
    "numpy_framing",
    "several_digits",
]
