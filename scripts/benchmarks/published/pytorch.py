"""PyTorch's published example, `mnist/main.py` of its examples, up to 99.0 % of the test images.

On a processor the original takes the images in the order of the data set, and so does this.
Its loader converts and scales each image anew every time; here that is done once.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from benchmarks.published import example

BATCH = 64
TEST_BATCH = 1000
EPOCHS = 14
LEARNING_RATE = 1.0
GAMMA = 0.7
MEAN, DEVIATION = 0.1307, 0.3081


class Network(nn.Module):
    """Two convolutions, one pooling, two dropouts; gives logarithms of probabilities."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2)
        )
        self.classifier = nn.Sequential(
            nn.Dropout(0.25),
            nn.Flatten(),
            nn.Linear(12 * 12 * 64, 128),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(128, 10),
        )

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Returns `[batch, 10]` for images `[batch, 1, 28, 28]`."""
        return functional.log_softmax(self.classifier(self.features(images)), dim=1)


def main() -> None:
    """Trains until the target or the published end, and prints the result."""
    options = example.parse(__doc__)
    torch.manual_seed(options.seed)
    train_images, train_labels, test_images, test_labels = example.load(options.data)
    images, labels = as_tensors(train_images, train_labels)
    images_of_test, labels_of_test = as_tensors(test_images, test_labels)
    if options.steps:
        images, labels = images[: options.steps * BATCH], labels[: options.steps * BATCH]
    model = Network()
    optimizer = torch.optim.Adadelta(model.parameters(), lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=GAMMA)
    accuracy, epochs = 0.0, 0
    while accuracy < example.TARGET and epochs < (1 if options.steps else EPOCHS):
        train_epoch(model, optimizer, images, labels)
        accuracy = test(model, images_of_test, labels_of_test)
        schedule.step()
        epochs += 1
    example.print_result(accuracy, epochs)


def as_tensors(images: np.ndarray, labels: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns images standardized, `[count, 1, 28, 28]`, and labels."""
    pixels = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255
    return (pixels - MEAN) / DEVIATION, torch.from_numpy(labels).long()


def train_epoch(
    model: nn.Module, optimizer: torch.optim.Optimizer, images: torch.Tensor, labels: torch.Tensor
) -> None:
    """Takes every image once, in order."""
    model.train()
    for batch, truth in zip(images.split(BATCH), labels.split(BATCH), strict=True):
        optimizer.zero_grad()
        loss = functional.nll_loss(model(batch), truth)
        loss.backward()
        optimizer.step()


@torch.no_grad()
def test(model: nn.Module, images: torch.Tensor, labels: torch.Tensor) -> float:
    """Returns the accuracy."""
    model.eval()
    answers = torch.cat([model(batch).argmax(1) for batch in images.split(TEST_BATCH)])
    return (answers == labels).double().mean().item()


if __name__ == "__main__":
    main()
