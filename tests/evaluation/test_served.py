"""The verbs asked of a server give what they give of a checkpoint; and how fast it is."""

from __future__ import annotations

import dataclasses
import json
import math
import os

import numpy as np
import pytest

import cnn_mnist
from cnn_mnist import main
from cnn_mnist.data import splits
from cnn_mnist.data.framing import numpy_framing
from cnn_mnist.errors import UserError
from cnn_mnist.evaluation import evaluator, served
from cnn_mnist.serving.grpc import GrpcClient
from cnn_mnist.serving.rest import RestClient
from cnn_mnist.serving.server import Server

DIGITS = os.path.join(os.path.dirname(cnn_mnist.__file__), "data", "digits")


@pytest.fixture(params=["grpc", "rest"])
def address(running, request):
    return getattr(running, request.param)


@pytest.fixture(scope="module", params=[100, pytest.param(500, marks=pytest.mark.slow)])
def few(small, request):
    """With the first of the test images."""
    return dataclasses.replace(small, test=small.test.take(slice(request.param)))


@pytest.fixture(scope="module")
def expected(trained, few):
    """The evaluation of the checkpoint, and its predictions."""
    return evaluator.evaluate_and_predict(trained, dataset=few)


@pytest.mark.slow
@pytest.mark.parametrize(
    "batch_size, concurrency", [(1, 4), (16, 2), pytest.param(64, 2, marks=pytest.mark.slow)]
)
def test_evaluation_of_a_server_is_that_of_its_checkpoint(
    address, trained, few, expected, batch_size, concurrency
):
    server = Server(address, batch_size=batch_size, concurrency=concurrency)
    found = served.evaluate(trained, server, dataset=few)
    measured, _ = expected
    np.testing.assert_array_equal(found.evaluation.confusion_matrix, measured.confusion_matrix)
    assert found.evaluation.loss == pytest.approx(measured.loss, rel=1e-4)
    assert found.evaluation.total == len(few.test.images)
    assert len(found.latencies) == math.ceil(found.evaluation.total / batch_size)
    assert 0 < found.latency(50) <= found.latency(95) <= found.latency(99)
    assert found.images_per_second == pytest.approx(found.evaluation.total / found.seconds)


@pytest.mark.slow
def test_no_more_requests_are_under_way_than_asked_for(address, small, monkeypatch):
    under_way, most = [0], [0]
    ask = GrpcClient.predict, RestClient.predict

    def counted(predict):
        def count(*arguments):
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
            try:
                return predict(*arguments)
            finally:
                under_way[0] -= 1

        return count

    monkeypatch.setattr(GrpcClient, "predict", counted(ask[0]))
    monkeypatch.setattr(RestClient, "predict", counted(ask[1]))
    served.predict(Server(address, concurrency=3), small.test.images[:60])
    assert 1 < most[0] <= 3


@pytest.mark.slow
def test_predictions_come_back_in_the_order_of_the_images(address, few, expected):
    found = served.predict(Server(address, batch_size=7, concurrency=8), few.test.images)
    _, predicted = expected
    np.testing.assert_array_equal(found.classes, predicted.classes)


def test_no_image_needs_no_server(small):
    nobody = Server("127.0.0.1:1")
    assert len(served.predict(nobody, small.test.images[:0]).classes) == 0
    assert len(served.predict_files(nobody, []).classes) == 0


@pytest.mark.parametrize(
    ("megapixels", "batch_size", "concurrency", "expected", "at_once"),
    [
        ([0.1] * 5, 2, 4, [2, 2, 1], 4),
        ([12] * 20, 100, 1, [8, 8, 4], 1),
        ([12] * 5, 100, 4, [2, 2, 1], 4),
        ([40] * 3, 1, 16, [1, 1, 1], 2),
        ([50, 50, 0.1], 100, 2, [1, 1, 1], 2),
        ([200], 1, 1, [1], 1),
    ],
)
def test_requests_under_way_have_no_more_pixels_than_an_export_takes(
    monkeypatch, megapixels, batch_size, concurrency, expected, at_once
):
    """A server may merge all of them into one."""
    monkeypatch.setattr(numpy_framing, "count_pixels", lambda million: int(million * 1e6))
    server = Server("127.0.0.1:1", batch_size=batch_size, concurrency=concurrency)
    requests, workers = served._requests(np.array(megapixels), server, are_files=True)
    assert [request.stop - request.start for request in requests] == expected
    assert [n for request in requests for n in range(request.start, request.stop)] == [
        *range(len(megapixels))
    ]
    assert workers == at_once


