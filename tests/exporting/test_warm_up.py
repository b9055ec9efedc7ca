"""The warm-up requests of an export, read with TensorFlow Serving's own messages."""

from __future__ import annotations

import os

import pytest

from cnn_mnist.exporting import signatures, warm_up
from cnn_mnist.tf_compat import tf

prediction_log_pb2 = pytest.importorskip("tensorflow_serving.apis.prediction_log_pb2")


@pytest.fixture(scope="module")
def requests(exported):
    path = os.path.join(exported, "assets.extra", "tf_serving_warmup_requests")
    found = []
    for record in tf.io.tf_record_iterator(path):
        log = prediction_log_pb2.PredictionLog()
        assert log.MergeFromString(record) == len(record)
        assert log.WhichOneof("log_type") == "predict_log"
        assert log.ByteSize() == len(record), "it has unknown or repeated fields"
        found.append(log.predict_log.request)
    return found


def test_each_signature_is_run_with_one_image_and_with_a_batch(requests):
    described = [
        (request.model_spec.name, request.model_spec.signature_name, dict(request.inputs))
        for request in requests
    ]
    assert {name for name, _, _ in described} == {"mnist"}
    sizes = [
        (signature, list(inputs), tf.make_ndarray(*inputs.values()).shape[0])
        for _, signature, inputs in described
    ]
    assert sizes == [
        (signature, [name], size)
        for signature, name in signatures.INPUTS.items()
        for size in warm_up.BATCHES
    ]


def test_the_export_answers_every_one_of_them(exported, requests):
    with tf.Graph().as_default(), tf.Session() as session:
        meta = tf.saved_model.loader.load(session, ["serve"], exported)
        for request in requests:
            signature = meta.signature_def[request.model_spec.signature_name]
            ((name, tensor),) = request.inputs.items()
            value = tf.make_ndarray(tensor)
            classes = session.run(
                signature.outputs["classes"].name, {signature.inputs[name].name: value}
            )
            assert classes.shape == value.shape[:1]
