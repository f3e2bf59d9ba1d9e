// RUN: pare-opt --split-input-file --verify-diagnostics %s

// What the back ends rely on is checked here, once.

// expected-error@+1 {{has an unknown attribute 'kernel.bytes' of the kernel dialect}}
func.func @unknown() attributes {kernel.bytes = 1} { return }

// -----

// expected-error@+1 {{expects 'kernel.arena_bytes' to be a number of at least 0, but found -1}}
func.func @negative() attributes {kernel.arena_bytes = -1} { return }

// -----

// expected-error@+1 {{expects 'kernel.tile' to be two numbers of at least 1, but found array<i64: 6, 0>}}
func.func @tile() attributes {kernel.tile = array<i64: 6, 0>} { return }

// -----

// expected-error@+1 {{expects 'kernel.byte_pairs' to have no value, but found 1}}
func.func @byte_pairs() attributes {kernel.byte_pairs = 1} { return }

// -----

// expected-error@+1 {{expects 'kernel.strassen' to be true or false, but found 1 : i64}}
func.func @strassen() attributes {kernel.strassen = 1} { return }

// -----

// expected-error@+1 {{expects 'kernel.winograd' to be 2 or 4, but found 3 : i64}}
func.func @winograd() attributes {kernel.winograd = 3 : i64} { return }

// -----

// expected-error@+1 {{expects 'kernel.term_order' to be 0 or 1, a number of at least 1 and bits of depths up to 4, but found array<i64: 0, 4, 32>}}
func.func @term_order() attributes {kernel.term_order = array<i64: 0, 4, 32>} { return }

// -----

// expected-error@+1 {{expects 'kernel.order' to be "none", "steps" or "terms", but found "rows"}}
func.func @order() attributes {kernel.order = "rows"} { return }

// -----

// expected-error@+1 {{expects 'kernel.tensor_type' to be a ranked tensor type, but found f32}}
func.func @no_tensor(%x: memref<4xf32> {kernel.tensor_type = f32}) { return }

// -----

func.func @offset() {
  // expected-error@+1 {{expects an offset of at least 0, but found -64}}
  %0 = kernel.buffer at -64 : memref<4xf32>
  return
}

// -----

