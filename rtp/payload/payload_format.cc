#include "rtp/payload/payload_format.h"

#include "rtp/payload/av1.h"
#include "rtp/payload/h264.h"
#include "rtp/payload/h265.h"
#include "rtp/payload/vp8.h"
#include "rtp/payload/vp9.h"

namespace tincan::inline v0::rtp {

std::string_view encodingName(VideoFormat format) {
  switch (format) {
    case VideoFormat::kVp8: return "VP8";
    case VideoFormat::kVp9: return "VP9";
    case VideoFormat::kH264: return "H264";
    case VideoFormat::kH265: return "H265";
    case VideoFormat::kAv1: return "AV1";
  }
  return "";
}

bool depacketize(VideoFormat format, ByteView rtpPayload, bool marker, Depacketized& out) {
  switch (format) {
    case VideoFormat::kVp8: return depacketizeVp8(rtpPayload, marker, out);
    case VideoFormat::kVp9: return depacketizeVp9(rtpPayload, marker, out);
    case VideoFormat::kH264: return depacketizeH264(rtpPayload, marker, out);
    case VideoFormat::kH265: return depacketizeH265(rtpPayload, marker, out);
    case VideoFormat::kAv1: return depacketizeAv1(rtpPayload, marker, out);
  }
  return false;
}

}  // namespace tincan::inline v0::rtp
