#include "stack/video_sender.h"

#include <algorithm>
#include <string>
#include <utility>

#include "stack/encoding_rates.h"

namespace tincan::inline v0::stack {

namespace {

std::vector<std::string> mimeTypes(const std::vector<media::CodecFormat>& formats) {
  std::vector<std::string> out;
  for (const media::CodecFormat& each : formats) out.push_back("video/" + each.name);
  return out;
}

}  // namespace

VideoSender::VideoSender(std::shared_ptr<RtpSender> sender, Streams streams, std::shared_ptr<EventQueue> events,
                         const media::CodecFactory& factory, const std::vector<media::CodecFormat>& formats,
                         uint32_t bitrate, RandomSource& random, PacketPool& pool, CodecWork where)
    : MediaSender(std::move(sender), std::move(streams), events),
      where_(std::move(where)),
      transform_(sender_, std::move(events), mimeTypes(formats),
                 [this](TimePoint now, size_t encoding, std::span<const media::EncodedVideo> frames) {
                   pack(now, encoding, frames);
                 }) {
  for (size_t i = 0; i < streams_.size(); ++i) addEncoding(*streams_[i], factory, formats[i], bitrate, random, pool);
}

void VideoSender::addEncoding(session::OutboundStream& stream, const media::CodecFactory& factory,
                              const media::CodecFormat& format, uint32_t bitrate, RandomSource& random,
                              PacketPool& pool) {
  const size_t index = encodings_.size();
  Encoding& encoding = encodings_.emplace_back();
  encoding.packets = std::make_unique<VideoPackets>(stream, factory, format, random, pool);
  auto pass = [this, index](TimePoint now, std::span<const media::EncodedVideo> frames) {
    transform_.pass(now, index, *streams_[index], frames);
  };
  VideoEncoding::Config config;
  config.bitrate = bitrate;
  config.alone = streams_.size() == 1;
  config.spatialLayers = media::tellsSpatialLayers(format) || encoding.packets->tellsDependencies();
  encoding.frames = std::make_unique<EncodedInput>(format, media::EncodedSource::kMaxFrameBytes, events(), pass);
  encoding.pictures = std::make_unique<VideoEncoding>(factory, format, config, std::move(pass), where_);
}

void VideoSender::pack(TimePoint now, size_t encoding, std::span<const media::EncodedVideo> frames) {
  const Encoding& one = encodings_[encoding];
  const bool fromEncoder = !one.frames->source();
  if (fromEncoder) {
    one.packets->setLayers(one.pictures->mode(), one.pictures->width(), one.pictures->height());
    if (frames.front().keyFrame) tellAllocation();
  }
  if (one.packets->send(now, frames)) return;
  fromEncoder ? one.pictures->wantKeyFrame() : one.frames->wantKeyFrame();
}

void VideoSender::collect(TimePoint now) {
  for (const Encoding& encoding : encodings_) encoding.pictures->collect(now);
  transform_.collect(now);
  if (transform_.takeKeyFrameWish()) askForKeyFrame();
}

void VideoSender::step(TimePoint now) {
  for (const Encoding& encoding : encodings_) encoding.frames->pollKeyFrame(now);
}

TimePoint VideoSender::nextStep() const {
  TimePoint next = TimePoint::never();
  for (const Encoding& encoding : encodings_) next = earlier(next, encoding.frames->nextTimeout());
  return next;
}

// Each encoding gets the frames of its name. Of a source that has no names, or where there is but one encoding, the
// first one gets all, or those of the largest.
void VideoSender::attachSource(const std::shared_ptr<media::EncodedSource>& source) {
  for (size_t i = 0; i < encodings_.size(); ++i) {
    const std::vector<std::string> rids = source ? source->rids() : std::vector<std::string>();
    const std::string& own = streams_[i]->config().rid;
    EncodedInput& frames = *encodings_[i].frames;
    if (rids.empty() || !isSimulcast()) {
      frames.setSource(i == 0 ? source : nullptr, rids.empty() ? std::string() : rids.back());
    } else {
      const bool has = std::find(rids.begin(), rids.end(), own) != rids.end();
      frames.setSource(has ? source : nullptr, own);
    }
  }
}

media::SinkId VideoSender::addSink(media::MediaStreamTrack& track) {
  attachSource(track.encodedSource());
  if (track.encodedSource()) {
    tellSources();
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
  heedWishes();
  if (isSimulcast()) {
    split();
    noteLoad(now);
  }
  for (size_t i = 0; i < encodings_.size(); ++i) {
    const Encoding& encoding = encodings_[i];
    if (!encoding.packets->usable()) continue;
    encoding.pictures->prefer(sender_->degradationPreference());
    encoding.pictures->encode(now, parameters(i), picture, encoding.packets->maxPayload());
  }
}

void VideoSender::noteLoad(TimePoint now) {
  works_.clear();
  for (const Encoding& encoding : encodings_) works_.push_back(encoding.pictures->work());
  load_.note(now, works_);
  for (size_t i = 0; i < encodings_.size(); ++i) encodings_[i].pictures->setLeast(load_.step(i));
}

void VideoSender::sendEncoded(const media::EncodedFrame& frame) {
  if (isSimulcast() && frame.layer && frame.layer->width > width_) {
    width_ = frame.layer->width;
    height_ = frame.layer->height;
  }
  if (isSimulcast()) split();
  heedWishes();
  tellSources();  // setParameters() may have changed it
  for (size_t i = 0; i < encodings_.size(); ++i) {
    const Encoding& encoding = encodings_[i];
    const bool starved = isNamed(i) && encoding.pictures->bitrate(parameters(i)) == 0;
    if (encoding.frames->takes(frame))
      encoding.frames->receive(timeOf(frame.time), parameters(i).active && !starved, frame);
  }
}

// One of several that the source has names for. Else its only encoding is the sender's first, and has what all have.
bool VideoSender::isNamed(size_t encoding) const {
  const auto& source = encodings_[encoding].frames->source();
  return isSimulcast() && source && !source->rids().empty();
}

void VideoSender::tellSources() {
  for (size_t i = 0; i < encodings_.size(); ++i) {
    const RTCRtpEncodingParameters& own = parameters(i);
    encodings_[i].frames->setBitrate(!isNamed(i) ? bitrate() : own.active ? encodings_[i].pictures->bitrate(own) : 0);
  }
}

void VideoSender::wantKeyFrame() {
  if (!transform_.requestKeyFrame()) askForKeyFrame();
}

void VideoSender::askForKeyFrame() {
  for (const Encoding& encoding : encodings_) {
    encoding.frames->wantKeyFrame();
    encoding.pictures->wantKeyFrame();
  }
}

// webrtc-extensions §3.5: setParameters() with encodingOptions.
void VideoSender::heedWishes() {
  for (size_t i = 0; i < encodings_.size(); ++i) {
    if (!sender_->takeKeyFrameWish(i)) continue;
    encodings_[i].frames->wantKeyFrame();
    encodings_[i].pictures->wantKeyFrame();
  }
}

void VideoSender::wantKeyFrame(const session::OutboundStream& stream) {
  if (transform_.requestKeyFrame(stream.config().rid)) return;
  for (size_t i = 0; i < encodings_.size(); ++i) {
    if (streams_[i] != &stream) continue;
    encodings_[i].frames->wantKeyFrame();
    encodings_[i].pictures->wantKeyFrame();
  }
}

// ---- rates ----

void VideoSender::setBitrate(uint32_t bitrate) {
  if (isSimulcast()) {
    changed_ |= total_ != bitrate;
    total_ = bitrate;
  } else {
    encodings_.front().pictures->setBitrate(bitrate);
  }
  tellSources();
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
  std::vector<rtp::RateRange> out;
  for (size_t i = 0; i < encodings_.size(); ++i) {
    const bool laterCodec = media::isFrugal(encodings_[i].pictures->format());
    out.push_back(encodingRate(parameters(i), width_, height_, laterCodec));
  }
  return out;
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
  if (one.frames->source()) {
    one.frames->addStats(out);
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
