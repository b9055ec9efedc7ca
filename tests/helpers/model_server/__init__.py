"""A test double of TensorFlow Serving's `tensorflow_model_server`.

    python tests/helpers/model_server --port=8500 --rest_api_port=8501 --model_name=mnist \\
        --model_base_path=FOLDER

It takes the real server's flags, answers gRPC by the messages of `tensorflow-serving-api` and
REST as https://www.tensorflow.org/tfx/serving/api_rest says, on 127.0.0.1 alone. It was written
from that page, from https://www.tensorflow.org/tfx/serving/saved_model_warmup, from the help of
the flags, and from what the server's published source (2026) does where those are silent: error
codes, what is converted to what, when a version is loaded, retried and given up. No code is
the server's, and nobody compared the two side by side.

As with the real one

- a port of 0 is not opened, and no port is before the first version is loaded;
- TensorFlow's runtime is given the tensors as they come, without the checks of shape and type
  that its Python sessions make before;
- an int for a type of 8 or 16 bits keeps its lowest bits alone: 300 as uint8 is 44;
- an unknown signature is FAILED_PRECONDITION by gRPC and 400 by REST.

Not imitated

- batching: requests are run one by one, and the file of parameters is read for its form and for
  `max_batch_size`; nothing is queued, merged, split or padded, and no request fails for another's
  fault;
- time limits of REST, compressed or chunked bodies, CORS, version labels, several models, TLS,
  UNIX sockets, the health service, the profiler, TensorFlow Lite;
- Classify, Regress, MultiInference, ReloadConfig, SessionRun;
- speed and memory, and the limits on threads of REST;
- the metrics but for `request_count` and `request_latency`;
- the exact words of errors in JSON, and the order of what is logged.

Stricter than the real one: an unknown flag ends it, where the real one complains and goes on.
"""
