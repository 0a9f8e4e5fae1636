#include "sdp/writer.h"

#include <algorithm>
#include <bitset>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sdp/attribute_names.h"
#include "sdp/attribute_values.h"
#include "sdp/line_writer.h"
#include "sdp/parser.h"

namespace tincan::inline v0::sdp {
namespace {

// A section of a browser's has some 3 KB; one that is longer costs a second allocation.
constexpr size_t kHeadSize = 1024, kSectionSize = 3072;
constexpr size_t kExtMapIds = 4352;  // RFC 8285 §7: up to 4351

/// Prints a model, and refuses what would not read back: what each line may hold is said where it is written, as the
/// parser has it; what stands only once, in the three places that say "once". Lives for one write().
class Writer {
 public:
  explicit Writer(const Session& session)
      : session_(session), out_(kHeadSize + kSectionSize * std::min(session.media.size(), kMaxMediaSections)) {}

  Result<std::string> run() {
    if (session_.media.size() > kMaxMediaSections)
      return Error(ErrorCode::kLimit,
                   "cannot be written: more than " + std::to_string(kMaxMediaSections) + " sections");
    printSession();
    for (const Media& media : session_.media) printMedia(media);
    checkOnceInSession();
    if (out_.size() > kMaxTextSize)
      return Error(ErrorCode::kLimit,
                   "cannot be written: the text is longer than " + std::to_string(kMaxTextSize) + " bytes");
    return out_.take();
  }

 private:
  void printSession() {
    out_.raw("v=0").end();
    const Origin& o = session_.origin;
    out_.raw("o=").word(o.username, "o=").raw(' ').number(o.sessionId).raw(' ').number(o.sessionVersion).raw(' ');
    connection(o.connection, "o=");
    out_.end();
    line("s=", session_.name);
    printHead(session_, true);
    out_.check(!session_.timings.empty(), "t=", "at least one");
    for (const Timing& timing : session_.timings) {
      out_.raw("t=").number(timing.start).raw(' ').number(timing.stop).end();
      for (const std::string& repeat : timing.repeats) line("r=", repeat);
    }
    if (session_.timeZones) line("z=", *session_.timeZones);
    for (const Group& group : session_.groups) wordsLine("a=group:", group.semantics, group.mids);
    for (const MsidSemantic& one : session_.msidSemantics) wordsLine("a=msid-semantic:", one.semantic, one.ids);
    if (session_.iceLite) out_.raw("a=ice-lite").end();
    printTransport(session_);
    printShared(session_, false);
  }

  void printHead(const Section& section, bool ofSession) {
    if (section.information) line("i=", *section.information);
    if (ofSession) {
      if (session_.uri) line("u=", *session_.uri);
      for (const std::string& email : session_.emails) line("e=", email);
      for (const std::string& phone : session_.phones) line("p=", phone);
    }
    if (section.connection) {
      out_.raw("c=");
      connection(*section.connection, "c=");
      out_.end();
    }
    for (const Bandwidth& bandwidth : section.bandwidths)
      out_.raw("b=").token(bandwidth.type, "b=").raw(':').number(bandwidth.value).end();
  }

  void printTransport(const Section& section) {
    // RFC 8839 §5.4.
    const auto iceText = [&](std::string_view name, const std::optional<std::string>& value, size_t minimum) {
      if (!value) return;
      out_.check(isIceText(*value, minimum), name, std::to_string(minimum) + " to 256 ice-chars");
      out_.raw("a=").raw(name).raw(':').raw(*value).end();
    };
    iceText("ice-ufrag", section.iceUfrag, 4);
    iceText("ice-pwd", section.icePwd, 22);
    if (!section.iceOptions.empty()) {
      out_.raw("a=ice-options:");
      words(section.iceOptions, "a=ice-options");
      out_.end();
    }
    for (const Fingerprint& fingerprint : section.fingerprints) printFingerprint(fingerprint);
    if (section.setup) out_.raw("a=setup:").raw(name(*section.setup)).end();
    if (section.tlsId) out_.raw("a=tls-id:").token(*section.tlsId, "a=tls-id").end();
    if (section.endOfCandidates) out_.raw("a=end-of-candidates").end();
  }

  void printFingerprint(const Fingerprint& fingerprint) {
    constexpr std::string_view kHex = "0123456789ABCDEF";  // RFC 8122 §5: upper case
    const auto isUpper = [](char c) { return c != toLower(c); };
    out_.check(!fingerprint.value.empty(), "a=fingerprint", "bytes");
    out_.check(std::none_of(fingerprint.algorithm.begin(), fingerprint.algorithm.end(), isUpper), "a=fingerprint",
               "a hash name in lower case");
    out_.raw("a=fingerprint:").token(fingerprint.algorithm, "a=fingerprint");
    char separator = ' ';
    for (const uint8_t byte : fingerprint.value) {
      const char digits[] = {separator, kHex[byte >> 4], kHex[byte & 15]};
      out_.raw({digits, sizeof digits});
      separator = ':';
    }
    out_.end();
  }

