#include "rtp/payload/payload_format.h"

#include "rtp/payload/vp8.h"

namespace tincan::rtp {

bool depacketize(VideoFormat format, ByteView rtpPayload, bool marker, Depacketized& out) {
  switch (format) {
    case VideoFormat::kVp8: return depacketizeVp8(rtpPayload, marker, out);
  }
  return false;
}

}  // namespace tincan::rtp
