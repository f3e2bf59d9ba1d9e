// RUN: pare-opt --pass-pipeline="builtin.module(func.func(kernel-fuse-tables))" --split-input-file %s | FileCheck %s
// RUN: pare-opt --pass-pipeline="builtin.module(func.func(kernel-fuse-tables{all}))" --split-input-file %s | FileCheck %s --check-prefix=ALL

// A table with products moves into the contraction before.
memref.global "private" constant @table : memref<256xi8> = dense<3>
func.func @contract(%x: memref<1x2x2x4xi8>, %w: memref<8x1x1x4xi8>, %y: memref<1x2x2x8xi8>) {
  %t = memref.get_global @table : memref<256xi8>
  %0 = kernel.buffer : memref<1x2x2x8xi8>
  kernel.contract %x, %w into %0 {epilogue = #kernel.epilogue<zero_point = -4, low = -128.0, high = 127.0, scales = <mode = float, factors = [0.01]>>} : memref<1x2x2x4xi8>, memref<8x1x1x4xi8>, memref<1x2x2x8xi8>
  kernel.table %0, %t into %y {products = #kernel.table_products<zero_point = -4, constant = 3.0>} : memref<1x2x2x8xi8>, memref<256xi8>, memref<1x2x2x8xi8>
  return
}
// CHECK-LABEL: func.func @contract(
// CHECK-NOT: kernel.buffer
// CHECK: kernel.contract %arg0, %arg1 into %arg2 {epilogue = #kernel.epilogue<zero_point = -4, {{.*}}, table = <entries = dense<3> : tensor<256xi8>, products = <zero_point = -4, constant = 3.000000e+00>>>}
// CHECK-NEXT: return

// -----

// Depthwise and transposed convolutions take one, in another shape, only where
// all tables move.
memref.global "private" constant @table : memref<256xi8> = dense<"0x7F7F7E7D7C7B7A797877767574737271706F6E6D6C6B6A696867666564636261605F5E5D5C5B5A595857565554535251504F4E4D4C4B4A494847464544434241403F3E3D3C3B3A393837363534333231302F2E2D2C2B2A292827262524232221201F1E1D1C1B1A191817161514131211100F0E0D0C0B0A09080706050403020100FFFEFDFCFBFAF9F8F7F6F5F4F3F2F1F0EFEEEDECEBEAE9E8E7E6E5E4E3E2E1E0DFDEDDDCDBDAD9D8D7D6D5D4D3D2D1D0CFCECDCCCBCAC9C8C7C6C5C4C3C2C1C0BFBEBDBCBBBAB9B8B7B6B5B4B3B2B1B0AFAEADACABAAA9A8A7A6A5A4A3A2A1A09F9E9D9C9B9A999897969594939291908F8E8D8C8B8A898887868584838281">
func.func @others(%x: memref<1x2x2x4xi8>, %w: memref<1x1x1x4xi8>, %v: memref<4x1x1x4xi8>, %y: memref<4x4xi8>, %z: memref<1x2x2x4xi8>) {
  %t = memref.get_global @table : memref<256xi8>
  %0 = kernel.buffer : memref<1x2x2x4xi8>
  kernel.depthwise %x, %w into %0 {epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = fixed, multipliers = [1073741824], shifts = [0]>>} : memref<1x2x2x4xi8>, memref<1x1x1x4xi8>, memref<1x2x2x4xi8>
  %1 = kernel.reshape %0 : memref<1x2x2x4xi8> to memref<4x4xi8>
  kernel.table %1, %t into %y {products = #kernel.table_products<low = -1.0, high = -1.0>} : memref<4x4xi8>, memref<256xi8>, memref<4x4xi8>
  %2 = kernel.buffer : memref<1x2x2x4xi8>
  kernel.transpose_conv %x, %v into %2 {epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.01]>>} : memref<1x2x2x4xi8>, memref<4x1x1x4xi8>, memref<1x2x2x4xi8>
  kernel.table %2, %t into %z {products = #kernel.table_products<low = -1.0, high = -1.0>} : memref<1x2x2x4xi8>, memref<256xi8>, memref<1x2x2x4xi8>
  return
}
// CHECK-LABEL: func.func @others(
// CHECK-COUNT-2: kernel.table
// ALL-LABEL: func.func @others(
// ALL: %[[V:.*]] = kernel.reshape %arg3 : memref<4x4xi8> to memref<1x2x2x4xi8>
// ALL-NEXT: kernel.depthwise %arg0, %arg1 into %[[V]] {{.*}}products = <low = -1.000000e+00, high = -1.000000e+00>
// ALL: kernel.transpose_conv %arg0, %arg2 into %arg4 {{.*}}products =
// ALL-NEXT: return

// -----

// Without products that are right, tables move only where all do.
memref.global "private" constant @table : memref<256xi8> = dense<"0x808182838485868788898A8B8C8D8E8F909192939495969798999A9B9C9D9E9FA0A1A2A3A4A5A6A7A8A9AAABACADAEAFB0B1B2B3B4B5B6B7B8B9BABBBCBDBEBFC0C1C2C3C4C5C6C7C8C9CACBCCCDCECFD0D1D2D3D4D5D6D7D8D9DADBDCDDDEDFE0E1E2E3E4E5E6E7E8E9EAEBECEDEEEFF0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F404142434445464748494A4B4C4D4E4F505152535455565758595A5B5C5D5E5F606162636465666768696A6B6C6D6E6F707172737475767778797A7B7C7D7E7F">
func.func @lookups(%x: memref<1x2x2x4xi8>, %w: memref<4x1x1x4xi8>, %y: memref<1x2x2x4xi8>, %z: memref<1x2x2x4xi8>) {
  %t = memref.get_global @table : memref<256xi8>
  %0 = kernel.buffer : memref<1x2x2x4xi8>
  kernel.contract %x, %w into %0 {epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.01]>>} : memref<1x2x2x4xi8>, memref<4x1x1x4xi8>, memref<1x2x2x4xi8>
  kernel.table %0, %t into %y : memref<1x2x2x4xi8>, memref<256xi8>, memref<1x2x2x4xi8>
  %1 = kernel.buffer : memref<1x2x2x4xi8>
  kernel.contract %x, %w into %1 {epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.01]>>} : memref<1x2x2x4xi8>, memref<4x1x1x4xi8>, memref<1x2x2x4xi8>
  kernel.table %1, %t into %z {products = #kernel.table_products<low = 1.5, high = 1.5>} : memref<1x2x2x4xi8>, memref<256xi8>, memref<1x2x2x4xi8>
  return
}
// CHECK-LABEL: func.func @lookups(
// CHECK-COUNT-2: kernel.table
// ALL-LABEL: func.func @lookups(
// ALL-NOT: kernel.table
// ALL: kernel.contract {{.*}}table = <entries = dense<"0x80818283{{[0-9A-F]*}}"> : tensor<256xi8>>>}
// ALL-NEXT: kernel.contract {{.*}}table = <entries = dense<"0x80818283{{[0-9A-F]*}}"> : tensor<256xi8>>>}
// ALL-NEXT: return

// -----

// What stays: a table that is an argument; a result that two read; the table of
// a table; what has a residual; what no convolution computes.
memref.global "private" constant @table : memref<256xi8> = dense<3>
func.func @kept(%x: memref<1x2x2x4xi8>, %w: memref<4x1x1x4xi8>, %s: memref<256xi8>, %y: memref<1x2x2x4xi8>, %z: memref<1x2x2x4xi8>, %u: memref<1x2x2x4xi8>,
                %v: memref<1x2x2x4xi8>, %o: memref<1x2x2x4xi8>, %p: memref<1x2x2x4xi8>) {
  %t = memref.get_global @table : memref<256xi8>
  %0 = kernel.buffer : memref<1x2x2x4xi8>
  kernel.contract %x, %w into %0 {epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.01]>>} : memref<1x2x2x4xi8>, memref<4x1x1x4xi8>, memref<1x2x2x4xi8>
  kernel.table %0, %s into %y : memref<1x2x2x4xi8>, memref<256xi8>, memref<1x2x2x4xi8>
  %1 = kernel.buffer : memref<1x2x2x4xi8>
  kernel.contract %x, %w into %1 {epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.01]>>} : memref<1x2x2x4xi8>, memref<4x1x1x4xi8>, memref<1x2x2x4xi8>
  kernel.table %1, %t into %z {products = #kernel.table_products<constant = 3.0>} : memref<1x2x2x4xi8>, memref<256xi8>, memref<1x2x2x4xi8>
  kernel.pool max %1 into %u {kernel = array<i64: 1, 1>, epilogue = #kernel.epilogue<>} : memref<1x2x2x4xi8>, memref<1x2x2x4xi8>
  %2 = kernel.buffer : memref<1x2x2x4xi8>
  kernel.contract %x, %w into %2 {epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.01]>, table = <entries = dense<1> : tensor<256xi8>>>} : memref<1x2x2x4xi8>, memref<4x1x1x4xi8>, memref<1x2x2x4xi8>
  kernel.table %2, %t into %v {products = #kernel.table_products<constant = 3.0>} : memref<1x2x2x4xi8>, memref<256xi8>, memref<1x2x2x4xi8>
  %3 = kernel.buffer : memref<1x2x2x4xi8>
  kernel.contract %x, %w residual %x into %3 {epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.01]>>,
      residual_epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5, 0.5]>>} : memref<1x2x2x4xi8>, memref<4x1x1x4xi8>, memref<1x2x2x4xi8>, memref<1x2x2x4xi8>
  kernel.table %3, %t into %o {products = #kernel.table_products<constant = 3.0>} : memref<1x2x2x4xi8>, memref<256xi8>, memref<1x2x2x4xi8>
  %4 = kernel.buffer : memref<1x2x2x4xi8>
  kernel.pool max %x into %4 {kernel = array<i64: 1, 1>, epilogue = #kernel.epilogue<>} : memref<1x2x2x4xi8>, memref<1x2x2x4xi8>
  kernel.table %4, %t into %p {products = #kernel.table_products<constant = 3.0>} : memref<1x2x2x4xi8>, memref<256xi8>, memref<1x2x2x4xi8>
  return
}
// CHECK-LABEL: func.func @kept(
// CHECK-COUNT-5: kernel.table
// ALL-LABEL: func.func @kept(
// ALL-COUNT-5: kernel.table
