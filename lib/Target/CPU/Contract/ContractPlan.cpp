//===- ContractPlan.cpp - Tiles and packed layouts ------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contract/ContractPlan.h"
#include "Emit/MicroKernel.h"

#include <algorithm>
#include <limits>

using namespace mlir;

namespace pare::cpu {

/// Of a contraction in kernel.stripes, the shape of a stripe.
static void keepStripe(ConvShape &s, kernel::ContractOp op) {
  auto rows =
      op->getAttrOfType<IntegerAttr>(kernel::KernelDialect::kStripeRowsAttr);
  if (!rows)
    return;
  // Windows find their lines in the image.
  if (s.kernelHeight == 1 && s.kernelWidth == 1)
    s.inHeight = rows.getInt();
  s.outHeight = rows.getInt();
}

template <typename OpT> static ConvShape shapeOf(OpT op) {
  auto in = cast<MemRefType>(op.getInput().getType()).getShape();
  auto out = cast<MemRefType>(op.getOutput().getType()).getShape();
  auto filter = cast<MemRefType>(op.getFilter().getType()).getShape();
  ConvShape s;
  s.batch = in[0], s.inHeight = in[1], s.inWidth = in[2], s.inChannels = in[3];
  s.outHeight = out[1], s.outWidth = out[2], s.outChannels = out[3];
  s.kernelHeight = filter[1], s.kernelWidth = filter[2];
  s.strideHeight = op.getStrides()[0], s.strideWidth = op.getStrides()[1];
  s.dilationHeight = op.getDilations()[0];
  s.dilationWidth = op.getDilations()[1];
  s.padTop = op.getPadding()[0], s.padLeft = op.getPadding()[2];
  return s;
}

ConvShape ConvShape::of(kernel::ContractOp op) {
  ConvShape s = shapeOf(op);
  keepStripe(s, op);
  return s;
}
ConvShape ConvShape::of(kernel::DepthwiseOp op) { return shapeOf(op); }

bool ConvShape::isPointwise() const {
  return kernelHeight == 1 && kernelWidth == 1 && padTop == 0 && padLeft == 0 &&
         (outHeight - 1) * strideHeight < inHeight &&
         (outWidth - 1) * strideWidth < inWidth;
}

//===----------------------------------------------------------------------===//
// Register tiles
//===----------------------------------------------------------------------===//

/// Registers that a tile needs: sums, the vectors of one panel row, one element
/// of a row in all lanes, and products that are not yet added.
static int64_t registersOf(const ContractPlan &plan, const TargetInfo &target,
                           TileShape tile) {
  // Pairs of columns, and some pairs of rows.
  if (plan.matrices)
    return tile.rows * tile.vectors + 2 * tile.vectors + 3;
  int64_t more = 1;
  if (plan.integer && target.dotStep == DotStep::PMAddWD)
    more += plan.quads ? 2 : 1;
  // Terms that one product alone takes: LLVM puts its sum in their place, and
  // sums move from register to register.
  if (plan.pixels > 1 && tile.vectors == 1)
    more += tile.rows / 2;
  // The upper halves of weights, and products of halves on their way.
  if (plan.integer && target.dotStep == DotStep::NEON)
    more += tile.vectors + 8;
  return tile.rows * tile.vectors + tile.vectors + more;
}

bool fitsRegisters(const ContractPlan &plan, const TargetInfo &target,
                   TileShape tile) {
  return registersOf(plan, target, tile) <= target.vectorRegisters;
}

double stepCycles(const ContractPlan &plan, const TargetInfo &target,
                  TileShape tile) {
  bool pairsApart = plan.integer && target.dotStep == DotStep::PMAddWD;
  // Multiplications and additions that are instructions of their own share
  // three ports.
  double perSum = !pairsApart ? 0.5 : plan.quads ? 1.0 : 2.0 / 3;
  double math = perSum * double(tile.rows * tile.vectors);
  double loaded = double(tile.rows + tile.vectors);
  // Where each row of a window begins is in a register of its own, or else
  // comes from memory too.
  constexpr int64_t kAddresses = 12;
  const bool isBand = plan.pixels > 1 || !plan.shape.isPointwise();
  if (!plan.integer && isBand && !plan.endsWithLines(tile.rows))
    loaded += 2.0 * double(std::max<int64_t>(tile.rows - kAddresses, 0));
  if (plan.matrices) {
    // Pairs of rows of a band are put together.
    const bool paired = plan.shape.isPointwise();
    loaded =
        double(paired ? tile.rows / 2 : tile.rows) + 2.0 * double(tile.vectors);
    math += paired ? 0.0 : 0.25 * double(tile.rows);
  }
  double loads = 0.5 * loaded;
  // Sums that do not wait for each other must hide the latency of one, with
  // some to spare for steps that are late: ten sums of floats are just enough.
  double latency = pairsApart ? 1.0 : plan.integer ? 5.0 : 5.1;
  double issue = (double(tile.rows * tile.vectors) * (!pairsApart  ? 1.0
                                                      : plan.quads ? 3.0
                                                                   : 2.0) +
                  loaded + 2.0) /
                 5.0;
  // No port is used without gaps.
  return std::max({math, loads, latency, issue}) + 0.03 * loaded;
}

double tileCycles(const ContractPlan &plan, const TargetInfo &target,
                  TileShape tile) {
  // To begin and to end: sums move, are scaled and stored.
  double ends = 10.0 + double(tile.rows * tile.vectors);
  return stepCycles(plan, target, tile) * double(plan.steps()) + ends;
}

double productCycles(const ContractPlan &plan, const TargetInfo &target,
                     TileShape tile) {
  int64_t vectors = (plan.columns + plan.lanes - 1) / plan.lanes;
  int64_t tiles = (plan.rows + tile.rows - 1) / tile.rows;
  int64_t panels = vectors / tile.vectors;
  double cycles = double(panels) * tileCycles(plan, target, tile);
  if (int64_t tail = vectors % tile.vectors)
    cycles += tileCycles(plan, target, {tile.rows, tail});
  return double(tiles) * cycles;
}

SmallVector<TileShape> tileCandidates(const ContractPlan &plan,
                                      const TargetInfo &target) {
  int64_t most = (plan.columns + plan.lanes - 1) / plan.lanes;
  const int64_t unit = plan.matrices ? 2 : 1;
  SmallVector<std::pair<double, TileShape>> found;
  // Wide panels alone are for few rows, which leave registers free.
  for (int64_t vectors = 1; vectors <= std::min<int64_t>(most, 12); ++vectors)
    for (int64_t rows = unit; rows <= plan.rows; rows += unit) {
      TileShape tile{rows, vectors};
      if (!fitsRegisters(plan, target, tile))
        break;
      found.push_back({productCycles(plan, target, tile), tile});
    }
  llvm::sort(found, [](const auto &x, const auto &y) {
    // Among equals the tile with the fewest loads.
    auto key = [](const auto &x) {
      return std::make_tuple(x.first, x.second.rows + x.second.vectors,
                             x.second.vectors);
    };
    return key(x) < key(y);
  });
  SmallVector<TileShape> tiles;
  for (const auto &[cycles, tile] : found)
    tiles.push_back(tile);
  if (tiles.empty())
    tiles.push_back({});
  return tiles;
}

static void chooseTile(ContractPlan &plan, const TargetInfo &target,
                       Operation *op) {
  plan.tile = tileCandidates(plan, target).front();
  auto forced = op ? op->getAttrOfType<DenseI64ArrayAttr>(
                         kernel::KernelDialect::kTileAttr)
                   : DenseI64ArrayAttr();
  if (!forced)
    return;
  TileShape tile{forced[0], forced[1]};
  tile.vectors =
      std::min(tile.vectors, (plan.columns + plan.lanes - 1) / plan.lanes);
  tile.rows = std::min(tile.rows, plan.rows);
  while (tile.rows > 1 && !fitsRegisters(plan, target, tile))
    --tile.rows;
  if (plan.matrices)
    tile.rows = std::max<int64_t>(2, tile.rows / 2 * 2);
  plan.tile = tile;
}

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

/// `total` cut into blocks of about `most` and no more than `limit` but at
/// least one `unit`, a multiple of it: of those about as large as can be, the
/// size that computes least twice.
static int64_t evenBlock(int64_t total, int64_t most, int64_t unit,
                         int64_t limit = std::numeric_limits<int64_t>::max()) {
  most = std::max(most / unit * unit, unit);
  if (most >= total)
    return total;
  auto computed = [&](int64_t block) {
    return (total + block - 1) / block * block;
  };
  int64_t best = most;
  const int64_t largest =
      std::max(std::min({most + most / 2, total, limit}), most);
  for (int64_t block = largest / unit * unit; block > 0 && 2 * block >= most;
       block -= unit)
    if (computed(block) < computed(best))
      best = block;
  return best;
}

/// `op` may be null, or may say how much of the arena is free while it runs.
static void chooseBlocks(ContractPlan &plan, const TargetInfo &target,
                         Operation *op) {
  const ConvShape &s = plan.shape;
  plan.source = plan.pixels > 1 || !s.isPointwise()    ? TermSource::Band
                : plan.integer || !plan.isContiguous() ? TermSource::Rows
                                                       : TermSource::Direct;
  const int64_t termBytes = plan.integer ? plan.quads ? 1 : 2 : 4 * plan.pixels;
  const int64_t tiles = (plan.rows + plan.tile.rows - 1) / plan.tile.rows;
  const int64_t filterBytes =
      plan.paddedColumns() * plan.steps() * plan.stepBytes();
  const bool extends = plan.integer && !plan.quads && !plan.wideWeights;
  // A filter that stays in the L1 or near in the L2 cache is read again for
  // each tile. A larger one comes from far, once a block of rows.
  const int64_t near = extends ? target.l1Bytes : target.l2Bytes / 2;
  plan.panelsOutside = filterBytes > near && tiles >= 4;
  plan.widens = extends && tiles >= 8;
  if (extends && !plan.panelsOutside && filterBytes > near)
    plan.widens = false;

  plan.streams = tiles == 1 && filterBytes > target.l1Bytes;
  plan.blockSteps = plan.steps();
  if (plan.panelsOutside) {
    int64_t most = target.l1Bytes / 2 / (plan.panelWidth() * plan.stepBytes());
    if (plan.runSteps() >= most)
      plan.blockSteps = evenBlock(plan.runSteps(), most, 1);
    else
      plan.blockSteps =
          evenBlock(plan.runs, most / plan.runSteps(), 1) * plan.runSteps();
  }

  // Rows: what is copied of them stays in the L2 cache while all panels pass
  // by, or in the L1 cache with the panels. It may make the arena larger: not
  // all that the caches could keep, and beyond what is free no more than a part
  // of the layer's size, unless weights would be read more often for that.
  // Lines of a band are copied again for the next block, so that blocks of few
  // cost time.
  constexpr int64_t kMostCopied = 80 << 10, kPartOfBand = 8, kPartOfRows = 16;
  const bool isBand = plan.source == TermSource::Band;
  auto freeBytes =
      op ? op->getAttrOfType<IntegerAttr>(kernel::KernelDialect::kFreeBytesAttr)
         : IntegerAttr();
  int64_t room = target.l1Bytes / (plan.pixels > 1 ? 2 : 4);
  int64_t limit = std::numeric_limits<int64_t>::max();
  if (plan.panelsOutside) {
    room = std::min(target.l2Bytes / 4, kMostCopied);
  } else if (freeBytes) {
    const int64_t elementBytes = plan.integer ? 1 : 4;
    const int64_t size =
        elementBytes * (s.batch * s.inHeight * s.inWidth * s.inChannels +
                        plan.rows * s.outChannels);
    const int64_t part = size / (isBand ? kPartOfBand : kPartOfRows);
    const int64_t widened = plan.widens ? 2 * plan.groupSize() : 0;
    limit = std::max(part, freeBytes.getInt() - widened);
    room = std::min(room, limit);
  }
  if (isBand) {
    int64_t lineBytes = plan.bandStride() * termBytes;
    int64_t lines = (room / std::max<int64_t>(1, lineBytes) -
                     (s.kernelHeight - 1) * s.dilationHeight - 1) /
                        s.strideHeight +
                    1;
    // A line that two blocks copy is worth some tiles more.
    int64_t least = (4 * plan.tile.rows + plan.lineRows - 1) / plan.lineRows;
    lines = std::max(lines, least);
    // Weights that are much larger than the image come from far for each block.
    constexpr int64_t kMuchLarger = 8;
    const int64_t allLines = (s.outHeight - 1) * s.strideHeight +
                             (s.kernelHeight - 1) * s.dilationHeight + 1;
    const int64_t imageBytes = allLines * lineBytes;
    if (plan.panelsOutside && imageBytes <= target.l2Bytes &&
        filterBytes >= kMuchLarger * imageBytes)
      lines = s.outHeight;
    plan.blockRows = evenBlock(s.outHeight, lines, 1) * plan.lineRows;
    plan.tile.rows = std::min(plan.tile.rows, plan.blockRows);
    if (plan.matrices && plan.tile.rows > 1)
      plan.tile.rows -= plan.tile.rows % 2;
    return;
  }
  if (plan.source == TermSource::Direct) {
    // Without a copy, a block is not bound to a size; it stays what the caches
    // keep.
    room = plan.panelsOutside ? target.l2Bytes / 2 : 0;
  }
  int64_t rowBytes = plan.runSteps() * plan.termsPerStep() * termBytes;
  int64_t most = room / std::max<int64_t>(1, rowBytes);
  if (plan.source == TermSource::Rows)
    most = std::max(most, 4 * plan.tile.rows);
  plan.blockRows = evenBlock(plan.rows, most, plan.tile.rows,
                             limit / std::max<int64_t>(1, rowBytes));
}

int64_t ContractPlan::termsPerStep() const {
  return matrices ? MicroKernel::kMatrixTerms : quads ? 4 : integer ? 2 : 1;
}
int64_t ContractPlan::bandWidth() const {
  return (lineRows - 1) * shape.strideWidth +
         (shape.kernelWidth - 1) * shape.dilationWidth + 1;
}
/// Pairs of f32 in a cache line.
static constexpr int64_t kPairsOfLine = 8;

int64_t ContractPlan::bandStride() const {
  const int64_t terms = bandWidth() * groupChannels();
  return pixels > 1 ? llvm::alignTo(terms, kPairsOfLine) : terms;
}
int64_t ContractPlan::bandStart() const {
  const int64_t padding = shape.padLeft * groupChannels();
  return pixels > 1 ? llvm::alignTo(padding, kPairsOfLine) - padding : 0;
}
int64_t ContractPlan::bandLines() const {
  return (blockLines() - 1) * shape.strideHeight +
         (shape.kernelHeight - 1) * shape.dilationHeight + 1;
}
int64_t ContractPlan::numBlocks() const {
  int64_t all = source == TermSource::Band ? rows / shape.batch : rows;
  return (all + blockRows - 1) / blockRows;
}
bool ContractPlan::isContiguous() const {
  return source != TermSource::Band && shape.strideHeight == 1 &&
         shape.strideWidth == 1 && shape.outHeight == shape.inHeight &&
         shape.outWidth == shape.inWidth;
}

//===----------------------------------------------------------------------===//
// Plans
//===----------------------------------------------------------------------===//

/// `plan` with two pixels in a row.
static ContractPlan withPairs(ContractPlan plan, const TargetInfo &target) {
  const ConvShape &s = plan.shape;
  plan.pixels = 2;
  plan.lineRows = (s.outWidth + 1) / 2;
  plan.rows = s.batch * s.outHeight * plan.lineRows;
  plan.columns *= 2;
  plan.lanes = target.lanes();
  return plan;
}

/// Whether pairs of pixels are expected to be faster, for the lanes that they
/// fill and their fewer loads, although they are copied.
static bool pairsPixels(const ContractPlan &plan, const TargetInfo &target) {
  const ConvShape &s = plan.shape;
  const int64_t inTail = plan.columns % target.lanes();
  if (plan.integer || plan.packsAtRunTime || plan.groups != 1 ||
      s.outWidth < 2 || inTail == 0 || 2 * inTail > target.lanes())
    return false;
  // Where nothing would be copied otherwise, half of a last vector is less than
  // the copy, unless it is the only one.
  if (s.isPointwise() && plan.columns > target.lanes())
    return false;
  // A vector of inputs is loaded and stored, two are put together besides.
  constexpr double kCopy = 1.5, kPair = 3.0;
  auto cycles = [&](const ContractPlan &of, double copy) {
    const TileShape tile = tileCandidates(of, target).front();
    return productCycles(of, target, tile) +
           copy * double(s.batch * s.inHeight * s.inWidth * s.inChannels) /
               double(target.lanes());
  };
  return cycles(withPairs(plan, target), kPair) <
         cycles(plan, s.isPointwise() ? 0.0 : kCopy);
}

/// All that follows from the sizes, the types and what the weights allow. `op`
/// may be null.
static void complete(ContractPlan &plan, const TargetInfo &target,
                     Operation *op) {
  const ConvShape &s = plan.shape;
  const int64_t groups = plan.groups;
  plan.quads = plan.integer && !plan.wideWeights &&
               (MicroKernel::hasDotQuads(target) || plan.smallQuads);
  plan.inputOffset =
      plan.quads && !MicroKernel::quadsAreSigned(target) ? 128 : 0;
  plan.lineRows = s.outWidth;
  plan.rows = s.batch * s.outHeight * s.outWidth;
  plan.depth = s.kernelHeight * s.kernelWidth * s.inChannels / groups;
  // A row of taps is side by side if channels are not split and columns not
  // dilated.
  bool joins = (s.dilationWidth == 1 || s.kernelWidth == 1) && groups == 1;
  plan.runs = s.kernelHeight * (joins ? 1 : s.kernelWidth);
  plan.runTerms = plan.depth / plan.runs;
  plan.columns = s.outChannels / groups;
  plan.lanes = target.lanes();
  // Eight columns fill half of the longest vectors, and half a vector is loaded
  // in all lanes three times a cycle, a whole one twice.
  if (!plan.integer && plan.lanes > 8 && plan.columns <= 8)
    plan.lanes = 8;
  plan.packedColumns = plan.integer && MicroKernel::packsRows(target);
  // A row alone, and a run of no more than four terms, fill half of a matrix;
  // quads of bytes take the place of one then.
  plan.matrices = plan.quads && !plan.packsAtRunTime && plan.filterZero == 0 &&
                  MicroKernel::hasDotMatrices(target) && plan.rows > 1 &&
                  plan.runTerms > 4;
  if (op && pairsPixels(plan, target))
    plan = withPairs(plan, target);
  chooseTile(plan, target, op);
  chooseBlocks(plan, target, op);
  if (plan.matrices && plan.tile.rows == 1) {
    // Bands of images of one pixel.
    plan.matrices = false;
    chooseTile(plan, target, op);
    chooseBlocks(plan, target, op);
  }
}

template <typename OpT> static ContractPlan beginPlan(OpT op) {
  ContractPlan plan;
  plan.shape = ConvShape::of(op);
  plan.integer = isa<IntegerType>(
      cast<MemRefType>(op.getInput().getType()).getElementType());
  plan.inputZero = op.getInputZeroPoint();
  plan.filterZero = op.getFilterZeroPoint();
  return plan;
}

static void allowSmallQuads(ContractPlan &plan, const TargetInfo &target,
                            Operation *op) {
  plan.smallQuads = plan.integer && !plan.wideWeights &&
                    op->hasAttr(kernel::KernelDialect::kBytePairsAttr) &&
                    MicroKernel::hasDotSmallQuads(target);
}

/// Weights that become known late are stored as the inner loop takes them.
static void packAtRunTime(ContractPlan &plan, const TargetInfo &target) {
  plan.packsAtRunTime = true;
  plan.wideWeights = plan.integer && (plan.filterZero != 0 ||
                                      !MicroKernel::hasDotQuads(target));
}

ContractPlan planContract(kernel::ContractOp op, const TargetInfo &target,
                          bool packsAtRunTime) {
  auto filter = cast<MemRefType>(op.getFilter().getType()).getShape();
  ContractPlan plan = beginPlan(op);
  plan.groups = plan.shape.inChannels / filter[3];
  if (packsAtRunTime)
    packAtRunTime(plan, target);
  else
    allowSmallQuads(plan, target, op);
  complete(plan, target, op);
  if (!packsAtRunTime)
    chooseStrassen(plan, target, op);
  return plan;
}

ContractPlan planContract(kernel::DepthwiseOp op, const TargetInfo &target) {
  ContractPlan plan = beginPlan(op);
  plan.depthwiseFilter = true;
  allowSmallQuads(plan, target, op);
  complete(plan, target, op);
  return plan;
}

ContractPlan planProduct(const Product &product, const TargetInfo &target) {
  ContractPlan plan;
  plan.shape = {1,
                1,
                product.rows,
                product.depth,
                1,
                product.rows,
                product.columns,
                1,
                1,
                1,
                1,
                1,
                1,
                0,
                0};
  plan.integer = product.integer;
  plan.inputZero = product.leftZero;
  plan.filterZero = product.rightZero;
  if (product.packsAtRunTime)
    packAtRunTime(plan, target);
  complete(plan, target, nullptr);
  return plan;
}

SmallVector<int64_t> ContractPlan::channelOrder() const {
  SmallVector<int64_t> order;
  for (int64_t g = 0; g < groups; ++g)
    for (int64_t place = 0; place < paddedColumns(); ++place)
      order.push_back(channelAt(g, place));
  return order;
}

int64_t ContractPlan::channelAt(int64_t group, int64_t place) const {
  const int64_t column = columnAt(place);
  return column < columns ? (group * columns + column) / pixels : -1;
}

int64_t ContractPlan::columnAt(int64_t place) const {
  if (!packedColumns)
    return place;
  int64_t panel = std::min(place / panelWidth(), fullPanels());
  int64_t first = panel * panelWidth(), inPanel = place - first;
  int64_t vectors = panel < fullPanels() ? tile.vectors : tailVectors();
  int64_t pair = inPanel / (2 * lanes);
  // The last of an odd number of vectors stands alone.
  if (2 * pair + 1 >= vectors)
    return place;
  return first + pair * 2 * lanes +
         MicroKernel::packedColumn(inPanel % (2 * lanes), lanes);
}

int64_t ContractPlan::filterOffset(int64_t channel, int64_t term) const {
  return depthwiseFilter ? term * shape.outChannels + channel
                         : channel * depth + term;
}

SmallVector<StringRef, 2> packedWeights(Operation *op) {
  SmallVector<StringRef, 2> names;
  if (auto packed =
          op->getAttrOfType<ArrayAttr>(kernel::KernelDialect::kPackedAttr))
    for (Attribute symbol : packed)
      names.push_back(cast<FlatSymbolRefAttr>(symbol).getValue());
  return names;
}

} // namespace pare::cpu
