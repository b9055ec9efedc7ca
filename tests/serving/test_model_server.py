"""What a client of the served export can rely on, tested over loopback.

The same tests run against the real server if it is on PATH; `serving_process` chooses.
"""

from __future__ import annotations

import base64
import gzip
import http.client
import json
import os
import shutil
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from concurrent import futures

import numpy as np
import pytest
import serving_process

import cnn_mnist
from cnn_mnist import experiment
from cnn_mnist.data import images
from cnn_mnist.exporting import signatures as signatures_lib
from cnn_mnist.exporting import warm_up
from cnn_mnist.tf_compat import tf

pytest.importorskip("tensorflow_serving.apis")
grpc = pytest.importorskip("grpc")

from tensorflow_serving.apis import (  # noqa: E402
    classification_pb2,
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
    regression_pb2,
)

DIGITS = os.path.join(os.path.dirname(cnn_mnist.__file__), "data", "digits")
MODEL = "/v1/models/mnist"
PREDICT = f"{MODEL}:predict"
FLAGS = ["--file_system_poll_wait_seconds=1", "--max_num_load_retries=0"]


@pytest.fixture(scope="module")
def exported(exported, tmp_path_factory):
    """A folder of versions that holds one version."""
    folder = tmp_path_factory.mktemp("export")
    shutil.copytree(exported, folder / os.path.basename(exported))
    return str(folder)


@pytest.fixture(scope="module")
def server(exported, tmp_path_factory):
    monitoring = tmp_path_factory.mktemp("server") / "monitoring.config"
    monitoring.write_text("prometheus_config { enable: true }\n")
    with serving_process.started(
        exported, *FLAGS, f"--monitoring_config_file={monitoring}"
    ) as server:
        yield server


@pytest.fixture(scope="module")
def rest(server):
    """A function from path and body to status and JSON, over one kept-alive connection."""
    connection = http.client.HTTPConnection(server.rest.removeprefix("http://"), timeout=60)

    def ask(path, body=None):
        content = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        connection.request("GET" if body is None else "POST", path, content)
        answer = connection.getresponse()
        content = answer.read()
        is_json = answer.headers["Content-Type"] == "application/json"
        return answer.status, json.loads(content) if is_json else content.decode()

    yield ask
    connection.close()


@pytest.fixture(scope="module")
def channel(server):
    with server.channel() as channel:
        yield channel


@pytest.fixture(scope="module")
def stub(channel):
    return prediction_service_pb2_grpc.PredictionServiceStub(channel)


def available(rest):
    (version,) = [
        status["version"]
        for status in rest(MODEL)[1]["model_version_status"]
        if status["state"] == "AVAILABLE"
    ]
    return version


def request_of(signature=None, model="mnist", version=None, output_filter=(), **inputs):
    request = predict_pb2.PredictRequest()
    request.model_spec.name = model
    request.output_filter.extend(output_filter)
    if signature:
        request.model_spec.signature_name = signature
    if version:
        request.model_spec.version.value = int(version)
    for name, value in inputs.items():
        request.inputs[name].CopyFrom(tf.make_tensor_proto(value))
    return request


def path_of(digit):
    return os.path.join(DIGITS, f"{digit}.png")


@pytest.fixture(scope="module")
def pixels():
    return np.stack([images.read(path_of(digit)) for digit in (3, 7)])


@pytest.fixture(scope="module")
def files():
    contents = []
    for digit in (3, 7):
        with open(path_of(digit), "rb") as file:
            contents.append(file.read())
    return contents


@pytest.fixture(scope="module")
def inputs(pixels, files):
    """Two digits for each signature."""
    scaled = (pixels / np.float32(255)).astype(np.float32)
    return {
        "serving_default": pixels,
        "image_bytes": np.array(files, object),
        "float_image": scaled.reshape(2, 784),
    }


@pytest.fixture(scope="module")
def expected(trained, pixels):
    return experiment.predict(trained, pixels)


def as_json(values):
    if values.dtype == object:
        return [{"b64": base64.b64encode(value).decode()} for value in values]
    return values.tolist()


def assert_answers(classes, probabilities, expected):
    np.testing.assert_array_equal(classes, expected.classes)
    np.testing.assert_allclose(probabilities, expected.probabilities, atol=1e-5)


