#include "apps/sdp/unusual.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/sdp/words.h"
#include "sdp/text.h"

namespace tincan::inline v0::apps {
namespace {

/// addUnusual(), a section or a transport at a time.
class Observer {
 public:
  Observer(const sdp::Session& session, SdpOverview& out) : session_(session), out_(out) {
    for (std::string_view rest = out.text; !rest.empty();) lines_.push_back(sdp::takeUntil(rest, '\n'));
  }

  void run() {
    if (out_.sections.empty()) add(0, "it has no m-line: nothing is negotiated by it", "RFC 9429 §5.2.1");
    if (session_.iceLite) {
      add(find(0, "a=ice-lite"), "the far end is ICE-lite: it never checks by itself, and must be reachable",
          "RFC 8445 §2.5");
    }
    groups();
    for (size_t i = 0; i < out_.sections.size(); ++i) {
      if (!out_.sections[i].rejected) section(i);
    }
    for (const SdpTransport& transport : out_.transports) this->transport(transport);
  }

 private:
  void add(size_t line, std::string what, std::string rule) {
    out_.findings.push_back({SdpFinding::Kind::kUnusual, line, line ? size_t{1} : 0, std::move(what), std::move(rule)});
  }

  // The first such line at or behind `from` and before the next m-line; `from` where there is none.
  size_t find(size_t from, std::string_view prefix) const {
    for (size_t i = from; i < lines_.size(); ++i) {  // lines_[from] is the one behind it
      if (lines_[i].starts_with(prefix)) return i + 1;
      if (lines_[i].starts_with("m=")) break;
    }
    return from;
  }

  void groups() {
    const auto bundles = std::count_if(session_.groups.begin(), session_.groups.end(),
                                       [](const sdp::Group& group) { return group.semantics == "BUNDLE"; });
    if (bundles > 1) add(find(0, "a=group:"), "several BUNDLE groups, each with its own transport", "RFC 9143 §7.1");
    if (out_.transports.size() <= 1) return;
    if (bundles == 0) {
      add(0, "no BUNDLE: each m-line has a transport of its own", "RFC 9143 §7");
      return;
    }
    for (const SdpTransport& each : out_.transports) {
      if (each.bundle) continue;
      add(out_.sections[each.sections.front()].line, "it stands outside the BUNDLE group, on a transport of its own",
          "RFC 9143 §7");
    }
  }

  void section(size_t index) {
    const sdp::Media& media = session_.media[index];
    const SdpSection& section = out_.sections[index];
    const size_t line = section.line;
    if (section.mid.empty() && !forgiven(line, "no a=mid"))
      add(line, "no a=mid: sections can only be told by their place", "RFC 9429 §5.2.1");
    for (const sdp::Attribute& each : media.otherAttributes) {
      if (each.name == "crypto") {
        add(find(line, "a=crypto:"), "a=crypto carries SRTP keys in the clear (SDES): WebRTC does without",
            "RFC 8827 §6.5");
        break;
      }
    }
    if (section.isData()) return data(media, line);
    if (!section.isMedia()) return;
    numbers(media, section);
    if (section.sourceTracks > 1)
      add(find(line, "a=ssrc:"),
          std::to_string(section.sourceTracks) +
              " tracks in one m-line (Plan B, which browsers have given up): they are one track here",
          "RFC 9429 §4.2.1");
    if (media.rtcpMuxOnly)
      add(find(line, "a=rtcp-mux-only"), "RTCP has no port of its own, even for old peers", "RFC 8858 §3");
    if (media.simulcast) simulcast(media, line);
    const bool sends = section.direction == sdp::Direction::kSendRecv || section.direction == sdp::Direction::kSendOnly;
    if (sends && media.msids.empty() && media.ssrcs.empty())
      add(line, "it sends, and says neither stream nor source: its packets are told by mid or payload type",
          "RFC 8830 §4");
    for (const sdp::SsrcGroup& group : media.ssrcGroups) {
      if (group.semantics == "FID") continue;
      const std::string known = group.semantics == "SIM"      ? ": simulcast without rids, as libwebrtc once had it"
                                : group.semantics == "FEC-FR" ? ": a stream of FlexFEC packets"
                                                              : "";
      add(find(line, "a=ssrc-group:" + group.semantics), "a=ssrc-group:" + group.semantics.substr(0, 24) + known,
          "RFC 5576 §4.2");
    }
    for (const sdp::Bandwidth& each : section.bandwidths) {
      add(find(line, "b="),
          "at most " + groupedText(each.value) + (each.type == "TIAS" ? " bit/s" : " kbit/s") +
              " (b=" + each.type.substr(0, 24) + ")",
          "RFC 8866 §5.8");
    }
  }