  void printShared(const Section& section, bool inMedia) {
    if (section.extmapAllowMixed) out_.raw("a=extmap-allow-mixed").end();
    if (section.cryptex) out_.raw("a=cryptex").end();
    printExtMaps(section.extmaps);
    if (section.direction) out_.raw("a=").raw(name(*section.direction)).end();
    for (const Attribute& attribute : section.otherAttributes) {
      // What has a field of its own would be read into it.
      const bool isDirection =
          (!attribute.value || attribute.value->empty()) && parseDirection(attribute.name).has_value();
      out_.check(!isDirection && !hasField(attribute.name, inMedia), "otherAttributes", "none that has its own field");
      out_.raw("a=");
      this->attribute(attribute);
      out_.end();
    }
  }

  // RFC 8285 §5: an id stands for one extension; 1…255 are used, 4096…4351 only offered. Once in a section.
  void printExtMaps(const std::vector<ExtMap>& maps) {
    std::bitset<kExtMapIds> seen;
    for (const ExtMap& map : maps) {
      const bool valid = map.id >= 1 && map.id < kExtMapIds && (map.id <= 255 || map.id >= 4096);
      out_.check(valid && !seen.test(map.id), "a=extmap", "an id of its own, 1-255 or 4096-4351");
      if (valid) seen.set(map.id);
      out_.raw("a=extmap:").number(map.id);
      if (map.direction) out_.raw('/').raw(name(*map.direction));
      out_.raw(' ').word(map.uri, "a=extmap");
      if (!map.attributes.empty()) out_.raw(' ').text(map.attributes, "a=extmap");
      out_.end();
    }
  }

  // The order of RFC 8829 §5.2.1, with the transport first as browsers have it.
  void printMedia(const Media& media) {
    out_.raw("m=").token(media.kind, "m=").raw(' ').number(media.port);
    if (media.portCount) {
      out_.check(*media.portCount > 0, "m=", "a number of ports");
      out_.raw('/').number(*media.portCount);
    }
    out_.raw(' ').word(media.protocol, "m=").raw(' ');
    words(media.formats, "m=");
    out_.end();
    printHead(media, false);
    if (media.rtcp) {
      out_.raw("a=rtcp:").number(media.rtcp->port);
      if (media.rtcp->connection) {
        out_.raw(' ');
        connection(*media.rtcp->connection, "a=rtcp");
      }
      out_.end();
    }
    for (const std::string& candidate : media.candidates) {
      out_.check(!candidate.empty(), "a=candidate", "a candidate");
      line("a=candidate:", candidate);
    }
    printTransport(media);
    if (media.mid) out_.raw("a=mid:").token(*media.mid, "a=mid").end();
    if (media.bundleOnly) out_.raw("a=bundle-only").end();
    printShared(media, true);
    for (const Msid& msid : media.msids) {
      out_.raw("a=msid:").word(msid.streamId, "a=msid");
      if (!msid.trackId.empty()) out_.raw(' ').word(msid.trackId, "a=msid");
      out_.end();
    }
    if (media.rtcpMux) out_.raw("a=rtcp-mux").end();
    if (media.rtcpMuxOnly) out_.raw("a=rtcp-mux-only").end();
    if (media.rtcpRsize) out_.raw("a=rtcp-rsize").end();
    printFormats(media);
    if (media.ptime) out_.raw("a=ptime:").number(*media.ptime).end();
    if (media.maxptime) out_.raw("a=maxptime:").number(*media.maxptime).end();
    printRids(media);
    printSources(media);
    if (media.sctpPort) out_.raw("a=sctp-port:").number(*media.sctpPort).end();
    if (media.maxMessageSize) out_.raw("a=max-message-size:").number(*media.maxMessageSize).end();
  }

  void printFormats(const Media& media) {
    std::bitset<128> seen;  // once in a section
    for (const RtpMap& map : media.rtpmaps) {
      const bool valid = map.payloadType <= 127;
      out_.check(valid && !seen.test(map.payloadType), "a=rtpmap", "a payload type of its own (0-127)");
      if (valid) seen.set(map.payloadType);
      out_.check(map.clockRate > 0 && map.channels.value_or(1) > 0 && map.channels.value_or(1) <= 255, "a=rtpmap",
                 "a clock rate, and perhaps channels (1-255)");
      out_.raw("a=rtpmap:").number(map.payloadType).raw(' ').token(map.encoding, "a=rtpmap").raw('/');
      out_.number(map.clockRate);
      if (map.channels) out_.raw('/').number(*map.channels);
      out_.end();
    }
    for (const RtcpFeedback& feedback : media.rtcpFbs) {
      const std::string& value = feedback.value;
      out_.check(!value.empty() && isTokenChar(value.front()) && value.back() != ' ' &&
                     feedback.payloadType.value_or(0) <= 127,
                 "a=rtcp-fb", "a payload type (or *) and a kind of feedback");
      out_.raw("a=rtcp-fb:");
      if (feedback.payloadType) out_.number(*feedback.payloadType);
      if (!feedback.payloadType) out_.raw('*');
      out_.raw(' ').text(value, "a=rtcp-fb").end();
    }
    for (const Fmtp& fmtp : media.fmtps) {
      out_.check(!fmtp.parameters.empty(), "a=fmtp", "parameters");
      out_.raw("a=fmtp:").token(fmtp.format, "a=fmtp").raw(' ').text(fmtp.parameters, "a=fmtp").end();
    }
  }