@pytest.mark.parametrize("signature", signatures_lib.INPUTS)
class TestEachSignature:
    def test_by_rest_takes_rows_of_values_and_gives_an_object_for_each(
        self, rest, inputs, expected, signature
    ):
        body = {"signature_name": signature, "instances": as_json(inputs[signature])}
        status, answer = rest(PREDICT, body)
        assert status == 200, answer
        assert list(answer) == ["predictions"]
        assert_answers(
            [row["classes"] for row in answer["predictions"]],
            [row["probabilities"] for row in answer["predictions"]],
            expected,
        )

    def test_by_rest_takes_rows_of_objects_by_the_name_of_the_input(
        self, rest, inputs, expected, signature
    ):
        rows = [{signatures_lib.INPUTS[signature]: value} for value in as_json(inputs[signature])]
        status, answer = rest(PREDICT, {"signature_name": signature, "instances": rows})
        assert status == 200, answer
        assert [row["classes"] for row in answer["predictions"]] == expected.classes.tolist()

    @pytest.mark.parametrize("named", [False, True])
    def test_by_rest_takes_a_column_and_gives_columns(
        self, rest, inputs, expected, signature, named
    ):
        column = as_json(inputs[signature])
        body = {"inputs": {signatures_lib.INPUTS[signature]: column} if named else column}
        status, answer = rest(PREDICT, {"signature_name": signature, **body})
        assert status == 200, answer
        assert list(answer) == ["outputs"]
        assert_answers(answer["outputs"]["classes"], answer["outputs"]["probabilities"], expected)

    def test_by_grpc_answers_with_the_model_the_version_and_the_signature(
        self, rest, stub, inputs, expected, signature
    ):
        answer = stub.Predict(
            request_of(signature, **{signatures_lib.INPUTS[signature]: inputs[signature]})
        )
        assert_answers(
            tf.make_ndarray(answer.outputs["classes"]),
            tf.make_ndarray(answer.outputs["probabilities"]),
            expected,
        )
        assert answer.model_spec.name == "mnist"
        assert answer.model_spec.version.value == int(available(rest))
        assert answer.model_spec.signature_name == signature

    def test_takes_its_input_alone(self, stub, inputs, signature):
        with pytest.raises(grpc.RpcError) as raised:
            stub.Predict(request_of(signature))
        assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        given = {signatures_lib.INPUTS[signature]: inputs[signature], "other": inputs[signature]}
        with pytest.raises(grpc.RpcError) as raised:
            stub.Predict(request_of(signature, **given))
        assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert "other" in raised.value.details()


def test_the_default_signature_is_serving_default(rest, stub, pixels, expected):
    assert rest(PREDICT, {"inputs": pixels.tolist()})[1]["outputs"]["classes"] == list(
        expected.classes
    )
    answer = stub.Predict(request_of(image=pixels))
    # Many clients read the values without TensorFlow.
    assert list(answer.outputs["classes"].int64_val) == list(expected.classes)
    assert len(answer.outputs["probabilities"].float_val) == 20
    assert answer.model_spec.signature_name == "serving_default"


def test_output_filter_chooses_among_the_outputs(stub, pixels):
    answer = stub.Predict(request_of(image=pixels, output_filter=["classes"]))
    assert list(answer.outputs) == ["classes"]
    with pytest.raises(grpc.RpcError, match="nonsense") as raised:
        stub.Predict(request_of(image=pixels, output_filter=["nonsense"]))
    assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_a_pinned_version_is_asked_by_its_number(rest, stub, pixels, expected):
    version = available(rest)
    status, answer = rest(f"{MODEL}/versions/{version}:predict", {"inputs": pixels.tolist()})
    assert status == 200, answer
    answer = stub.Predict(request_of(version=version, image=pixels))
    assert list(answer.outputs["classes"].int64_val) == list(expected.classes)


@pytest.mark.parametrize("path, name", [("/v1/models/x", "x"), (f"{MODEL}/versions/7", "7")])
def test_an_unknown_model_or_version_is_not_found_by_rest(rest, pixels, path, name):
    for status, answer in (
        rest(path),
        rest(f"{path}/metadata"),
        rest(f"{path}:predict", {"inputs": pixels.tolist()}),
    ):
        assert status == 404
        assert name in answer["error"]
    assert answer["error"].startswith("Servable not found for request: ")


