//===- Float16.h - IEEE half precision --------------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_NUMERICS_FLOAT16_H
#define PARE_NUMERICS_FLOAT16_H

#include <cstdint>

namespace pare {

/// The f32 value of an IEEE binary16 bit pattern (exact; NaN stays NaN).
float float16ToFloat(uint16_t bits);

/// The nearest binary16 to `value`, ties to even; overflow gives infinity,
/// NaN a quiet NaN.
uint16_t floatToFloat16(float value);

} // namespace pare

#endif // PARE_NUMERICS_FLOAT16_H
