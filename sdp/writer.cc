#include "sdp/writer.h"

#include <string_view>

#include "sdp/parser.h"

namespace tincan::inline v0::sdp {
namespace {

/// Prints without looking: write() checks the text afterwards.
class Writer {
 public:
  std::string print(const Session& session) {
    text_.reserve(1024 + 2048 * session.media.size());
    line("v=0");
    const Origin& o = session.origin;
    line("o=", o.username, ' ', o.sessionId, ' ', o.sessionVersion, ' ', o.connection);
    line("s=", session.name);
    printHead(session, &session);
    for (const Timing& timing : session.timings) {
      line("t=", timing.start, ' ', timing.stop);
      for (const std::string& repeat : timing.repeats) line("r=", repeat);
    }
    if (session.timeZones) line("z=", *session.timeZones);
    for (const Group& group : session.groups) lineOfWords("a=group:", group.semantics, group.mids);
    for (const MsidSemantic& one : session.msidSemantics) lineOfWords("a=msid-semantic:", one.semantic, one.ids);
    if (session.iceLite) line("a=ice-lite");
    printTransport(session);
    printShared(session);
    for (const Media& media : session.media) printMedia(media);
    return std::move(text_);
  }

 private:
  void printHead(const Section& section, const Session* session) {
    if (section.information) line("i=", *section.information);
    if (session) {
      if (session->uri) line("u=", *session->uri);
      for (const std::string& email : session->emails) line("e=", email);
      for (const std::string& phone : session->phones) line("p=", phone);
    }
    if (section.connection) line("c=", *section.connection);
    for (const Bandwidth& bandwidth : section.bandwidths) line("b=", bandwidth.type, ':', bandwidth.value);
  }

  void printTransport(const Section& section) {
    if (section.iceUfrag) line("a=ice-ufrag:", *section.iceUfrag);
    if (section.icePwd) line("a=ice-pwd:", *section.icePwd);
    if (!section.iceOptions.empty()) {
      append("a=ice-options:");
      appendList(section.iceOptions, ' ');
      endLine();
    }
    for (const Fingerprint& fingerprint : section.fingerprints) line("a=fingerprint:", fingerprint.toString());
    if (section.setup) line("a=setup:", name(*section.setup));
    if (section.tlsId) line("a=tls-id:", *section.tlsId);
    if (section.endOfCandidates) line("a=end-of-candidates");
  }

  void printShared(const Section& section) {
    if (section.extmapAllowMixed) line("a=extmap-allow-mixed");
    if (section.cryptex) line("a=cryptex");
    for (const ExtMap& map : section.extmaps) {
      append("a=extmap:", map.id);
      if (map.direction) append('/', name(*map.direction));
      append(' ', map.uri);
      if (!map.attributes.empty()) append(' ', map.attributes);
      endLine();
    }
    if (section.direction) line("a=", name(*section.direction));
    for (const Attribute& attribute : section.otherAttributes) line("a=", attribute);
  }

  // The order of RFC 8829 §5.2.1, with the transport first as browsers have it.
  void printMedia(const Media& media) {
    append("m=", media.kind, ' ', uint64_t{media.port});
    if (media.portCount) append('/', *media.portCount);
    append(' ', media.protocol, ' ');
    appendList(media.formats, ' ');
    endLine();
    printHead(media, nullptr);
    if (media.rtcp) {
      append("a=rtcp:", uint64_t{media.rtcp->port});
      if (media.rtcp->connection) append(' ', *media.rtcp->connection);
      endLine();
    }
    for (const std::string& candidate : media.candidates) line("a=candidate:", candidate);
    printTransport(media);
    if (media.mid) line("a=mid:", *media.mid);
    if (media.bundleOnly) line("a=bundle-only");
    printShared(media);
    for (const Msid& msid : media.msids) {
      append("a=msid:", msid.streamId);
      if (!msid.trackId.empty()) append(' ', msid.trackId);
      endLine();
    }
    if (media.rtcpMux) line("a=rtcp-mux");
    if (media.rtcpMuxOnly) line("a=rtcp-mux-only");
    if (media.rtcpRsize) line("a=rtcp-rsize");
    printFormats(media);
    if (media.ptime) line("a=ptime:", *media.ptime);
    if (media.maxptime) line("a=maxptime:", *media.maxptime);
    printSources(media);
    if (media.sctpPort) line("a=sctp-port:", uint64_t{*media.sctpPort});
    if (media.maxMessageSize) line("a=max-message-size:", *media.maxMessageSize);
  }