  void printRids(const Media& media) {
    std::vector<std::string_view> declared;
    for (const Rid& rid : media.rids) {
      declared.push_back(rid.id);
      out_.check(isRid(rid.id), "a=rid", "an id and send or recv");
      out_.raw("a=rid:").raw(rid.id).raw(rid.send ? " send" : " recv");
      if (!rid.restrictions.empty()) out_.raw(' ').text(rid.restrictions, "a=rid");
      out_.end();
    }
    out_.check(!repeats(declared), "a=rid", "ids that stand once in a section");  // RFC 8851 §4
    if (!media.simulcast) return;
    const Simulcast& simulcast = *media.simulcast;
    out_.check(!simulcast.send.empty() || !simulcast.receive.empty(), "a=simulcast", "send or recv");
    out_.raw("a=simulcast:");
    printStreams("send ", simulcast.send, declared);
    if (!simulcast.send.empty() && !simulcast.receive.empty()) out_.raw(' ');
    printStreams("recv ", simulcast.receive, declared);
    out_.end();
  }

  /// `declared`: in order.
  void printStreams(std::string_view way, const SimulcastStreams& streams,
                    const std::vector<std::string_view>& declared) {
    if (!streams.empty()) out_.raw(way);
    for (size_t i = 0; i < streams.size(); ++i) {
      out_.check(!streams[i].empty(), "a=simulcast", "a rid for each stream");
      if (i > 0) out_.raw(';');
      for (size_t n = 0; n < streams[i].size(); ++n) {
        const SimulcastLayer& layer = streams[i][n];
        // RFC 8853 §5.1.
        out_.check(std::binary_search(declared.begin(), declared.end(), layer.rid), "a=simulcast",
                   "rids that an a=rid declares");
        if (n > 0) out_.raw(',');
        if (layer.paused) out_.raw('~');
        out_.raw(layer.rid);
      }
    }
  }

  void printSources(const Media& media) {
    for (const SsrcGroup& group : media.ssrcGroups) {
      out_.raw("a=ssrc-group:").token(group.semantics, "a=ssrc-group");
      for (const uint32_t ssrc : group.ssrcs) out_.raw(' ').number(ssrc);
      out_.end();
    }
    for (const Ssrc& ssrc : media.ssrcs) {
      const auto isCname = [](const Attribute& each) { return each.name == "cname"; };
      // RFC 5576 §6.1.
      out_.check(
          !ssrc.attributes.empty() && std::count_if(ssrc.attributes.begin(), ssrc.attributes.end(), isCname) <= 1,
          "a=ssrc", "an attribute, and one cname");
      for (const Attribute& attribute : ssrc.attributes) {
        out_.raw("a=ssrc:").number(ssrc.id).raw(' ');
        this->attribute(attribute);
        out_.end();
      }
    }
  }

  // RFC 5888 §4, RFC 9143 §9.1: mids and SSRCs are of the session.
  void checkOnceInSession() {
    std::vector<std::string_view> mids;
    std::vector<uint32_t> ssrcs;
    for (const Media& media : session_.media) {
      if (media.mid) mids.push_back(*media.mid);
      for (const Ssrc& ssrc : media.ssrcs) ssrcs.push_back(ssrc.id);
    }
    out_.check(!repeats(mids), "a=mid", "one for each section");
    out_.check(!repeats(ssrcs), "a=ssrc", "one section for each SSRC");
  }

  /// Puts them in order.
  template <class T>
  static bool repeats(std::vector<T>& all) {
    std::sort(all.begin(), all.end());
    return std::adjacent_find(all.begin(), all.end()) != all.end();
  }

  void line(std::string_view head, std::string_view text) { out_.raw(head).text(text, head).end(); }
  void words(const std::vector<std::string>& words, std::string_view what) {
    out_.check(!words.empty(), what, "at least one word");
    for (size_t i = 0; i < words.size(); ++i) {
      if (i > 0) out_.raw(' ');
      out_.word(words[i], what);
    }
  }
  void wordsLine(std::string_view head, std::string_view first, const std::vector<std::string>& words) {
    out_.raw(head).token(first, head);
    for (const std::string& one : words) out_.raw(' ').word(one, head);
    out_.end();
  }
  void connection(const Connection& c, std::string_view what) {
    out_.token(c.networkType, what).raw(' ').token(c.addressType, what).raw(' ').word(c.address, what);
  }
  void attribute(const Attribute& attribute) {
    out_.token(attribute.name, "a=");
    if (attribute.value) out_.raw(':').text(*attribute.value, attribute.name);
  }

  const Session& session_;
  LineWriter out_;
};

}  // namespace

Result<std::string> write(const Session& session) {
  return Writer(session).run();
}

}  // namespace tincan::inline v0::sdp
