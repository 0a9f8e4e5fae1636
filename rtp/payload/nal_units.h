#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.h"

// What H.264 and H.265 have in common: NAL units in a byte stream (Annex B of both) and in an aggregation packet.
namespace tincan::inline v0::rtp {

/// In front of each NAL unit that we write. Four bytes: some decoders ask for them at the start of an access unit.
inline constexpr uint8_t kStartCode[] = {0, 0, 0, 1};

/// The byte behind a fragment's NAL header: first and last fragment, and the unit's own type (RFC 6184 §5.8, RFC 7798
/// §4.4.3).
inline constexpr uint8_t kFragmentStart = 0x80;
inline constexpr uint8_t kFragmentEnd = 0x40;

/// Finds 00 00 01; gives its offset, or `bytes.size()`.
size_t findStartCode(ByteView bytes);
/// The same without asking what the CPU can do.
size_t findStartCodePortable(ByteView bytes);

/// The NAL units of an Annex B byte stream, without start codes and without the zeros between units. What lies in front
/// of the first start code is no unit.
void splitAnnexB(ByteView stream, std::vector<ByteView>& units);

/// Walks over NAL units that stand behind 16 bits of length each (RFC 6184 §5.7.1, RFC 7798 §4.4.2).
class NalListReader {
 public:
  explicit NalListReader(ByteView list) : rest_(list) {}
  /// False at the end, and where a length lies: then `failed()` is true.
  bool next(ByteView& unit) {
    if (rest_.empty() || failed_) return false;
    const size_t size = rest_.size() < 2 ? 0 : loadBe16(rest_.data());
    if (size == 0 || size > rest_.size() - 2) {
      failed_ = true;
      return false;
    }
    unit = rest_.subspan(2, size);
    rest_ = rest_.subspan(2 + size);
    return true;
  }
  bool failed() const { return failed_; }

 private:
  ByteView rest_;
  bool failed_ = false;
};

}  // namespace tincan::inline v0::rtp
