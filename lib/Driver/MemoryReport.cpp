//===- MemoryReport.cpp - A memory plan for people ------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MemoryReport.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace pare;
using namespace pare::kernel;
using Kind = PlannedBuffer::Kind;

/// Importers join the names of fused layers by ';': the first one tells enough.
static std::string shorten(llvm::StringRef name) {
  return name.split(';').first.str();
}

static std::string getLabel(const PlannedBuffer &buffer) {
  std::string name = buffer.name.empty() ? "buffer" : shorten(buffer.name);
  switch (buffer.kind) {
  case Kind::Input:
    return name + " (input)";
  case Kind::Output:
    return name + " (output)";
  case Kind::Work:
    return name + " (work)";
  case Kind::Buffer:
    break;
  }
  return name;
}

/// The bytes of `buffer` that are alive at `step`.
static int64_t getAliveBytes(const PlannedBuffer &buffer, int64_t step) {
  int64_t bytes = 0;
  for (const PlannedPiece &piece : buffer.pieces)
    if (piece.first <= step && step <= piece.last)
      bytes += piece.end - piece.begin;
  return bytes;
}

/// "'conv1' 18432, 'image (input)' 27648"
static std::string listAlive(const MemoryPlan &plan, int64_t step,
                             size_t region) {
  std::string text;
  for (const PlannedBuffer &buffer : plan.buffers)
    if (int64_t bytes = getAliveBytes(buffer, step);
        bytes > 0 && buffer.region == region)
      text += (text.empty() ? "'" : ", '") + getLabel(buffer) + "' " +
              std::to_string(bytes);
  return text;
}

static std::string getName(const PlannedStep &step) {
  return step.layer.empty() ? step.op->getName().stripDialect().str()
                            : shorten(step.layer);
}

std::string pare::driver::getStepName(const MemoryPlan &plan, size_t step) {
  return getName(plan.steps[step]);
}

int64_t pare::driver::countAccesses(const MemoryPlan &plan, size_t region) {
  int64_t bytes = 0;
  for (const PlannedBuffer &buffer : plan.buffers)
    if (buffer.region == region)
      bytes += buffer.accesses;
  return bytes;
}

static void printRegions(const MemoryPlan &plan, llvm::raw_ostream &os) {
  for (auto [i, region] : llvm::enumerate(plan.regions)) {
    os << "arena    ";
    if (plan.hasRegions())
      os << llvm::left_justify(region.name, 8) << " ";
    os << region.bytes;
    if (region.budget > 0)
      os << " of " << region.budget;
    os << " bytes, lower bound " << region.bound;
    if (plan.hasRegions())
      os << ", " << pare::driver::countAccesses(plan, i)
         << " bytes read and written";
    os << "\n";
  }
}

void pare::driver::printMemoryPlan(const MemoryPlan &plan,
                                   llvm::raw_ostream &os) {
  const bool hasRegions = plan.hasRegions();
  printRegions(plan, os);
  size_t width = 6;
  for (const PlannedBuffer &buffer : plan.buffers)
    width = std::max(width, std::min<size_t>(getLabel(buffer).size(), 48));
  os << "\n"
     << llvm::left_justify("buffer", width) << (hasRegions ? " region  " : "")
     << llvm::formatv(" {0,9} {1,9} {2,6} {3,6} {4,10}\n", "offset", "bytes",
                      "from", "to", "accessed");
  for (const PlannedBuffer &buffer : plan.buffers) {
    os << llvm::left_justify(llvm::StringRef(getLabel(buffer)).take_back(48),
                             width);
    if (hasRegions)
      os << " " << llvm::left_justify(plan.regions[buffer.region].name, 8);
    os << llvm::formatv(" {0,9} {1,9} {2,6} {3,6} {4,10}\n", buffer.offset,
                        buffer.bytes, buffer.first, buffer.last,
                        buffer.accesses);
  }
  width = 5;
  for (const PlannedStep &step : plan.steps)
    width = std::max(width, std::min<size_t>(getName(step).size(), 48));
  os << "\nstep " << llvm::left_justify("layer", width);
  for (const MemoryRegion &region : plan.regions)
    os << llvm::formatv(" {0,9} {1,9}",
                        hasRegions ? region.name : std::string("alive"), "top");
  os << "\n";
  for (auto [i, step] : llvm::enumerate(plan.steps)) {
    os << llvm::formatv("{0,4} ", i)
       << llvm::left_justify(llvm::StringRef(getName(step)).take_back(48),
                             width);
    for (const PlannedStep::Use &use : step.uses)
      os << llvm::formatv(" {0,9} {1,9}", use.alive, use.top);
    os << "\n";
  }
}

