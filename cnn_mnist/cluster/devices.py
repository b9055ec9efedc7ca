"""The devices of this machine that one process trains on, with `--distribution=mirrored`."""

from __future__ import annotations

from cnn_mnist.errors import SettingsError, given

MIRRORED = "mirrored"
"""The value of `Config.distribution` by which one process trains on several devices."""


def count(distribution: str, devices: int) -> int:
    """Returns how many devices a process trains on.

    Args:
      distribution: one of `config.choices.DISTRIBUTIONS`.
      devices: how many the run asks for. 0: all GPUs, and without one a single device, the
        processor.
    """
    if distribution != MIRRORED:
        return 1
    return devices or gpus() or 1


def check(distribution: str, devices: int) -> None:
    """Checks that this machine has the devices that a run asks for.

    Without a GPU it has as many as asked for: TensorFlow divides the processor into logical
    devices then, which share its cores.

    Raises:
      SettingsError: it does not have them, or `distribution` does not use them.
    """
    if devices and distribution != MIRRORED:
        raise SettingsError(
            f"{given(devices=devices)} needs {given(distribution=MIRRORED)}, which trains on "
            f"several devices of this machine; {given(distribution=distribution)} does not"
        )
    present = gpus()
    if present and devices > present:
        raise SettingsError(
            f"{given(devices=devices)} is more than this machine has GPUs; "
            f"allowed: 1 to {present}, or 0 for all"
        )


def names(number: int) -> tuple[str, ...]:
    """Returns the names of the first devices of this machine, such as `/device:GPU:0`."""
    kind = "GPU" if gpus() else "CPU"
    return tuple(f"/device:{kind}:{index}" for index in range(number))


def description(number: int) -> str:
    """Returns in one line which devices train; the first `number` of this machine do."""
    present = gpus()
    if number == 1:
        of = (
            "the GPU"
            if present
            else "the processor, for there is no GPU; devices=2 would divide it"
        )
        return f"Training on one device, {of}"
    listed = ", ".join(name.removeprefix("/device:") for name in names(number))
    shared = "" if present else ", which share the processor"
    return f"Training on {number} devices{shared}: {listed}; each takes a batch in each step"


def gpus() -> int:
    """Returns the number of GPUs that TensorFlow finds on this machine."""
    # Here, since `data` asks for the number of devices, and its import loads no TensorFlow.
    from cnn_mnist.tf_compat import tf

    return len(tf.config.list_physical_devices("GPU"))
