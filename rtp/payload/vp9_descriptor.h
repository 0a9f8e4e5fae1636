#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace tincan::inline v0::rtp {

/// The scalability structure of VP9 (RFC 9628 §4.2.1): what the layers and the group of pictures are.
///
///     |N_S|Y|G|-|-|-|              N_S: spatial layers less one
///     |    WIDTH, HEIGHT  (Y)  |   16 bits each, for each spatial layer
///     |      N_G  (G)     |        pictures in the group
///     |TID|U| R |-|-|  P_DIFF × R  for each picture
struct Vp9ScalabilityStructure {
  static constexpr size_t kMaxSpatialLayers = 8;
  struct Size {
    uint16_t width = 0;
    uint16_t height = 0;
    bool operator==(const Size&) const = default;
  };
  uint8_t spatialLayers = 1;
  bool hasSizes = false;
  std::array<Size, kMaxSpatialLayers> sizes{};
  bool hasGroup = false;
  uint8_t groupSize = 0;  ///< N_G
  ByteView group;         ///< its pictures as they are on the wire, checked; points into the packet

  static bool read(ByteReader& reader, Vp9ScalabilityStructure& out);
  void write(ByteWriter& writer) const;
  bool operator==(const Vp9ScalabilityStructure& other) const;
};

/// The VP9 payload descriptor (RFC 9628 §4.2), but for its last part, which few packets have.
///
///       0 1 2 3 4 5 6 7
///      +-+-+-+-+-+-+-+-+
///      |I|P|L|F|B|E|V|Z|
///      +-+-+-+-+-+-+-+-+
///   I: |M| PICTURE ID  |  7 bits, or with M 15
///      +-+-+-+-+-+-+-+-+
///   L: | TID |U| SID |D|
///      +-+-+-+-+-+-+-+-+
///      |   TL0PICIDX   |  L in non-flexible mode (F = 0)
///      +-+-+-+-+-+-+-+-+
/// P,F: | P_DIFF      |N|  flexible mode: up to three, N says that one more follows
///      +-+-+-+-+-+-+-+-+
///   V: | scalability structure …
struct Vp9DescriptorFields {
  static constexpr size_t kMaxReferences = 3;
  static constexpr uint16_t kPictureIdMask = 0x7fff;

  bool interPicture = false;  ///< P: needs pictures before it
  bool flexible = false;      ///< F
  bool startOfFrame = false;  ///< B: of a layer's frame
  bool endOfFrame = false;    ///< E
  bool notForUpper = false;   ///< Z: no upper spatial layer needs it
  std::optional<uint16_t> pictureId;
  bool longPictureId = false;  ///< M
  bool hasLayers = false;      ///< L
  uint8_t temporalLayer = 0;
  bool switchingPoint = false;  ///< U
  uint8_t spatialLayer = 0;
  bool interLayer = false;  ///< D: needs the spatial layer below
  uint8_t tl0PictureIndex = 0;
  uint8_t referenceCount = 0;
  std::array<uint8_t, kMaxReferences> references{};  ///< P_DIFF: pictures back, 1…127

  /// Reads into a fresh one, up to the structure, and says whether one follows. False where a rule of §4.2 is broken;
  /// that the bytes have not run out is for the caller to ask the reader.
  bool read(ByteReader& reader, bool& hasStructure);
  bool operator==(const Vp9DescriptorFields&) const = default;
};

/// The whole of it.
struct Vp9Descriptor : Vp9DescriptorFields {
  std::optional<Vp9ScalabilityStructure> structure;
  size_t size = 0;  ///< on the wire

  /// False when the payload ends inside the descriptor, or nothing follows it, or it breaks a rule of §4.2.
  static bool parse(ByteView payload, Vp9Descriptor& out);
  /// Gives the size written; 0 when it does not fit.
  size_t write(MutableByteView out) const;
  bool operator==(const Vp9Descriptor&) const = default;
};

}  // namespace tincan::inline v0::rtp
