# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Matches layers as Pare might name them with a profile as ONNX Runtime might
write it.

usage: match.py BENCHMARKS_FOLDER tiny_f32.onnx
"""

import json
import os
import sys

sys.path.insert(0, sys.argv[1])

import peer_layers

LAYERS = ["conv_0_linear", "conv_0_linear", "depthwise_2_linear + add_4"]
LAYERS += ["maxpool_1", "of_no_file"]
# Two runs behind one to warm up.
TIMES = {
    "ReorderInput": (5, 5, 5),
    "conv_0_nchwc": (100, 7, 9),
    "depthwise_2_nchwc": (100, 10, 11),
    "conv_3_nchwc": (100, 20, 22),
}


def write_profile(path):
    events = [{"cat": "Session", "name": "model_run", "dur": 1000}]
    for run in range(3):
        for name, times in TIMES.items():
            event = {"cat": "Node", "name": name + "_kernel_time", "dur": times[run]}
            events.append(event)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(events, file)


def main():
    network = sys.argv[2]
    nodes = peer_layers.read_nodes(network)
    for node in nodes:
        print(node.kind, node.name)
    path = os.path.join(os.path.dirname(network), "profile.json")
    write_profile(path)
    found = peer_layers.match(nodes, LAYERS, peer_layers.read_profile(path, 2))
    for members, times in found:
        print("compared", members, times)
    print(len(found), "groups")


main()
