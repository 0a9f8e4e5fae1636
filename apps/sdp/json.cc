#include "apps/sdp/json.h"

#include <nlohmann/json.hpp>

namespace tincan::inline v0::apps {
namespace {

using nlohmann::json;

std::string dump(const json& value) {
  return value.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

template <class T>
json orNull(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

json codecs(const std::vector<stack::CodecSpec>& all) {
  json out = json::array();
  for (const auto& codec : all) {
    json parameters = json::object();
    for (const auto& [key, value] : codec.parameters) parameters[key] = value;
    out.push_back({{"name", codec.name},
                   {"payloadType", codec.payloadType},
                   {"clockRate", codec.clockRate},
                   {"channels", codec.channels},
                   {"parameters", std::move(parameters)},
                   {"feedback", codec.feedback},
                   {"rtxPayloadType", orNull(codec.rtxPayloadType)}});
  }
  return out;
}

json findings(const SdpOverview& overview) {
  json out = json::array();
  for (const SdpFinding& each : overview.findings) {
    out.push_back({{"kind", name(each.kind)},
                   {"line", each.line ? json(each.line) : json(nullptr)},
                   {"column", each.line ? json(each.column) : json(nullptr)},
                   {"what", each.what},
                   {"rule", each.rule.empty() ? json(nullptr) : json(each.rule)}});
  }
  return out;
}

json transport(const SdpTransport& each) {
  json candidates = json::array();
  for (const ice::Candidate& candidate : each.candidates) {
    candidates.push_back(
        {{"type", ice::name(candidate.type)},
         {"protocol", name(candidate.protocol)},
         {"tcpType", candidate.protocol == Protocol::kUdp ? json(nullptr) : json(ice::name(candidate.tcpType))},
         {"address", candidate.hostname.empty() ? candidate.address.ip.toString() : candidate.hostname},
         {"port", candidate.address.port},
         {"priority", candidate.priority}});
  }
  return {{"sections", each.sections},
          {"bundle", each.bundle},
          {"usernameFragment", each.ufrag},
          {"trickle", each.trickle},
          {"iceLite", each.lite},
          {"endOfCandidates", each.endOfCandidates},
          {"fingerprints", each.fingerprints},
          {"setup", each.setup ? json(name(*each.setup)) : json(nullptr)},
          {"candidates", std::move(candidates)},
          {"otherCandidates", each.otherCandidates}};
}

json section(const SdpSection& each) {
  json extensions = json::array(), msids = json::array(), rids = json::array(), answered = nullptr;
  for (const auto& extension : each.extensions) extensions.push_back({{"id", extension.id}, {"uri", extension.uri}});
  for (const auto& msid : each.msids) msids.push_back({{"stream", msid.streamId}, {"track", msid.trackId}});
  for (const auto& rid : each.rids)
    rids.push_back({{"id", rid.id}, {"send", rid.send}, {"restrictions", rid.restrictions}});
  if (each.answered) {
    answered = {{"accepted", each.answered->accepted},
                {"why", each.answered->accepted ? json(nullptr) : json(each.answered->why)},
                {"direction", name(each.answered->direction)},
                {"codecs", codecs(each.answered->codecs)}};
  }
  return {{"line", each.line},
          {"kind", each.kind},
          {"protocol", each.protocol},
          {"mid", each.mid.empty() ? json(nullptr) : json(each.mid)},
          {"direction", name(each.direction)},
          {"rejected", each.rejected},
          {"bundleOnly", each.bundleOnly},
          {"codecs", codecs(each.codecs)},
          {"extensions", std::move(extensions)},
          {"msids", std::move(msids)},
          {"ssrcs", each.ssrcs},
          {"cname", each.cname.empty() ? json(nullptr) : json(each.cname)},
          {"rids", std::move(rids)},
          {"sctpPort", orNull(each.sctpPort)},
          {"maxMessageSize", orNull(each.maxMessageSize)},
          {"answer", std::move(answered)}};
}

}  // namespace

std::string toJson(const SdpOverview& overview) {
  json transports = json::array(), sections = json::array();
  for (const auto& each : overview.transports) transports.push_back(transport(each));
  for (const auto& each : overview.sections) sections.push_back(section(each));
  return dump({{"name", overview.name},
               {"usable", !overview.refused()},
               {"type", overview.type.empty() ? json(nullptr) : json(overview.type)},
               {"writer", overview.writer.empty() ? json(nullptr) : json(overview.writer)},
               {"lines", overview.lines},
               {"sessionId", std::to_string(overview.sessionId)},  // 64 bits: more than a JSON number holds
               {"version", std::to_string(overview.version)},
               {"transports", std::move(transports)},
               {"sections", std::move(sections)},
               {"findings", findings(overview)}});
}

std::string findingsToJson(const SdpOverview& overview) {
  return dump({{"usable", !overview.refused()}, {"findings", findings(overview)}});
}

std::string answerToJson(const SdpOverview& overview) {
  return dump({{"type", "answer"}, {"sdp", overview.answer}});
}

std::string toJson(const std::vector<SdpChange>& changes) {
  json out = json::array();
  for (const SdpChange& each : changes) {
    out.push_back({{"section", each.section ? json(*each.section) : json(nullptr)},
                   {"what", each.what},
                   {"before", each.before.empty() ? json(nullptr) : json(each.before)},
                   {"after", each.after.empty() ? json(nullptr) : json(each.after)}});
  }
  return dump({{"changes", std::move(out)}});
}

}  // namespace tincan::inline v0::apps
