#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/time.h"

// What the elements of header extensions hold. Each reads from a value found by findExtension (none when its size is
// wrong) and writes to the bytes that ExtensionWriter::add takes.
namespace tincan::inline v0::rtp {

/// Time of sending, 24 bits of 6.18 fixed-point seconds: it wraps each 64 s.
struct AbsSendTime {
  uint32_t value = 0;
  static constexpr AbsSendTime at(TimePoint time) {
    const int64_t micros = time.micros() % 64'000'000;
    return {static_cast<uint32_t>((micros << 18) / 1'000'000) & 0xffffff};
  }
  static std::optional<AbsSendTime> read(ByteView bytes) {
    if (bytes.size() != 3) return std::nullopt;
    return AbsSendTime{loadBe24(bytes.data())};
  }
  std::array<uint8_t, 3> bytes() const {
    std::array<uint8_t, 3> out;
    storeBe24(out.data(), value);
    return out;
  }
  bool operator==(const AbsSendTime&) const = default;
};

/// A number that counts the packets of a transport, over all its SSRCs (transport-wide-cc-extensions-01 §2).
struct TransportSequence {
  uint16_t value = 0;
  static std::optional<TransportSequence> read(ByteView bytes) {
    if (bytes.size() < 2) return std::nullopt;  // the second version has two bytes more, at times
    return TransportSequence{loadBe16(bytes.data())};
  }
  std::array<uint8_t, 2> bytes() const {
    std::array<uint8_t, 2> out;
    storeBe16(out.data(), value);
    return out;
  }
  bool operator==(const TransportSequence&) const = default;
};

/// RFC 6464 §3: voice activity and the level in -dBov, 0 (loudest) to 127 (silence).
struct AudioLevel {
  bool voice = false;
  uint8_t level = 127;
  static std::optional<AudioLevel> read(ByteView bytes) {
    // RFC 6464 §4: two-byte headers may pad the value.
    if (bytes.empty()) return std::nullopt;
    return AudioLevel{(bytes[0] & 0x80) != 0, static_cast<uint8_t>(bytes[0] & 0x7f)};
  }
  std::array<uint8_t, 1> bytes() const { return {static_cast<uint8_t>((voice ? 0x80 : 0) | (level & 0x7f))}; }
  bool operator==(const AudioLevel&) const = default;
};

/// RFC 5450 §3: RTP timestamp units between the nominal and the real time of sending, 24 bits with sign.
struct TransmissionOffset {
  int32_t value = 0;
  static std::optional<TransmissionOffset> read(ByteView bytes) {
    if (bytes.size() != 3) return std::nullopt;
    const auto raw = static_cast<int32_t>(loadBe24(bytes.data()));
    return TransmissionOffset{raw - ((raw & 0x800000) != 0 ? 0x1000000 : 0)};
  }
  std::array<uint8_t, 3> bytes() const {
    std::array<uint8_t, 3> out;
    storeBe24(out.data(), static_cast<uint32_t>(value) & 0xffffff);
    return out;
  }
  bool operator==(const TransmissionOffset&) const = default;
};

/// How long to hold a frame back before it is shown: 12 bits each, in 10 ms.
struct PlayoutDelay {
  Duration min;
  Duration max;
  static std::optional<PlayoutDelay> read(ByteView bytes) {
    if (bytes.size() != 3) return std::nullopt;
    const uint32_t raw = loadBe24(bytes.data());
    return PlayoutDelay{Duration::millis(int64_t{raw >> 12} * 10), Duration::millis(int64_t{raw & 0xfff} * 10)};
  }
  std::array<uint8_t, 3> bytes() const {
    const auto clamped = [](Duration d) {
      const int64_t units = d.millis() / 10;
      return static_cast<uint32_t>(units < 0 ? 0 : units > 0xfff ? 0xfff : units);
    };
    std::array<uint8_t, 3> out;
    storeBe24(out.data(), clamped(min) << 12 | clamped(max));
    return out;
  }
  bool operator==(const PlayoutDelay&) const = default;
};

/// When the frame that begins in this packet was captured (webrtc.org, rtp-hdrext/abs-capture-time): by the NTP clock of
/// the system that captured it, the first contributing source of the packet, or its sender where there is none.
struct AbsCaptureTime {
  static constexpr size_t kShort = 8, kLong = 16;

  NtpTime captured;
  /// The capturer's NTP clock less the sender's, as that estimates it: seconds in signed 32.32 fixed point.
  std::optional<int64_t> clockOffset{};

  static std::optional<AbsCaptureTime> read(ByteView bytes) {
    if (bytes.size() != kShort && bytes.size() != kLong) return std::nullopt;
    AbsCaptureTime out{NtpTime::fromRaw(loadBe64(bytes.data())), std::nullopt};
    if (bytes.size() == kLong) out.clockOffset = static_cast<int64_t>(loadBe64(bytes.data() + kShort));
    return out;
  }
  /// Of `bytes()`, so many count.
  size_t size() const { return clockOffset ? kLong : kShort; }
  std::array<uint8_t, kLong> bytes() const {
    std::array<uint8_t, kLong> out;
    storeBe64(out.data(), captured.raw());
    storeBe64(out.data() + kShort, static_cast<uint64_t>(clockOffset.value_or(0)));
    return out;
  }
  bool operator==(const AbsCaptureTime&) const = default;
};

/// 3GPP TS 26.114 §7.4.5: how to turn the picture, clockwise in quarter turns, after flipping it; and which camera.
struct VideoOrientation {
  bool backCamera = false;
  bool flip = false;
  uint8_t quarterTurns = 0;  ///< 0…3
  static std::optional<VideoOrientation> read(ByteView bytes) {
    if (bytes.size() != 1) return std::nullopt;
    return VideoOrientation{(bytes[0] & 8) != 0, (bytes[0] & 4) != 0, static_cast<uint8_t>(bytes[0] & 3)};
  }
  std::array<uint8_t, 1> bytes() const {
    return {static_cast<uint8_t>((backCamera ? 8 : 0) | (flip ? 4 : 0) | (quarterTurns & 3))};
  }
  bool operator==(const VideoOrientation&) const = default;
};

}  // namespace tincan::inline v0::rtp
