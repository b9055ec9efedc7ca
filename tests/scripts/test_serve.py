"""scripts/serve starts TensorFlow Serving on a model's exports.

Doubles stand in for `tensorflow_model_server` and `docker`, on a PATH that has nothing else but
a Python without packages: they say the command that they were called with.
"""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format
from google.protobuf import wrappers_pb2 as wrappers
from places import REPOSITORY

from cnn_mnist.exporting import signatures
from cnn_mnist.serving.launch_options import REQUESTS, SETTINGS
from cnn_mnist.serving.launcher import METRICS_PATH, SECONDS_FOR_DOCKER, main

SCRIPT = REPOSITORY / "scripts" / "serve"
PATIENCE = 30

SAYS_IT = 'printf \'%s\\n\' "${0##*/}" "$@"'
ANSWERS = f'if [ "$1" = version ]; then echo 28.2.2; else {SAYS_IT}; fi'
IS_DEAD = 'echo; echo "Cannot connect to the Docker daemon" >&2; exit 1'
HANGS = "exec /bin/sleep 3"


class Machine:
    """A folder to call the script in, and the programs that are installed."""

    def __init__(self, folder):
        self.folder = folder / "work"
        self._programs = folder / "programs"
        self._programs.mkdir()
        for name in ("bash", "dirname"):
            (self._programs / name).symlink_to(shutil.which(name))
        self.install("python3", f'exec {sys.executable} -S "$@"')
        self.environment = {"PATH": str(self._programs), "LC_ALL": "C.UTF-8"}

    def install(self, name, double=SAYS_IT):
        (self._programs / name).write_text(f"#!/bin/sh\n{double}\n")
        (self._programs / name).chmod(0o755)

    def export(self, model_dir, version="1795000000"):
        folder = self.folder / model_dir / "export" / version
        folder.mkdir(parents=True)
        (folder / "saved_model.pb").touch()

    def start(self, *command, **options):
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            **options,
        )

    def run(self, *command):
        with self.start(*command) as process:
            output, errors = process.communicate(timeout=PATIENCE)
        return subprocess.CompletedProcess(command, process.returncode, output, errors)

    def serve(self, *arguments):
        return self.run(SCRIPT, *arguments)

    def command(self, *arguments):
        """Returns the command that is run, in words, as the double says it."""
        result = self.serve(*arguments)
        assert result.returncode == 0, result.stderr
        return result.stdout.splitlines()


@pytest.fixture
def machine(tmp_path):
    machine = Machine(tmp_path)
    machine.export("mnist")
    return machine


@pytest.fixture
def ports():
    """Flags of two ports that nobody listens on."""
    with socket.socket() as grpc, socket.socket() as rest:
        for one in (grpc, rest):
            one.bind(("127.0.0.1", 0))
        numbers = [one.getsockname()[1] for one in (grpc, rest)]
    return [f"--port={numbers[0]}", f"--rest_api_port={numbers[1]}"]


def refusal(result):
    """Returns the one line that the script ended in."""
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.startswith("scripts/serve: ")
    assert result.stderr.count("\n") == 1
    return result.stderr


def test_the_binary_is_given_exports_ports_batching_and_monitoring(machine, ports):
    machine.install("tensorflow_model_server")
    machine.install("docker", ANSWERS)
    assert machine.command("mnist", *ports, "--model_name=digits") == [
        "tensorflow_model_server",
        *ports,
        "--model_name=digits",
        f"--model_base_path={machine.folder}/mnist/export",
        f"--monitoring_config_file={SETTINGS}/monitoring.config",
        "--enable_batching",
        f"--batching_parameters_file={SETTINGS}/batching_parameters.txt",
    ]


def test_docker_publishes_on_loopback_and_mounts_read_only(machine, ports):
    machine.install("docker", ANSWERS)
    grpc, rest = (flag.split("=")[1] for flag in ports)
    assert machine.command("mnist", *ports) == [
        "docker",
        "run",
        "--rm",
        "--init",
        "--publish",
        f"127.0.0.1:{grpc}:{grpc}",
        "--publish",
        f"127.0.0.1:{rest}:{rest}",
        "--mount",
        f"type=bind,source={machine.folder}/mnist/export,target=/models/mnist,readonly",
        "--mount",
        f"type=bind,source={SETTINGS},target=/serving,readonly",
        "--entrypoint",
        "tensorflow_model_server",
        "tensorflow/serving",
        *ports,
        "--model_name=mnist",
        "--model_base_path=/models/mnist",
        "--monitoring_config_file=/serving/monitoring.config",
        "--enable_batching",
        "--batching_parameters_file=/serving/batching_parameters.txt",
    ]


