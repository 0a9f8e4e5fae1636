#include "stack/video_packets.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tincan::inline v0::stack {
namespace {

// Every video payload format has a 90 kHz clock (RFC 7741 §4.1, RFC 6184 §5.1). Taken from when the picture was
// captured, so that it agrees with the sender reports.
uint32_t videoTimestamp(TimePoint captured) {
  return static_cast<uint32_t>(captured.micros() * 9 / 100);
}

constexpr size_t kMaxLabel = 255;  // RFC 8285 §4.3
// Within what OutboundStream::maxPayload() leaves for extensions anyway: a descriptor of three bytes.
constexpr size_t kSmallLabels = 4;
constexpr size_t kLargestAllocation = 64;  // of three streams with three temporal layers each, and its head
constexpr size_t kLabelHeads =
    12;  // ids and sizes, a byte more for each where one needs the two-byte form, and padding

}  // namespace

VideoPackets::VideoPackets(session::OutboundStream& stream, const media::CodecFactory& factory,
                           const media::CodecFormat& format, RandomSource& random, PacketPool& pool)
    : stream_(stream), pool_(pool), captureTimes_(stream) {
  if (auto made = factory.packetizer(format, random)) packetizer_ = *std::move(made);
}

// Encoders that cut their own slices must leave room for an allocation, too.
size_t VideoPackets::maxPayload() const {
  const auto& config = stream_.config();
  const bool allocates = !config.rid.empty() && config.extensions.id(rtp::ExtensionKind::kVideoLayersAllocation) != 0;
  return stream_.maxPayload() - (allocates ? kLargestAllocation : 0);
}

// A structure needs the two-byte form (RFC 8285 §4.3).
bool VideoPackets::tellsDependencies() const {
  const auto& extensions = stream_.config().extensions;
  return extensions.id(rtp::ExtensionKind::kDependencyDescriptor) != 0 && extensions.allowMixed;
}

void VideoPackets::setLayers(const media::ScalabilityMode& mode, int width, int height) {
  width_ = width;
  height_ = height;
  const bool told = tellsDependencies() && mode.spatialLayers * mode.temporalLayers > 1;
  if (!told)
    dependencies_.reset();
  else if (dependencies_)
    dependencies_->setMode(mode);
  else
    dependencies_.emplace(mode);
}

void VideoPackets::setAllocation(const rtp::VideoLayersAllocation& allocation) {
  if (allocation == allocation_) return;
  allocation_ = allocation;
  tellAllocation_ = true;
}

VideoPackets::Labels VideoPackets::labelsOf(const media::EncodedVideo& frame) {
  Labels out;
  std::array<uint8_t, kMaxLabel> bytes;
  if (dependencies_) {
    out.dependencies = &dependencies_->next(frame, width_, height_);
    out.size = out.dependencies->write(dependencies_->structure(), bytes);
  }
  const auto& extensions = stream_.config().extensions;
  tellAllocation_ |= frame.keyFrame && !allocation_.layers.empty();
  // Headroom is for one of the two long ones: an allocation waits for a frame that tells no structure.
  const bool structure = out.dependencies && out.dependencies->structure;
  if (!tellAllocation_ || structure || extensions.id(rtp::ExtensionKind::kVideoLayersAllocation) == 0) return out;
  out.allocation = true;
  tellAllocation_ = false;
  out.size += allocation_.write(bytes);
  return out;
}

bool VideoPackets::send(TimePoint now, std::span<const media::EncodedVideo> frames) {
  if (!packetizer_ || frames.empty()) return true;
  lost_ |= stream_.takeGivenUp();
  if (lost_ && !frames.front().keyFrame) return false;
  lost_ = false;
  const bool keyFrame = frames.front().keyFrame;
  if (keyFrame) stream_.keyFrameBegins();
  for (const media::EncodedVideo& frame : frames) {
    Labels labels = labelsOf(frame);
    labels.contributing =
        std::span(frame.contributingSources).first(std::min(frame.contributingSources.size(), rtp::kMaxCsrcs));
    const uint32_t source = labels.contributing.empty() ? stream_.ssrc().value() : labels.contributing.front();
    labels.captured = captureTimes_.next(
        now, {videoTimestamp(frame.time), frame.time, source, keyFrame && &frame == &frames.front()});
    packetizer_->setFrame(frame, stream_.maxPayload() - 4 * labels.contributing.size() -
                                     (labels.size > kSmallLabels ? labels.size + kLabelHeads : 0));
    lost_ = !queueFrame(now, videoTimestamp(frame.time), &frame == &frames.back(), labels);
    if (lost_) return false;
  }
  if (keyFrame) stream_.keyFrameEnds();
  uint64_t size = 0;
  for (const media::EncodedVideo& frame : frames) size += frame.data.size();
  if (framesSent_ > 0 && 2 * size * framesSent_ >= 5 * bytesSent_) ++hugeFramesSent_;
  bytesSent_ += size;
  ++framesSent_;
  return true;
}

// RTP's marker ends a picture (RFC 9628 §4.1): of several layers, the last one's.
bool VideoPackets::queueFrame(TimePoint now, uint32_t timestamp, bool endsPicture, const Labels& labels) {
  if (stream_.room() < packetizer_->packetsLeft()) return false;
  bool last = false, first = true;
  while (packetizer_->packetsLeft() > 0) {
    PacketBuffer payload = pool_.allocate();
    if (!payload || !packetizer_->next(payload, last)) return false;
    // `last` is of a picture; the frame of a lower layer ends before that.
    const bool endsFrame = packetizer_->packetsLeft() == 0;
    if (!add(now, std::move(payload), last && endsPicture, timestamp, labels, std::exchange(first, false), endsFrame))
      return false;
  }
  return true;
}

// RTP Payload Format For AV1 §A.8: a structure in the first packet of its frame.
bool VideoPackets::add(TimePoint now, PacketBuffer payload, bool marker, uint32_t timestamp, const Labels& labels,
                       bool first, bool last) {
  std::array<session::OutboundStream::Extension, 3> more{};
  std::array<uint8_t, rtp::DependencyDescriptor::kMaxSize> dependencies;
  std::array<uint8_t, kMaxLabel> allocation;
  size_t count = 0;
  if (labels.dependencies) {
    rtp::DependencyDescriptor& told = *labels.dependencies;
    told.startOfFrame = first;
    told.endOfFrame = last;
    if (!first) told.structure.reset();
    if (!first) told.activeTargets.reset();
    const size_t size = told.write(dependencies_->structure(), dependencies);
    more[count++] = {rtp::ExtensionKind::kDependencyDescriptor, ByteView(dependencies).first(size)};
  }
  if (labels.allocation && first)
    more[count++] = {rtp::ExtensionKind::kVideoLayersAllocation,
                     ByteView(allocation).first(allocation_.write(allocation))};
  const auto captured = labels.captured.value_or(rtp::AbsCaptureTime()).bytes();
  if (labels.captured && first)
    more[count++] = {rtp::ExtensionKind::kAbsCaptureTime, ByteView(captured).first(labels.captured->size())};
  return stream_.add(now, std::move(payload), marker, timestamp, std::span(more).first(count), labels.contributing);
}

}  // namespace tincan::inline v0::stack
