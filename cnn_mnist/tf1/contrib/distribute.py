"""`tf.contrib.distribute`: the strategies with their old arguments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnn_mnist.tf1 import supplied
from cnn_mnist.tf_compat import tf


class MirroredStrategy(tf.distribute.MirroredStrategy):
    """Copies of a model on several devices.

    Args:
      devices: their names.
      num_gpus: instead of names, how many GPUs; by default all.
      num_gpus_per_worker: the same.
      cross_device_ops: how gradients are added.
      auto_shard_dataset: unused; this machine is the only worker.
      cross_tower_ops: the name of `cross_device_ops` before TensorFlow 1.12.
    """

    def __init__(
        self,
        devices: Sequence[str] | None = None,
        num_gpus: int | None = None,
        num_gpus_per_worker: int | None = None,
        cross_device_ops: Any = None,
        auto_shard_dataset: bool = False,
        cross_tower_ops: Any = None,
    ) -> None:
        del auto_shard_dataset
        wanted = num_gpus if num_gpus is not None else num_gpus_per_worker
        if devices is None and wanted is not None:
            devices = _gpus_or_cpu(wanted)
        super().__init__(devices, cross_device_ops or cross_tower_ops)


class OneDeviceStrategy(tf.distribute.OneDeviceStrategy):
    """A model on one device; without a GPU on the CPU.

    Args:
      device: its name.
      num_gpus_per_worker: unused.
    """

    def __init__(self, device: str, num_gpus_per_worker: int = 0) -> None:
        del num_gpus_per_worker
        is_gpu = "gpu" in device.lower()
        super().__init__(_gpus_or_cpu(1)[0] if is_gpu and not _gpus() else device)


def _gpus() -> int:
    return len(tf.config.list_physical_devices("GPU"))


def _gpus_or_cpu(count: int) -> list[str]:
    """Returns the names of GPUs; of the CPU if there are not as many, and says that."""
    if count and _gpus() >= count:
        return [f"/device:GPU:{number}" for number in range(count)]
    if count:
        supplied.say_once(
            f"this machine has {_gpus()} of {count} GPUs: one copy of the model is on its CPU, "
            f"so that a step has one batch instead of {count}"
        )
    return ["/device:CPU:0"]
