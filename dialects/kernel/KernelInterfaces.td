//===- KernelInterfaces.td - Interfaces of the kernel dialect ---------*- tablegen -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_KERNEL_INTERFACES
#define PARE_KERNEL_INTERFACES

include "mlir/IR/OpBase.td"

def Kernel_RowOrderOpInterface : OpInterface<"RowOrderOpInterface"> {
  let cppNamespace = "::pare::kernel";
  let description = [{
    An operation on images whose output rows can be computed one after the
    other, from the top, each from a few rows of the first operand. Rows are
    those of NxHxWxC buffers.

    A back end that does compute in this order can let the output begin a little
    before a dying input (`getOverlapDistance`), and an operation can be cut into
    stripes of rows (`cloneRows`).
  }];
  let methods = [
    InterfaceMethod<[{
        The rows [first, second) of the input that the rows [first, last) of the
        output read. Padding is no row.
      }],
      "std::pair<int64_t, int64_t>", "getInputRows",
      (ins "int64_t":$first, "int64_t":$last)>,
    InterfaceMethod<[{
        Creates the operation that computes the rows [first, last) of the output
        into all of `output`, from `input`, which holds the rows that
        `getInputRows` names.
      }],
      "::mlir::Operation *", "cloneRows",
      (ins "::mlir::OpBuilder &":$builder, "int64_t":$first, "int64_t":$last,
           "::mlir::Value":$input, "::mlir::Value":$output)>,
    InterfaceMethod<[{
        The least number of bytes by which the output must begin before the
        input so that no write destroys what is read later, for code that
        writes row after row, and of a product of matrices four rows after
        four; at least 0, at most the bytes of the output. Within such a step,
        reads and writes may come in any order.
      }],
      "int64_t", "getOverlapDistance", (ins), "",
      [{ return ::pare::kernel::detail::getOverlapDistance($_op); }]>
  ];
}

#endif // PARE_KERNEL_INTERFACES
