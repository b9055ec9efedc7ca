"""The layers-model format of TensorFlow.js, written and read, and the data for its page."""