@pytest.mark.slow
def test_one_request_that_fails_ends_it(address, small):
    with pytest.raises(UserError, match="is neither PNG nor JPEG"):
        served.predict_files(Server(address), [b"x"] * 50)


def run(capsys, *arguments):
    capsys.readouterr()
    status = main.main(list(arguments))
    out, err = capsys.readouterr()
    return status, out, err


@pytest.mark.slow
@pytest.mark.parametrize("form", ["text", "json"])
def test_predict_prints_of_a_server_what_it_prints_of_a_checkpoint(address, trained, capsys, form):
    flags = [f"--model_dir={trained.model_dir}", "--mode=predict", f"--images={DIGITS}"]
    flags.append(f"--format={form}")
    _, expected, _ = run(capsys, *flags)
    status, found, _ = run(capsys, *flags, f"--server={address}", "--server_batch_size=10")
    assert status == 0
    if form == "text":
        assert found == expected
        return
    for left, right in zip(found.splitlines(), expected.splitlines(), strict=True):
        one, other = json.loads(left), json.loads(right)
        assert one["probabilities"] == pytest.approx(other["probabilities"], abs=1e-6)
        assert {k: one[k] for k in ("image", "class", "class_name")} == {
            k: other[k] for k in ("image", "class", "class_name")
        }


@pytest.mark.slow
def test_predict_inverts_as_told_before_it_asks(address, trained, capsys):
    flags = [f"--model_dir={trained.model_dir}", "--mode=predict", f"--images={DIGITS}/7.png"]
    flags.append("--invert=always")
    _, expected, _ = run(capsys, *flags)
    status, found, _ = run(capsys, *flags, f"--server={address}")
    assert (status, found) == (0, expected)


@pytest.mark.slow
def test_a_damaged_picture_costs_its_own_line_only(address, trained, capsys, tmp_path):
    (tmp_path / "bad.png").write_bytes(b"x")
    status, out, err = run(
        capsys,
        f"--model_dir={trained.model_dir}",
        "--mode=predict",
        f"--images={tmp_path}/bad.png",
        f"--images={DIGITS}/7.png",
        f"--server={address}",
    )
    assert status == 2
    assert len(out.splitlines()) == 1 and out.startswith(f"{DIGITS}/7.png: ")
    assert f"{tmp_path}/bad.png is not a readable image" in err


@pytest.mark.slow
def test_evaluate_prints_accuracy_rate_and_latency(address, trained, small, capsys, monkeypatch):
    hundred = dataclasses.replace(small, test=small.test.take(slice(100)))
    monkeypatch.setattr(splits, "load_dataset", lambda *arguments: hundred)
    flags = [f"--model_dir={trained.model_dir}", "--mode=evaluate", f"--server={address}"]
    status, out, _ = run(capsys, *flags, "--server_batch_size=10", "--server_concurrency=2")
    lines = out.splitlines()
    assert status == 0
    assert lines[0].startswith("Test        ") and "of 100)" in lines[0]
    assert lines[2].startswith(f"Server      {address}, mnist version 1")
    assert lines[3].startswith("Rate        ")
    assert lines[3].endswith("images/s, 2 requests at a time, 10 images each")
    assert lines[4].startswith("Latency     50 % within ") and "99 % within" in lines[4]
    status, out, _ = run(capsys, *flags, "--server_batch_size=10", "--format=json")
    found = json.loads(out)
    assert (found["total"], found["requests"]) == (100, 10)
    assert set(found["latency_ms"]) == {"50", "95", "99"}
    assert "step" not in found and found["version"] > 0


@pytest.mark.slow
def test_a_dry_run_asks_the_server_and_needs_no_model(address, small, capsys, tmp_path, data_dir):
    status, out, _ = run(
        capsys,
        f"--model_dir={tmp_path}/none",
        "--mode=evaluate",
        f"--server={address}",
        f"--data_dir={data_dir}",
        "--offline",
        "--dry_run",
    )
    assert status == 0
    assert "of 300)" in out


def test_a_server_that_is_not_there_is_one_line_and_status_2(trained, capsys):
    status, out, err = run(
        capsys,
        f"--model_dir={trained.model_dir}",
        "--mode=predict",
        f"--images={DIGITS}/7.png",
        "--server=127.0.0.1:1",
        "--server_retries=0",
    )
    assert (status, out) == (2, "")
    assert err.splitlines()[-1].startswith("cnn-mnist: --server=127.0.0.1:1 cannot be reached (")
