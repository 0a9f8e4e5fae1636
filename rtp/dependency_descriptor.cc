#include "rtp/dependency_descriptor.h"

#include <algorithm>

#include "base/bit_reader.h"
#include "base/bit_writer.h"

namespace tincan::inline v0::rtp {
namespace {

constexpr size_t kMandatory = 3;  // §A.8.1: what is longer has the extended fields
constexpr unsigned kTemplateBits = 6;
constexpr uint32_t kTemplateIds = 64;

// §A.8.3, next_layer_idc
enum NextLayer : uint32_t { kSameLayer = 0, kNextTemporal = 1, kNextSpatial = 2, kNoMoreLayers = 3 };

struct Flags {
  bool structure = false, active = false, indications = false, frameDifferences = false, chains = false;
};

Flags readFlags(BitReader& bits) {
  Flags out;
  out.structure = bits.flag();
  out.active = bits.flag();
  out.indications = bits.flag();
  out.frameDifferences = bits.flag();
  out.chains = bits.flag();
  return out;
}

// ---- structure ----

bool readLayers(BitReader& bits, DependencyStructure& out) {
  uint8_t spatial = 0, temporal = 0;
  for (;;) {
    if (out.templates.size() == DependencyStructure::kMaxTemplates) return false;
    FrameDependencies& made = out.templates.emplace_back();
    made.spatial = spatial;
    made.temporal = temporal;
    const uint32_t next = bits.bits(2);
    if (!bits.ok()) return false;
    if (next == kNoMoreLayers) return true;
    if (next == kNextTemporal && ++temporal == DependencyStructure::kMaxTemporal) return false;
    if (next != kNextSpatial) continue;
    temporal = 0;
    if (++spatial == DependencyStructure::kMaxSpatial) return false;
  }
}

void readIndications(BitReader& bits, size_t targets, FrameDependencies& out) {
  out.indications.clear();
  for (size_t i = 0; i < targets; ++i) out.indications.push(static_cast<DecodeTargetIndication>(bits.bits(2)));
}

bool readTemplateDifferences(BitReader& bits, FrameDependencies& out) {
  while (bits.flag()) {
    if (!out.frameDifferences.push(static_cast<uint16_t>(bits.bits(4) + 1))) return false;
  }
  return bits.ok();
}

void readChains(BitReader& bits, DependencyStructure& out) {
  out.chains = static_cast<uint8_t>(bits.nonSymmetric(uint32_t{out.targets} + 1));
  if (out.chains == 0) return;
  for (size_t i = 0; i < out.targets; ++i) out.protectedBy.push(static_cast<uint8_t>(bits.nonSymmetric(out.chains)));
  for (FrameDependencies& each : out.templates) {
    for (size_t i = 0; i < out.chains; ++i) each.chainDifferences.push(static_cast<uint8_t>(bits.bits(4)));
  }
}

std::optional<DependencyStructure> readStructure(BitReader& bits) {
  DependencyStructure out;
  out.idOffset = static_cast<uint8_t>(bits.bits(kTemplateBits));
  out.targets = static_cast<uint8_t>(bits.bits(5) + 1);
  if (!readLayers(bits, out)) return std::nullopt;
  for (FrameDependencies& each : out.templates) readIndications(bits, out.targets, each);
  for (FrameDependencies& each : out.templates) {
    if (!readTemplateDifferences(bits, each)) return std::nullopt;
  }
  readChains(bits, out);
  if (bits.flag()) {
    for (int spatial = 0; spatial <= out.templates.back().spatial; ++spatial) {
      const uint32_t width = bits.bits(16) + 1;
      out.resolutions.push({width, bits.bits(16) + 1});
    }
  }
  if (!bits.ok()) return std::nullopt;
  return out;
}

void writeStructure(BitWriter& bits, const DependencyStructure& in) {
  bits.bits(in.idOffset, kTemplateBits);
  bits.bits(in.targets - 1u, 5);
  for (size_t i = 0; i < in.templates.size(); ++i) {
    if (i + 1 == in.templates.size()) {
      bits.bits(kNoMoreLayers, 2);
      break;
    }
    const FrameDependencies &is = in.templates[i], &next = in.templates[i + 1];
    const bool same = is.spatial == next.spatial && is.temporal == next.temporal;
    bits.bits(same ? kSameLayer : is.spatial == next.spatial ? kNextTemporal : kNextSpatial, 2);
  }
  for (const FrameDependencies& each : in.templates) {
    for (const auto indication : each.indications) bits.bits(static_cast<uint32_t>(indication), 2);
  }
  for (const FrameDependencies& each : in.templates) {
    for (const uint16_t difference : each.frameDifferences) bits.bits(0x10u | (difference - 1u), 5);
    bits.flag(false);
  }
  bits.nonSymmetric(in.chains, uint32_t{in.targets} + 1);
  if (in.chains > 0) {
    for (const uint8_t chain : in.protectedBy) bits.nonSymmetric(chain, in.chains);
    for (const FrameDependencies& each : in.templates) {
      for (const uint8_t difference : each.chainDifferences) bits.bits(difference, 4);
    }
  }
  bits.flag(!in.resolutions.empty());
  for (const auto& each : in.resolutions) {
    bits.bits(each.width - 1, 16);
    bits.bits(each.height - 1, 16);
  }
}

// What the wire has room for, and what read() takes.
bool isWritable(const DependencyStructure& in) {
  if (in.targets < 1 || in.targets > FrameDependencies::kMaxTargets || in.chains > in.targets || in.templates.empty() ||
      in.templates.size() > DependencyStructure::kMaxTemplates)
    return false;
  if (in.chains > 0 && in.protectedBy.size() != in.targets) return false;
  if (!in.resolutions.empty() && in.resolutions.size() != in.templates.back().spatial + 1u) return false;
  const FrameDependencies* before = nullptr;
  for (const FrameDependencies& each : in.templates) {
    if (each.indications.size() != in.targets || each.chainDifferences.size() != in.chains) return false;
    for (const uint16_t difference : each.frameDifferences)
      if (difference < 1 || difference > 16) return false;
    for (const uint8_t difference : each.chainDifferences)
      if (difference > 15) return false;
    if (!before && (each.spatial != 0 || each.temporal != 0)) return false;
    if (before) {
      const bool same = each.spatial == before->spatial && each.temporal == before->temporal;
      const bool higher = each.spatial == before->spatial && each.temporal == before->temporal + 1;
      const bool above = each.spatial == before->spatial + 1 && each.temporal == 0;
      if (!same && !higher && !above) return false;
    }
    before = &each;
  }
  return true;
}

// ---- a frame ----

// frame_fdiffs: each says how many half bytes it takes.
bool readFrameDifferences(BitReader& bits, FrameDependencies& out) {
  out.frameDifferences.clear();
  while (const uint32_t size = bits.bits(2)) {
    if (!out.frameDifferences.push(static_cast<uint16_t>(bits.bits(4 * size) + 1))) return false;
  }
  return bits.ok();
}

unsigned halfBytes(uint16_t difference) {
  return difference <= 0x10 ? 1 : difference <= 0x100 ? 2 : 3;
}

size_t cost(const FrameDependencies& from, const FrameDependencies& to, Flags& flags) {
  flags.indications = from.indications != to.indications;
  flags.frameDifferences = from.frameDifferences != to.frameDifferences;
  flags.chains = from.chainDifferences != to.chainDifferences;
  size_t bits = flags.indications ? 2 * to.indications.size() : 0;
  if (flags.chains) bits += 8 * to.chainDifferences.size();
  if (!flags.frameDifferences) return bits;
  for (const uint16_t difference : to.frameDifferences) bits += 2 + 4 * halfBytes(difference);
  return bits + 2;
}

// The template of the same layers that leaves least to be said.
std::optional<size_t> nearest(const DependencyStructure& structure, const FrameDependencies& frame, Flags& flags) {
  std::optional<size_t> best;
  size_t least = 0;
  for (size_t i = 0; i < structure.templates.size(); ++i) {
    const FrameDependencies& each = structure.templates[i];
    if (each.spatial != frame.spatial || each.temporal != frame.temporal) continue;
    Flags needed;
    const size_t bits = cost(each, frame, needed);
    if (best && bits >= least) continue;
    best = i;
    least = bits;
    flags = needed;
  }
  return best;
}

bool isWritable(const FrameDependencies& frame, const DependencyStructure& structure) {
  const auto& differences = frame.frameDifferences;
  return frame.indications.size() == structure.targets && frame.chainDifferences.size() == structure.chains &&
         std::all_of(differences.begin(), differences.end(), [](uint16_t d) { return d >= 1 && d <= 0x1000; });
}

uint32_t allTargets(const DependencyStructure& structure) {
  return UINT32_MAX >> (32 - structure.targets);
}

}  // namespace

std::optional<DependencyDescriptor> DependencyDescriptor::read(ByteView value, const DependencyStructure* latest) {
  const auto head = DependencyHead::read(value);
  if (!head) return std::nullopt;
  DependencyDescriptor out;
  out.startOfFrame = head->startOfFrame;
  out.endOfFrame = head->endOfFrame;
  out.frameNumber = head->frameNumber;
  BitReader bits(value.subspan(kMandatory));
  Flags flags;
  if (value.size() > kMandatory) flags = readFlags(bits);
  if (flags.structure) {
    out.structure = readStructure(bits);
    if (!out.structure) return std::nullopt;
    latest = &*out.structure;
    out.activeTargets = allTargets(*latest);
  }
  if (!latest) return std::nullopt;
  if (flags.active) out.activeTargets = bits.bits(latest->targets);

  const uint32_t index = (head->templateId + kTemplateIds - latest->idOffset) % kTemplateIds;
  if (index >= latest->templates.size()) return std::nullopt;
  out.frame = latest->templates[index];
  if (flags.indications) readIndications(bits, latest->targets, out.frame);
  if (flags.frameDifferences && !readFrameDifferences(bits, out.frame)) return std::nullopt;
  if (flags.chains) {
    out.frame.chainDifferences.clear();
    for (size_t i = 0; i < latest->chains; ++i) out.frame.chainDifferences.push(static_cast<uint8_t>(bits.bits(8)));
  }
  if (!bits.ok()) return std::nullopt;
  if (out.frame.spatial < latest->resolutions.size()) out.size = latest->resolutions[out.frame.spatial];
  return out;
}

size_t DependencyDescriptor::write(const DependencyStructure& latest, MutableByteView out) const {
  const DependencyStructure& in = structure ? *structure : latest;
  if (!isWritable(in) || !isWritable(frame, in)) return 0;
  Flags flags;
  const auto index = nearest(in, frame, flags);
  if (!index) return 0;
  // A structure says that all targets are active.
  flags.active = activeTargets && !(structure && *activeTargets == allTargets(in));
  flags.structure = structure.has_value();

  BitWriter bits(out);
  bits.flag(startOfFrame);
  bits.flag(endOfFrame);
  bits.bits(static_cast<uint32_t>((in.idOffset + *index) % kTemplateIds), kTemplateBits);
  bits.bits(frameNumber, 16);
  if (flags.structure || flags.active || flags.indications || flags.frameDifferences || flags.chains) {
    bits.flag(flags.structure);
    bits.flag(flags.active);
    bits.flag(flags.indications);
    bits.flag(flags.frameDifferences);
    bits.flag(flags.chains);
    if (flags.structure) writeStructure(bits, in);
    if (flags.active) bits.bits(*activeTargets, in.targets);
    if (flags.indications)
      for (const auto indication : frame.indications) bits.bits(static_cast<uint32_t>(indication), 2);
    if (flags.frameDifferences) {
      for (const uint16_t difference : frame.frameDifferences) {
        bits.bits(halfBytes(difference), 2);
        bits.bits(difference - 1u, 4 * halfBytes(difference));
      }
      bits.bits(0, 2);
    }
    if (flags.chains)
      for (const uint8_t difference : frame.chainDifferences) bits.bits(difference, 8);
  }
  return bits.ok() && bits.bytes() <= kMaxSize ? bits.bytes() : 0;
}

}  // namespace tincan::inline v0::rtp