def test_the_launcher_can_be_chosen(machine, ports):
    machine.install("tensorflow_model_server")
    machine.install("docker", ANSWERS)
    for launcher, program in {
        "auto": "tensorflow_model_server",
        "binary": "tensorflow_model_server",
        "docker": "docker",
    }.items():
        assert machine.command("mnist", *ports, f"--launcher={launcher}")[0] == program


@pytest.mark.parametrize("launcher", ["binary", "docker"])
def test_dry_run_prints_what_is_run_then(machine, ports, launcher):
    machine.install("tensorflow_model_server")
    machine.install("docker", ANSWERS)
    machine.export("my 'modèles', \"one\"")
    arguments = ["my 'modèles', \"one\"", *ports, f"--launcher={launcher}"]
    theirs = ["--", "--saved_model_tags=serve", "a 'b' $HOME *"]
    dry = machine.serve(*arguments, "--dry_run", *theirs)
    assert (dry.returncode, dry.stderr, dry.stdout.count("\n")) == (0, "", 1)
    done = machine.command(*arguments, *theirs)
    assert machine.run("bash", "-c", dry.stdout).stdout.splitlines() == done
    assert done[-2:] == theirs[1:]


def test_docker_gets_a_path_with_commas_as_one_field_of_csv(machine):
    machine.export('a,"b"')
    line = machine.serve('a,"b"', "--launcher=docker", "--dry_run").stdout
    machine.install("docker")
    mount = machine.run("bash", "-c", line).stdout.splitlines()[9]
    source = f'{machine.folder}/a,""b""/export'
    assert mount == f'type=bind,"source={source}",target=/models/mnist,readonly'


def test_dry_run_works_where_nothing_is_installed(machine):
    for launcher, program in {"binary": "tensorflow_model_server ", "docker": "docker "}.items():
        result = machine.serve("mnist", "--dry_run", f"--launcher={launcher}")
        assert (result.returncode, result.stderr) == (0, "")
        assert result.stdout.startswith(program)
        assert " --port=8500 --rest_api_port=8501 --model_name=mnist " in result.stdout
    result = machine.serve("mnist", "--dry_run")
    assert result.returncode == 0
    assert result.stdout.startswith("tensorflow_model_server ")
    assert result.stderr.startswith("scripts/serve: neither ")


def test_dry_run_looks_at_no_port(machine):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = f"--port={server.getsockname()[1]}"
        assert machine.serve("mnist", "--dry_run", "--launcher=binary", port).returncode == 0


@pytest.mark.parametrize(
    "arguments",
    [["mnist"], ["--model_dir=mnist"], ["--model_dir", "mnist"], ["./mnist/"], ["../work/mnist"]],
)
def test_the_folder_is_understood_in_every_spelling(machine, arguments):
    line = machine.serve("--dry_run", "--launcher=binary", *arguments).stdout
    path = pathlib.Path(line.split("--model_base_path=")[1].split()[0])
    assert path.is_absolute()
    assert path.resolve() == (machine.folder / "mnist" / "export").resolve()


def test_the_folder_is_mnist_model_if_none_is_given(machine):
    assert "there is no folder mnist_model; " in refusal(machine.serve())
    machine.export("mnist_model")
    line = machine.serve("--dry_run", "--launcher=binary").stdout
    assert f"--model_base_path={machine.folder}/mnist_model/export " in line


def test_non_ascii_paths_survive_a_locale_without_them(machine, ports):
    machine.install("tensorflow_model_server")
    machine.export("modèle")
    machine.environment["LC_ALL"] = "C"
    assert f"--model_base_path={machine.folder}/modèle/export" in machine.command("modèle", *ports)
    line = machine.serve("modèle", "--dry_run", *ports).stdout
    assert machine.run("bash", "-c", line).stdout.splitlines() == machine.command("modèle", *ports)


def test_batching_and_rest_can_be_off(machine, ports):
    machine.install("tensorflow_model_server")
    command = machine.command("mnist", ports[0], "--rest_api_port=0", "--enable_batching=false")
    assert not [word for word in command if word.startswith(("--enable_b", "--batching"))]
    assert "--rest_api_port=0" in command
    machine.install("docker", ANSWERS)
    command = machine.command("mnist", ports[0], "--rest_api_port=0", "--launcher=docker")
    assert command.count("--publish") == 1