@pytest.mark.parametrize("spec", [{"model": "x"}, {"version": 7}])
def test_an_unknown_model_or_version_is_not_found_by_grpc(stub, channel, pixels, spec):
    predict = request_of(image=pixels, **spec)
    metadata = get_model_metadata_pb2.GetModelMetadataRequest(
        model_spec=predict.model_spec, metadata_field=["signature_def"]
    )
    status = get_model_status_pb2.GetModelStatusRequest(model_spec=predict.model_spec)
    model_stub = model_service_pb2_grpc.ModelServiceStub(channel)
    for verb, request in (
        (stub.Predict, predict),
        (stub.GetModelMetadata, metadata),
        (model_stub.GetModelStatus, status),
    ):
        with pytest.raises(grpc.RpcError) as raised:
            verb(request)
        assert raised.value.code() is grpc.StatusCode.NOT_FOUND


def test_an_unknown_signature_is_named(rest, stub, pixels):
    status, answer = rest(PREDICT, {"signature_name": "x", "inputs": pixels.tolist()})
    assert status == 400
    assert '"x" not found' in answer["error"]
    with pytest.raises(grpc.RpcError, match='Serving signature key "x" not found') as raised:
        stub.Predict(request_of("x", image=pixels))
    assert raised.value.code() is grpc.StatusCode.FAILED_PRECONDITION


@pytest.mark.parametrize("verb, words", [("classify", "classification"), ("regress", "output")])
def test_classify_and_regress_are_refused_for_signatures_that_are_for_predict(
    rest, stub, verb, words
):
    """A signature for them takes a tf.Example, by the name `inputs`."""
    body = {"examples": [{"image": 1}]}
    status, answer = rest(f"{MODEL}:{verb}", body)
    assert status == 400
    expected = "Expected one output Tensor."
    if verb == "classify":
        expected = "No classification inputs found in SignatureDef: "
    assert answer["error"].startswith(expected)
    request, call = {
        "classify": (classification_pb2.ClassificationRequest(), stub.Classify),
        "regress": (regression_pb2.RegressionRequest(), stub.Regress),
    }[verb]
    request.model_spec.name = "mnist"
    request.input.example_list.examples.add()
    with pytest.raises(grpc.RpcError) as raised:
        call(request)
    assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert words in raised.value.details()


@pytest.mark.parametrize(
    "body, message",
    [
        ({"instances": [1]}, "key 'examples' is expected and was not found"),
        ({"examples": 1}, "Expecting 'examples' value to be an list/array"),
        ({"examples": []}, "'examples' value is an empty array"),
        ({"examples": [1]}, "Example must be JSON object but got JSON"),
        ({"examples": [{}], "signature_name": "x"}, "No signature was found with the name: x"),
    ],
)
def test_a_request_to_classify_needs_examples(rest, body, message):
    status, answer = rest(f"{MODEL}:classify", body)
    assert status == 400
    assert message in answer["error"]


def test_a_body_may_be_compressed(rest, server, pixels, expected):
    body = gzip.compress(json.dumps({"inputs": pixels.tolist()}).encode())
    for content, status in ((body, 200), (body[:-20], 400)):
        request = urllib.request.Request(f"{server.rest}{PREDICT}", content)
        request.add_header("Content-Encoding", "gzip")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request) as answer:
                found, text = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            found, text = error.code, error.read()
        assert found == status
        if status == 200:
            assert json.loads(text)["outputs"]["classes"] == expected.classes.tolist()


