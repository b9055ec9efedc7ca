"""Trains on the executors of a Spark cluster, by TensorFlowOnSpark.

spark-submit --master MASTER --conf spark.executor.instances=3 --conf spark.executor.cores=1 \\
    docs/cluster_on_spark.py --model_dir=/shared/mnist
"""

from __future__ import annotations

import sys

from pyspark.sql import SparkSession
from tensorflowonspark import TFCluster

PARAMETER_SERVERS = 1


def task(arguments: list[str], context: object) -> None:
    """Is one task of the cluster; TensorFlowOnSpark has set TF_CONFIG."""
    from cnn_mnist import main

    status = main.main(arguments)
    if status:
        raise RuntimeError(f"{context} ended with status {status}, see the executor's log")


def run(arguments: list[str]) -> None:
    """Starts a chief, the parameter servers, and a worker on each further executor."""
    builder = SparkSession.builder.appName("cnn_mnist")
    # TensorFlowOnSpark uses tf.keras before this package is imported.
    spark = builder.config("spark.executorEnv.TF_USE_LEGACY_KERAS", "1").getOrCreate()
    executors = int(spark.conf.get("spark.executor.instances", "3"))
    cluster = TFCluster.run(
        spark.sparkContext,
        task,
        arguments,
        executors,
        PARAMETER_SERVERS,
        input_mode=TFCluster.InputMode.TENSORFLOW,
        master_node="chief",
    )
    cluster.shutdown()
    spark.stop()


if __name__ == "__main__":
    run(sys.argv[1:])
