# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The tables of cpu.py --layers."""

import json
import os
import statistics

import peer_layers
import report
from sides import Peer, check_output

# Networks of ../shared whose layers are measured, and the least share of what
# the core can do that each layer shall reach.
FLOAT_NETWORKS = (
    "ad_autoencoder_f32",
    "face_full_range_f16",
    "face_full_range_sparse_f16",
    "kwt1_f32",
    "mnist_lstm_f32",
    "mobilenet_v1_025_224_f32",
    "resnet8_cifar10_f32",
    "vww_mobilenet_f32",
    "wake_embedding_f32",
)
LEAST_SHARE = 0.4
# Layers of less than a share of the network's time are not judged: there are
# many, and a few cycles more or less are a tenth of their time.
LEAST_TIME = 0.005


def profile_peer(setup, network, samples, mode, runs, layers):
    """ONNX Runtime's times of the same file: the places of layers that are compared
    together and the microseconds of each run, by the place of the longest of them."""
    info = json.loads(check_output([setup.program, "info", network, "--json"]))
    peer = Peer(setup, network, info, samples, mode)
    profile = peer.profile(runs)
    nodes = peer_layers.read_nodes(network)
    names = [layer["name"] for layer in layers]
    peers = {}
    for members, times in peer_layers.match(nodes, names, profile):
        longest = max(members, key=lambda place: layers[place]["min_us"])
        peers[longest] = members, times
    return peers


def measure(rows, setup, options, network, mode, samples=None):
    """The table of one network, with ONNX Runtime's times if there are `samples`
    for it."""
    command = [*setup.prefix, setup.program, "bench", network, "--layers", "--json"]
    command += ["--requant=float", f"--target={mode.target}"]
    if options.runs:
        command.append(f"--runs={options.runs}")
    found = json.loads(check_output(command))
    layers = found["layers"]
    peers = {}
    if samples:
        peers = profile_peer(setup, network, samples, mode, found["runs"], layers)
    case = f"{os.path.basename(network)} {mode.name}"
    print(
        f"\n{case}: {found['min_us'] / 1e3:.4g} ms, median "
        f"{found['median_us'] / 1e3:.4g} ms, {found['runs']} runs\n"
    )
    print(
        f"  {'layer':32} {'kind':15} {'us':>9} {'median':>9} {'share':>6}"
        f" {'GOP/s':>7} {'GB/s':>7} {'% peak':>7} {'% band':>7}"
        f" {'peer us':>8} {'median':>8} {'ratio':>6}       bound by"
    )
    for place, layer in enumerate(layers):
        reached = max(layer["of_peak"], layer["of_bandwidth"])
        judged = layer["share"] >= LEAST_TIME
        below = judged and reached < LEAST_SHARE
        name = f"{case} {layer['name']} {layer['kind']}"
        bound = f">= {LEAST_SHARE}" if judged else None
        rows.add(name, "of the peak or bandwidth", reached, "", bound, show=False)
        rows.add(name, "minimum", layer["min_us"] / 1e3, "ms", show=False)
        rows.add(name, "median", layer["median_us"] / 1e3, "ms", show=False)
        theirs = " " * 29
        if place in peers:
            members, times = peers[place]
            least = sum(layers[i]["min_us"] for i in members)
            # Its clock counts whole microseconds.
            ratio = least / max(min(times), 1)
            theirs = f"{min(times):8} {statistics.median(times):8.4g} {ratio:6.2f}"
            theirs += f" of {len(members)}" if len(members) > 1 else " " * 5
            rows.add(name, "ONNX Runtime", min(times) / 1e3, "ms", show=False)
            rows.add(name, "Pare / ONNX Runtime", ratio, "", show=False)
        gops = layer["gops"] if layer["macs"] else 0
        print(
            f"  {layer['name'][-32:]:32} {layer['kind']:15} {layer['min_us']:9.2f}"
            f" {layer['median_us']:9.2f} {100 * layer['share']:5.1f}% {gops:7.1f}"
            f" {layer['gigabytes_per_second']:7.1f} {100 * layer['of_peak']:7.0f}"
            f" {100 * layer['of_bandwidth']:7.0f} {theirs}"
            f"  {layer['bound']}{'  BELOW' if below else ''}"
        )
    if samples:
        ours = sum(
            layers[i]["min_us"] for members, _ in peers.values() for i in members
        )
        theirs = sum(min(times) for _, times in peers.values())
        share = ours / found["layers_us"]
        print(
            f"  compared: {share:.0%} of the time, {ours / 1e3:.4g} ms beside "
            f"{theirs / 1e3:.4g} ms"
        )


def measure_all(rows, setup, options, wanted, cases, modes, tflite):
    """`cases` have an ONNX form, the files of `tflite` and the float ones none."""
    shared = os.path.join(report.SHARED, "models", "tflite")
    for mode in modes:
        for name, form in cases:
            network, samples = setup.find(name, form)
            measure(rows, setup, options, network, mode, samples)
        for name in (*tflite, *FLOAT_NETWORKS):
            path = os.path.join(shared, name + ".tflite")
            if (not wanted or name in wanted) and os.path.exists(path):
                measure(rows, setup, options, path, mode)