std::string pare::driver::describePeaks(const MemoryPlan &plan, size_t region) {
  constexpr size_t kMaxPeaks = 4;
  std::string text;
  // By what is alive: holes below the top are no layer's fault.
  llvm::SmallVector<size_t> order =
      llvm::to_vector(llvm::seq<size_t>(0, plan.steps.size()));
  auto aliveAt = [&](size_t step) {
    return plan.steps[step].uses[region].alive;
  };
  llvm::sort(order, [&](size_t a, size_t b) {
    return std::pair(aliveAt(b), a) < std::pair(aliveAt(a), b);
  });
  const std::string where =
      plan.hasRegions() ? " of " + plan.regions[region].name : "";
  for (size_t step : llvm::ArrayRef(order).take_front(kMaxPeaks))
    text += "\n  layer '" + getName(plan.steps[step]) + "' needs " +
            std::to_string(aliveAt(step)) + " bytes" + where + ": " +
            listAlive(plan, step, region);
  return text;
}

//===----------------------------------------------------------------------===//
// The picture
//===----------------------------------------------------------------------===//

static std::string escape(llvm::StringRef text) {
  std::string escaped;
  for (char c : text)
    switch (c) {
    case '<':
      escaped += "&lt;";
      break;
    case '>':
      escaped += "&gt;";
      break;
    case '&':
      escaped += "&amp;";
      break;
    case '"':
      escaped += "&quot;";
      break;
    default:
      escaped += c;
    }
  return escaped;
}

namespace {
/// Where bytes and steps lie in the picture, in its units: each memory is a
/// band from `top` on.
struct Canvas {
  static constexpr int kLeft = 90, kTitle = 40, kHeight = 480, kBottom = 30;
  int width, columns;
  int top, height;
  int64_t bytes;

  double x(int64_t step) const {
    return kLeft + double(width) * step / columns;
  }
  double y(int64_t address) const {
    return top + height * (1.0 - double(address) / bytes);
  }
};
} // namespace

static const char *getColor(Kind kind) {
  switch (kind) {
  case Kind::Input:
    return "#9ecae1";
  case Kind::Output:
    return "#a1d99b";
  case Kind::Work:
    return "#dddddd";
  case Kind::Buffer:
    break;
  }
  return "#fdd0a2";
}

static void drawBuffer(const PlannedBuffer &buffer, const Canvas &canvas,
                       llvm::raw_ostream &os) {
  const PlannedPiece *widest = nullptr;
  for (const PlannedPiece &piece : buffer.pieces) {
    const double left = canvas.x(piece.first), right = canvas.x(piece.last + 1);
    const double top = canvas.y(buffer.offset + piece.end);
    const double bottom = canvas.y(buffer.offset + piece.begin);
    os << llvm::formatv(
        "<rect x=\"{0:F1}\" y=\"{1:F1}\" width=\"{2:F1}\" height=\"{3:F1}\" "
        "fill=\"{4}\" fill-opacity=\"0.8\" stroke=\"#555\" "
        "stroke-width=\"0.5\"><title>{5}: {6} bytes at {7}, steps {8} to "
        "{9}</title></rect>\n",
        left, top, right - left, bottom - top, getColor(buffer.kind),
        escape(getLabel(buffer)), piece.end - piece.begin,
        buffer.offset + piece.begin, piece.first, piece.last);
    if (!widest || piece.last - piece.first > widest->last - widest->first)
      widest = &piece;
  }
  // A name where there is room for it.
  constexpr double kCharacter = 5.5, kLine = 10;
  const double room = canvas.x(widest->last + 1) - canvas.x(widest->first);
  const double top = canvas.y(buffer.offset + widest->end);
  const double height = canvas.y(buffer.offset + widest->begin) - top;
  const size_t fits = static_cast<size_t>(room / kCharacter);
  if (height < kLine || fits < 3)
    return;
  os << llvm::formatv(
      "<text x=\"{0:F1}\" y=\"{1:F1}\">{2}</text>\n",
      canvas.x(widest->first) + 2, top + kLine - 1,
      escape(llvm::StringRef(getLabel(buffer)).take_front(fits)));
}

