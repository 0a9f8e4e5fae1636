#include <map>
#include <set>
#include <string>

#include "stack/jsep/remote_description.h"
#include "stack/jsep/section_reader.h"

namespace tincan::stack {
namespace {

Error refuse(std::string why) {
  return Error(ErrorCode::kInvalidAccessError, std::move(why));
}

/// interpret(), step by step. Lives for one call.
class Interpreter {
 public:
  explicit Interpreter(const sdp::Session& session) : session_(session) {}

  Result<RemoteDescription> run() {
    remote_.iceLite = session_.iceLite;
    for (const sdp::Media& media : session_.media) {
      auto section = readSection(session_, media, remote_.sections.size());
      if (!section) return section.error();
      if (!section->mid.empty()) indexOf_.emplace(*media.mid, remote_.sections.size());
      remote_.sections.push_back(std::move(*section));
    }
    if (auto done = readBundle(); !done) return done.error();
    if (auto done = readTransports(); !done) return done.error();
    shareCryptex();
    if (auto done = checkBundledRtp(); !done) return done.error();
    return std::move(remote_);
  }

 private:
  Result<void> readBundle() {
    bool seen = false;
    for (const sdp::Group& group : session_.groups) {
      if (group.semantics != "BUNDLE") continue;
      // RFC 9143 allows several groups, each with its own transport; we have one.
      if (seen) return refuse("more than one BUNDLE group");
      seen = true;
      for (const std::string& mid : group.mids) {
        const auto at = indexOf_.find(mid);
        if (at == indexOf_.end()) return refuse("BUNDLE names \"" + mid + "\", which no section has");
        RemoteSection& section = remote_.sections[at->second];
        if (section.bundled) return refuse("BUNDLE names \"" + mid + "\" twice");
        if (section.rejected) continue;  // RFC 9143 §7.3.3: a rejected section is in no group
        section.bundled = true;
        remote_.bundle.push_back(mid);
      }
    }
    for (const RemoteSection& section : remote_.sections)
      if (section.bundleOnly && !section.bundled)
        return refuse("section \"" + section.mid + "\" is bundle-only and in no BUNDLE group");
    return {};
  }

  Result<void> readTransports() {
    const sdp::Media* tagged = nullptr;
    if (const RemoteSection* first = remote_.transportSection(); first && first->bundled)
      tagged = &session_.media[indexOf_.at(first->mid)];
    for (size_t i = 0; i < remote_.sections.size(); ++i) {
      RemoteSection& section = remote_.sections[i];
      if (section.rejected || !section.supported) continue;
      auto transport = readTransport(session_, session_.media[i], section.bundled ? tagged : nullptr);
      if (!transport) return transport.error();
      section.transport = std::move(*transport);
      // RFC 9143 §7.1.3: rtcp-mux of the tagged section holds for the group. A tagged data section says nothing of it.
      if (section.bundled && tagged->rtcpMux) section.rtcpMux = true;
    }
    return {};
  }

  /// RFC 9335 §4: all of a BUNDLE group or none of it, and of the category TRANSPORT: the tagged section says it for
  /// the group (RFC 9143 §7.1.3), whatever the others say. A tagged data section has no RTP to say it of, and then the
  /// others must agree.
  void shareCryptex() {
    const RemoteSection* tagged = remote_.transportSection();
    if (!tagged || !tagged->bundled) return;
    const auto hasRtp = [](const RemoteSection& section) {
      return section.bundled && section.supported && section.kind != MediaKind::kApplication;
    };
    bool all = true, any = false;
    for (const RemoteSection& section : remote_.sections) {
      if (!hasRtp(section)) continue;
      any = true;
      all = all && section.transport.cryptex;
    }
    const bool shared = tagged->transport.cryptex || (!hasRtp(*tagged) && any && all);
    for (RemoteSection& section : remote_.sections)
      if (section.bundled) section.transport.cryptex = shared;
  }

  /// Bundled sections are one RTP session: RTP and RTCP share the port, and a payload type or an extension id means the
  /// same in all of them (RFC 9143 §9.1.1, §9.3; RFC 8285 §5).
  Result<void> checkBundledRtp() {
    std::map<uint8_t, std::pair<std::string_view, uint32_t>> codecs;
    std::map<uint8_t, std::string_view> extensions;
    for (const RemoteSection& section : remote_.sections) {
      if (!section.bundled || !section.supported || section.kind == MediaKind::kApplication) continue;
      if (!section.rtcpMux) return refuse("section \"" + section.mid + "\" is in a BUNDLE and lacks a=rtcp-mux");
      for (const CodecSpec& codec : section.codecs) {
        const std::pair<std::string_view, uint32_t> meaning{codec.name, codec.clockRate};
        if (codecs.emplace(codec.payloadType, meaning).first->second != meaning)
          return refuse("payload type " + std::to_string(codec.payloadType) + " means two codecs in one BUNDLE");
      }
      for (const ExtensionSpec& extension : section.extensions)
        if (extensions.emplace(extension.id, extension.uri).first->second != extension.uri)
          return refuse("extension id " + std::to_string(extension.id) + " means two extensions in one BUNDLE");
    }
    return {};
  }

  const sdp::Session& session_;
  RemoteDescription remote_;
  std::map<std::string_view, size_t> indexOf_;  // into session_'s sections; the keys are session_'s strings
};

}  // namespace

const RemoteSection* RemoteDescription::find(std::string_view mid) const {
  for (const RemoteSection& section : sections)
    if (section.mid == mid) return &section;
  return nullptr;
}

const RemoteSection* RemoteDescription::transportSection() const {
  if (!bundle.empty()) return find(bundle.front());  // interpret() left only accepted sections in the group
  for (const RemoteSection& section : sections)
    if (!section.rejected) return &section;
  return nullptr;
}

Result<RemoteDescription> interpret(const sdp::Session& session) {
  return Interpreter(session).run();
}

}  // namespace tincan::stack