  // RTP's marker and one of these types make a byte that is RTCP's.
  void numbers(const sdp::Media& media, const SdpSection& section) {
    if (!media.rtcpMux) return;
    for (const stack::CodecSpec& codec : section.codecs) {
      if (codec.payloadType < 64 || codec.payloadType > 95) continue;
      add(find(section.line, "a=rtpmap:" + std::to_string(codec.payloadType)),
          "payload type " + std::to_string(codec.payloadType) + " is taken for RTCP where its packets have the marker",
          "RFC 5761 §4");
      return;
    }
  }

  bool forgiven(size_t line, std::string_view what) const {
    return std::any_of(out_.findings.begin(), out_.findings.end(), [&](const SdpFinding& each) {
      return each.line == line && each.kind == SdpFinding::Kind::kForgiven && each.what.find(what) != std::string::npos;
    });
  }

  void data(const sdp::Media& media, size_t line) {
    if (!media.sctpPort && media.protocol == "DTLS/SCTP")
      add(line, "data channels in the older form (DTLS/SCTP and a=sctpmap)", "RFC 8841 §12.2");
    if (media.maxMessageSize == 0u) add(find(line, "a=max-message-size"), "messages of any size", "RFC 8841 §6.1");
    if (!media.maxMessageSize) add(line, "no a=max-message-size: at most 65,536 bytes a message", "RFC 8841 §6.1");
  }

  void simulcast(const sdp::Media& media, size_t line) {
    const auto rids = [](const sdp::SimulcastStreams& streams) {
      std::vector<std::string> names;
      for (const auto& alternatives : streams) {
        if (!alternatives.empty())
          names.push_back(alternatives.front().rid + (alternatives.front().paused ? " (paused)" : ""));
      }
      return listText(names);
    };
    const auto& simulcast = *media.simulcast;
    const bool sends = !simulcast.send.empty();
    add(find(line, "a=simulcast"),
        std::string("simulcast: ") + (sends ? "sends " : "takes ") + "the picture as " +
            rids(sends ? simulcast.send : simulcast.receive),
        "RFC 8853 §5.1");
  }

  void transport(const SdpTransport& each) {
    const size_t line = out_.sections[each.sections.front()].line;
    if (each.ufrag.empty() && each.fingerprints.empty()) {
      add(line, "neither ICE nor a certificate's fingerprint: plain RTP, which WebRTC does not speak", "RFC 8827 §6.5");
      return;
    }
    if (out_.type == "offer" && !each.setup)
      add(line, "no a=setup: who begins with DTLS is left open, as by actpass", "RFC 8842 §5.2");
    if (out_.type == "offer" && each.setup && each.setup != sdp::Setup::kActpass) {
      add(find(line, "a=setup"), "an offer should leave the DTLS roles open (actpass)", "RFC 8842 §5.2");
    }
    for (const std::string& fingerprint : each.fingerprints) {
      const std::string hash = fingerprint.substr(0, fingerprint.find(' '));
      if (hash == "sha-1" || hash == "md5" || hash == "md2")
        add(find(line, "a=fingerprint"), hash + " is a weak hash of the certificate", "RFC 8122 §5");
    }
    candidates(each, line);
  }

  void candidates(const SdpTransport& each, size_t line) {
    if (each.candidates.empty()) {
      if (!each.trickle)
        add(line, "no candidates, and no a=ice-options:trickle that would promise some", "RFC 8840 §4.1");
      return;
    }
    size_t udp = 0, relayed = 0, hidden = 0;
    for (const ice::Candidate& candidate : each.candidates) {
      udp += candidate.protocol == Protocol::kUdp;
      relayed += candidate.type == ice::CandidateType::kRelay;
      hidden += !candidate.hostname.empty();
    }
    if (udp == 0) add(line, "candidates over TCP only: UDP seems to be blocked", "RFC 6544");
    if (relayed == each.candidates.size())
      add(line, "relayed candidates only: all goes by a TURN server", "RFC 8445 §5.1.1");
    if (hidden > 0)
      add(line, countText(hidden, "candidate") + " behind .local names, which only the same network resolves",
          "draft-ietf-mmusic-mdns-ice-candidates §3");
  }

  const sdp::Session& session_;
  SdpOverview& out_;
  std::vector<std::string_view> lines_;
};

}  // namespace

void addUnusual(const sdp::Session& session, SdpOverview& out) {
  Observer(session, out).run();
}

}  // namespace tincan::inline v0::apps
