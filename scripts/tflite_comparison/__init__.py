"""The TensorFlow Lite files of an export beside its SavedModel: size, answers, time."""
