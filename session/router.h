#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "rtp/received_packet.h"
#include "rtp/repair/rtx.h"
#include "session/section.h"

namespace tincan::inline v0::session {

/// Which stream a packet belongs to. What a packet says of itself is latched to its SSRC, so that those after it need
/// not say it again; the table is bounded. Knows no stream: it says what is to be done with them. Owned by RtpSession.
///
///     SSRC known ────────────────────────────────────────────► its stream, or the one that it repairs
///       its mid or rid is another now ─► as if it were new     (RFC 9143 §9.2, RFC 8852 §3.1)
///     new: mid ─► else the SSRC as announced ─► else the payload type, where one section has it (RFC 9143 §9.2)
///       payload type of FlexFEC ─► parity: its payload names the stream
///       payload type of RTX ─► repaired-rid ─► else the source of the section heard last      (RFC 4588 §5.3)
///       else rid ─► a stream; a stream that had this rid is superseded
class Router {
 public:
  static constexpr size_t kMaxSources = 64;  ///< SSRCs of media that one peer may make us listen to; as many of repairs
  /// RFC 3550 §6.3.5: a source that has been silent for five reports may be forgotten, when another needs its place.
  static constexpr Duration kSilent = Duration::seconds(5);

  struct Counters {
    uint64_t unknownSsrc = 0;  ///< no section claims it
    uint64_t unknownRid = 0;   ///< the section has other encodings
    uint64_t refused = 0;      ///< sources past kMaxSources
    uint64_t repairsRefused = 0;
    uint64_t superseded = 0;  ///< a rid went to another SSRC
  };

  /// kParity: FlexFEC, which says itself what it repairs; its SSRC is not latched.
  enum class Kind : uint8_t { kNowhere, kMedia, kRepair, kParity };
  struct Route {
    Kind kind = Kind::kNowhere;
    Ssrc stream{};                     ///< the media SSRC, of a repair the one that it repairs
    bool isNew = false;                ///< the stream was not seen before, or has moved to another section or rid
    std::optional<Ssrc> gone{};        ///< this stream is to go first: silent, and another needs its place; or moved
    std::optional<Ssrc> superseded{};  ///< the stream that had the rid until now
    const Section* section = nullptr;  ///< of a new one
    const Format* format = nullptr;    ///< of a new one, where the section has its payload type
    std::string_view rid{};            ///< of a new one; valid while the router is unchanged
  };

  /// What is agreed on now. Routes into sections that receive no more go; the streams that this leaves without a route
  /// are given back.
  std::vector<Ssrc> setSections(std::vector<Section> sections);
  Route route(const rtp::ReceivedPacket& packet);

  /// The stream of a section's rid; nothing before it was heard.
  std::optional<Ssrc> find(std::string_view mid, std::string_view rid) const;
  bool knows(Ssrc ssrc) const { return sources_.contains(ssrc); }
  const std::vector<Section>& sections() const { return sections_; }
  size_t size() const { return sources_.size(); }
  const Counters& counters() const { return counters_; }

 private:
  struct Source {
    Kind kind = Kind::kMedia;
    size_t section = 0;
    std::string rid{};       // of a repair: the one that it repairs
    Ssrc media{};            // of a repair without rid: what it repairs
    bool announced = false;  // of a repair: by the description that is in force
    bool superseded = false;
    uint16_t newest = 0;  // sequence number
    TimePoint heard{};
  };
  using Sources = std::unordered_map<Ssrc, Source>;

  void addAnnounced(size_t index);
  bool hasMoved(const Source& source, const rtp::ReceivedPacket& packet) const;
  Route routeNew(const rtp::ReceivedPacket& packet);
  /// What a first packet says of the stream that it begins.
  struct Beginning {
    Ssrc ssrc;
    PayloadType type;
    uint16_t sequenceNumber = 0;
    std::string_view rid{};
    TimePoint at{};
  };
  Route latchMedia(const Beginning& first, size_t section);
  Route beginByRepair(const rtp::ReceivedPacket& packet, const Source& repair);
  Route latchRepair(const rtp::ReceivedPacket& packet, size_t section);
  Route routeRepair(const rtp::ReceivedPacket& packet, Source& repair);
  std::optional<size_t> sectionFor(const rtp::ReceivedPacket& packet) const;
  bool isParity(const rtp::ReceivedPacket& packet, std::optional<size_t> section) const;
  const Source* holder(size_t section, std::string_view rid, Ssrc* ssrc = nullptr) const;
  std::optional<Ssrc> lastHeard(size_t section) const;
  std::optional<Ssrc> makeRoom(TimePoint now);
  void forget(Ssrc media);
  size_t count(Kind kind) const { return kind == Kind::kMedia ? media_ : sources_.size() - media_; }

  std::vector<Section> sections_;
  std::vector<rtp::RtxPayloadTypes> rtxTypes_;  // by section
  Sources sources_;
  size_t media_ = 0;  // of sources_
  Counters counters_;
};

}  // namespace tincan::inline v0::session
