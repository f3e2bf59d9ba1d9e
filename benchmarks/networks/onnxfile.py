# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""An ONNX file, node by node."""

import numpy
import onnx
from onnx import helper, numpy_helper

OPERATOR_SET = 14
FORMAT_VERSION = 7


class File:
    """Nodes and constants in the order in which they are added."""

    def __init__(self, name):
        self.name = name
        self.nodes = []
        self.constants = {}
        self.inputs = []
        self.outputs = []

    @staticmethod
    def _value(name, shape):
        return helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)

    def input(self, name, shape):
        self.inputs.append(self._value(name, shape))
        return name

    def output(self, name, shape):
        self.outputs.append(self._value(name, shape))

    def constant(self, name, array):
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(numpy.asarray(array), name)
        return name

    def node(self, op, inputs, output, **attributes):
        self.nodes.append(helper.make_node(op, inputs, [output], output, **attributes))
        return output

    def write(self, path):
        graph = helper.make_graph(
            self.nodes, self.name, self.inputs, self.outputs, self.constants.values()
        )
        model = helper.make_model(
            graph,
            producer_name="pare-benchmarks",
            ir_version=FORMAT_VERSION,
            opset_imports=[helper.make_opsetid("", OPERATOR_SET)],
        )
        onnx.checker.check_model(model)
        onnx.save(model, path)
