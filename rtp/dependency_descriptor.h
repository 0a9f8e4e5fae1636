#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/fixed_list.h"

// The dependency descriptor (RTP Payload Format For AV1, appendix A): what a forwarder has to know of a frame, whatever
// its codec, without a look at the payload.
namespace tincan::inline v0::rtp {

/// What a frame is to a decode target, a set of layers that somebody may receive (§A.4).
enum class DecodeTargetIndication : uint8_t {
  kNotPresent,   ///< no part of it
  kDiscardable,  ///< a part that nothing of the target refers to
  kSwitch,       ///< where this one can be decoded, so can all of the target that follows
  kRequired,     ///< a part that others refer to
};

/// What a template, or a frame, says. All numbers of the structure that it is of.
struct FrameDependencies {
  static constexpr size_t kMaxTargets = 32;  // dt_cnt_minus_one has five bits
  static constexpr size_t kMaxChains = 32;   // at most one for each target
  /// The wire has no bound. A frame of AV1 refers to at most seven others (AV1 §5.9.2), those of other codecs to fewer.
  static constexpr size_t kMaxDifferences = 8;

  uint8_t spatial = 0;
  uint8_t temporal = 0;
  FixedList<DecodeTargetIndication, kMaxTargets> indications;
  FixedList<uint16_t, kMaxDifferences> frameDifferences;  ///< how many frames before it those are that it refers to
  FixedList<uint8_t, kMaxChains> chainDifferences;        ///< to the last frame of each chain; 0: it begins the chain

  bool operator==(const FrameDependencies&) const = default;
};

/// What a stream is made of, told with a key frame and in force until the next one is told.
struct DependencyStructure {
  static constexpr size_t kMaxTemplates = 64;
  static constexpr size_t kMaxSpatial = 4;   // spatial_id has two bits in all that carries it
  static constexpr size_t kMaxTemporal = 8;  // temporal_id has three

  struct Resolution {
    uint32_t width = 0, height = 0;  ///< 1 to 65,536
    bool operator==(const Resolution&) const = default;
  };

  uint8_t idOffset = 0;  ///< the id of the first template: another one tells structures apart
  uint8_t targets = 1;
  uint8_t chains = 0;
  FixedList<uint8_t, FrameDependencies::kMaxTargets> protectedBy;  ///< the chain of each target; none without chains
  std::vector<FrameDependencies> templates;                        ///< by spatial, then by temporal layer
  FixedList<Resolution, kMaxSpatial> resolutions;                  ///< of each spatial layer; may be empty

  bool operator==(const DependencyStructure&) const = default;
};

/// The value of one packet's extension.
///
///      0                   1                   2
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |S|E| template  |         frame number          |   and where more follows:
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |t|a|d|f|c| t: template structure | a: active decode targets | d: DTIs | f: fdiffs | c: chains
///     +-+-+-+-+-+-----------------------------------------------------------------------------------
///      structure: id offset (6) | targets-1 (5) | layers: next (2)… | DTIs (2)… | fdiffs: 1 fdiff-1 (4) … 0
///        | chains: ns(targets+1), protected by: ns(chains)…, differences (4)… | r | r: width-1 (16), height-1 (16)…
///      fdiffs of a frame: size (2) fdiff-1 (4 × size) … 0 | chain differences of a frame (8)…
struct DependencyDescriptor {
  bool startOfFrame = true;
  bool endOfFrame = true;
  uint16_t frameNumber = 0;
  FrameDependencies frame;
  std::optional<DependencyStructure> structure{};       ///< that this packet carries
  std::optional<uint32_t> activeTargets{};              ///< a bit for each; absent: as before, all with a structure
  std::optional<DependencyStructure::Resolution> size;  ///< of the frame's spatial layer, where the structure says it

  /// `latest` is the structure in force, null before one came; a packet that carries its own needs none. Nothing where
  /// it is cut, past a bound, or of a template that the structure lacks.
  static std::optional<DependencyDescriptor> read(ByteView value, const DependencyStructure* latest);
  /// Into `out` by the nearest template of `structure`, or of that which is told. Gives the size of the value; 0 where
  /// it does not fit or there is no template of its layers.
  size_t write(const DependencyStructure& latest, MutableByteView out) const;
  static constexpr size_t kMaxSize = 255;  // RFC 8285 §4.3

  bool operator==(const DependencyDescriptor&) const = default;
};

/// What stands in the first bytes, whatever the structure is.
struct DependencyHead {
  bool startOfFrame = false, endOfFrame = false;
  uint8_t templateId = 0;
  uint16_t frameNumber = 0;
  bool structure = false;  ///< it carries one: the first packet of a key picture
  static std::optional<DependencyHead> read(ByteView value) {
    if (value.size() < 3) return std::nullopt;
    return DependencyHead{(value[0] & 0x80) != 0, (value[0] & 0x40) != 0, static_cast<uint8_t>(value[0] & 0x3f),
                          loadBe16(value.data() + 1), value.size() > 3 && (value[3] & 0x80) != 0};
  }
};

}  // namespace tincan::inline v0::rtp
