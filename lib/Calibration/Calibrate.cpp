//===- Calibrate.cpp - Fills in ranges from a run over samples ------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Probe.h"
#include "pare/Calibration/Calibration.h"
#include "pare/Dialect/NN/IR/FakeQuant.h"
#include "pare/Dialect/NN/IR/Scales.h"
#include "pare/Dialect/NN/Transforms/ConstantValues.h"
#include "pare/Dialect/NN/Transforms/QuantizationRules.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>

using namespace mlir;
using namespace pare;
using namespace pare::nn;

namespace pare::nn {
#define GEN_PASS_DEF_CALIBRATEPASS
#include "pare/Dialect/NN/Transforms/NNCalibrationPasses.h.inc"
} // namespace pare::nn

namespace {
/// The least and the greatest of the values seen so far.
struct Extent {
  float low = std::numeric_limits<float>::infinity();
  float high = -std::numeric_limits<float>::infinity();

  bool isEmpty() const { return low > high; }
  void add(float value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  void add(const Extent &other) {
    low = std::min(low, other.low);
    high = std::max(high, other.high);
  }
};
} // namespace

static bool isConstant(FakeQuantOp op) {
  return bool(getConstantElements(op.getInput()));
}

namespace {
class Calibrate : public pare::nn::impl::CalibratePassBase<Calibrate> {
public:
  using CalibratePassBase::CalibratePassBase;

  void runOnOperation() override {
    func::FuncOp target = findFunction();
    if (!target || failed(calibrate(target)))
      signalPassFailure();
  }

private:
  func::FuncOp findFunction() {
    SmallVector<func::FuncOp> candidates;
    for (func::FuncOp op : getOperation().getOps<func::FuncOp>()) {
      if (!function.empty() && op.getName() != function)
        continue;
      bool marked = false;
      op.walk([&](FakeQuantOp) { marked = true; });
      if (marked)
        candidates.push_back(op);
    }
    if (candidates.size() == 1)
      return candidates.front();
    InFlightDiagnostic error = getOperation().emitError();
    if (!candidates.empty())
      error << "expects the option function to choose between '"
            << candidates[0].getName() << "' and '" << candidates[1].getName()
            << "'";
    else if (!function.empty())
      error << "expects a function '" << std::string(function)
            << "' with nn.fake_quant; run nn-insert-fake-quant first";
    else
      error << "expects a function with nn.fake_quant; run "
               "nn-insert-fake-quant first";
    return {};
  }

  LogicalResult calibrate(func::FuncOp target) {
    const QuantizationGroups groups(target);
    SmallVector<SmallVector<FakeQuantOp>> members = groups.getFakeQuants();
    extents.clear();
    // Which values have to be seen: those of groups that lack a range.
    SmallVector<FakeQuantOp> observed;
    for (ArrayRef<FakeQuantOp> group : members)
      for (FakeQuantOp op : group) {
        if (hasRange(group) || (isConstant(op) && op.getSpec().getSymmetric()))
          continue;
        if (!isConstant(op))
          observed.push_back(op);
        else if (failed(observeConstant(op)))
          return failure();
      }
    if (!observed.empty() && failed(observe(target, observed)))
      return failure();
    for (ArrayRef<FakeQuantOp> group : members)
      setGroupRange(group);
    WalkResult result = target.walk([&](FakeQuantOp op) {
      if (op.getMinimums() || !isConstant(op))
        return WalkResult::advance();
      return WalkResult(setWeightRange(op, groups, members));
    });
    return failure(result.wasInterrupted());
  }

  static bool hasRange(ArrayRef<FakeQuantOp> group) {
    return llvm::any_of(
        group, [](FakeQuantOp op) { return op.getMinimums().has_value(); });
  }

  LogicalResult observeConstant(FakeQuantOp op) {
    auto values = readFloats(op.getInput());
    if (!values)
      return op.emitError("layer '")
             << getLayerName(op) << "': expects a constant of f32 with data";
    Extent &extent = extents[op];
    for (float value : values->get()) {
      if (!std::isfinite(value))
        return op.emitError("constant '")
               << getLayerName(op) << "': expects finite values, but found "
               << value;
      extent.add(value);
    }
    return success();
  }

  //===--------------------------------------------------------------------===//
  // The run
  //===--------------------------------------------------------------------===//

  LogicalResult observe(func::FuncOp target, ArrayRef<FakeQuantOp> observed) {
    // The sum alone shows every value that is not a number.
    SmallVector<Observation> observations;
    for (FakeQuantOp op : observed)
      for (auto kind :
           {Observation::Minimum, Observation::Maximum, Observation::Sum})
        observations.push_back({op.getInput(), kind});
    FailureOr<int64_t> count =
        runProbe(target, observations,
                 ProbeOptions{samples, inputScale, inputOffset, limit, backend},
                 [&](int64_t sample, ArrayRef<HostTensor> results) {
                   return record(observed, results, sample);
                 });
    if (failed(count))
      return failure();
    numSamples += *count;
    return success();
  }