def test_it_says_where_the_model_is_and_who_can_reach_it(machine, ports):
    machine.install("tensorflow_model_server")
    machine.install("docker", ANSWERS)
    grpc, rest = (flag.split("=")[1] for flag in ports)
    said = machine.serve("mnist", *ports).stderr.splitlines()
    assert said == [
        f"scripts/serve: gRPC at 127.0.0.1:{grpc}",
        f"scripts/serve: REST at http://127.0.0.1:{rest}/v1/models/mnist, "
        f"metrics at http://127.0.0.1:{rest}/monitoring/prometheus/metrics",
        "scripts/serve: other machines can reach it too, unless a firewall blocks them",
    ]
    assert machine.serve("mnist", *ports, "--launcher=docker").stderr.splitlines() == said[:2]


@pytest.mark.parametrize(
    ("program", "number"),
    [
        ("tensorflow_model_server", signal.SIGTERM),
        ("tensorflow_model_server", signal.SIGINT),
        ("docker", signal.SIGTERM),
    ],
)
def test_signals_reach_the_server(machine, ports, program, number):
    wait = 'trap "exit 7" TERM INT; echo "$$"; while :; do /bin/sleep 0.05; done'
    machine.install(program, f'if [ "$1" = version ]; then echo 28.2.2; exit; fi\n{wait}')
    with machine.start(SCRIPT, "mnist", *ports) as process:
        try:
            assert int(process.stdout.readline()) == process.pid
            os.kill(process.pid, number)
            process.wait(PATIENCE)
            assert process.returncode == 7
        finally:
            process.kill()


def test_the_server_ignores_no_signal_that_python_ignores(machine, ports):
    """Such as the one of a pipe that nobody reads, which ends a server as it ends others."""
    machine.install("tensorflow_model_server", "while read -r n v; do echo $n $v; done <$SELF")
    machine.environment["SELF"] = "/proc/self/status"
    said = dict(line.split(maxsplit=1) for line in machine.command("mnist", *ports) if " " in line)
    assert int(said["SigIgn:"], 16) & (1 << (signal.SIGPIPE - 1)) == 0


def test_no_environment_is_made_to_serve(machine):
    machine.environment["CNN_MNIST_VENV"] = str(machine.folder / "none")
    assert machine.serve("--help").returncode == 0
    assert "there is no folder mnist_model; " in refusal(machine.serve())
    assert not (machine.folder / "none").exists()


def test_the_status_is_the_servers(machine, ports):
    machine.install("tensorflow_model_server", "exit 3")
    assert machine.serve("mnist", *ports).returncode == 3


@pytest.mark.parametrize("docker", [None, IS_DEAD])
def test_two_lines_say_how_to_get_a_server(machine, ports, docker):
    if docker:
        machine.install("docker", docker)
    result = machine.serve("mnist", *ports)
    assert (result.returncode, result.stdout) == (2, "")
    lines = result.stderr.splitlines()
    assert len(lines) == 2
    assert "apt-get install tensorflow-model-server" in lines[0]
    assert "start Docker" in lines[1]


@pytest.mark.parametrize(
    ("launcher", "docker", "words"),
    [
        ("binary", ANSWERS, "tensorflow_model_server is not on PATH"),
        ("docker", None, "docker is not on PATH"),
        ("docker", IS_DEAD, "docker does not answer; is its daemon running"),
    ],
)
def test_a_launcher_that_is_not_there_is_one_line(machine, ports, launcher, docker, words):
    if docker:
        machine.install("docker", docker)
    assert words in refusal(machine.serve("mnist", *ports, f"--launcher={launcher}"))


def test_docker_that_hangs_is_not_waited_for(machine, ports, monkeypatch, capsys):
    machine.install("docker", HANGS)
    assert SECONDS_FOR_DOCKER == 5
    monkeypatch.setattr(f"{main.__module__}.SECONDS_FOR_DOCKER", 1)
    monkeypatch.setenv("PATH", machine.environment["PATH"])
    monkeypatch.chdir(machine.folder)
    status = main(["mnist", *ports, "--launcher=docker"])
    said = capsys.readouterr()
    result = subprocess.CompletedProcess("serve", status, said.out, said.err)
    assert "docker does not answer" in refusal(result)