func.func @dynamic(%x: memref<?xf32>) {
  // expected-error@+1 {{expects static contiguous buffers, but found 'memref<?xf32>'}}
  kernel.unary exp %x into %x {epilogue = #kernel.epilogue<>} : memref<?xf32>, memref<?xf32>
  return
}

// -----

func.func @empty() {
  // expected-error@+1 {{expects at least one element, but found 'memref<0x4xf32>'}}
  %0 = kernel.buffer : memref<0x4xf32>
  return
}

// -----

func.func @reshape_count(%x: memref<4xf32>) {
  // expected-error@+1 {{expects as many elements in the output as in the input, but found 'memref<4xf32>' and 'memref<5xf32>'}}
  %0 = kernel.reshape %x : memref<4xf32> to memref<5xf32>
  return
}

// -----

func.func @reshape_type(%x: memref<4xf32>) {
  // expected-error@+1 {{expects one element type, but found 'memref<4xf32>' and 'memref<4xi32>'}}
  %0 = kernel.reshape %x : memref<4xf32> to memref<4xi32>
  return
}

// -----

func.func @mixed(%x: memref<1x1x1x3xi8>, %w: memref<4x1x1x3xf32>, %y: memref<1x1x1x4xi8>) {
  // expected-error@+1 {{expects i8 throughout, but found 'memref<4x1x1x3xf32>'}}
  kernel.contract %x, %w into %y {epilogue = #kernel.epilogue<>} : memref<1x1x1x3xi8>, memref<4x1x1x3xf32>, memref<1x1x1x4xi8>
  return
}

// -----

func.func @bias_type(%x: memref<1x1x1x3xf32>, %w: memref<4x1x1x3xf32>, %b: memref<4xi32>, %y: memref<1x1x1x4xf32>) {
  // expected-error@+1 {{expects a bias of f32, but found 'memref<4xi32>'}}
  kernel.contract %x, %w bias %b into %y {epilogue = #kernel.epilogue<>} : memref<1x1x1x3xf32>, memref<4x1x1x3xf32>, memref<4xi32>, memref<1x1x1x4xf32>
  return
}

// -----

func.func @bias_count(%x: memref<1x1x1x3xf32>, %w: memref<4x1x1x3xf32>, %b: memref<3xf32>, %y: memref<1x1x1x4xf32>) {
  // expected-error@+1 {{expects a bias of 4 elements, but found 'memref<3xf32>'}}
  kernel.contract %x, %w bias %b into %y {epilogue = #kernel.epilogue<>} : memref<1x1x1x3xf32>, memref<4x1x1x3xf32>, memref<3xf32>, memref<1x1x1x4xf32>
  return
}

// -----

func.func @groups(%x: memref<1x1x1x3xf32>, %w: memref<4x1x1x2xf32>, %y: memref<1x1x1x4xf32>) {
  // expected-error@+1 {{expects groups that divide the channels, but found 'memref<1x1x1x3xf32>' and 'memref<4x1x1x2xf32>'}}
  kernel.contract %x, %w into %y {epilogue = #kernel.epilogue<>} : memref<1x1x1x3xf32>, memref<4x1x1x2xf32>, memref<1x1x1x4xf32>
  return
}

// -----

func.func @rank(%x: memref<3xf32>, %w: memref<4x1x1x3xf32>, %y: memref<1x1x1x4xf32>) {
  // expected-error@+1 {{expects an input of rank 4, but found 'memref<3xf32>'}}
  kernel.contract %x, %w into %y {epilogue = #kernel.epilogue<>} : memref<3xf32>, memref<4x1x1x3xf32>, memref<1x1x1x4xf32>
  return
}

// -----

func.func @rows(%x: memref<1x4x4x3xf32>, %w: memref<4x3x3x3xf32>, %y: memref<1x3x2x4xf32>) {
  // expected-error@+1 {{expects 2 rows, but found 3}}
  kernel.contract %x, %w into %y {epilogue = #kernel.epilogue<>} : memref<1x4x4x3xf32>, memref<4x3x3x3xf32>, memref<1x3x2x4xf32>
  return
}

// -----

func.func @strides(%x: memref<1x4x4x3xf32>, %w: memref<4x3x3x3xf32>, %y: memref<1x2x2x4xf32>) {
  // expected-error@+1 {{expects strides of at least 1, but found 0}}
  kernel.contract %x, %w into %y {strides = array<i64: 0, 1>, epilogue = #kernel.epilogue<>} : memref<1x4x4x3xf32>, memref<4x3x3x3xf32>, memref<1x2x2x4xf32>
  return
}

// -----

func.func @no_scales(%x: memref<1x1x1x3xi8>, %w: memref<4x1x1x3xi8>, %y: memref<1x1x1x4xi8>) {
  // expected-error@+1 {{expects scales in the epilogue of a rescaled integer result}}
  kernel.contract %x, %w into %y {epilogue = #kernel.epilogue<low = -128.0, high = 127.0>} : memref<1x1x1x3xi8>, memref<4x1x1x3xi8>, memref<1x1x1x4xi8>
  return
}

// -----

func.func @float_scales(%x: memref<1x1x1x3xf32>, %w: memref<4x1x1x3xf32>, %y: memref<1x1x1x4xf32>) {
  // expected-error@+1 {{expects scales in the epilogue of rescaled integer results alone}}
  kernel.contract %x, %w into %y {epilogue = #kernel.epilogue<scales = <mode = float, factors = [1.0]>>} : memref<1x1x1x3xf32>, memref<4x1x1x3xf32>, memref<1x1x1x4xf32>
  return
}

// -----

func.func @scale_count(%x: memref<1x1x1x3xi8>, %w: memref<4x1x1x3xi8>, %y: memref<1x1x1x4xi8>) {
  // expected-error@+1 {{expects 1 or 4 scales, but found 2}}
  kernel.contract %x, %w into %y {epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [1.0, 2.0]>>} : memref<1x1x1x3xi8>, memref<4x1x1x3xi8>, memref<1x1x1x4xi8>
  return
}

// -----

func.func @bounds(%x: memref<1x1x1x3xf32>, %w: memref<4x1x1x3xf32>, %y: memref<1x1x1x4xf32>) {
  // expected-error@+1 {{expects epilogue bounds in increasing order}}
  kernel.contract %x, %w into %y {epilogue = #kernel.epilogue<low = 1.0, high = 0.0>} : memref<1x1x1x3xf32>, memref<4x1x1x3xf32>, memref<1x1x1x4xf32>
  return
}

// -----

func.func @depthwise(%x: memref<1x1x1x3xf32>, %w: memref<1x1x1x4xf32>, %y: memref<1x1x1x4xf32>) {
  // expected-error@+1 {{expects a filter of 1xKHxKWx(3*M), but found 'memref<1x1x1x4xf32>'}}
  kernel.depthwise %x, %w into %y {epilogue = #kernel.epilogue<>} : memref<1x1x1x3xf32>, memref<1x1x1x4xf32>, memref<1x1x1x4xf32>
  return
}

// -----

func.func @transposed(%x: memref<1x2x2x3xf32>, %w: memref<5x2x2x4xf32>, %y: memref<1x4x4x5xf32>) {
  // expected-error@+1 {{expects a filter of output x KH x KW x input channels, but found 'memref<5x2x2x4xf32>'}}
  kernel.transpose_conv %x, %w into %y {epilogue = #kernel.epilogue<>} : memref<1x2x2x3xf32>, memref<5x2x2x4xf32>, memref<1x4x4x5xf32>
  return
}

// -----

func.func @positions(%x: memref<1x2x2x3xf32>, %p: memref<4xi32>, %i: memref<1xi32>, %v: memref<1xf32>, %y: memref<1x2x2x4xf32>) {
  // expected-error@+1 {{expects 5 positions, but found 4}}
  kernel.sparse_contract %x, %p, %i, %v into %y {kernel_size = array<i64: 1, 1>, epilogue = #kernel.epilogue<>}
      : memref<1x2x2x3xf32>, memref<4xi32>, memref<1xi32>, memref<1xf32>, memref<1x2x2x4xf32>
  return
}

// -----

func.func @blocks(%x: memref<1x2x2x3xf32>, %p: memref<2xi32>, %i: memref<1xi32>, %v: memref<1xf32>, %y: memref<1x2x2x4xf32>) {
  // expected-error@+1 {{expects blocks that divide the 4 output channels, but found 3x1}}
  kernel.sparse_contract %x, %p, %i, %v into %y {kernel_size = array<i64: 1, 1>, block = array<i64: 3, 1>, epilogue = #kernel.epilogue<>}
      : memref<1x2x2x3xf32>, memref<2xi32>, memref<1xi32>, memref<1xf32>, memref<1x2x2x4xf32>
  return
}

// -----

memref.global "private" constant @p : memref<3xi32> = dense<[0, 2, 1]>
memref.global "private" constant @c : memref<2xi32> = dense<[0, 1]>
func.func @falling_positions(%x: memref<1x2x2x3xf32>, %v: memref<2xf32>, %y: memref<1x2x2x2xf32>) {
  %p = memref.get_global @p : memref<3xi32>
  %c = memref.get_global @c : memref<2xi32>
  // expected-error@+1 {{expects increasing positions, but row 1 starts at 2 and ends at 1}}
  kernel.sparse_contract %x, %p, %c, %v into %y {kernel_size = array<i64: 1, 1>, epilogue = #kernel.epilogue<>}
      : memref<1x2x2x3xf32>, memref<3xi32>, memref<2xi32>, memref<2xf32>, memref<1x2x2x2xf32>
  return
}

// -----

memref.global "private" constant @p : memref<3xi32> = dense<[-1, 1, 2]>
memref.global "private" constant @c : memref<2xi32> = dense<[0, 1]>
func.func @first_position(%x: memref<1x2x2x3xf32>, %v: memref<2xf32>, %y: memref<1x2x2x2xf32>) {
  %p = memref.get_global @p : memref<3xi32>
  %c = memref.get_global @c : memref<2xi32>
  // expected-error@+1 {{expects positions from 0, but found -1}}
  kernel.sparse_contract %x, %p, %c, %v into %y {kernel_size = array<i64: 1, 1>, epilogue = #kernel.epilogue<>}
      : memref<1x2x2x3xf32>, memref<3xi32>, memref<2xi32>, memref<2xf32>, memref<1x2x2x2xf32>
  return
}

// -----

memref.global "private" constant @p : memref<3xi32> = dense<[0, 1, 2]>
memref.global "private" constant @c : memref<2xi32> = dense<[0, 2]>
func.func @coordinates(%x: memref<1x2x2x4xf32>, %v: memref<4xf32>, %y: memref<1x2x2x2xf32>) {
  %p = memref.get_global @p : memref<3xi32>
  %c = memref.get_global @c : memref<2xi32>
  // expected-error@+1 {{expects increasing coordinates inside of row 1, but found 2}}
  kernel.sparse_contract %x, %p, %c, %v into %y {kernel_size = array<i64: 1, 1>, block = array<i64: 1, 2>, epilogue = #kernel.epilogue<>}
      : memref<1x2x2x4xf32>, memref<3xi32>, memref<2xi32>, memref<4xf32>, memref<1x2x2x2xf32>
  return
}

// -----

func.func @values(%x: memref<1x2x2x3xf32>, %p: memref<5xi32>, %i: memref<2xi32>, %v: memref<1xf32>, %y: memref<1x2x2x4xf32>) {
  // expected-error@+1 {{expects a block of values for each coordinate}}
  kernel.sparse_contract %x, %p, %i, %v into %y {kernel_size = array<i64: 1, 1>, epilogue = #kernel.epilogue<>}
      : memref<1x2x2x3xf32>, memref<5xi32>, memref<2xi32>, memref<1xf32>, memref<1x2x2x4xf32>
  return
}

// -----

func.func @product(%a: memref<2x3x4xf32>, %b: memref<2x5x6xf32>, %c: memref<2x3x6xf32>) {
  // expected-error@+1 {{expects shapes BxMxK, BxKxN and BxMxN, but found 'memref<2x3x4xf32>', 'memref<2x5x6xf32>' and 'memref<2x3x6xf32>'}}
  kernel.batch_matmul %a, %b into %c {epilogue = #kernel.epilogue<>} : memref<2x3x4xf32>, memref<2x5x6xf32>, memref<2x3x6xf32>
  return
}

// -----

func.func @pool(%x: memref<1x4x4x3xf32>, %y: memref<1x2x2x4xf32>) {
  // expected-error@+1 {{expects an output of 1 images with 3 channels, but found 'memref<1x2x2x4xf32>'}}
  kernel.pool max %x into %y {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, epilogue = #kernel.epilogue<>} : memref<1x4x4x3xf32>, memref<1x2x2x4xf32>
  return
}

// -----

func.func @broadcast(%x: memref<3xf32>, %y: memref<4xf32>) {
  // expected-error@+1 {{expects operands that broadcast to 'memref<4xf32>', but found 'memref<3xf32>'}}
  kernel.binary add %y, %x into %y {epilogue = #kernel.epilogue<>} : memref<4xf32>, memref<3xf32>, memref<4xf32>
  return
}

// -----

func.func @no_integer_form(%x: memref<4xi8>) {
  // expected-error@+1 {{has no integer form of div}}
  kernel.binary div %x, %x into %x {epilogue = #kernel.epilogue<low = -128.0, high = 127.0>} : memref<4xi8>, memref<4xi8>, memref<4xi8>
  return
}

// -----

func.func @alpha(%x: memref<4xf32>) {
  // expected-error@+1 {{expects 'alpha' for leaky_relu alone}}
  kernel.unary exp %x into %x {alpha = 0.5, epilogue = #kernel.epilogue<>} : memref<4xf32>, memref<4xf32>
  return
}

// -----

func.func @table(%x: memref<4xi8>, %t: memref<255xi8>) {
  // expected-error@+1 {{expects a table of 256 entries, but found 'memref<255xi8>'}}
  kernel.table %x, %t into %x : memref<4xi8>, memref<255xi8>, memref<4xi8>
  return
}

// -----

func.func @convert(%x: memref<4xf32>, %y: memref<4xi8>) {
  // expected-error@+1 {{expects dequantize from integers to f32, but found 'memref<4xf32>' and 'memref<4xi8>'}}
  kernel.convert dequantize %x into %y {epilogue = #kernel.epilogue<>} : memref<4xf32>, memref<4xi8>
  return
}

// -----

func.func @axes(%x: memref<2x3xf32>, %y: memref<2xf32>) {
  // expected-error@+1 {{expects axes in [0, 2), but found 2}}
  kernel.reduce sum %x into %y {axes = array<i64: 2>, epilogue = #kernel.epilogue<>} : memref<2x3xf32>, memref<2xf32>
  return
}

// -----

func.func @softmax(%x: memref<2x3xi8>) {
  // expected-error@+1 {{expects a table for i8 alone}}
  kernel.softmax %x into %x : memref<2x3xi8>, memref<2x3xi8>
  return
}

// -----

func.func @outside(%x: memref<4xf32>, %y: memref<4xf32>) {
  // expected-error@+1 {{expects to stay inside the input of 4 elements, but reaches 1 to 4}}
  kernel.copy %x into %y sizes [4] from 1 by [1] to 0 by [1] : memref<4xf32>, memref<4xf32>
  return
}

// -----

func.func @before(%x: memref<4xf32>, %y: memref<4xf32>) {
  // expected-error@+1 {{expects to stay inside the input of 4 elements, but reaches -1 to 2}}
  kernel.copy %x into %y sizes [4] from 2 by [-1] to 0 by [1] : memref<4xf32>, memref<4xf32>
  return
}

// -----

func.func @fill(%y: memref<4xf32>) {
  // expected-error@+1 {{expects a value of type 'f32', but found 'i32'}}
  kernel.fill %y with 1 : i32 : memref<4xf32>
  return
}

// -----

func.func @gather(%t: memref<1x1x9x4xi8>, %i: memref<1x2xi32>, %y: memref<1x1x3x4xi8>) {
  // expected-error@+1 {{expects shapes BxOxRxI, BxJ and BxOxJxI, but found}}
  kernel.gather %t, %i into %y : memref<1x1x9x4xi8>, memref<1x2xi32>, memref<1x1x3x4xi8>
  return
}

// -----

func.func @resize(%x: memref<1x2x2x3xi8>, %y: memref<1x4x4x3xi8>) {
  // expected-error@+1 {{expects f32 for bilinear interpolation, but found 'memref<1x2x2x3xi8>'}}
  kernel.resize %x into %y {bilinear} : memref<1x2x2x3xi8>, memref<1x4x4x3xi8>
  return
}

// -----

func.func @scratch(%x: memref<1x2x3xf32>, %w: memref<16x3xf32>, %r: memref<16x4xf32>, %b: memref<16xf32>, %s: memref<23xf32>, %y: memref<1x2x4xf32>) {
  // expected-error@+1 {{expects scratch of 96 bytes, but found 'memref<23xf32>'}}
  kernel.lstm %x, %w, %r, %b scratch %s into %y
      : memref<1x2x3xf32>, memref<16x3xf32>, memref<16x4xf32>, memref<16xf32>, memref<23xf32>, memref<1x2x4xf32>
  return
}

// -----

func.func @gates(%x: memref<1x2x3xf32>, %w: memref<12x3xf32>, %r: memref<16x4xf32>, %b: memref<16xf32>, %s: memref<24xf32>, %y: memref<1x2x4xf32>) {
  // expected-error@+1 {{expects weights for 4 gates of 4 units over 3 inputs}}
  kernel.lstm %x, %w, %r, %b scratch %s into %y
      : memref<1x2x3xf32>, memref<12x3xf32>, memref<16x4xf32>, memref<16xf32>, memref<24xf32>, memref<1x2x4xf32>
  return
}

// -----

func.func @timestamp(%t: memref<4xi64>) {
  // expected-error@+1 {{expects an index from 0 to 3, but found 4}}
  kernel.timestamp into %t at 4 : memref<4xi64>
  return
}

// -----

func.func @residual(%x: memref<1x4x4x3xf32>, %w: memref<4x1x1x3xf32>, %r: memref<1x4x4x4xf32>, %y: memref<1x4x4x4xf32>) {
  // expected-error@+1 {{expects a residual and its epilogue, but found only one of them}}
  kernel.contract %x, %w residual %r into %y {epilogue = #kernel.epilogue<>}
      : memref<1x4x4x3xf32>, memref<4x1x1x3xf32>, memref<1x4x4x4xf32>, memref<1x4x4x4xf32>
  return
}

// -----

func.func @sparse_residual(%x: memref<1x2x2x4xf32>, %p: memref<5xi32>, %c: memref<2xi32>, %v: memref<2xf32>, %r: memref<1x2x2x1xf32>, %y: memref<1x2x2x4xf32>) {
  // expected-error@+1 {{expects a residual of 'memref<1x2x2x4xf32>', but found 'memref<1x2x2x1xf32>'}}
  kernel.sparse_contract %x, %p, %c, %v residual %r into %y {kernel_size = array<i64: 1, 1>, epilogue = #kernel.epilogue<>, residual_epilogue = #kernel.epilogue<>}
      : memref<1x2x2x4xf32>, memref<5xi32>, memref<2xi32>, memref<2xf32>, memref<1x2x2x1xf32>, memref<1x2x2x4xf32>
  return
}

// -----

func.func @residual_type(%x: memref<1x4x4x3xf32>, %w: memref<4x1x1x3xf32>, %r: memref<1x4x4x1xf32>, %y: memref<1x4x4x4xf32>) {
  // expected-error@+1 {{expects a residual of 'memref<1x4x4x4xf32>', but found 'memref<1x4x4x1xf32>'}}
  kernel.contract %x, %w residual %r into %y {epilogue = #kernel.epilogue<>, residual_epilogue = #kernel.epilogue<>}
      : memref<1x4x4x3xf32>, memref<4x1x1x3xf32>, memref<1x4x4x1xf32>, memref<1x4x4x4xf32>
  return
}

// -----

func.func @residual_in_place(%x: memref<1x4x4x3xf32>, %w: memref<4x1x1x3xf32>, %y: memref<1x4x4x4xf32>) {
  // expected-error@+1 {{expects a residual that is not the output}}
  kernel.contract %x, %w residual %y into %y {epilogue = #kernel.epilogue<>, residual_epilogue = #kernel.epilogue<>}
      : memref<1x4x4x3xf32>, memref<4x1x1x3xf32>, memref<1x4x4x4xf32>, memref<1x4x4x4xf32>
  return
}

// -----

func.func @residual_scales(%x: memref<1x4x4x3xi8>, %w: memref<4x1x1x3xi8>, %r: memref<1x4x4x4xi8>, %y: memref<1x4x4x4xi8>) {
  // expected-error@+1 {{expects 2 scales, but found 1}}
  kernel.contract %x, %w residual %r into %y {epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>>,
                                              residual_epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>>}
      : memref<1x4x4x3xi8>, memref<4x1x1x3xi8>, memref<1x4x4x4xi8>, memref<1x4x4x4xi8>
  return
}

// -----

func.func @function_of_pool(%x: memref<1x2x2x1xf32>, %y: memref<1x2x2x1xf32>) {
  // expected-error@+1 {{expects an epilogue without a function, which only f32 results of contractions and of kernel.binary take}}
  kernel.pool max %x into %y {kernel = array<i64: 1, 1>, epilogue = #kernel.epilogue<function = abs>} : memref<1x2x2x1xf32>, memref<1x2x2x1xf32>
  return
}

// -----

func.func @function_of_bytes(%x: memref<4xi8>, %y: memref<4xi8>) {
  // expected-error@+1 {{expects an epilogue without a function}}
  kernel.binary maximum %x, %x into %y {epilogue = #kernel.epilogue<function = abs, low = -128.0, high = 127.0>} : memref<4xi8>, memref<4xi8>, memref<4xi8>
  return
}

// -----

func.func @function_of_function(%x: memref<4xf32>, %y: memref<4xf32>) {
  // expected-error@+1 {{expects an epilogue without a function}}
  kernel.unary exp %x into %y {epilogue = #kernel.epilogue<function = abs>} : memref<4xf32>, memref<4xf32>
  return
}

// -----

func.func @function_parameter(%x: memref<4xf32>, %y: memref<4xf32>) {
  // expected-error@+1 {{expects 'alpha' for leaky_relu alone}}
  kernel.binary add %x, %x into %y {epilogue = #kernel.epilogue<function = tanh, alpha = 0.5>} : memref<4xf32>, memref<4xf32>, memref<4xf32>
  return
}

// -----

func.func @function_name(%x: memref<4xf32>, %y: memref<4xf32>) {
  // expected-error@+1 {{expected a function, but found cosine}}
  kernel.binary add %x, %x into %y {epilogue = #kernel.epilogue<function = cosine>} : memref<4xf32>, memref<4xf32>, memref<4xf32>
  return
}

// -----

func.func @subview_layout(%x: memref<4x4xf32, strided<[8, 1]>>) {
  // expected-error@+1 {{expects static contiguous buffers, but found 'memref<4x4xf32, strided<[8, 1]>>'}}
  %0 = kernel.subview %x from 0 : memref<4x4xf32, strided<[8, 1]>> to memref<2x4xf32>
  return
}

// -----

func.func @subview_type(%x: memref<1x4x4x2xf32>) {
  // expected-error@+1 {{expects one element type, but found 'memref<1x4x4x2xf32>' and 'memref<1x2x4x1xi32>'}}
  %0 = kernel.subview %x from 0 : memref<1x4x4x2xf32> to memref<1x2x4x1xi32>
  return
}

// -----

func.func @subview_range(%x: memref<1x4x4x2xf32>) {
  // expected-error@+1 {{expects elements within [0, 32), but found [24, 40)}}
  %0 = kernel.subview %x from 24 : memref<1x4x4x2xf32> to memref<1x2x4x2xf32>
  return
}

// -----

func.func @subview_negative(%x: memref<8xf32>) {
  // expected-error@+1 {{expects elements within [0, 8), but found [-1, 3)}}
  %0 = kernel.subview %x from -1 : memref<8xf32> to memref<4xf32>
  return
}

// -----

memref.global "private" constant @c : memref<4xf32> = dense<1.0>
func.func @subview_constant() {
  %c = memref.get_global @c : memref<4xf32>
  // expected-error@+1 {{expects a part of a buffer or an argument, but found one of a constant}}
  %0 = kernel.subview %c from 2 : memref<4xf32> to memref<2xf32>
  return
}

// -----

// expected-error@+1 {{expects 'kernel.arena_offset' to be a number of at least 0, but found -8}}
func.func @arena_offset(%x: memref<4xf32> {kernel.arena_offset = -8 : i64}) { return }

// -----

// expected-error@+1 {{expects 'kernel.num_inputs' to be at most the number of its arguments (1), but found 2}}
func.func @num_inputs(%x: memref<4xf32>) attributes {kernel.num_inputs = 2 : i64} { return }

// -----

func.func @table_of_pool(%x: memref<1x2x2x1xi8>, %y: memref<1x2x2x1xi8>) {
  // expected-error@+1 {{expects an epilogue without a table, which only 8-bit results of convolutions take}}
  kernel.pool max %x into %y {kernel = array<i64: 1, 1>, epilogue = #kernel.epilogue<table = <entries = dense<0> : tensor<256xi8>>>} : memref<1x2x2x1xi8>, memref<1x2x2x1xi8>
  return
}

// -----

func.func @table_of_floats(%x: memref<1x4x4x3xf32>, %w: memref<4x1x1x3xf32>, %y: memref<1x4x4x4xf32>) {
  // expected-error@+1 {{expects an epilogue without a table}}
  kernel.contract %x, %w into %y {epilogue = #kernel.epilogue<table = <entries = dense<0> : tensor<256xi8>>>} : memref<1x4x4x3xf32>, memref<4x1x1x3xf32>, memref<1x4x4x4xf32>
  return
}

// -----

func.func @table_before_residual(%x: memref<1x4x4x3xi8>, %w: memref<4x1x1x3xi8>, %r: memref<1x4x4x4xi8>, %y: memref<1x4x4x4xi8>) {
  // expected-error@+1 {{expects no table where there is a residual}}
  kernel.contract %x, %w residual %r into %y {epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>, table = <entries = dense<0> : tensor<256xi8>>>,
                                              residual_epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5, 0.5]>>}
      : memref<1x4x4x3xi8>, memref<4x1x1x3xi8>, memref<1x4x4x4xi8>, memref<1x4x4x4xi8>
  return
}

// -----

// expected-error@+1 {{expects 256 entries of type i8, but found 'tensor<4xi8>'}}
#few = #kernel.byte_table<entries = dense<0> : tensor<4xi8>>

// -----

// expected-error@+1 {{expects 256 entries of type i8, but found 'tensor<256xi32>'}}
#wide = #kernel.byte_table<entries = dense<0> : tensor<256xi32>>

// -----

// expected-error@+1 {{expects products that give all entries}}
#others = #kernel.byte_table<entries = dense<"0x808182838485868788898A8B8C8D8E8F909192939495969798999A9B9C9D9E9FA0A1A2A3A4A5A6A7A8A9AAABACADAEAFB0B1B2B3B4B5B6B7B8B9BABBBCBDBEBFC0C1C2C3C4C5C6C7C8C9CACBCCCDCECFD0D1D2D3D4D5D6D7D8D9DADBDCDDDEDFE0E1E2E3E4E5E6E7E8E9EAEBECEDEEEFF0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F404142434445464748494A4B4C4D4E4F505152535455565758595A5B5C5D5E5F606162636465666768696A6B6C6D6E6F707172737475767778797A7B7C7D7E7F"> : tensor<256xi8>, products = <low = 1.1, high = 1.1>>

// -----

// expected-error@+1 {{expects products that give all entries}}
#zero_point = #kernel.byte_table<entries = dense<3> : tensor<256xi8>, products = <zero_point = 100000, constant = 3.0>>

// -----

// expected-error@+1 {{expected zero_point, slope, offset, low, high or constant}}
#gate = #kernel.table_products<gate = 4.0>