  LogicalResult record(ArrayRef<FakeQuantOp> observed,
                       ArrayRef<HostTensor> results, int64_t sample) {
    ArrayRef<HostTensor> rest = results;
    for (FakeQuantOp op : observed) {
      const float low = rest[0].data<float>().front();
      const float high = rest[1].data<float>().front();
      const float sum = rest[2].data<float>().front();
      rest = rest.drop_front(3);
      if (std::isnan(sum) || !std::isfinite(low) || !std::isfinite(high))
        return op.emitError("layer '")
               << getLayerName(op) << "': expects finite values, but sample "
               << sample << " gives "
               << (std::isnan(sum) ? "not a number" : "infinity");
      extents[op].add(low);
      extents[op].add(high);
    }
    return success();
  }

  //===--------------------------------------------------------------------===//
  // Ranges
  //===--------------------------------------------------------------------===//

  void setRange(FakeQuantOp op, ArrayRef<float> low, ArrayRef<float> high) {
    op.setMinimums(low);
    op.setMaximums(high);
  }

  /// All members take the union of what was seen, or of the ranges that are
  /// there already.
  void setGroupRange(ArrayRef<FakeQuantOp> group) {
    Extent extent;
    for (FakeQuantOp op : group) {
      if (op.getMinimums()) {
        extent.add(op.getMinimums()->front());
        extent.add(op.getMaximums()->front());
      } else if (auto it = extents.find(op); it != extents.end()) {
        extent.add(it->second);
      }
    }
    if (extent.isEmpty())
      return;
    for (FakeQuantOp op : group)
      if (!op.getMinimums() &&
          !(isConstant(op) && op.getSpec().getSymmetric())) {
        setRange(op, extent.low, extent.high);
        ++numActivations;
      }
  }

  /// The range of weights follows from the weights, and from their bias, which
  /// has to fit 32 bits at the scale that follows.
  LogicalResult setWeightRange(FakeQuantOp op, const QuantizationGroups &groups,
                               ArrayRef<SmallVector<FakeQuantOp>> members) {
    auto values = readFloats(op.getInput());
    if (!values)
      return op.emitError("layer '")
             << getLayerName(op) << "': expects a constant of f32 with data";
    const int64_t axis = op.getSpec().getAxis();
    SmallVector<int64_t> shape(
        cast<ShapedType>(op.getInput().getType()).getShape());
    if (axis < 0)
      shape = {1, static_cast<int64_t>(values->size())};
    const AxisLayout layout(shape, std::max<int64_t>(axis, 0));
    std::vector<float> magnitude(layout.channels, 0.0f);
    for (size_t i = 0; i < values->size(); ++i) {
      const float value = std::fabs((*values)[i]);
      if (!std::isfinite(value))
        return op.emitError("weights '")
               << getLayerName(op) << "': expects finite values, but element "
               << i << " is " << (*values)[i];
      float &greatest = magnitude[layout.channelOf(i)];
      greatest = std::max(greatest, value);
    }
    // A channel of zeros has no scale of its own, but its bias needs one.
    const float whole = *llvm::max_element(magnitude);
    for (float &channel : magnitude)
      if (channel == 0.0f)
        channel = whole;
    for (OpOperand &use : op.getOutput().getUses())
      makeRoomForBias(use, groups, members, getQuantRange(op.getSpec()).hi,
                      magnitude);
    SmallVector<float> minimums;
    for (float channel : magnitude)
      minimums.push_back(-channel);
    setRange(op, minimums, magnitude);
    ++numWeights;
    return success();
  }

  /// Widens `magnitude` until |bias| / (input scale * filter scale) <= 2^30 for
  /// the layer that reads the weights by `use`.
  void makeRoomForBias(OpOperand &use, const QuantizationGroups &groups,
                       ArrayRef<SmallVector<FakeQuantOp>> members,
                       int32_t greatest, MutableArrayRef<float> magnitude) {
    auto layer = dyn_cast<QuantizableOpInterface>(use.getOwner());
    if (!layer || layer.getFilterIndex() != use.getOperandNumber() ||
        !layer.getBiasIndex())
      return;
    auto bias = readFloats(layer->getOperand(*layer.getBiasIndex()));
    quant::QuantizedType input =
        findType(layer->getOperand(0), groups, members);
    if (!bias || !input)
      return;
    constexpr double kRoom = 1 << 30;
    for (size_t c = 0; c < bias->size(); ++c) {
      float &channel = magnitude[magnitude.size() == 1 ? 0 : c];
      const double needed =
          std::fabs((*bias)[c]) / (getScale(input) * kRoom) * greatest;
      channel = std::max(channel, static_cast<float>(needed));
    }
  }

  /// The quantization that `value` gets from its group.
  quant::QuantizedType findType(Value value, const QuantizationGroups &groups,
                                ArrayRef<SmallVector<FakeQuantOp>> members) {
    if (auto op = value.getDefiningOp<FakeQuantOp>())
      return getFakeQuantType(op);
    for (const SmallVector<FakeQuantOp> &group : members)
      if (groups.getLeader(FakeQuantOp(group.front()).getOutput()) ==
          groups.getLeader(value))
        return getFakeQuantType(group.front());
    return {};
  }

  llvm::DenseMap<Operation *, Extent> extents;
};
} // namespace
