"""The manifests for Kubernetes are what Kubeflow takes, and each container's command trains."""

from __future__ import annotations

import json
import subprocess
import sys

import cluster_processes
import pytest
from places import REPOSITORY

from cnn_mnist.cluster import tf_config

yaml = pytest.importorskip("yaml", reason="no PyYAML: pip install pyyaml")
DEPLOY = REPOSITORY / "deploy"
SHORT = ("--architecture=flatten, dense 10", "--offline", "--train_examples=2000", "--quiet")
SHORT += ("--validation_examples=200", "--warmup_steps=0", "--train_steps=40", "--threads=1")


def documents(name):
    return list(yaml.safe_load_all((DEPLOY / name).read_text("utf-8")))


def of_tfjob():
    """Gives each container with the TF_CONFIG that the operator sets, on this machine."""
    [job] = documents("tfjob.yaml")
    replicas = {kind.lower(): spec for kind, spec in job["spec"]["tfReplicaSpecs"].items()}
    names = [kind for kind, spec in replicas.items() for _ in range(spec["replicas"])]
    cluster = cluster_processes.free_addresses(names)
    for kind, spec in replicas.items():
        [container] = spec["template"]["spec"]["containers"]
        for index in range(spec["replicas"]):
            task = {"type": kind, "index": index}
            yield container, {"cluster": cluster, "task": task, "environment": "cloud"}


def of_trainjob():
    """Gives the container of each node with the TF_CONFIG that Kubernetes makes of the text."""
    runtime, _ = documents("trainjob.yaml")
    [node] = runtime["spec"]["template"]["spec"]["replicatedJobs"]
    [container] = node["template"]["spec"]["template"]["spec"]["containers"]
    text = next(row["value"] for row in container["env"] if row["name"] == "TF_CONFIG")
    for index in range(runtime["spec"]["mlPolicy"]["numNodes"]):
        yield container, json.loads(text.replace("$(JOB_COMPLETION_INDEX)", str(index)))


def test_kubeflows_own_models_take_the_tfjob():
    models = pytest.importorskip("kubeflow.training", reason="no kubeflow-training")
    [job] = documents("tfjob.yaml")

    class Response:
        data = json.dumps(job)

    found = models.ApiClient().deserialize(Response, "KubeflowOrgV1TFJob")
    assert models.ApiClient().sanitize_for_serialization(found) == job


def test_a_tfjob_restarts_a_task_at_the_status_of_a_lost_cluster():
    """ExitCode means: 1 to 127 are permanent, 128 to 255 are retried."""
    [job] = documents("tfjob.yaml")
    policies = {spec["restartPolicy"] for spec in job["spec"]["tfReplicaSpecs"].values()}
    assert policies == {"ExitCode"}


def test_the_nodes_of_a_trainjob_have_addresses_of_its_name_and_one_chief(monkeypatch):
    _, job = documents("trainjob.yaml")
    name = job["metadata"]["name"]
    tasks = []
    for index, (_, config) in enumerate(of_trainjob()):
        address = config["cluster"]["worker"][index]
        assert address == f"{name}-node-0-{index}.{name}:2222"
        monkeypatch.setenv("TF_CONFIG", json.dumps(config))
        tasks.append(tf_config.read().task)
    assert tasks == [("chief", 0), ("worker", 0), ("worker", 1)]


@pytest.mark.slow
@pytest.mark.parametrize(
    "containers", [pytest.param(of_tfjob, marks=pytest.mark.long), of_trainjob]
)
def test_the_commands_of_the_containers_train_together(
    containers, tmp_path, subprocess_environment, mnist
):
    given = list(containers())
    if containers is of_trainjob:
        here = cluster_processes.free_addresses(["worker"] * len(given))
        given = [(container, {**config, "cluster": here}) for container, config in given]
    processes = []
    for container, config in given:
        command = [*container["command"], *container["args"], *SHORT]
        assert command[0] == "python"
        arguments = [part.replace("/models", str(tmp_path)) for part in command[1:]]
        processes.append(
            subprocess.Popen(
                [sys.executable, *arguments],
                cwd=tmp_path,
                env={**subprocess_environment, "TF_CONFIG": json.dumps(config)},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
    try:
        errors = [process.communicate(timeout=240)[1] for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert [process.returncode for process in processes] == [0] * len(given), errors
    assert (tmp_path / "mnist" / "export").is_dir()
