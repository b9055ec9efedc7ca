"""A progress that keeps the lines it receives."""

from cnn_mnist.support.progress import Progress


class RecordedLines(Progress):
    """Keeps each line of `say` in `lines`."""

    def __init__(self):
        self.lines = []

    def say(self, text):
        self.lines.append(text)
