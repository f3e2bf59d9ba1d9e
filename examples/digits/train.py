#!/usr/bin/env python3
# ===- train.py - Trains the digits example network -----------------------===#
#
# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Trains the network of network.py on MNIST and writes the example's files."""

import argparse
import pathlib
import time

import numpy as np
import torch
import torch.nn.functional as F

from export import Exporter
from network import Digits

SEED = 20240917
EPOCHS = 8
BATCH = 100
EXAMPLE_DIGITS = 512
EXPECTED_DIGITS = 16


def read_idx(path):
    """Reads an MNIST file: 0, 0, 8 (bytes), rank, big-endian sizes, data."""
    data = path.read_bytes()
    if data[:3] != b"\0\0\x08":
        raise SystemExit(f"{path}: not an uncompressed idx file of bytes")
    shape = np.frombuffer(data, ">u4", count=data[3], offset=4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(shape)


def to_input(images):
    """Bytes of N x 28 x 28 as the network takes them."""
    return torch.from_numpy(images.astype(np.float32) / np.float32(255))[:, None]


def shift_randomly(batch, reach=2):
    """Moves all images of the batch by the same random offset, zeros enter."""
    dy, dx = torch.randint(0, 2 * reach + 1, (2,)).tolist()
    height, width = batch.shape[2:]
    padded = F.pad(batch, (reach, reach, reach, reach))
    return padded[:, :, dy : dy + height, dx : dx + width]


def train(model, images, labels):
    steps = EPOCHS * (len(images) // BATCH)
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.01, steps)
    start = time.time()
    for epoch in range(EPOCHS):
        model.train()
        total = 0.0
        for chosen in torch.randperm(len(images)).split(BATCH):
            optimizer.zero_grad()
            logits = model(shift_randomly(images[chosen]))
            loss = F.cross_entropy(logits, labels[chosen], label_smoothing=0.05)
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(chosen)
        print(
            f"epoch {epoch + 1}/{EPOCHS}: loss {total / len(images):.4f}, "
            f"{time.time() - start:.0f} s",
            flush=True,
        )


def predict(model, images):
    """Softmax outputs, N x 10 f32."""
    model.eval()
    with torch.no_grad():
        parts = [F.softmax(model(part), dim=1) for part in images.split(500)]
    return torch.cat(parts).numpy()


def accuracy(probabilities, labels):
    return float((probabilities.argmax(axis=1) == labels).mean())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mnist", type=pathlib.Path, help="folder of idx files")
    parser.add_argument(
        "--weights",
        type=pathlib.Path,
        help="file to keep the trained weights in; if it exists, no training",
    )
    arguments = parser.parse_args()
    here = pathlib.Path(__file__).parent

    # One thread, since the order of floating-point sums depends on the count.
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(SEED)

    model = Digits()
    if arguments.weights and arguments.weights.exists():
        model.load_state_dict(torch.load(arguments.weights))
    else:
        train(
            model,
            to_input(read_idx(arguments.mnist / "train-images-idx3-ubyte")),
            torch.from_numpy(
                read_idx(arguments.mnist / "train-labels-idx1-ubyte").astype(np.int64)
            ),
        )
        if arguments.weights:
            torch.save(model.state_dict(), arguments.weights)

    images = read_idx(arguments.mnist / "t10k-images-idx3-ubyte")
    labels = read_idx(arguments.mnist / "t10k-labels-idx1-ubyte")
    probabilities = predict(model, to_input(images))

    # Evenly spaced, since the second half of the test set is harder to read.
    chosen = np.arange(EXAMPLE_DIGITS) * len(images) // EXAMPLE_DIGITS
    np.save(here / "digits_images.npy", images[chosen])
    np.save(here / "digits_labels.npy", labels[chosen])
    np.save(here / "digits_expected.npy", probabilities[chosen][:EXPECTED_DIGITS])
    (here / "digits.mlir").write_text(Exporter().text(model))

    print("parameters:", sum(p.numel() for p in model.parameters()))
    print(f"accuracy on all test images: {accuracy(probabilities, labels):.4%}")
    print(
        f"accuracy on the example digits: "
        f"{accuracy(probabilities[chosen], labels[chosen]):.4%}"
    )


if __name__ == "__main__":
    main()