def test_an_unknown_label_is_refused_but_not_for_the_status(rest, stub, pixels):
    """The server does not look at the label of a request for the status."""
    path = f"{MODEL}/labels/x"
    assert rest(path) == rest(MODEL)
    for status, answer in (
        rest(f"{path}/metadata"),
        rest(f"{path}:predict", {"inputs": pixels.tolist()}),
    ):
        assert (status, answer["error"]) == (400, "Unrecognized servable version label: x")
    request = request_of(image=pixels)
    request.model_spec.version_label = "x"
    with pytest.raises(grpc.RpcError) as raised:
        stub.Predict(request)
    assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_the_status_gives_the_available_version(rest, channel):
    version = available(rest)
    healthy = {"error_code": "OK", "error_message": ""}
    assert rest(f"{MODEL}/versions/{version}") == (
        200,
        {"model_version_status": [{"version": version, "state": "AVAILABLE", "status": healthy}]},
    )
    request = get_model_status_pb2.GetModelStatusRequest()
    request.model_spec.name = "mnist"
    answer = model_service_pb2_grpc.ModelServiceStub(channel).GetModelStatus(request)
    states = {status.version: status.state for status in answer.model_version_status}
    assert states[int(version)] == get_model_status_pb2.ModelVersionStatus.AVAILABLE


def test_metadata_describes_the_signatures(rest, stub):
    status, answer = rest(f"{MODEL}/metadata")
    assert status == 200
    assert answer["model_spec"]["version"] == available(rest)
    signatures = answer["metadata"]["signature_def"]["signature_def"]
    assert signatures["serving_default"]["inputs"]["image"]["dtype"] == "DT_UINT8"
    request = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=["signature_def"])
    request.model_spec.name = "mnist"
    described = get_model_metadata_pb2.SignatureDefMap()
    stub.GetModelMetadata(request).metadata["signature_def"].Unpack(described)
    assert set(signatures_lib.INPUTS) <= set(described.signature_def)
    assert set(signatures) == set(described.signature_def)


@pytest.mark.parametrize(
    "signature, name, value, message",
    [
        ("serving_default", "image", np.zeros([1, 28, 28, 1], np.float32), "uint8"),
        ("serving_default", "image", np.zeros([1, 32, 32, 1], np.uint8), r"\[32,32,1\] \[allowed"),
        ("serving_default", "image", np.zeros([0, 28, 28, 1], np.uint8), "image: .*1 to 1,000"),
        ("serving_default", "image", np.zeros([1001, 28, 28, 1], np.uint8), "image: .*1 to 1,000"),
        ("image_bytes", "image_bytes", [b"x"], "image_bytes: .*neither PNG nor JPEG"),
        ("float_image", "float_image", np.full([1, 784], 2, np.float32), "allowed: 0 to 1"),
        ("float_image", "float_image", np.zeros([1, 784]), "float"),
        ("float_image", "float_image", np.zeros([1, 783], np.float32), r"float_image: .*\[783\]"),
    ],
)
def test_bad_input_is_an_invalid_argument_with_the_graphs_message(
    stub, signature, name, value, message
):
    with pytest.raises(grpc.RpcError, match=message) as raised:
        stub.Predict(request_of(signature, **{name: value}))
    assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_bad_input_is_400_by_rest(rest):
    status, answer = rest(PREDICT, {"instances": np.zeros([1, 32, 32, 1], int).tolist()})
    assert status == 400
    assert "[32,32,1]" in answer["error"]


def with_a_pixel(value):
    image = np.zeros([28, 28, 1], int).tolist()
    image[14][14][0] = value
    return {"instances": [image]}


@pytest.mark.parametrize("value", [1.5, 1.0, "1", None, True, {"b64": "AA=="}, 2**31])
def test_a_json_value_that_is_not_a_pixel_is_400(rest, value):
    status, answer = rest(PREDICT, with_a_pixel(value))
    assert status == 400
    assert "error" in answer


@pytest.mark.parametrize("value", [300, -212])
def test_a_json_number_beyond_a_byte_keeps_its_lowest_eight_bits(rest, value):
    status, answer = rest(PREDICT, with_a_pixel(value))
    assert status == 200, answer
    assert answer == rest(PREDICT, with_a_pixel(44))[1]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "2.0"])
