"""A test double of TensorFlow Serving's `tensorflow_model_server`.

    python tests/helpers/model_server --port=8500 --rest_api_port=8501 --model_name=mnist \\
        --model_base_path=FOLDER

It takes the real server's flags, answers gRPC with the messages of `tensorflow-serving-api` and
REST as https://www.tensorflow.org/tfx/serving/api_rest describes, on 127.0.0.1 only. It was written
from that page, from https://www.tensorflow.org/tfx/serving/saved_model_warmup, from the help of
the flags, and otherwise from the behavior of the server's published source (2026): error codes,
conversions, and when a version is loaded, retried and given up. It contains no code of the server,
and the two were not compared side by side.

Like the real server

- a port of 0 is not opened, and no port is opened before the first version is loaded;
- TensorFlow's runtime gets the tensors without the checks of shape and type that Python sessions
  make first;
- an int for a type of 8 or 16 bits keeps only its lowest bits: 300 as uint8 is 44;
- a body may be compressed by gzip; one that cannot be unpacked is an empty body;
- several models by `--model_config_file`, read again by
  `--model_config_file_poll_wait_seconds`; version policies; labels, and the conditions under
  which one may be given to a version that is not loaded; the status of a label is that of all
  versions; TLS for gRPC by `--ssl_config_file`, REST has none;
- waiting requests are merged by `batching_parameters_file`, filled up to an allowed size, and fail
  together; those that ask for some outputs only run alone;
- an unknown signature is FAILED_PRECONDITION over gRPC and 400 over REST.

Not imitated

- `enable_large_batch_splitting`, with which requests run whole and none is merged;
  `pad_variable_length_inputs`;
- time limits of REST, chunked bodies, CORS, UNIX sockets, the health service, the profiler,
  TensorFlow Lite;
- Classify and Regress of a model that has signatures for them (others are refused with the same
  words), MultiInference, ReloadConfig, SessionRun;
- `custom_model_config`, `model_type`, logging of requests, and a root folder of relative paths;
- speed and memory, and the limits on threads of REST;
- metrics other than `request_count` and `request_latency`;
- the exact words of errors in JSON, and the order of log lines.

Stricter than the real server: it exits at an unknown flag, which the real one only reports.
"""
