"""A models.config is checked as TensorFlow Serving would read it, a line for each fault."""

from __future__ import annotations

import pytest
from google.protobuf import text_format as protobuf

from cnn_mnist.errors import SettingsError
from cnn_mnist.serving import model_configs, text_format

TEXT = """
# A comment { with marks
model_config_list: {
  config {
    name: "mni" 'st'
    base_path: '/tmp/\\x6dnist/\\303\\251\\n"';
    model_platform: 'tensorflow',
    model_version_policy < specific { versions: [1, 2], versions: 44 } >
    version_labels: [{ key: "stable" value: 1 }, { key: 'canary', value: 44 }]
    logging_config { sampling_config { sampling_rate: 0.1 } }
  }
  config { name: 'all' base_path: '/b' model_platform: 'other' model_version_policy { all {} } }
  config { name: 'two' base_path: '/c' model_version_policy { latest { num_versions: 2 } } }
}
"""


@pytest.fixture
def base(tmp_path):
    for version in ("1", "2", "44"):
        (tmp_path / "versions" / version).mkdir(parents=True)
        (tmp_path / "versions" / version / "saved_model.pb").touch()
    return tmp_path / "versions"


def read(tmp_path, text):
    path = tmp_path / "models.config"
    path.write_text(text, "utf-8")
    return str(path), model_configs.read(str(path))


def config(base, more="", name="mnist", platform="tensorflow"):
    return (
        f"model_config_list {{ config {{ name: '{name}' base_path: '{base}' "
        f"model_platform: '{platform}' {more} }} }}"
    )


def faults(tmp_path, text):
    path, models = read(tmp_path, text)
    found = list(model_configs.faults(path, models))
    assert all(fault.startswith(path) for fault in found)
    return [fault.removeprefix(path) for fault in found]


def test_a_file_is_read_as_protobuf_reads_it(tmp_path):
    pb2 = pytest.importorskip("tensorflow_serving.config.model_server_config_pb2")
    expected = protobuf.Parse(TEXT, pb2.ModelServerConfig()).model_config_list.config
    _, found = read(tmp_path, TEXT)
    assert [model.name for model in found] == [each.name for each in expected]
    assert [model.base_path for model in found] == [each.base_path for each in expected]
    assert [model.platform for model in found] == [each.model_platform for each in expected]
    for model, each in zip(found, expected, strict=True):
        policy = each.model_version_policy
        assert model.policy == policy.WhichOneof("policy_choice")
        assert list(model.versions) == list(policy.specific.versions)
        assert dict(model.labels) == dict(each.version_labels)
    assert [model.count for model in found] == [1, 1, 2]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("model_config_list {", 1, "'}' is missing at the end"),
        ("\n\nmodel_config_list }", 3, "':' is missing after 'model_config_list'"),
        ("model_config_list: 'x'", 1, "'model_config_list' is not followed by { … }"),
        ("model_config_list { config { name 'x' } }", 1, "':' is missing after 'name'"),
        ("model_config_list { config { name: } }", 1, "'name' has no value"),
        ("model_config_list { config { name: [ 'a' } }", 1, "']' is missing after the values of"),
        ("model_config_list { config { name: 7 } }", 1, "value of 'name' is not in quotes"),
        ("model_config_list {\n config { name: 'a\n' } }", 2, '"\'a" is not expected'),
        ("7: 8", 1, "'7' stands where the name of a field belongs"),
        ("model_config_lst {}", 1, "did you mean model_config_list? allowed: model_config_list"),
        ("custom_model_config {}", 1, "unknown field 'custom_model_config'; "),
        (
            "model_config_list {\n\nconfig { basepath: '' } }",
            3,
            "of config; did you mean base_path",
        ),
        (config("/", "version_labels { key: 'a' value: 'b' }"), 1, "'value' is not a whole number"),
        (config("/", "model_version_policy { all { x: 1 } }"), 1, "'x' of all; allowed: none"),
        ("model_config_list" + " { config" * 30, 1, "nested too deeply"),
    ],
)
def test_a_text_that_the_server_could_not_read_is_named_by_its_line(tmp_path, text, line, words):
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, text)
    assert str(caught.value).startswith(f"{tmp_path}/models.config:{line}: ")
    assert words in str(caught.value)


def test_a_right_file_has_no_fault(tmp_path, base):
    labels = "version_labels { key: 'stable' value: 1 } version_labels { key: 'canary' value: 44 }"
    specific = "model_version_policy { specific { versions: 1 versions: 44 } }"
    assert faults(tmp_path, config(base, specific + labels)) == []
    assert faults(tmp_path, config(base, "model_version_policy { all {} }" + labels)) == []
    assert faults(tmp_path, config("gs://bucket/model", specific + labels)) == []


TWICE = "version_labels { key: 'a' value: 44 } "
SPECIFIC = "model_version_policy { specific { VERSIONS } }"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (
            SPECIFIC.replace("VERSIONS", "versions: 3"),
            "there is no version 3 in {base}; there are 44, 2, 1",
        ),
        (SPECIFIC.replace("VERSIONS", "versions: [1, 1]"), "version 1 is named twice"),
        (SPECIFIC.replace("VERSIONS", ""), "specific names no versions"),
        (
            "version_labels { key: 'a' value: 2 }",
            "label 'a' is for version 2, which is not served by the policy 'latest'; served: 44",
        ),
        ("version_labels { key: 'a b' value: 44 }", "label 'a b' is empty or has spaces"),
        ("version_labels { value: 44 }", "label '' is empty or has spaces"),
        (TWICE + TWICE, "label 'a' is given twice"),
    ],
)
def test_a_fault_of_versions_or_labels_is_a_line(tmp_path, base, more, words):
    [fault] = faults(tmp_path, config(base, more))
    assert fault.startswith(f":1: model 'mnist': {words.replace('{base}', str(base))}")


def test_a_fault_of_a_folder_is_a_line(tmp_path, base):
    def fault(path):
        [found] = faults(tmp_path, config(path))
        return found.removeprefix(":1: model 'mnist': ")

    (tmp_path / "empty").mkdir()
    (tmp_path / "model").mkdir()
    base.rename(tmp_path / "model" / "export")
    assert fault("relative").startswith("base_path is 'relative'; allowed: an absolute path; here")
    assert fault("") == "base_path is ''; allowed: an absolute path"
    assert fault(tmp_path / "none") == f"base_path {tmp_path}/none is not a folder"
    assert fault(tmp_path / "empty") == (
        f"base_path {tmp_path}/empty holds no versions, which are folders whose name is a number"
    )
    assert fault(tmp_path / "model").endswith(f"; {tmp_path}/model/export does")
    (tmp_path / "model" / "export" / "50").mkdir()
    assert fault(tmp_path / "model" / "export").startswith("version 50 in ")


def test_a_fault_of_a_name_or_the_platform_is_a_line(tmp_path, base):
    assert "name is missing or has" in faults(tmp_path, config(base, name="a/b"))[0]
    assert faults(tmp_path, config(base, platform="")) == [
        ":1: model 'mnist': model_platform is ''; allowed: 'tensorflow'"
    ]
    assert "names no model" in faults(tmp_path, "")[0]


@pytest.mark.parametrize("size", [21, 5_000])
def test_no_text_takes_long_or_ends_otherwise(size):
    for part in ("{", "a", "a:", "a{", "'", "\\", "#", "[", "a:'\\x4", "a:[1,"):
        try:
            text_format.parse(part * size)
        except ValueError:
            continue
