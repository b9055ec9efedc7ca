"""The tutorial's network in PyTorch, on tensors in memory.

Eager or compiled, layout and precision are rows of the benchmark. Tried besides: Adam
plain, foreach and fused (fused is the fastest); images kept as uint8 and as floats (the same); the
network, the loss or the whole step compiled, and mode max-autotune (the same).
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from benchmarks.peers import measurement

EVALUATION_BATCH = 1000


def main() -> None:
    """Trains, measures test accuracy, and prints the figures."""
    parser = measurement.parser(__doc__)
    parser.add_argument("--channels_last", action="store_true")
    parser.add_argument("--compile", action="store_true")
    options = parser.parse_args()
    task = measurement.task_of(options)
    data = measurement.load(task.data)
    torch.manual_seed(task.seed)
    layout = torch.channels_last if options.channels_last else torch.contiguous_format
    model = network(task.dropout_rate).to(memory_format=layout)
    images = as_images(data.train_images, layout)
    labels = torch.from_numpy(data.train_labels).long()
    clock = train(model, images, labels, task, options.compile)
    accuracy = evaluate(model, as_images(data.test_images, layout), data.test_labels)
    measurement.print_result(clock, accuracy)


def network(dropout_rate: float) -> nn.Module:
    """Returns the network; images are `[batch, 1, 28, 28]`."""
    return nn.Sequential(
        nn.Conv2d(1, 32, 5, padding="same"),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 5, padding="same"),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(7 * 7 * 64, 1024),
        nn.ReLU(),
        nn.Dropout(dropout_rate),
        nn.Linear(1024, 10),
    )


def as_images(pixels, layout: torch.memory_format) -> torch.Tensor:
    """Returns uint8 pixels `[count, 28, 28, 1]` as float32 `[count, 1, 28, 28]`, 0 to 1."""
    images = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255
    return images.contiguous(memory_format=layout)


def train(
    model: nn.Module,
    images: torch.Tensor,
    labels: torch.Tensor,
    task: measurement.Task,
    compiled: bool,
) -> measurement.Clock:
    """Trains `model` in place and returns the clock."""
    optimizer = torch.optim.Adam(model.parameters(), lr=task.learning_rate, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, task.rate_factor)
    forward = torch.compile(model) if compiled else model
    clock = measurement.Clock(task.batch_size)
    order = torch.randperm(len(images))
    position = 0
    for step in range(task.steps):
        if position + task.batch_size > len(order):
            order, position = torch.randperm(len(images)), 0
        batch = order[position : position + task.batch_size]
        position += task.batch_size
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=task.is_bfloat16):
            loss = functional.cross_entropy(forward(images[batch]), labels[batch])
        loss.backward()
        optimizer.step()
        schedule.step()
        if step == 0:
            clock.first_step_done()
        if step + 1 in (measurement.STEPS_LEFT_OUT, task.steps):
            clock.mark(step + 1)
    return clock


@torch.inference_mode()
def evaluate(model: nn.Module, images: torch.Tensor, labels) -> float:
    """Returns the accuracy, computed in float32."""
    model.eval()
    answers = [model(batch).argmax(1) for batch in images.split(EVALUATION_BATCH)]
    return (torch.cat(answers) == torch.from_numpy(labels)).float().mean().item()


if __name__ == "__main__":
    main()