static void drawRegion(const MemoryPlan &plan, size_t region,
                       const Canvas &canvas, llvm::StringRef title,
                       llvm::raw_ostream &os) {
  const MemoryRegion &memory = plan.regions[region];
  const int right = Canvas::kLeft + canvas.width;
  const int bottom = canvas.top + canvas.height;
  os << llvm::formatv(
      "<text x=\"{0}\" y=\"{1}\" font-size=\"13\">{2}: arena of "
      "{3} bytes, lower bound {4}</text>\n",
      Canvas::kLeft, canvas.top - 20, escape(title), memory.bytes,
      memory.bound);
  const int lines = std::clamp(canvas.height / 60, 1, 8);
  for (int i = 0; i <= lines; ++i) {
    const int64_t address = memory.bytes * i / lines;
    const double y = canvas.y(address);
    os << llvm::formatv(
        "<line x1=\"{0}\" y1=\"{1:F1}\" x2=\"{2}\" y2=\"{1:F1}\" "
        "stroke=\"#ccc\" stroke-width=\"0.5\"/>\n"
        "<text x=\"{3}\" y=\"{4:F1}\" text-anchor=\"end\">{5}</text>\n",
        Canvas::kLeft, y, right, Canvas::kLeft - 5, y + 3, address);
  }
  for (const PlannedBuffer &buffer : plan.buffers)
    if (buffer.region == region)
      drawBuffer(buffer, canvas, os);
  for (auto [i, step] : llvm::enumerate(plan.steps))
    os << llvm::formatv("<text x=\"{0:F1}\" y=\"{1}\"><title>{2}</title>{3}"
                        "</text>\n",
                        canvas.x(i) + 2, bottom + 12, escape(getName(step)), i);
}

std::string pare::driver::drawMemoryPlan(const MemoryPlan &plan,
                                         llvm::StringRef title) {
  // Bands share the height by their bytes, but stay legible.
  constexpr int kLeastHeight = 80;
  Canvas canvas;
  canvas.columns = std::max<int>(plan.steps.size(), 1);
  canvas.width = std::clamp(canvas.columns * 40, 600, 4000);
  const double scale =
      double(Canvas::kHeight) / double(std::max<int64_t>(plan.arenaBytes, 1));
  std::string bands;
  llvm::raw_string_ostream os(bands);
  int bottom = 0;
  for (auto [i, region] : llvm::enumerate(plan.regions)) {
    canvas.bytes = std::max<int64_t>(region.bytes, 1);
    canvas.top = bottom + Canvas::kTitle;
    canvas.height = std::max(kLeastHeight, int(double(region.bytes) * scale));
    bottom = canvas.top + canvas.height + Canvas::kBottom;
    drawRegion(plan, i, canvas,
               plan.hasRegions() ? (title + ", " + region.name).str()
                                 : title.str(),
               os);
  }
  return llvm::formatv("<svg xmlns=\"http://www.w3.org/2000/svg\" "
                       "width=\"{0}\" height=\"{1}\" "
                       "font-family=\"sans-serif\" font-size=\"9\">\n",
                       Canvas::kLeft + canvas.width + 20, bottom)
             .str() +
         bands + "</svg>\n";
}
