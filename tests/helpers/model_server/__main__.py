"""Starts the double: parses flags, loads the first version, and opens gRPC and REST."""

from __future__ import annotations

import logging
import pathlib
import signal
import sys
import threading

if not __package__:
    # Python was given this folder, and imports from it first; import from the folder above.
    sys.path[0] = str(pathlib.Path(__file__).resolve().parent.parent)

from model_server import options, statuses

_LOG = logging.getLogger("model_server")
_FAILED = 255


def main(arguments: list[str]) -> int:
    _log_as_the_real_one()
    try:
        chosen = options.parse(arguments)
    except options.FlagError as error:
        print(f"{error}\n{options.usage()}", flush=True)
        return _FAILED
    try:
        servers = _start(chosen)
    except statuses.StatusError as error:
        print(f"Failed to start server. Error: {error}", flush=True)
        return _FAILED
    for thread in servers:
        thread.join()
    return 0


def _start(chosen: options.Options) -> list[threading.Thread]:
    """Returns the threads of the opened ports."""
    # After the flags, since importing TensorFlow takes seconds; and tf_compat before the messages,
    # which import TensorFlow with Keras 3.
    import cnn_mnist.tf_compat  # noqa: F401
    from model_server import metrics, models, rest, services, text_protos

    merging = text_protos.batching_parameters(chosen)
    prometheus_path = text_protos.prometheus_path(chosen)
    served = models.Models(chosen, merging)
    served.wait_for_the_first()
    counted = metrics.Metrics()
    threads = []
    if chosen.port:
        threads.append(services.start(chosen, served, counted))
        _LOG.info("Running gRPC ModelServer at 127.0.0.1:%d ...", chosen.port)
    if chosen.rest_api_port and chosen.rest_api_port == chosen.port:
        _LOG.error("rest_api_port is that of gRPC. Skipped exporting HTTP/REST API.")
    elif chosen.rest_api_port:
        threads.append(rest.start(chosen.rest_api_port, served, counted, prometheus_path))
        _LOG.info("Exporting HTTP/REST API at:localhost:%d ...", chosen.rest_api_port)
    return threads


def _log_as_the_real_one() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        logging.Formatter(
            "%(asctime)s.%(msecs)03d000: %(levelname).1s model_server/%(filename)s:%(lineno)d] "
            "%(message)s",
            "%Y-%m-%d %H:%M:%S",
        )
    )
    _LOG.addHandler(handler)
    _LOG.setLevel(logging.INFO)
    _LOG.propagate = False


if __name__ == "__main__":
    # The real server has no handler either; it exits immediately.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(main(sys.argv[1:]))
