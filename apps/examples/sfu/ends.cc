#include "apps/examples/sfu/ends.h"

#include <algorithm>
#include <utility>

#include "rtp/stats/key_frame_limiter.h"

namespace tincan::inline v0::examples {
namespace {

constexpr uint8_t kVp8 = 96, kVp8Rtx = 97;
constexpr double kFrameRate = 30;
constexpr uint64_t kPacing = 5'000'000;

media::CodecFormat vp8() {
  return {media::CodecKind::kVideo, "VP8", 90'000};
}

stack::SessionEndpoint::Config controlling(stack::SessionEndpoint::Config config) {
  config.ice.role = ice::Role::kControlling;
  return config;
}

struct Size {
  const char* rid;
  int width, height;
  uint32_t bitrate;
};
constexpr Size kSizes[] = {{"l", 128, 96, 100'000}, {"m", 256, 192, 300'000}, {"h", 512, 384, 900'000}};

}  // namespace

session::Section simulcastSection() {
  session::Section out;
  out.mid = "0";
  out.receive = true;
  out.formats = {{PayloadType(kVp8), 90'000, PayloadType(kVp8Rtx)}};
  out.extensions.add(rtp::ExtensionKind::kMid, 4);
  out.extensions.add(rtp::ExtensionKind::kAbsSendTime, 2);
  out.extensions.add(rtp::ExtensionKind::kTransportSequence, 3);
  out.extensions.add(rtp::ExtensionKind::kRtpStreamId, 10);
  out.extensions.add(rtp::ExtensionKind::kRepairedRtpStreamId, 11);
  for (const Size& size : kSizes) out.remoteRids.emplace_back(size.rid);
  return out;
}

// ---- who sends ----

struct Publisher::Encoding {
  explicit Encoding(const Size& size) : camera({size.width, size.height, kFrameRate}) {}
  media::SyntheticCamera camera;  // all of them show the same, at the same times
  std::unique_ptr<media::VideoEncoder> encoder;
  std::unique_ptr<media::VideoPacketizer> packetizer;
  session::OutboundStream* stream = nullptr;
  rtp::KeyFrameLimiter keyFrames;
  std::vector<media::EncodedVideo> frames;
};

Publisher::Publisher(stack::SessionEndpoint::Config config, const crypto::Identity& identity, RandomSource& random,
                     PacketPool& pool)
    : pool_(pool), endpoint_(controlling(std::move(config)), identity, *this, random, pool) {
  session::Section section = simulcastSection();
  section.receive = false;
  session::RtpSession& session = endpoint_.session();
  session.setSections({section});
  session.queue().setPacingRate(kPacing);
  session.queue().repairs().setLineRate(kPacing);
  for (const Size& size : kSizes) {
    auto encoding = std::make_unique<Encoding>(size);
    media::VideoEncoderSettings settings;
    settings.width = size.width;
    settings.height = size.height;
    settings.bitrateBps = size.bitrate;
    encoding->encoder = media::builtInCodecs().videoEncoder(vp8(), settings).value();
    encoding->packetizer = media::builtInCodecs().packetizer(vp8(), random).value();
    session::OutboundStream::Config stream;
    stream.ssrc = Ssrc(random.u32());
    stream.rtxSsrc = Ssrc(random.u32());
    stream.mid = section.mid;
    stream.rid = size.rid;
    stream.payloadType = PayloadType(kVp8);
    stream.rtxPayloadType = PayloadType(kVp8Rtx);
    stream.nack = true;
    stream.extensions = section.extensions;
    encoding->stream = &session.add(std::move(stream));
    encodings_.push_back(std::move(encoding));
  }
}

Publisher::~Publisher() = default;

TimePoint Publisher::run(TimePoint now) {
  TimePoint next = TimePoint::never();
  for (const auto& encoding : encodings_) {
    if (encoding->camera.nextFrameTime() <= now) send(now, *encoding);
    next = earlier(next, encoding->camera.nextFrameTime());
  }
  endpoint_.wake();
  return next;
}

void Publisher::send(TimePoint now, Encoding& encoding) {
  media::VideoFrame picture;
  if (!encoding.camera.capture(now, picture) || !endpoint_.connected()) return;
  encoding.frames.clear();
  if (!encoding.encoder->encode(picture, encoding.keyFrames.poll(now), encoding.frames)) return;
  for (const media::EncodedVideo& frame : encoding.frames) {
    keyFrames_ += frame.keyFrame ? 1 : 0;
    encoding.packetizer->setFrame(frame, encoding.stream->maxPayload());
    bool last = false;
    while (encoding.packetizer->packetsLeft() > 0) {
      PacketBuffer payload = pool_.allocate();
      if (!payload || !encoding.packetizer->next(payload, last)) return;
      const auto timestamp = static_cast<uint32_t>(picture.captured.micros() * 9 / 100);
      encoding.stream->add(now, std::move(payload), last, timestamp);
    }
  }
}

void Publisher::onKeyFrameRequest(TimePoint, session::OutboundStream& stream) {
  ++requests_;
  for (const auto& encoding : encodings_) {
    if (encoding->stream == &stream) encoding->keyFrames.want();
  }
}

void Publisher::onCollision(TimePoint, session::OutboundStream& stream,
                            const session::OutboundStream::Config& instead) {
  for (const auto& encoding : encodings_) {
    if (encoding->stream != &stream) continue;
    endpoint_.session().remove(stream);
    encoding->stream = &endpoint_.session().add(instead);
    encoding->keyFrames.want();
    return;
  }
}

// ---- who watches ----

Viewer::Viewer(stack::SessionEndpoint::Config config, const crypto::Identity& identity, RandomSource& random,
               PacketPool& pool)
    : endpoint_(controlling(std::move(config)), identity, *this, random, pool),
      decoder_(media::builtInCodecs().videoDecoder(vp8()).value()) {
  session::Section section = simulcastSection();
  section.remoteRids.clear();  // one stream comes, without a rid
  section.nack = true;
  endpoint_.session().setSections({section});
}

void Viewer::onPacket(session::InboundStream& stream, rtp::ReceivedPacket packet) {
  stream_ = &stream;
  if (onpacket) onpacket(packet);
  media::VideoJitterBuffer::Packet incoming;
  incoming.sequenceNumber = packet.header.sequenceNumber;
  incoming.timestamp = packet.header.timestamp;
  incoming.payloadType = packet.header.payloadType.value();
  const ByteView payload = packet.payload();
  if (!payload.empty() && !rtp::depacketize(rtp::VideoFormat::kVp8, payload, packet.header.marker, incoming.info))
    return;
  incoming.buffer = std::move(packet.buffer);
  jitterBuffer_.receive(packet.at, std::move(incoming));
}

TimePoint Viewer::run(TimePoint now) {
  while (jitterBuffer_.pop(now, frame_)) {
    auto picture = decoder_->decode(frame_.data);
    if (!picture) {
      ++failed;
      if (stream_) stream_->requestKeyFrame();
      continue;
    }
    ++pictures;
    if (onpicture) onpicture(*picture);
  }
  if (stream_ && jitterBuffer_.needsKeyFrame()) stream_->requestKeyFrame();
  return earlier(jitterBuffer_.nextTimeout(), now + Duration::millis(20));
}

}  // namespace tincan::inline v0::examples
