"""What whole runs of each recipe reached on the test images, and where: measured, not promised."""

from __future__ import annotations

import dataclasses
import statistics

ZEN_4 = "AMD EPYC (Zen 4), two cores, bfloat16"
ZEN_3 = "AMD EPYC (Zen 3), two cores, float32"


@dataclasses.dataclass(frozen=True)
class PresetResult:
    """The measured runs of one recipe, with TensorFlow 2.21.0 and variant `layers`.

    Attributes:
      accuracies: percent of the 10,000 test images that are right, for the seeds 1, 2, 3, ...
      time: the shortest wall time of the whole command, or an estimate where it says about.
      machine: the processor, and the number format of training.
    """

    accuracies: tuple[float, ...]
    time: str
    machine: str = ZEN_4

    @property
    def shown(self) -> str:
        """Mean and sample standard deviation in percent, such as `99.21 (0.06)`."""
        mean = f"{statistics.fmean(self.accuracies):.2f}"
        if len(self.accuracies) == 1:
            return mean
        return f"{mean} ({statistics.stdev(self.accuracies):.2f})"

    @property
    def seeds(self) -> str:
        """The number of seeds in words, such as `5 seeds`."""
        count = len(self.accuracies)
        return "1 seed" if count == 1 else f"{count} seeds"


RESULTS: dict[str, PresetResult] = {
    "modern": PresetResult((99.29, 99.17, 99.22, 99.23, 99.13), "32 s"),
    "layers_tutorial": PresetResult((97.82, 97.88, 97.96), "about 12 min"),
    "low_level": PresetResult((99.09, 99.05, 99.10), "about 16 min"),
    "fashion": PresetResult((91.46, 92.30, 91.61), "91 s"),
    "browser": PresetResult((96.23, 96.38, 96.08), "13 s"),
    "dense": PresetResult((97.73, 97.73, 97.87), "37 s"),
    "fastest": PresetResult((99.10, 99.17, 99.08, 99.20, 99.11), "17 s", ZEN_3),
    "accurate": PresetResult((99.63, 99.64, 99.68), "13 min"),
    "drawn": PresetResult((99.42,), "about 7 min", ZEN_3),
}
"""By preset; docs/recipes.md has the same figures."""