  void printFormats(const Media& media) {
    for (const RtpMap& map : media.rtpmaps) {
      append("a=rtpmap:", uint64_t{map.payloadType}, ' ', map.encoding, '/', map.clockRate);
      if (map.channels) append('/', *map.channels);
      endLine();
    }
    for (const RtcpFeedback& feedback : media.rtcpFbs) {
      append("a=rtcp-fb:");
      if (feedback.payloadType) append(uint64_t{*feedback.payloadType});
      if (!feedback.payloadType) append('*');
      line(' ', feedback.value);
    }
    for (const Fmtp& fmtp : media.fmtps) line("a=fmtp:", fmtp.format, ' ', fmtp.parameters);
  }

  void printSources(const Media& media) {
    for (const Rid& rid : media.rids) {
      append("a=rid:", rid.id, rid.send ? " send" : " recv");
      if (!rid.restrictions.empty()) append(' ', rid.restrictions);
      endLine();
    }
    if (media.simulcast) {
      append("a=simulcast:");
      appendStreams("send ", media.simulcast->send);
      if (!media.simulcast->send.empty() && !media.simulcast->receive.empty()) append(' ');
      appendStreams("recv ", media.simulcast->receive);
      endLine();
    }
    for (const SsrcGroup& group : media.ssrcGroups) {
      append("a=ssrc-group:", group.semantics);
      for (uint32_t ssrc : group.ssrcs) append(' ', ssrc);
      endLine();
    }
    for (const Ssrc& ssrc : media.ssrcs)
      for (const Attribute& attribute : ssrc.attributes) line("a=ssrc:", ssrc.id, ' ', attribute);
  }

  void appendStreams(std::string_view way, const SimulcastStreams& streams) {
    char separator = 0;
    for (const auto& alternatives : streams) {
      if (separator == 0) append(way);
      for (const SimulcastLayer& layer : alternatives) {
        if (separator != 0) append(separator);
        if (layer.paused) append('~');
        append(layer.rid);
        separator = ',';
      }
      separator = ';';
    }
  }

  void lineOfWords(std::string_view head, std::string_view word, const std::vector<std::string>& words) {
    append(head, word);
    for (const std::string& one : words) append(' ', one);
    endLine();
  }
  void appendList(const std::vector<std::string>& words, char separator) {
    for (size_t i = 0; i < words.size(); ++i) {
      if (i > 0) append(separator);
      append(words[i]);
    }
  }

  template <class... Parts>
  void line(const Parts&... parts) {
    append(parts...);
    endLine();
  }
  template <class... Parts>
  void append(const Parts&... parts) {
    (appendOne(parts), ...);
  }
  void appendOne(std::string_view text) { text_ += text; }
  void appendOne(char c) { text_ += c; }
  void appendOne(uint64_t number) { text_ += std::to_string(number); }
  void appendOne(uint32_t number) { text_ += std::to_string(number); }
  void appendOne(uint16_t number) { text_ += std::to_string(number); }
  void appendOne(const Connection& c) { append(c.networkType, ' ', c.addressType, ' ', c.address); }
  void appendOne(const Attribute& attribute) {
    append(attribute.name);
    if (attribute.value) append(':', *attribute.value);
  }
  void endLine() { text_ += "\r\n"; }

  std::string text_;
};

}  // namespace

Result<std::string> write(const Session& session) {
  std::string text = Writer().print(session);
  // What reads back as another session was not written faithfully: some string held what its place cannot hold.
  auto readBack = parse(text);
  if (!readBack) return Error(readBack.error().code(), "cannot be written: " + readBack.error().message());
  if (!(*readBack == session))
    return Error(ErrorCode::kMalformed, "cannot be written: a string holds what would read back as something else");
  return text;
}

}  // namespace tincan::inline v0::sdp
