#include "apps/call/frame_key.h"

#include <vector>

#include "rtp/payload/nal_units.h"
#include "rtp/payload/obu.h"

namespace tincan::inline v0::apps {
namespace {

constexpr size_t kUnitClear = 16;  // of a slice, of a frame's unit: its headers, of which receivers read some

// Every byte from `clear` on.
void changeAll(MutableByteView bytes, size_t clear, const std::string& key) {
  for (size_t i = clear; i < bytes.size(); ++i) bytes[i] ^= static_cast<uint8_t>(key[i % key.size()]);
}

// So that nothing becomes a start code, or is one no more: low halves of bytes that are neither now nor afterwards.
void changeUnit(MutableByteView unit, const std::string& key) {
  for (size_t i = kUnitClear; i < unit.size(); ++i)
    if (unit[i] >= 0x10) unit[i] ^= static_cast<uint8_t>(key[i % key.size()] & 0x0f);
}

// RFC 6184 §1.3: slices, not parameter sets.
void changeH264(Bytes& frame, const std::string& key) {
  std::vector<ByteView> units;
  rtp::splitAnnexB(frame, units);
  for (const ByteView unit : units) {
    const uint8_t type = unit.empty() ? 0 : unit[0] & 0x1f;
    if (type != 1 && type != 5) continue;
    changeUnit(MutableByteView(frame).subspan(static_cast<size_t>(unit.data() - frame.data()), unit.size()), key);
  }
}

// AV1 §6.2.2: frames, and tile groups by themselves.
void changeAv1(Bytes& frame, const std::string& key) {
  constexpr uint8_t kTileGroup = 4, kFrame = 6;
  rtp::ObuHeader obu;
  for (size_t at = 0; at < frame.size() && rtp::ObuHeader::parse(ByteView(frame).subspan(at), obu); at += obu.size()) {
    if (obu.type != kTileGroup && obu.type != kFrame) continue;
    changeUnit(MutableByteView(frame).subspan(at + obu.headerSize + obu.sizeField, obu.bodySize), key);
  }
}

bool changeVideo(stack::RTCEncodedVideoFrame& frame, const std::string& key) {
  const std::string& type = frame.getMetadata().mimeType;
  if (type == "video/VP8") changeAll(frame.data, frame.type == stack::RTCEncodedVideoFrameType::kKey ? 10 : 3, key);
  if (type == "video/H264") changeH264(frame.data, key);
  if (type == "video/AV1") changeAv1(frame.data, key);
  return true;
}

bool changeAudio(stack::RTCEncodedAudioFrame& frame, const std::string& key) {
  if (frame.getMetadata().mimeType == "audio/opus") changeAll(frame.data, 1, key);
  return true;
}

}  // namespace

std::shared_ptr<stack::RTCRtpScriptTransform> frameKeyTransform(stack::MediaKind kind, const std::string& key) {
  if (kind == stack::MediaKind::kVideo)
    return stack::RTCRtpScriptTransform::ofVideo([key](auto& frame) { return changeVideo(frame, key); });
  return stack::RTCRtpScriptTransform::ofAudio([key](auto& frame) { return changeAudio(frame, key); });
}

}  // namespace tincan::inline v0::apps
