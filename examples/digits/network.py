# ===- network.py - The digits example network ----------------------------===#
#
# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""The network as a list of layers, and the PyTorch module built from it.

export.py writes the IR from the same list, so that the two cannot drift apart.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F

SIZE = 28  # of an image, in both dimensions
CLASSES = 10
BATCH_NORM_EPSILON = 1e-3


@dataclass(frozen=True)
class Layer:
    """A convolution with batch norm, or an add of an earlier layer's output."""

    name: str
    kind: str  # "conv", "depthwise" or "add"
    channels: int  # output channels
    kernel: int = 1
    stride: int = 1
    relu6: bool = True
    other: str = ""  # for "add": the layer whose output is added


LAYERS = [
    Layer("conv1", "conv", 16, kernel=3, stride=2),
    Layer("depthwise2", "depthwise", 16, kernel=3),
    Layer("pointwise2", "conv", 32),
    Layer("depthwise3", "depthwise", 32, kernel=3, stride=2),
    Layer("pointwise3", "conv", 64, relu6=False),
    Layer("expand4", "conv", 128),
    Layer("depthwise4", "depthwise", 128, kernel=3),
    Layer("project4", "conv", 64, relu6=False),
    Layer("add4", "add", 64, other="pointwise3"),
    Layer("depthwise5", "depthwise", 64, kernel=3, stride=2),
    Layer("pointwise5", "conv", 128),
]


def same_padding(size, layer):
    """The (before, after) padding that makes an output of ceil(size / stride)."""
    out = -(-size // layer.stride)
    total = max((out - 1) * layer.stride + layer.kernel - size, 0)
    return total // 2, total - total // 2


class Digits(torch.nn.Module):
    """Takes N x 1 x 28 x 28 images in [0, 1] and gives N x 10 logits."""

    def __init__(self):
        super().__init__()
        self.convs = torch.nn.ModuleDict()
        self.norms = torch.nn.ModuleDict()
        channels = 1
        for layer in LAYERS:
            if layer.kind == "add":
                continue
            self.convs[layer.name] = torch.nn.Conv2d(
                channels,
                layer.channels,
                layer.kernel,
                layer.stride,
                groups=channels if layer.kind == "depthwise" else 1,
                bias=False,
            )
            self.norms[layer.name] = torch.nn.BatchNorm2d(
                layer.channels, eps=BATCH_NORM_EPSILON
            )
            channels = layer.channels
        self.classifier = torch.nn.Linear(channels, CLASSES)

    def forward(self, x):
        outputs = {}
        for layer in LAYERS:
            if layer.kind == "add":
                x = x + outputs[layer.other]
            else:
                # The images are square, so one pair serves both dimensions.
                before, after = same_padding(x.shape[2], layer)
                x = F.pad(x, (before, after, before, after))
                x = self.norms[layer.name](self.convs[layer.name](x))
                if layer.relu6:
                    x = F.relu6(x)
            outputs[layer.name] = x
        return self.classifier(x.mean(dim=(2, 3)))
