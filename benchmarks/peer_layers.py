# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which nodes of ONNX Runtime's profile are which layers of Pare.

Pare names a layer after the output of a node of the ONNX file. ONNX Runtime
fuses nodes too, but others, and names what comes out after one of them, with
endings of its own. What both can be traced to is the node that does the work: a
convolution with the activation, the sum and the rounding behind it is one group,
whoever computes which part of it where. Groups are compared, in sums of what each
side spends on them.
"""

import collections
import json
import re

import onnx

# What is computed by the node before, or may be.
FOLLOWERS = {
    "Add",
    "BatchNormalization",
    "Clip",
    "DequantizeLinear",
    "Flatten",
    "HardSigmoid",
    "HardSwish",
    "LeakyRelu",
    "Max",
    "Mul",
    "QuantizeLinear",
    "Relu",
    "Reshape",
    "Sigmoid",
}
# Endings of names of nodes that ONNX Runtime made of others.
ENDINGS = re.compile(r"(_nchwc|_token_\d+|_quant|_gemm|/MatMulAddFusion)$")

Node = collections.namedtuple("Node", "kind name inputs outputs")


def read_nodes(path):
    """The nodes of an ONNX file, in order."""
    graph = onnx.load(path, load_external_data=False).graph
    return [
        Node(node.op_type, node.name, list(node.input), list(node.output))
        for node in graph.node
    ]


class Groups:
    """Finds the node that does the work, by the names of either side."""

    def __init__(self, nodes):
        self.makers = {
            value: i for i, node in enumerate(nodes) for value in node.outputs
        }
        self.names = {node.name: i for i, node in enumerate(nodes) if node.name}
        self.leaders = []
        for i, node in enumerate(nodes):
            # Of two branches that meet, the one that was computed last.
            made = [self.makers[value] for value in node.inputs if value in self.makers]
            follows = node.kind in FOLLOWERS and made
            self.leaders.append(self.leaders[max(made)] if follows else i)

    def find(self, name):
        """The leader's number, or None for what is in no file."""
        while True:
            if name in self.makers:
                return self.leaders[self.makers[name]]
            if name in self.names:
                return self.leaders[self.names[name]]
            shorter = ENDINGS.sub("", name)
            if shorter == name:
                return None
            name = shorter


def read_profile(path, runs):
    """Microseconds of each run, for every node of ONNX Runtime's profile. What it
    ran before the last `runs` of them was to warm up."""
    with open(path, encoding="utf-8") as file:
        events = json.load(file)
    times = collections.defaultdict(list)
    ending = "_kernel_time"
    for event in events:
        if event.get("cat") == "Node" and event["name"].endswith(ending):
            times[event["name"][: -len(ending)]].append(event["dur"])
    return {name: found[-runs:] for name, found in times.items()}


def match(nodes, layers, profile):
    """Places in Pare's `layers` (names, in order) that are compared together, and
    beside them what the peer's nodes of the same groups take in each run.

    A layer of several nodes, "a + b", has the groups of all of them, and layers
    that share a group are compared together. Groups of which the peer has no node,
    or a name is in no file, are left out.
    """
    groups = Groups(nodes)
    theirs = collections.defaultdict(list)
    for name, times in profile.items():
        theirs[groups.find(name)].append(times)
    unions = []
    for place, layer in enumerate(layers):
        found = {groups.find(part) for part in layer.split(" + ")}
        members = [place]
        if None in found:
            continue
        for other in [union for union in unions if union[0] & found]:
            unions.remove(other)
            found |= other[0]
            members = other[1] + members
        unions.append((found, members))
    matches = []
    for found, members in unions:
        if all(leader in theirs for leader in found):
            parts = [times for leader in found for times in theirs[leader]]
            matches.append((sorted(members), [sum(run) for run in zip(*parts)]))
    return matches