@pytest.mark.parametrize("flag", ["--port", "--rest_api_port"])
def test_a_port_in_use_is_one_line(machine, ports, flag):
    machine.install("tensorflow_model_server")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        line = refusal(machine.serve("mnist", *ports, f"{flag}={port}"))
    assert f"port {port} is in use; choose another with {flag}=PORT" in line


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["no such"], "there is no folder no such; "),
        (["--model_dir=no such"], "cnn_mnist.main --model_dir=no\\ such trains a model there"),
        (["empty"], "empty holds no export; "),
        (["empty"], "cnn_mnist.main --model_dir=empty --mode=export writes one"),
        (["half"], "half holds no export; "),
        (["mnist/export"], "mnist/export holds the exports themselves; "),
        ([""], "MODEL_DIR is empty"),
        (["mnist", "empty"], "give one MODEL_DIR, not both mnist and empty"),
        (["--model_dir="], "--model_dir= has no value"),
        (["mnist", "--port"], "--port takes a value"),
        (["mnist", "--port", "--dry_run"], "--port takes a value"),
        (["mnist", "--port=http"], "--port takes a number from 1 to 65535, not 'http'"),
        (["mnist", "--port=0"], "--port takes a number from 1 to 65535, not '0'"),
        (["mnist", "--port=-1"], "not '-1'"),
        (["mnist", "--port=8500.0"], "not '8500.0'"),
        (["mnist", "--rest_api_port=65536"], "--rest_api_port takes a number from 0 to 65535"),
        (["mnist", "--rest_api_port=99999999999999999999"], "not '99999999999999999999'"),
        (["mnist", "--port=8501"], "--port and --rest_api_port are both 8501"),
        (["mnist", "--model_name=a/b"], "--model_name takes letters, digits, _, . and -"),
        (["mnist", "--model_name=chiffré"], "not 'chiffré'"),
        (["mnist", "--launcher=podman"], "--launcher takes auto, binary or docker, not 'podman'"),
        (["mnist", "--enable_batching=yes"], "--enable_batching takes true or false, not 'yes'"),
        (
            ["mnist", "--dry-run"],
            "unknown flag --dry-run; did you mean --dry_run? --help lists the flags",
        ),
        (["mnist", "--dry_run=1"], "unknown flag --dry_run=1"),
        (["mnist", "-p", "1"], "unknown flag -p"),
    ],
)
def test_a_mistake_is_one_line(machine, arguments, words):
    machine.install("tensorflow_model_server")
    (machine.folder / "empty").mkdir()
    (machine.folder / "half" / "export" / ".unfinished-1" / "1").mkdir(parents=True)
    (machine.folder / "half" / "export" / "1").mkdir()
    assert words in refusal(machine.serve(*arguments))


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_needs_no_folder(machine, flag):
    result = machine.serve("--port=1", flag)
    assert result.returncode == 0
    assert result.stdout.startswith("usage: scripts/serve [MODEL_DIR]")
    assert max(map(len, result.stdout.splitlines())) <= 100
    for name in ("port", "rest_api_port", "model_name", "launcher", "enable_batching", "dry_run"):
        assert f"\n  --{name}" in result.stdout
    assert f"up to {signatures.MOST_IMAGES} images" in result.stdout


CONFIG = """
model_config_list {{
  config {{
    name: 'mnist'  # the digits
    base_path: '{base}'
    model_platform: "tensorflow"
    model_version_policy {{ specific {{ versions: [1, 2] }} }}
    version_labels {{ key: 'stable' value: 1 }}
    version_labels {{ key: 'canary' value: 2 }}
  }}
  config {{ name: 'other', base_path: '{base}', model_platform: 'tensorflow' }}
}}
"""


@pytest.fixture
def configured(machine):
    """A machine with two versions, and a models.config of two models."""
    for version in ("1", "2"):
        machine.export("two", version)
    (machine.folder / "settings, of mine").mkdir()
    text = CONFIG.format(base=machine.folder / "two" / "export")
    (machine.folder / "settings, of mine" / "models.config").write_text(text)
    return machine


FILE = "--model_config_file=settings, of mine/models.config"


def test_several_models_are_served_from_a_file(configured, ports):
    configured.install("tensorflow_model_server")
    result = configured.serve(FILE, *ports, "--model_config_file_poll_wait_seconds=5")
    assert result.stdout.splitlines()[:6] == [
        "tensorflow_model_server",
        *ports,
        f"--model_config_file={configured.folder}/settings, of mine/models.config",
        "--allow_version_labels_for_unavailable_models=true",
        "--model_config_file_poll_wait_seconds=5",
    ]
    rest = f"http://127.0.0.1:{ports[1].split('=')[1]}"
    assert f"REST at {rest}/v1/models/mnist, {rest}/v1/models/other, metrics" in result.stderr
    assert "mnist has the labels stable (1), canary (2)" in result.stderr


