#include "media/vp8_header.h"

namespace tincan::media {

// RFC 6386 §9.1, little-endian:
//
//     0                   1                   2
//     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3
//    |P| ver |S|      size of the first partition    |      P: 0 = key frame, S: show
//    |     0x9d      |     0x01      |     0x2a      |      key frames only
//    |       width (14)          |sc |    height (14)  …
std::optional<Vp8Header> Vp8Header::parse(ByteView frame) {
  if (frame.size() < 3) return std::nullopt;
  Vp8Header header;
  header.keyFrame = (frame[0] & 1) == 0;
  if (!header.keyFrame) return header;
  if (frame.size() < 10 || frame[3] != 0x9d || frame[4] != 0x01 || frame[5] != 0x2a) return std::nullopt;
  header.width = (frame[6] | frame[7] << 8) & 0x3fff;
  header.height = (frame[8] | frame[9] << 8) & 0x3fff;
  if (header.width == 0 || header.height == 0) return std::nullopt;
  return header;
}

}  // namespace tincan::media