def test_a_json_number_outside_0_to_1_is_400(rest, number):
    numbers = ",".join([number] + ["0.5"] * 783)
    body = f'{{"signature_name": "float_image", "instances": [[{numbers}]]}}'
    status, answer = rest(PREDICT, body.encode())
    assert status == 400
    assert "allowed: 0 to 1" in answer["error"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b"{}",
        b'{"instances": []}',
        b'{"instances": 3}',
        b'{"instances": [[1, 2], [3]]}',
        b'{"instances": [1], "inputs": [1]}',
        b'{"instances": [{"nonsense": 1}]}',
        b'{"inputs": {"nonsense": 1}}',
        b'{"signature_name": 3, "instances": [1]}',
        b'{"signature_name": "image_bytes", "instances": [{"b64": "*"}]}',
        b'{"signature_name": "image_bytes", "instances": [{"b64": 3}]}',
        b'{"signature_name": "image_bytes", "instances": [3]}',
    ],
)
def test_a_malformed_body_is_400_with_an_error_in_json(rest, body):
    status, answer = rest(PREDICT, body)
    assert status == 400
    assert list(answer) == ["error"]
    assert isinstance(answer["error"], str)


@pytest.mark.parametrize(
    "path, body, status",
    [
        ("/", None, 404),
        ("/v1/models", None, 400),
        (PREDICT, None, 400),
        (MODEL, {}, 400),
        (f"{MODEL}:nonsense", {}, 400),
    ],
)
def test_an_unknown_url_is_refused(rest, path, body, status):
    assert rest(path, body)[0] == status


def test_requests_are_counted_for_prometheus(rest, pixels):
    def count(status):
        found, page = rest("/monitoring/prometheus/metrics")
        assert found == 200
        line = f':tensorflow:serving:request_count{{model_name="mnist",status="{status}"}} '
        return sum(int(text.removeprefix(line)) for text in page.splitlines() if line in text)

    answered, refused = count("OK"), count("INVALID_ARGUMENT")
    rest(PREDICT, {"instances": pixels.tolist()})
    rest(PREDICT, {})
    assert (count("OK"), count("INVALID_ARGUMENT")) == (answered + 1, refused + 1)


def test_the_log_mentions_warm_up_and_ports(server):
    assert "Number of warmup records read: 6" in server.log
    assert "Running gRPC ModelServer at" in server.log
    assert "Exporting HTTP/REST API at:localhost" in server.log


def newer_version(exported, version, warm_up_requests=None):
    """Publishes a complete copy of a version under the next number."""
    number = str(int(version) + 1)
    hidden = os.path.join(exported, f".{number}")
    shutil.copytree(os.path.join(exported, version), hidden)
    if warm_up_requests is not None:
        with open(os.path.join(hidden, warm_up.FILE), "wb") as file:
            file.write(warm_up_requests)
    os.rename(hidden, os.path.join(exported, number))
    return number


def state_when(rest, version, states):
    """Waits until a version is in one of the states, and returns its status."""
    deadline = time.monotonic() + 60
    while True:
        for status in rest(MODEL)[1]["model_version_status"]:
            if status["version"] == version and status["state"] in states:
                return status
        assert time.monotonic() < deadline, rest(MODEL)
        time.sleep(0.1)


@pytest.mark.slow
def test_a_newer_version_replaces_the_older_one(exported, rest, stub, pixels):
    old = available(rest)
    answering, done = [], threading.Event()

    def ask():
        while not done.is_set():
            answer = stub.Predict(request_of(image=pixels))
            answering.append(answer.model_spec.version.value)

    with futures.ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(ask) for _ in range(2)]
        try:
            new = newer_version(exported, old)
            assert state_when(rest, new, ["AVAILABLE", "END"])["state"] == "AVAILABLE"
            state_when(rest, old, ["END"])
        finally:
            done.set()
        # No request failed in between.
        assert [each.result() for each in asked] == [None, None]
    assert set(answering) <= {int(old), int(new)}
    assert stub.Predict(request_of(image=pixels)).model_spec.version.value == int(new)
    assert rest(f"{MODEL}/versions/{old}:predict", {"inputs": pixels.tolist()})[0] == 404


def test_when_a_versions_warm_up_fails_the_older_version_stays(exported, rest, stub, pixels):
    old = available(rest)
    new = newer_version(exported, old, warm_up_requests=b"no TFRecord, but long enough for one")
    ended = state_when(rest, new, ["AVAILABLE", "END"])
    assert (ended["state"], ended["status"]["error_code"]) == ("END", "DATA_LOSS")
    assert stub.Predict(request_of(image=pixels)).model_spec.version.value == int(old)
    shutil.rmtree(os.path.join(exported, new))


