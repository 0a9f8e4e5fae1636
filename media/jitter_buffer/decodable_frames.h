#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/fixed_list.h"
#include "base/sequence.h"
#include "rtp/dependency_descriptor.h"

namespace tincan::inline v0::media {

/// Which pictures of a stream a decoder can decode, by what the dependency descriptor says of their frames: what a picture
/// refers to must have been given to it. Owned by a VideoJitterBuffer, which shows it packets in decoding order.
///
///              a key picture with its structure was given
///     nothing known ------------------------------------> following
///              <------------------------------------
///              a picture was given of which nothing can be read
class DecodableFrames {
 public:
  /// One frame: of a picture with spatial layers, one of them.
  struct Frame {
    int64_t number = 0;
    FixedList<uint16_t, rtp::FrameDependencies::kMaxDifferences> differences{};
    uint8_t chainDifference = 0;  ///< to the frame of its layer's chain before it; 0: it begins the chain, or has none
    uint8_t spatial = 0, temporal = 0;
  };
  struct Picture {
    FixedList<Frame, rtp::DependencyStructure::kMaxSpatial> frames{};
    bool readable = true;       ///< all that its packets say could be read
    bool hasStructure = false;  ///< a key picture: what came before it is of no meaning
  };
  enum class Verdict : uint8_t {
    kUnknown,     ///< nothing is known of it, or of what was given before
    kDecodable,   ///< all that it refers to was given
    kLeftOut,     ///< not so, and what its layer needs at least was: the next ones may be decodable
    kChainBroken  ///< what its layer needs at least is missing: a key frame alone helps
  };

  /// Takes what the next packet of a picture says, `first` of its first one. A structure is in force from here on.
  void read(ByteView value, bool first, Picture& picture);
  /// The same of a picture that is not yet its turn. False where a structure begins: what follows is another matter.
  bool peek(ByteView value, bool first, Picture& picture) const;
  Verdict verdict(const Picture& picture) const;
  /// The decoder has it.
  void give(const Picture& picture);
  bool following() const { return following_; }
  void reset();

 private:
  static constexpr size_t kHistory = 512;  // frames, of some seconds in layers

  void add(const rtp::DependencyDescriptor& told, const rtp::DependencyStructure& structure, int64_t number,
           Picture& picture) const;
  bool wasGiven(int64_t number) const;
  void note(int64_t number);

  std::optional<rtp::DependencyStructure> structure_;
  SequenceUnwrapper<uint16_t> numbers_;
  std::bitset<kHistory> given_;  // by number
  int64_t newest_ = 0;
  bool following_ = false;
};

}  // namespace tincan::inline v0::media
