#include "stack/video_sender.h"

#include <utility>

#include "stack/encoding_rates.h"

namespace tincan::inline v0::stack {

VideoSender::VideoSender(std::shared_ptr<RtpSender> sender, Streams streams, std::shared_ptr<EventQueue> events,
                         const media::CodecFactory& factory, const media::CodecFormat& format, uint32_t bitrate,
                         RandomSource& random, PacketPool& pool, CodecWork where)
    : MediaSender(std::move(sender), std::move(streams), events),
      where_(std::move(where)),
      transform_(sender_, events, "video/" + format.name,
                 [this](TimePoint now, size_t encoding, std::span<const media::EncodedVideo> frames) {
                   pack(now, encoding, frames);
                 }),
      encoded_(format, media::EncodedSource::kMaxFrameBytes, std::move(events),
               [this](TimePoint now, std::span<const media::EncodedVideo> frames) {
                 transform_.pass(now, 0, *streams_.front(), frames);
               }),
      laterCodec_(media::isFrugal(format)) {
  for (session::OutboundStream* stream : streams_) addEncoding(*stream, factory, format, bitrate, random, pool);
}

void VideoSender::addEncoding(session::OutboundStream& stream, const media::CodecFactory& factory,
                              const media::CodecFormat& format, uint32_t bitrate, RandomSource& random,
                              PacketPool& pool) {
  const bool alone = streams_.size() == 1;
  const size_t index = encodings_.size();
  Encoding& encoding = encodings_.emplace_back();
  encoding.packets = std::make_unique<VideoPackets>(stream, factory, format, random, pool);
  auto pass = [this, index](TimePoint now, std::span<const media::EncodedVideo> frames) {
    transform_.pass(now, index, *streams_[index], frames);
  };
  encoding.pictures = std::make_unique<VideoEncoding>(factory, format, bitrate, alone, std::move(pass), where_);
}

void VideoSender::pack(TimePoint now, size_t encoding, std::span<const media::EncodedVideo> frames) {
  const Encoding& one = encodings_[encoding];
  const bool fromEncoder = encoding > 0 || !encoded_.source();
  if (fromEncoder) {
    one.packets->setLayers(one.pictures->mode(), one.pictures->width(), one.pictures->height());
    if (frames.front().keyFrame) tellAllocation();
  }
  if (one.packets->send(now, frames)) return;
  fromEncoder ? one.pictures->wantKeyFrame() : encoded_.wantKeyFrame();
}

void VideoSender::collect(TimePoint now) {
  for (const Encoding& encoding : encodings_) encoding.pictures->collect(now);
  transform_.collect(now);
  if (transform_.takeKeyFrameWish()) askForKeyFrame();
}

media::SinkId VideoSender::addSink(media::MediaStreamTrack& track) {
  encoded_.setSource(track.encodedSource());
  if (track.encodedSource()) {
    encoded_.setBitrate(bitrate());
    return track.addEncodedSink([this](const media::EncodedFrame& frame) {
      if (sending()) sendEncoded(frame);
    });
  }
  return track.addVideoSink([this](const media::VideoFrame& picture) {
    if (sending()) sendPicture(timeOf(picture.captured), picture);
  });
}

// Their parameters may be fewer for a moment: an answer that leaves some out is applied to them first.
const RTCRtpEncodingParameters& VideoSender::parameters(size_t encoding) const {
  const auto& all = sender_->encodings();
  return all[std::min(encoding, all.size() - 1)];
}

void VideoSender::sendPicture(TimePoint now, const media::VideoFrame& picture) {
  width_ = picture.width;
  height_ = picture.height;
  if (isSimulcast()) split();
  for (size_t i = 0; i < encodings_.size(); ++i) {
    const Encoding& encoding = encodings_[i];
    if (!encoding.packets->usable()) continue;
    encoding.pictures->prefer(sender_->degradationPreference());
    encoding.pictures->encode(now, parameters(i), picture, encoding.packets->maxPayload());
  }
}

void VideoSender::sendEncoded(const media::EncodedFrame& frame) {
  encoded_.setBitrate(bitrate());  // setParameters() may have changed it
  encoded_.receive(timeOf(frame.time), sender_->encoding().active, frame);
}

void VideoSender::wantKeyFrame() {
  if (!transform_.requestKeyFrame()) askForKeyFrame();
}

void VideoSender::askForKeyFrame() {
  encoded_.wantKeyFrame();
  for (const Encoding& encoding : encodings_) encoding.pictures->wantKeyFrame();
}

void VideoSender::wantKeyFrame(const session::OutboundStream& stream) {
  if (transform_.requestKeyFrame(stream.config().rid)) return;
  if (streams_.front() == &stream) encoded_.wantKeyFrame();
  for (size_t i = 0; i < encodings_.size(); ++i)
    if (streams_[i] == &stream) encodings_[i].pictures->wantKeyFrame();
}

// ---- rates ----

void VideoSender::setBitrate(uint32_t bitrate) {
  if (isSimulcast()) {
    changed_ |= total_ != bitrate;
    total_ = bitrate;
  } else {
    encodings_.front().pictures->setBitrate(bitrate);
  }
  encoded_.setBitrate(this->bitrate());
}

void VideoSender::setWanted(uint32_t bitrate) {
  if (!isSimulcast()) encodings_.front().pictures->setWanted(bitrate);
}

uint32_t VideoSender::bitrate() const {
  uint32_t sum = 0;
  for (size_t i = 0; i < encodings_.size(); ++i) {
    const RTCRtpEncodingParameters& own = parameters(i);
    if (!isSimulcast() || own.active) sum += encodings_[i].pictures->bitrate(own);
  }
  return sum;
}

std::vector<rtp::RateRange> VideoSender::layerRates() const {
  if (!isSimulcast()) return {};
  std::vector<RTCRtpEncodingParameters> all;
  for (size_t i = 0; i < encodings_.size(); ++i) all.push_back(parameters(i));
  return encodingRates(all, width_, height_, laterCodec_);
}

// What is there for all, among the encodings: when it has changed, or what they ask for has.
void VideoSender::split() {
  auto rates = layerRates();
  if (!std::exchange(changed_, false) && rates == rates_) return;
  rates_ = std::move(rates);
  rtp::RateDemand demand;
  demand.mayPause = false;
  demand.layers = rates_;
  const uint64_t most = rtp::BitrateAllocator::wanted({&demand, 1});
  const rtp::RateShare& share = allocator_.allocate(total_ ? *total_ : most, {&demand, 1}).front();
  for (size_t i = 0; i < encodings_.size(); ++i) {
    encodings_[i].pictures->setBitrate(static_cast<uint32_t>(share.layers[i]));
    encodings_[i].pictures->setWanted(static_cast<uint32_t>(rates_[i].most));
  }
  tellAllocation();
}

void VideoSender::tellAllocation() {
  rtp::VideoLayersAllocation told;
  told.streams = static_cast<uint8_t>(encodings_.size());
  for (size_t i = 0; i < encodings_.size(); ++i) {
    const VideoEncoding& pictures = *encodings_[i].pictures;
    if (parameters(i).active)
      addLayers(pictures.mode(), pictures.bitrate(parameters(i)), static_cast<uint8_t>(i), told);
  }
  if (told.streams == 1 && told.layers.size() < 2) return;  // nothing to choose from
  for (size_t i = 0; i < encodings_.size(); ++i) {
    told.stream = static_cast<uint8_t>(i);
    encodings_[i].packets->setAllocation(told);
  }
}

void VideoSender::addStats(RTCOutboundRtpStreamStats& out, size_t encoding) const {
  const Encoding& one = encodings_[encoding];
  const RTCRtpEncodingParameters& own = parameters(encoding);
  if (encoded_.source() && encoding == 0) {
    encoded_.addStats(out);
  } else {
    one.pictures->addStats(out);
  }
  out.targetBitrate = one.pictures->bitrate(own);
  out.framesSent = one.packets->framesSent();
  out.hugeFramesSent = one.packets->hugeFramesSent();
  out.active = own.active;
  if (!own.rid.empty()) out.rid = own.rid;
  out.encodingIndex = static_cast<uint32_t>(encoding);
}

}  // namespace tincan::inline v0::stack