@pytest.mark.slow
def test_a_server_with_smaller_batches_than_the_warm_up_does_not_start(exported, tmp_path):
    parameters = tmp_path / "batching.config"
    parameters.write_text(f"max_batch_size {{ value: {max(warm_up.BATCHES) - 1} }}\n")
    flags = [*FLAGS, "--enable_batching", f"--batching_parameters_file={parameters}"]
    with (
        pytest.raises(serving_process.ServerEndedError, match="did not become available"),
        serving_process.started(exported, *flags),
    ):
        pass


@pytest.fixture(scope="module")
def merged_stub(exported, tmp_path_factory):
    """A stub of a server that merges the requests of half a second."""
    parameters = tmp_path_factory.mktemp("merging") / "batching.config"
    parameters.write_text(
        "max_batch_size { value: 1000 } batch_timeout_micros { value: 500000 } "
        "num_batch_threads { value: 1 }\n"
    )
    flags = [*FLAGS, "--enable_batching", f"--batching_parameters_file={parameters}"]
    # The warm-up waits for others too, which do not come.
    with serving_process.started(exported, *flags) as server, server.channel() as channel:
        yield prediction_service_pb2_grpc.PredictionServiceStub(channel)


def asked_together(stub, *requests):
    """Returns the answer to each request, or the error that it raised."""

    def ask(request):
        try:
            return stub.Predict(request, timeout=60)
        except grpc.RpcError as error:
            return error

    with futures.ThreadPoolExecutor(len(requests)) as pool:
        return list(pool.map(ask, requests))


@pytest.mark.slow
class TestMergedRequests:
    def test_each_has_the_answers_to_its_own_images(self, merged_stub, pixels, expected):
        requests = [request_of(image=pixels[[*range(2)] * n + [0]]) for n in range(6)]
        began = time.monotonic()
        for answers, count in zip(asked_together(merged_stub, *requests), range(6), strict=True):
            rows = [*range(2)] * count + [0]
            classes = tf.make_ndarray(answers.outputs["classes"])
            probabilities = tf.make_ndarray(answers.outputs["probabilities"])
            np.testing.assert_array_equal(classes, expected.classes[rows])
            np.testing.assert_allclose(probabilities, expected.probabilities[rows], atol=1e-5)
        # One after the other each would have waited its half second.
        assert time.monotonic() - began < 6 * 0.5

    def test_fail_with_the_one_that_the_model_refuses(self, merged_stub, files):
        good = request_of("image_bytes", image_bytes=np.array(files, object))
        damaged = request_of("image_bytes", image_bytes=np.array([b"no picture"], object))
        errors = asked_together(merged_stub, good, damaged)
        assert [error.code() for error in errors] == [grpc.StatusCode.INVALID_ARGUMENT] * 2
        (answer,) = asked_together(merged_stub, good)
        assert tf.make_ndarray(answer.outputs["classes"]).shape == (2,)

    def test_fail_if_their_images_have_two_shapes(self, merged_stub, inputs):
        flat = inputs["float_image"]
        both = [
            request_of("float_image", float_image=values)
            for values in (flat, flat.reshape(2, 28, 28, 1))
        ]
        errors = asked_together(merged_stub, *both)
        assert [error.code() for error in errors] == [grpc.StatusCode.FAILED_PRECONDITION] * 2

    def test_are_no_longer_than_the_settings_say(self, merged_stub, pixels):
        (error,) = asked_together(merged_stub, request_of(image=np.repeat(pixels, 501, axis=0)))
        assert error.code() is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize(
    "flag, message",
    [
        ("--nonsense=1", "unknown argument: --nonsense=1"),
        ("model_name", "unknown argument: model_name"),
        ("--grpc_socket_path=x", "not imitated by the double: --grpc_socket_path"),
        ("--port=x", "Couldn't interpret value x for flag port"),
    ],
)
def test_the_double_exits_at_a_flag_that_it_does_not_take(flag, message):
    ran = subprocess.run(
        [sys.executable, str(serving_process.DOUBLE), flag],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 255
    assert message in ran.stdout
