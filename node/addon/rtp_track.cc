#include "node/addon/rtp_track.h"

#include <algorithm>
#include <utility>

#include "node/addon/addon_data.h"
#include "node/addon/convert.h"
#include "node/addon/track.h"
#include "rtp/header.h"
#include "rtp/payload/frame_writer.h"
#include "stack/rtp_capabilities.h"

namespace tincan::inline v0::node {

namespace {

constexpr size_t kMostPackets = 4096;  // of one frame; 4 MiB is what a source takes
constexpr Duration kMostLate = Duration::seconds(2);
constexpr size_t kMaxPayload = 1188;  // with its header what libdatachannel gives, 1,200 bytes

media::CodecFormat formatOf(const Napi::CallbackInfo& info) {
  media::CodecFormat out = stack::formatOf(toCodec(info[1].As<Napi::Object>()));
  out.kind = text(info[0]) == "audio" ? media::CodecKind::kAudio : media::CodecKind::kVideo;
  return out;
}

ByteView bytesOf(const Napi::Value& value) {
  auto array = value.As<Napi::Uint8Array>();
  return {array.Data(), array.ByteLength()};
}

}  // namespace

// ---- RtpInlet ----

void RtpInlet::define(Napi::Env env, Napi::Object exports) {
  exports.Set("RtpInlet", DefineClass(env, "RtpInlet",
                                      {InstanceMethod("createTrack", &RtpInlet::createTrack),
                                       InstanceMethod("push", &RtpInlet::push),
                                       InstanceMethod("pushFrame", &RtpInlet::pushFrame)}));
}

RtpInlet::RtpInlet(const Napi::CallbackInfo& info) : Napi::ObjectWrap<RtpInlet>(info), format_(formatOf(info)) {
  if (format_.kind == media::CodecKind::kAudio) {
    audio_ = std::make_shared<media::EncodedAudioSource>(format_);
    return;
  }
  payloads_ = media::builtInCodecs().payloadFormat(format_);
  if (!payloads_) fail(Env(), Error(ErrorCode::kUnsupported, "no payload format is known of " + format_.name));
  video_ = std::make_shared<media::EncodedVideoSource>(format_);
}

Napi::Value RtpInlet::createTrack(Info) {
  auto& random = AddonData::of(Env()).random();
  return Track::of(Env(), audio_ ? media::MediaStreamTrack::localAudio(audio_, "rtp", random)
                                 : media::MediaStreamTrack::localVideo(video_, "rtp", random));
}

// What is sent says the same distances: a frame that comes later than those before was held up, one that comes earlier moves
// the scale. So does a leap.
TimePoint RtpInlet::timeOf(uint32_t timestamp) {
  const TimePoint now = AddonData::of(Env()).loop().now();
  const Duration since = Duration::micros(ticks_.unwrap(timestamp) * 1'000'000 / format_.clockRate);
  if (!zero_ || *zero_ + since > now || now - (*zero_ + since) > kMostLate) zero_ = now - since;
  return *zero_ + since;
}

bool RtpInlet::give(Bytes frame, uint32_t timestamp) {
  media::EncodedFrame out;
  out.keyFrame = audio_ || media::builtInCodecs().inspect(format_, frame).keyFrame;
  if (broken_ && !out.keyFrame) return false;
  broken_ = false;
  out.data = std::move(frame);
  out.rtpTimestamp = timestamp;
  out.time = timeOf(timestamp);
  media::EncodedSource& source = audio_ ? static_cast<media::EncodedSource&>(*audio_) : *video_;
  if (const auto pushed = source.push(std::move(out)); !pushed) broken_ = !audio_;  // the oldest went
  AddonData::of(Env()).wakeAll();
  return true;
}

Napi::Value RtpInlet::push(Info info) {
  const ByteView packet = bytesOf(info[0]);
  rtp::Header header;
  const bool rtcp = packet.size() > 1 && packet[1] >= 192 && packet[1] <= 223;  // RFC 5761 §4
  if (rtcp || !rtp::Header::parse(packet, header)) return toJs(Env(), false);
  const ByteView payload = header.payload(packet);
  if (payload.empty()) return toJs(Env(), false);
  if (audio_) return toJs(Env(), give(toBytes(payload), header.timestamp));
  return toJs(Env(), pushVideo(payload, header.marker, header.timestamp, header.sequenceNumber));
}

bool RtpInlet::pushVideo(ByteView payload, bool marker, uint32_t timestamp, uint16_t number) {
  const auto before = std::exchange(last_, number);
  if (before && number != static_cast<uint16_t>(*before + 1)) {
    broken_ = true;
    gathered_.clear();
  }
  if (!gathered_.empty() && timestamp != timestamp_) gathered_.clear();  // it never ended
  timestamp_ = timestamp;
  if (gathered_.size() == kMostPackets) return false;
  gathered_.push_back(toBytes(payload));
  if (!marker) return true;
  const auto packets = std::exchange(gathered_, {});
  std::vector<rtp::Depacketized> parts(packets.size());
  size_t room = 0;
  for (size_t i = 0; i < packets.size(); ++i) {
    if (!rtp::depacketize(*payloads_, packets[i], i + 1 == packets.size(), parts[i])) return false;
    room += parts[i].frameBytes();
  }
  Bytes frame;
  rtp::FrameWriter writer(frame, room);
  for (const auto& part : parts) writer.add(part);
  if (!parts.front().startOfFrame || !writer.finish()) {
    broken_ = true;
    return false;
  }
  return give(std::move(frame), timestamp);
}

Napi::Value RtpInlet::pushFrame(Info info) {
  return toJs(Env(), give(toBytes(bytesOf(info[0])), info[1].As<Napi::Number>().Uint32Value()));
}

// ---- RtpOutlet ----

void RtpOutlet::define(Napi::Env env, Napi::Object exports) {
  exports.Set("RtpOutlet", DefineClass(env, "RtpOutlet", {InstanceMethod("packets", &RtpOutlet::packets)}));
}

RtpOutlet::RtpOutlet(const Napi::CallbackInfo& info) : Napi::ObjectWrap<RtpOutlet>(info) {
  const media::CodecFormat format = formatOf(info);
  sound_ = format.kind == media::CodecKind::kAudio;
  auto& random = AddonData::of(Env()).random();
  if (!sound_) packetizer_ = take(Env(), media::builtInCodecs().packetizer(format, random));
  next_ = static_cast<uint16_t>(random.u32());
}

Napi::Value RtpOutlet::packets(const Napi::CallbackInfo& info) {
  auto buffer = info[0].As<Napi::ArrayBuffer>();
  const ByteView frame(static_cast<const uint8_t*>(buffer.Data()), buffer.ByteLength());
  rtp::Header header;
  header.timestamp = info[1].As<Napi::Number>().Uint32Value();
  header.payloadType = PayloadType(static_cast<uint8_t>(info[2].As<Napi::Number>().Uint32Value() & 0x7f));
  header.ssrc = Ssrc(info[3].As<Napi::Number>().Uint32Value());
  Napi::Array out = Napi::Array::New(Env());
  const auto write = [&](PacketBuffer& packet, bool last) {
    header.marker = last && !sound_;
    header.sequenceNumber = next_++;
    if (rtp::prependHeader(packet, header)) out.Set(out.Length(), toArrayBuffer(Env(), toBytes(packet.view())));
  };
  PacketBuffer packet = pool_.allocate();
  if (sound_) {
    if (packet && packet.append(frame)) write(packet, true);
    return out;
  }
  media::EncodedVideo encoded;
  encoded.data = toBytes(frame);
  encoded.keyFrame = info[4].ToBoolean().Value();
  packetizer_->setFrame(encoded, kMaxPayload);
  for (bool last = false; packet && packetizer_->next(packet, last); packet = pool_.allocate()) write(packet, last);
  return out;
}

}  // namespace tincan::inline v0::node
