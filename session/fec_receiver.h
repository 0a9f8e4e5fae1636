#pragma once

#include <cstdint>
#include <optional>

#include "base/packet_buffer.h"
#include "base/time.h"
#include "rtp/received_packet.h"
#include "rtp/repair/fec_decoder.h"
#include "session/fec_types.h"

namespace tincan::inline v0::session {

/// Between what comes of one stream and who uses it: takes RED off, keeps parity back, and gives the packets that parity
/// repairs. Copies are kept only while parity comes. Owned by InboundStream.
///
///     receive ─► RED taken off ─┬► media ─► a copy to the decoder ─► passed on
///                               └► parity ─► decoder … poll ─► repaired packets
///
/// What RTX brought is no help to other repairs: its header extensions are not those that parity was made over.
class FecReceiver {
 public:
  /// Without parity for so long the copies go.
  static constexpr Duration kIdle = Duration::seconds(5);
  /// How long a missing packet is waited for before it is asked for, while parity comes: its group's end is a frame away,
  /// of which there are 30 a second, and then come the pacing and the path's jitter.
  static constexpr Duration kPatience = Duration::millis(50);
  /// Of all streams of a session so many are repaired at once, by 256 slots of 2 KiB each: 8 MiB.
  static constexpr size_t kMostDecoders = 16;
  struct Stats {
    uint64_t packets = 0;    ///< of parity
    uint64_t bytes = 0;      ///< of their payloads
    uint64_t discarded = 0;  ///< nothing was lost, or too much, or malformed
    uint64_t recovered = 0;
  };

  FecReceiver(Ssrc media, PacketPool& pool) : media_(media), pool_(pool) {}
  void setTypes(const FecTypes& types) { types_ = types; }
  const FecTypes& types() const { return types_; }

  enum class Outcome : uint8_t {
    kMedia,      ///< to be passed on
    kFiller,     ///< parity was in it: what is left has its place in the order, the type of media, and no payload
    kMalformed,  ///< RED in RED, or several blocks
  };
  /// A packet of the stream, which is changed in place. `room`: parity may begin to be kept for this stream.
  Outcome receive(rtp::ReceivedPacket& packet, bool room);
  /// Parity that came in a stream of its own.
  void receiveParity(TimePoint at, ByteView payload, rtp::FecScheme scheme, bool room);
  /// The next packet that was repaired, whole; it may be in RED.
  bool poll(PacketBuffer& out) { return decoder_ && decoder_->poll(out); }

  /// Keeps copies.
  bool active() const { return decoder_.has_value(); }
  /// Parity has come of late: what is missing need not be asked for at once.
  bool protects(TimePoint now) const { return decoder_ && now - lastParity_ < kIdle; }
  Stats stats() const;

 private:
  void makeFiller(rtp::ReceivedPacket& packet) const;
  void forgetIdle(TimePoint now);
  void endDecoder();

  Ssrc media_;
  PacketPool& pool_;
  FecTypes types_;
  std::optional<PayloadType> mediaType_;  // of the newest packet
  std::optional<rtp::FecDecoder> decoder_;
  rtp::FecScheme scheme_ = rtp::FecScheme::kUlpfec;  // of decoder_
  TimePoint lastParity_;
  Stats before_;  // of decoders that went
  uint64_t packets_ = 0, bytes_ = 0;
};

}  // namespace tincan::inline v0::session
