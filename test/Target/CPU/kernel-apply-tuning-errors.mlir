// RUN: split-file %s %t
// RUN: not pare-opt %t/net.mlir '--kernel-apply-tuning=file=%t/missing.txt' 2>&1 | FileCheck %s --check-prefix=MISSING
// RUN: not pare-opt %t/net.mlir '--kernel-apply-tuning=file=%t/words.txt' 2>&1 | FileCheck %s --check-prefix=WORDS
// RUN: not pare-opt %t/net.mlir '--kernel-apply-tuning=file=%t/zero.txt' 2>&1 | FileCheck %s --check-prefix=ZERO
// RUN: not pare-opt %t/net.mlir '--kernel-apply-tuning=file=%t/three.txt' 2>&1 | FileCheck %s --check-prefix=THREE
// RUN: not pare-opt %t/net.mlir '--kernel-apply-tuning=target=z80 file=%t/words.txt' 2>&1 | FileCheck %s --check-prefix=TARGET

// MISSING: cannot read '{{.*}}missing.txt': No such file or directory
// WORDS: words.txt:2: expected a shape and 'tile ROWSxVECTORS', 'winograd 2x2' or 'winograd 4x4', found 'fast, please'
// ZERO: zero.txt:1: expected a shape and 'tile ROWSxVECTORS', 'winograd 2x2' or 'winograd 4x4', found 'native contract tile 0x2'
// THREE: three.txt:1: expected a shape and {{.*}}, found 'native contract winograd 3x3'
// TARGET: unknown target 'z80'

//--- net.mlir
module {}
//--- words.txt
# A comment.
fast, please
//--- zero.txt
native contract tile 0x2
//--- three.txt
native contract winograd 3x3
