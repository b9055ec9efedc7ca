"""Runs a function in a forked process."""

import os
import signal

MOST_SECONDS = 60


def error_of(act) -> str:
    """Returns the error that a function raises in a forked process, as text.

    The text is empty if the process hangs, and is ended.
    """
    reading, writing = os.pipe()
    if pid := os.fork():
        os.close(writing)
        with open(reading, encoding="utf-8") as file:
            said = file.read()
        os.waitpid(pid, 0)
        return said
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(MOST_SECONDS)
        act()
        said = "no error"
    except BaseException as error:
        said = f"{type(error).__name__}: {error}"
    finally:
        # Neither pytest nor TensorFlow goes on here.
        os.write(writing, said.encode())
        os._exit(0)
