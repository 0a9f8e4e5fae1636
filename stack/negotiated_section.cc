#include "stack/negotiated_section.h"

#include <algorithm>
#include <utility>

#include "media/codec/agreed_format.h"
#include "stack/exchange.h"
#include "stack/jsep/codec_format.h"
#include "stack/jsep/simulcast.h"
#include "stack/local_codecs.h"
#include "stack/media_lines.h"

namespace tincan::inline v0::stack {
namespace {

// What the peer may still send by: the numbers of our offer, where its answer has others for the same codecs and no
// section of it uses ours (RFC 3264 §6.1 has each side send by the other's numbers, and not all do).
std::vector<CodecSpec> alsoReceived(const SectionPlan& local, const std::vector<CodecSpec>& agreed,
                                    const RemoteDescription& remote) {
  std::vector<CodecSpec> out;
  const auto uses = [](const std::vector<CodecSpec>& codecs, uint8_t type) {
    return std::any_of(codecs.begin(), codecs.end(), [&](const CodecSpec& codec) {
      return codec.payloadType == type || codec.rtxPayloadType == type;
    });
  };
  for (const CodecSpec& own : local.codecs) {
    const bool isAgreed = std::any_of(agreed.begin(), agreed.end(), [&](const CodecSpec& codec) {
      return media::sameCodec(formatOf(local.kind, codec), formatOf(local.kind, own));
    });
    const bool isUsed = std::any_of(remote.sections.begin(), remote.sections.end(), [&](const RemoteSection& section) {
      return !section.rejected && uses(section.codecs, own.payloadType);
    });
    if (isAgreed && !isUsed) out.push_back(own);
  }
  return out;
}

CodecSpec asPeerTakes(CodecSpec sending, MediaKind kind, const RemoteSection& remote) {
  for (const CodecSpec& theirs : remote.codecs) {
    if (theirs.payloadType != sending.payloadType) continue;
    sending.parameters = media::sendingFormat(formatOf(kind, sending), formatOf(kind, theirs)).parameters;
    break;
  }
  // Of the section, not of one format (RFC 8866 §6.4); an encoder is asked for both in one place.
  const auto add = [&](const char* key, const std::optional<uint32_t>& millis) {
    if (millis && sending.parameter(key).empty()) sending.parameters.emplace_back(key, std::to_string(*millis));
  };
  add("ptime", remote.ptime);
  add("maxptime", remote.maxPtime);
  return sending;
}

// RFC 9429 §5.10: the first of the answer that we can encode, by what the peer says of it. Where we can encode none, it
// is the first: frames may come encoded.
CodecSpec sendingCodec(const LocalCodecs& codecs, const MediaLine& line, const RemoteSection& remote) {
  const auto chosen = std::find_if(line.codecs.begin(), line.codecs.end(),
                                   [&](const CodecSpec& codec) { return codecs.encodes(line.kind, codec); });
  const auto first = std::find_if(line.codecs.begin(), line.codecs.end(),
                                  [](const CodecSpec& codec) { return !isAuxiliary(codec.name); });
  return asPeerTakes(chosen != line.codecs.end()  ? *chosen
                     : first != line.codecs.end() ? *first
                                                  : line.codecs.front(),
                     line.kind, remote);
}

}  // namespace

std::vector<NegotiatedSection> negotiatedSections(const Exchange& exchange, const MediaLines& lines,
                                                  const media::CodecFactory& factory) {
  std::vector<NegotiatedSection> out;
  const LocalCodecs codecs(factory);
  for (size_t i = 0; i < exchange.remote.sections.size() && i < lines.size(); ++i) {
    const MediaLine& line = lines[i];
    if (!line.transceiver || line.rejected || line.codecs.empty()) continue;
    const RemoteSection& remote = exchange.remote.sections[i];
    const Direction direction = toJsep(*line.transceiver->currentDirection());
    NegotiatedSection section;
    section.mid = line.mid;
    section.transport = line.transport.value_or(0);
    section.ownRtcp = line.ownRtcp;
    section.transceiver = line.transceiver;
    section.send = sends(direction);
    section.receive = receives(direction);
    section.codecs = line.codecs;
    section.sending = sendingCodec(codecs, line, remote);
    for (const CodecSpec& codec : line.codecs)
      if (!isAuxiliary(codec.name)) section.sendable.push_back(asPeerTakes(codec, line.kind, remote));
    if (exchange.weOffered)
      for (CodecSpec& codec : alsoReceived(exchange.local.sections[i], line.codecs, exchange.remote))
        section.codecs.push_back(std::move(codec));
    section.extensions = line.extensions;
    section.extmapAllowMixed = remote.extmapAllowMixed && exchange.local.sections[i].extmapAllowMixed;
    section.remoteSsrcs = remote.ssrcs;
    section.remoteRtx = remote.rtxPairs;
    section.sendRids = idsOf(exchange.sentRids(i));
    section.receiveRids = idsOf(line.receiveRids);
    out.push_back(std::move(section));
  }
  return out;
}

std::optional<NegotiatedData> negotiatedData(const Exchange& exchange, const MediaLines& lines) {
  for (size_t i = 0; i < exchange.remote.sections.size() && i < lines.size(); ++i) {
    const RemoteSection& remote = exchange.remote.sections[i];
    if (remote.kind != MediaKind::kApplication || lines[i].rejected) continue;
    NegotiatedData data;
    data.transport = lines[i].transport.value_or(0);
    data.remotePort = remote.sctpPort;
    data.maxMessageSize = remote.maxMessageSize;
    if (i >= exchange.local.sections.size()) return data;
    data.localPort = exchange.local.sections[i].sctpPort;
    if (remote.sctpInit.empty()) return data;
    data.localInit = exchange.local.sections[i].sctpInit;
    if (!data.localInit.empty()) data.remoteInit = remote.sctpInit;
    return data;
  }
  return std::nullopt;
}

}  // namespace tincan::inline v0::stack
