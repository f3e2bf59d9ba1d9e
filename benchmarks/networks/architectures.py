# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The shapes of well-known networks, with weights from a seeded generator.

How long a network takes does not depend on what it has learnt, so no trained
weights are needed. They are drawn as He et al. propose ("Delving Deep into
Rectifiers", 2015) and then scaled and shifted per channel on a sample, as a
folded batch normalization would: every layer sees values of a sane range.
"""

import zlib

import numpy

import layers
from layers import Layer, Network


class Builder:
    """Appends layers; each method returns the name of its result."""

    def __init__(self, name, input_shape):
        # The name is the seed, so the same network is the same file.
        self.random = numpy.random.default_rng(zlib.crc32(name.encode()))
        self.network = Network(name, input_shape, [])
        self.values = {Network.INPUT: sample(input_shape, 0)}

    def _append(self, kind, inputs, **fields):
        layer = Layer(f"{kind}_{len(self.network.layers)}", kind, inputs, **fields)
        result = layers.compute_linear(layer, [self.values[i] for i in inputs])
        if layer.weights is not None:
            self._normalize(layer, result)
            result = layers.compute_linear(layer, [self.values[i] for i in inputs])
        self.values[layer.name] = layers.finish(layer, result).astype(numpy.float32)
        self.network.layers.append(layer)
        return layer.name

    def _normalize(self, layer, result):
        channels = result.shape[0]
        flat = result.reshape(channels, -1)
        if flat.shape[1] > 1:
            mean, deviation = flat.mean(axis=1), flat.std(axis=1) + 1e-3
        else:
            mean = numpy.zeros(channels)
            deviation = numpy.full(channels, flat.std() + 1e-3)
        factor = self.random.uniform(0.7, 1.3, channels) / deviation
        shape = (-1,) + (1,) * (layer.weights.ndim - 1)
        layer.weights = (layer.weights * factor.reshape(shape)).astype(numpy.float32)
        shift = self.random.normal(0.0, 0.3, channels)
        layer.bias = (shift - mean * factor).astype(numpy.float32)

    def _draw(self, *shape):
        deviation = (2.0 / numpy.prod(shape[1:])) ** 0.5
        return self.random.normal(0.0, deviation, shape).astype(numpy.float32)

    def channels(self, value):
        return self.values[value].shape[0]

    def _pads(self, x, kernel, stride):
        """Half a window around the image, as many frameworks do."""
        high, wide = self.values[x].shape[1:]
        pads = []
        for size, window, step in ((high, kernel[0], stride[0]), (wide, kernel[1], stride[1])):
            needed = max((-(-size // step) - 1) * step + window - size, 0)
            pads.append((needed // 2, needed - needed // 2))
        return (pads[0][0], pads[1][0], pads[0][1], pads[1][1])

    def conv(self, x, outputs, kernel=(1, 1), stride=1, activation=None):
        step = (stride, stride)
        return self._append(
            "conv",
            [x],
            activation=activation,
            weights=self._draw(outputs, self.channels(x), *kernel),
            stride=step,
            pads=self._pads(x, kernel, step),
            kernel=kernel,
        )

    def depthwise(self, x, stride=1, activation=None, kernel=(3, 3)):
        step = (stride, stride)
        return self._append(
            "depthwise",
            [x],
            activation=activation,
            weights=self._draw(self.channels(x), 1, *kernel),
            stride=step,
            pads=self._pads(x, kernel, step),
            kernel=kernel,
        )

    def dense(self, x, outputs, activation=None):
        weights = self._draw(outputs, self.channels(x))
        return self._append("dense", [x], activation=activation, weights=weights)

    def add(self, x, y, activation=None):
        return self._append("add", [x, y], activation=activation)

    def function(self, kind, x):
        """hard_swish or hard_sigmoid of each element."""
        return self._append(kind, [x])

    def squeeze_excite(self, x):
        """Hu et al., "Squeeze-and-Excitation Networks", 2018: channels times
        what the means of all of them say, with a quarter as many between."""
        inner = -(-self.channels(x) // 32) * 8
        y = self._append("mean", [x])
        y = self.conv(self.conv(y, inner, activation="relu"), self.channels(x))
        return self._append("mul", [x, self.function("hard_sigmoid", y)])

    def maxpool(self, x):
        kernel, step = (3, 3), (2, 2)
        pads = self._pads(x, kernel, step)
        return self._append("maxpool", [x], kernel=kernel, stride=step, pads=pads)

    def classify(self, x, classes):
        """The mean of each channel, and a sum of them for each class."""
        x = self._append("mean", [x])
        self.dense(self._append("flatten", [x]), classes)
        return self.network


def sample(shape, seed):
    """An image with structure at several sizes, or a list; values in [-1, 1]."""
    random = numpy.random.default_rng(seed)
    if len(shape) == 1:
        return random.uniform(-1.0, 1.0, shape).astype(numpy.float32)
    image = numpy.zeros(shape)
    for size in (1, 4, 16):
        coarse = random.uniform(-1.0, 1.0, (shape[0], *[-(-n // size) for n in shape[1:]]))
        fine = coarse.repeat(size, axis=1).repeat(size, axis=2)
        image += fine[:, : shape[1], : shape[2]] / 3.0
    return image.astype(numpy.float32)


def mobilenet_v1(name, size=224, width=1.0, classes=1000):
    """Howard et al., "MobileNets", 2017."""
    b = Builder(name, (3, size, size))
    x = b.conv(Network.INPUT, int(32 * width), (3, 3), 2, "relu6")
    plan = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)]
    plan += [(512, 1)] * 5 + [(1024, 2), (1024, 1)]
    for outputs, stride in plan:
        x = b.depthwise(x, stride, "relu6")
        x = b.conv(x, int(outputs * width), activation="relu6")
    return b.classify(x, classes)


def mobilenet_v2(name, size=224, classes=1000):
    """Sandler et al., "MobileNetV2", 2018."""
    b = Builder(name, (3, size, size))
    x = b.conv(Network.INPUT, 32, (3, 3), 2, "relu6")
    plan = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2)]
    plan += [(6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
    for expansion, outputs, repeats, first_stride in plan:
        for index in range(repeats):
            stride = first_stride if index == 0 else 1
            y = x
            if expansion != 1:
                y = b.conv(y, expansion * b.channels(x), activation="relu6")
            y = b.conv(b.depthwise(y, stride, "relu6"), outputs)
            x = b.add(x, y) if stride == 1 and b.channels(x) == outputs else y
    return b.classify(b.conv(x, 1280, activation="relu6"), classes)


def mobilenet_v3(name, size=224, classes=1000):
    """Howard et al., "Searching for MobileNetV3", 2019: the large one."""
    b = Builder(name, (3, size, size))

    def activate(layer, function, *arguments, **fields):
        if function == "relu":
            return layer(*arguments, activation="relu", **fields)
        return b.function(function, layer(*arguments, **fields))

    relu, swish = "relu", "hard_swish"
    x = activate(b.conv, swish, Network.INPUT, 16, (3, 3), 2)
    # Window, channels within and behind, squeeze and excite, function, stride.
    plan = [(3, 16, 16, False, relu, 1), (3, 64, 24, False, relu, 2)]
    plan += [(3, 72, 24, False, relu, 1), (5, 72, 40, True, relu, 2)]
    plan += [(5, 120, 40, True, relu, 1)] * 2 + [(3, 240, 80, False, swish, 2)]
    plan += [(3, 200, 80, False, swish, 1)] + [(3, 184, 80, False, swish, 1)] * 2
    plan += [(3, 480, 112, True, swish, 1), (3, 672, 112, True, swish, 1)]
    plan += [(5, 672, 160, True, swish, 2)] + [(5, 960, 160, True, swish, 1)] * 2
    for window, inner, outputs, squeezes, function, stride in plan:
        y = x
        if inner != b.channels(x):
            y = activate(b.conv, function, y, inner)
        y = activate(b.depthwise, function, y, stride, kernel=(window, window))
        if squeezes:
            y = b.squeeze_excite(y)
        y = b.conv(y, outputs)
        x = b.add(x, y) if stride == 1 and b.channels(x) == outputs else y
    x = b._append("mean", [activate(b.conv, swish, x, 960)])
    x = activate(b.conv, swish, x, 1280)
    b.dense(b._append("flatten", [x]), classes)
    return b.network


def resnet50(name, size=224, classes=1000):
    """He et al., "Deep Residual Learning", 2015; the stride is in the 3x3."""
    b = Builder(name, (3, size, size))
    x = b.maxpool(b.conv(Network.INPUT, 64, (7, 7), 2, "relu"))
    for stage, blocks in enumerate((3, 4, 6, 3)):
        inner = 64 << stage
        for index in range(blocks):
            stride = 2 if index == 0 and stage > 0 else 1
            y = b.conv(x, inner, activation="relu")
            y = b.conv(y, inner, (3, 3), stride, "relu")
            y = b.conv(y, 4 * inner)
            if index == 0:
                x = b.conv(x, 4 * inner, stride=stride)
            x = b.add(x, y, "relu")
    return b.classify(x, classes)


def resnet8(name):
    """The image classification network of MLPerf Tiny."""
    b = Builder(name, (3, 32, 32))
    x = b.conv(Network.INPUT, 16, (3, 3), activation="relu")
    for outputs, stride in ((16, 1), (32, 2), (64, 2)):
        y = b.conv(x, outputs, (3, 3), stride, "relu")
        y = b.conv(y, outputs, (3, 3))
        if stride != 1:
            x = b.conv(x, outputs, stride=stride)
        x = b.add(x, y, "relu")
    return b.classify(x, 10)


def dscnn(name):
    """The keyword spotting network of MLPerf Tiny."""
    b = Builder(name, (1, 49, 10))
    x = b.conv(Network.INPUT, 64, (10, 4), 2, "relu")
    for _ in range(4):
        x = b.conv(b.depthwise(x, activation="relu"), 64, activation="relu")
    return b.classify(x, 12)


def autoencoder(name):
    """The anomaly detection network of MLPerf Tiny."""
    b = Builder(name, (640,))
    x = Network.INPUT
    for outputs in (128, 128, 128, 128, 8, 128, 128, 128, 128):
        x = b.dense(x, outputs, "relu")
    b.dense(x, 640)
    return b.network


def tiny(name):
    """One layer of each kind, for tests."""
    b = Builder(name, (3, 8, 8))
    x = b.maxpool(b.conv(Network.INPUT, 8, (3, 3), activation="relu"))
    x = b.add(x, b.conv(b.depthwise(x, activation="relu6"), 8))
    return b.classify(x, 5)


ARCHITECTURES = {
    "mobilenet_v1": mobilenet_v1,
    "mobilenet_v2": mobilenet_v2,
    "mobilenet_v3": mobilenet_v3,
    "resnet50": resnet50,
    "resnet8": resnet8,
    "vww": lambda name: mobilenet_v1(name, 96, 0.25, 2),
    "kws_dscnn": dscnn,
    "autoencoder": autoencoder,
    "tiny": tiny,
}


def build(name):
    return ARCHITECTURES[name](name)