def test_docker_gets_each_folder_of_versions_under_its_own_path(configured):
    line = configured.serve(FILE, "--launcher=docker", "--dry_run").stdout
    configured.install("docker")
    words = configured.run("bash", "-c", line).stdout.splitlines()
    base = f"{configured.folder}/two/export"
    assert [word for word in words if word.startswith("type=bind")] == [
        f"type=bind,source={base},target={base},readonly",
        f'type=bind,"source={configured.folder}/settings, of mine",target=/model_config,readonly',
        f"type=bind,source={SETTINGS},target=/serving,readonly",
    ]
    assert "--model_config_file=/model_config/models.config" in words


def test_each_fault_of_the_file_is_a_line(configured):
    path = configured.folder / "settings, of mine" / "models.config"
    text = (
        path.read_text().replace("value: 2", "value: 3").replace("name: 'other'", "name: 'mnist'")
    )
    path.write_text(text)
    result = configured.serve(FILE, "--dry_run")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [
        f"scripts/serve: {path}:3: model 'mnist': label 'canary' is for version 3, which is not "
        "served by the policy 'specific'; served: 2, 1",
        f"scripts/serve: {path}:11: model 'mnist' is named twice",
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["mnist", FILE], "MODEL_DIR and --model_config_file both say what is served"),
        ([FILE, "--model_name=a"], "--model_name and --model_config_file both say what is served"),
        (["mnist", "--model_config_file_poll_wait_seconds=5"], "is for --model_config_file, which"),
        (
            [FILE, "--model_config_file_poll_wait_seconds=x"],
            "--model_config_file_poll_wait_seconds takes a number from 0 to 86400, not 'x'",
        ),
        (["--model_config_file=none"], "none cannot be read: No such file or directory"),
        (["--model_config_file=."], "cannot be read: Is a directory"),
    ],
)
def test_a_mistake_with_a_file_of_models_is_one_line(configured, arguments, words):
    assert words in refusal(configured.serve(*arguments))


def test_example_requests_are_written_with_the_commands_that_send_them(machine):
    result = machine.serve("--write_requests=my requests", "--rest_api_port=8601")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        f"curl -d @my\\ requests/{name}.json http://localhost:8601/v1/models/mnist:predict"
        for name in ("float_image", "image", "image_bytes")
    ]
    written = {path.name: path.read_bytes() for path in (machine.folder / "my requests").iterdir()}
    assert written == {path.name: path.read_bytes() for path in REQUESTS.iterdir()}


def test_a_folder_for_requests_that_cannot_be_made_is_one_line(machine):
    (machine.folder / "file").touch()
    assert "File exists: 'file'" in refusal(machine.serve("--write_requests=file"))


KINDS = descriptor_pb2.FieldDescriptorProto
NUMBER = ".google.protobuf.Int64Value"


def settings(file, **messages):
    """Returns a settings file, read as the first of these messages.

    tensorflow-serving-api brings no such message, so that their fields are named here, with the
    numbers and types that TensorFlow Serving gives them.
    """
    made = descriptor_pb2.FileDescriptorProto(
        name=file, syntax="proto3", dependency=[wrappers.DESCRIPTOR.name]
    )
    for name, fields in messages.items():
        message = made.message_type.add(name=name)
        for field, (number, kind) in fields.items():
            added = message.field.add(name=field, number=number, label=KINDS.LABEL_OPTIONAL)
            if isinstance(kind, str):
                added.type, added.type_name = KINDS.TYPE_MESSAGE, kind
            else:
                added.type = kind
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(wrappers.DESCRIPTOR.serialized_pb)
    pool.AddSerializedFile(made.SerializeToString())
    kind = message_factory.GetMessageClass(pool.FindMessageTypeByName(next(iter(messages))))
    return text_format.Parse((SETTINGS / file).read_text("utf-8"), kind())


def test_merged_requests_are_as_long_as_the_longest_that_the_export_takes():
    parameters = settings(
        "batching_parameters.txt",
        BatchingParameters={
            "max_batch_size": (1, NUMBER),
            "batch_timeout_micros": (2, NUMBER),
            "max_enqueued_batches": (3, NUMBER),
        },
    )
    assert parameters.max_batch_size.value == signatures.MOST_IMAGES
    assert parameters.HasField("batch_timeout_micros")
    assert parameters.batch_timeout_micros.value == 0
    assert parameters.max_enqueued_batches.value == 100


def test_measures_are_where_the_script_says():
    monitoring = settings(
        "monitoring.config",
        MonitoringConfig={"prometheus_config": (1, ".PrometheusConfig")},
        PrometheusConfig={"enable": (1, KINDS.TYPE_BOOL), "path": (2, KINDS.TYPE_STRING)},
    )
    assert monitoring.prometheus_config.enable
    assert monitoring.prometheus_config.path == METRICS_PATH
