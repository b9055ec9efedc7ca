"""TensorFlow Serving: a launcher, and the clients of a server: where it is, what it answers."""
