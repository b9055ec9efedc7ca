"""A program for each task of a cluster: fits y = wx by one example in each worker.

Arguments: `train` or `train_and_evaluate`; the name of a strategy in `tf.distribute.experimental`;
the model folder; `stop` if the last worker stops early. Prints what RunConfig says about the task,
and w and the step at the end of training.
"""

import json
import os
import pathlib
import sys
import time

from cnn_mnist.tf_compat import early_stopping, estimator, tf

EXAMPLES = {"chief": ([1.0], [1.0]), "worker": ([3.0], [2.0]), "evaluator": ([1.0], [1.0])}
STEPS = 3


def main(verb, strategy, model_dir, stop=""):
    tf_config = json.loads(os.environ["TF_CONFIG"])
    task = tf_config["task"]["type"]
    # The evaluator cannot construct MultiWorkerMirroredStrategy, nor does it need one.
    has_strategy = task != "evaluator" or strategy == "ParameterServerStrategy"
    config = estimator.RunConfig(
        model_dir,
        train_distribute=getattr(tf.distribute.experimental, strategy)() if has_strategy else None,
        experimental_max_worker_delay_secs=0,
    )
    line = estimator.Estimator(model_fn, config=config)
    hooks = [Weight()]
    if stop:
        hooks.append(
            early_stopping.make_early_stopping_hook(
                line, lambda: task == "worker", run_every_steps=1
            )
        )
    if verb == "train":
        line.train(lambda: input_fn(task), hooks, max_steps=STEPS)
    else:
        estimator.train_and_evaluate(
            line,
            estimator.TrainSpec(lambda: input_fn(task), STEPS, hooks),
            estimator.EvalSpec(lambda: input_fn(task), 1, start_delay_secs=0, throttle_secs=1),
        )
    end_together(pathlib.Path(model_dir), **tf_config)


def end_together(folder, cluster, task):
    """Waits for the others: a worker whose chief is gone may wait for it at its own end."""
    (folder / f"ended {task['type']} {task['index']}").touch()
    others = sum(len(addresses) for job, addresses in cluster.items() if job != "ps")
    while len([*folder.glob("ended *")]) < others:
        time.sleep(0.1)


def input_fn(task):
    return tf.data.Dataset.from_tensors(EXAMPLES[task]).repeat()


def model_fn(features, labels, mode, config):
    print(
        json.dumps(
            {
                "task": [config.task_type, config.task_id, config.global_id_in_cluster],
                "is_chief": config.is_chief,
                "replicas": [config.num_worker_replicas, config.num_ps_replicas],
            }
        ),
        flush=True,
    )
    w = tf.get_variable("w", [], initializer=tf.zeros_initializer())
    loss = tf.reduce_mean(tf.square(w * features - labels))
    step = tf.train.get_or_create_global_step()
    train_op = tf.train.GradientDescentOptimizer(0.05).minimize(loss, step)
    return estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)


class Weight(tf.train.SessionRunHook):
    """Prints w and the step at the end."""

    def begin(self):
        (self._w,) = [v for v in tf.global_variables() if v.op.name == "w"]
        self._step = tf.train.get_global_step()

    def end(self, session):
        w, step = session.run([self._w, self._step])
        print(json.dumps({"w": float(w), "step": int(step)}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
