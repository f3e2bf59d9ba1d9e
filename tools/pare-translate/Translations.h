//===- Translations.h - Translations with options of their own --*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Command-line options are global, so translations that have some live with the
// tool and not in a library.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_TOOLS_PARE_TRANSLATE_TRANSLATIONS_H
#define PARE_TOOLS_PARE_TRANSLATE_TRANSLATIONS_H

#include <cstdint>

namespace pare {

/// The value of --batch, which all imports share.
int64_t getBatchOption();

/// Registers --import-tflite.
void registerTFLiteImport();

/// Registers --import-onnx.
void registerONNXImport();

/// Registers --kernel-to-c, --nn-to-c and their options.
void registerCTranslations();

} // namespace pare

#endif // PARE_TOOLS_PARE_TRANSLATE_TRANSLATIONS_H
