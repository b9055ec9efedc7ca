"""`tf.contrib.summary` and the projector write what TensorBoard reads."""

from __future__ import annotations

import glob

from google.protobuf import text_format
from tf1_in_process import old_names, version_1

from cnn_mnist.tf_compat import tf

contrib = old_names().contrib


def events_in(folder):
    (path,) = glob.glob(f"{folder}/events.*")
    return [event for event in tf.train.summary_iterator(path) if event.summary.value]


def test_summaries_of_a_graph_are_written_every_few_steps(tmp_path):
    with version_1(), tf.Graph().as_default(), tf.Session() as session:
        step = tf.train.create_global_step()
        writer = contrib.summary.create_file_writer(str(tmp_path), flush_millis=1)
        with writer.as_default(), contrib.summary.record_summaries_every_n_global_steps(2):
            contrib.summary.scalar("number", tf.cast(step, tf.float32) * 10)
        with writer.as_default(), contrib.summary.never_record_summaries():
            contrib.summary.scalar("never", 1.0)
        session.run([tf.global_variables_initializer()])
        with writer.as_default():
            contrib.summary.initialize(graph=tf.get_default_graph(), session=session)
        for _ in range(4):
            session.run(contrib.summary.all_summary_ops())
            session.run(step.assign_add(1))
        session.run(contrib.summary.flush(writer))
    found = [(e.step, e.summary.value[0].tag) for e in events_in(tmp_path)]
    assert found == [(0, "number"), (2, "number")]
    assert [e.summary.value[0].simple_value for e in events_in(tmp_path)] == [0, 20]


def test_the_projector_gets_its_configuration(tmp_path):
    projector = contrib.tensorboard.plugins.projector
    config = projector.ProjectorConfig()
    embedding = config.embeddings.add(tensor_name="kept:0", metadata_path="labels.tsv")
    embedding.sprite.single_image_dim.extend([28, 28])
    with tf.Graph().as_default():
        writer = tf.summary.FileWriter(str(tmp_path))
        projector.visualize_embeddings(writer, config)
        writer.close()
    text = (tmp_path / "projector_config.pbtxt").read_text()
    assert text_format.Parse(text, projector.ProjectorConfig()) == config
