#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "sdp/text.h"
#include "stack/jsep/remote_description.h"
#include "stack/jsep/section_reader.h"

namespace tincan::inline v0::stack {
namespace {

Error refuse(std::string why) {
  return Error(ErrorCode::kInvalidAccessError, std::move(why));
}

/// interpret(), step by step. Lives for one call.
class Interpreter {
 public:
  Interpreter(const sdp::Session& session, const Reading& reading)
      : session_(session), reading_(reading), notes_(reading.notes) {}

  Result<RemoteDescription> run() {
    remote_.iceLite = session_.iceLite;
    for (const sdp::Media& media : session_.media) {
      if (notes_) notes_->atSection(remote_.sections.size());
      auto section = readSection(session_, media, remote_.sections.size(), reading_);
      if (!section) return section.error();
      if (!section->mid.empty()) indexOf_.emplace(*media.mid, remote_.sections.size());
      remote_.sections.push_back(std::move(*section));
    }
    if (notes_) nameSections();
    if (auto done = readBundle(); !done) return done.error();
    if (auto done = readTransports(); !done) return done.error();
    shareCandidates();
    shareCryptex();
    if (auto done = checkBundledRtp(); !done) return done.error();
    addDefaultStream();
    return std::move(remote_);
  }

 private:
  /// Where the letter refuses and the field does not: an error, or a note and on.
  Result<void> tolerate(std::string what, std::string_view deed, std::string_view rule) {
    if (!notes_) return refuse(std::move(what));
    notes_->add(what + ": " + std::string(deed), rule);
    return {};
  }
  void noteAt(size_t index) {
    if (notes_) notes_->atSection(index);
  }

  /// RFC 9429 §5.10: a section without a mid gets one; that of the same place in the offer where this is an answer.
  void nameSections() {
    const auto* offered = reading_.offeredMids;
    for (size_t i = 0; i < remote_.sections.size(); ++i) {
      RemoteSection& section = remote_.sections[i];
      noteAt(i);
      if (offered && i < offered->size()) {
        const std::string& own = (*offered)[i];
        if (section.mid == own) continue;
        // One that the offer has elsewhere says that the sections were moved: checkAnswer() refuses it.
        if (std::find(offered->begin(), offered->end(), section.mid) != offered->end()) continue;
        if (!section.mid.empty())
          notes_->add("the answer has a mid that was not offered: read by its place", "RFC 5888 §9.1");
        else if (!section.rejected)
          notes_->add("the section has no a=mid: read by its place", "RFC 9429 §5.10");
        section.mid = own;
        indexOf_.emplace(own, i);  // a BUNDLE may name it all the same
      } else if (section.mid.empty() && !section.rejected) {
        section.mid = std::to_string(i);
        while (indexOf_.contains(section.mid)) section.mid = '_' + section.mid;
        section.midGenerated = true;
        notes_->add("the section has no a=mid: \"" + section.mid + "\" here", "RFC 9429 §5.10");
      }
    }
  }

  Result<void> readBundle() {
    if (notes_) notes_->at(0);
    for (const sdp::Group& group : session_.groups) {
      if (group.semantics != "BUNDLE" && !(notes_ && sdp::equalsIgnoringCase(group.semantics, "BUNDLE"))) continue;
      auto mids = readGroup(group);
      if (!mids) return mids.error();
      if (mids->empty()) continue;
      if (remote_.bundle.empty())
        remote_.bundle = *std::move(mids);
      else
        remote_.otherBundles.push_back(*std::move(mids));
    }
    for (size_t i = 0; i < remote_.sections.size(); ++i) {
      RemoteSection& section = remote_.sections[i];
      if (!section.bundleOnly || section.bundled) continue;
      noteAt(i);
      // Both browsers take one that has a transport described of its own. Credentials that others have too are those of
      // the group that is missing: its peer has made one transport.
      const bool whole = hasOwnTransport(session_.media[i]);
      auto done = tolerate("section \"" + section.mid + "\" is bundle-only and in no BUNDLE group",
                           whole ? "taken with a transport of its own" : "taken as rejected", "RFC 9143 §7.2.1");
      if (!done) return done;
      section.rejected = !whole;
      section.bundleOnly = false;
    }
    return {};
  }

  bool hasOwnTransport(const sdp::Media& media) const {
    if (!media.iceUfrag || !session_.icePwdOf(media) || session_.fingerprintsOf(media).empty()) return false;
    return std::count_if(session_.media.begin(), session_.media.end(),
                         [&](const sdp::Media& each) { return session_.iceUfragOf(each) == media.iceUfrag; }) == 1;
  }

  Result<BundleGroup> readGroup(const sdp::Group& group) {
    BundleGroup out;
    for (const std::string& mid : group.mids) {
      const auto at = indexOf_.find(mid);
      if (at == indexOf_.end()) {
        auto done = tolerate("BUNDLE names \"" + mid.substr(0, 32) + "\", which no section has", "passed over",
                             "RFC 5888 §9.2");
        if (!done) return done.error();
        continue;
      }
      RemoteSection& section = remote_.sections[at->second];
      if (section.bundled) {
        auto done = tolerate("BUNDLE names \"" + mid.substr(0, 32) + "\" twice", "once counts", "RFC 5888 §9.2");
        if (!done) return done.error();
        continue;
      }
      if (section.rejected) continue;  // RFC 9143 §7.3.3: a rejected section is in no group
      section.bundled = true;
      out.push_back(section.mid);
    }
    return out;
  }

  /// RFC 8830 §4: of a peer that knows no msid at all, everything is in one stream; libwebrtc calls it so, too.
  void addDefaultStream() {
    for (const sdp::Media& media : session_.media)
      if (!media.msids.empty()) return;
    for (const RemoteSection& section : remote_.sections)
      if (!section.trackId.empty() || !section.streamIds.empty()) return;
    for (RemoteSection& section : remote_.sections)
      if (!section.rejected && section.supported && section.kind != MediaKind::kApplication && sends(section.direction))
        section.streamIds = {"default"};
  }

  /// The tagged section of the group that a section is in; null when in none.
  const RemoteSection* taggedOf(const RemoteSection& section) const {
    const BundleGroup* group = section.bundled ? remote_.groupOf(section.mid) : nullptr;
    return group ? remote_.find(group->front()) : nullptr;
  }

  Result<void> readTransports() {
    for (size_t i = 0; i < remote_.sections.size(); ++i) {
      RemoteSection& section = remote_.sections[i];
      if (section.rejected || !section.supported) continue;
      noteAt(i);
      const RemoteSection* first = taggedOf(section);
      const sdp::Media* tagged =
          first ? &session_.media[static_cast<size_t>(first - remote_.sections.data())] : nullptr;
      auto transport = readTransport(session_, session_.media[i], tagged, reading_);
      if (!transport) return transport.error();
      section.transport = std::move(*transport);
      // RFC 9143 §7.1.3: rtcp-mux of the tagged section holds for the group. A tagged data section says nothing of it, and
      // a group behind a section of its own transport has no tagged section that counts here.
      if (tagged && tagged->rtcpMux) section.rtcpMux = true;
    }
    return {};
  }

  /// Bundled sections have one transport, and its candidates may stand in any of them, as they may come one by one for
  /// any of them (RFC 9429 §4.1.20). Where the section that counts has none, they are those of another with its ufrag.
  void shareCandidates() {
    for (const BundleGroup& group : remote_.bundles()) {
      const auto at = [&](const std::string& mid) {
        return static_cast<size_t>(remote_.find(mid) - remote_.sections.data());
      };
      const auto first = std::find_if(group.begin(), group.end(),
                                      [&](const std::string& mid) { return remote_.sections[at(mid)].supported; });
      if (first == group.end()) continue;
      TransportDescription& transport = remote_.sections[at(*first)].transport;
      for (const std::string& mid : group) {
        if (!transport.candidates.empty()) break;
        const sdp::Media& media = session_.media[at(mid)];
        const auto& ufrag = session_.iceUfragOf(media);
        if (!ufrag || *ufrag == transport.iceUfrag) transport.candidates = media.candidates;
      }
    }
  }

  /// RFC 9335 §4: all of a BUNDLE group or none of it, and of the category TRANSPORT: the tagged section says it for
  /// the group (RFC 9143 §7.1.3), whatever the others say. A tagged data section has no RTP to say it of, and then the
  /// others must agree.
  void shareCryptex() {
    for (const BundleGroup& group : remote_.bundles()) {
      const RemoteSection* tagged = remote_.find(group.front());
      const auto isIn = [&](const RemoteSection& section) {
        return section.bundled && remote_.groupOf(section.mid)->front() == group.front();
      };
      const auto hasRtp = [](const RemoteSection& section) {
        return section.supported && section.kind != MediaKind::kApplication;
      };
      bool all = true, any = false;
      for (const RemoteSection& section : remote_.sections) {
        if (!isIn(section) || !hasRtp(section)) continue;
        any = true;
        all = all && section.transport.cryptex;
      }
      const bool shared = tagged->transport.cryptex || (!hasRtp(*tagged) && any && all);
      for (RemoteSection& section : remote_.sections)
        if (isIn(section)) section.transport.cryptex = shared;
    }
  }

  /// Bundled sections are one RTP session: RTP and RTCP share the port, and an extension id means the same in all of them
  /// (RFC 9143 §9.3, RFC 8285 §5); by the letter a payload type, too (RFC 9143 §9.1).
  Result<void> checkBundledRtp() {
    for (const BundleGroup& group : remote_.bundles())
      if (auto done = checkBundledRtp(group); !done) return done;
    return {};
  }

  Result<void> checkBundledRtp(const BundleGroup& group) {
    std::map<uint8_t, std::pair<std::string, uint32_t>> codecs;
    std::map<uint8_t, std::string> extensions;
    for (size_t i = 0; i < remote_.sections.size(); ++i) {
      RemoteSection& section = remote_.sections[i];
      if (!section.bundled || !section.supported || section.kind == MediaKind::kApplication) continue;
      if (remote_.groupOf(section.mid)->front() != group.front()) continue;
      noteAt(i);
      if (!section.rtcpMux) {
        // A bundle has no second port that RTCP could go to.
        auto done = tolerate("section \"" + section.mid + "\" is in a BUNDLE and lacks a=rtcp-mux",
                             "taken as if it had it", "RFC 9143 §9.3");
        if (!done) return done;
        section.rtcpMux = true;
      }
      for (const CodecSpec& codec : section.codecs) {
        const std::pair<std::string, uint32_t> meaning{sdp::lowerCase(codec.name), codec.clockRate};
        if (codecs.emplace(codec.payloadType, meaning).first->second == meaning) continue;
        // Both browsers take it: a packet's MID or SSRC says the section, and the section what the number means.
        auto done = tolerate("payload type " + std::to_string(codec.payloadType) + " means two codecs in one BUNDLE",
                             "MID and SSRC say which", "RFC 9143 §9.1");
        if (!done) return done;
      }
      std::vector<ExtensionSpec> known;
      for (ExtensionSpec& extension : section.extensions) {
        if (extensions.emplace(extension.id, extension.uri).first->second == extension.uri) {
          known.push_back(std::move(extension));
          continue;
        }
        auto done = tolerate("extension id " + std::to_string(extension.id) + " means two extensions in one BUNDLE",
                             "the first one counts", "RFC 8285 §5");
        if (!done) return done;
      }
      section.extensions = std::move(known);
    }
    return {};
  }

  const sdp::Session& session_;
  const Reading reading_;
  sdp::Notes* const notes_;
  RemoteDescription remote_;
  std::map<std::string_view, size_t> indexOf_;  // into session_'s sections; the keys are session_'s strings
};

}  // namespace

const RemoteSection* RemoteDescription::find(std::string_view mid) const {
  for (const RemoteSection& section : sections)
    if (section.mid == mid) return &section;
  return nullptr;
}

const BundleGroup* RemoteDescription::groupOf(std::string_view mid) const {
  if (std::find(bundle.begin(), bundle.end(), mid) != bundle.end()) return &bundle;
  for (const BundleGroup& group : otherBundles)
    if (std::find(group.begin(), group.end(), mid) != group.end()) return &group;
  return nullptr;
}

std::vector<BundleGroup> RemoteDescription::bundles() const {
  std::vector<BundleGroup> out;
  if (!bundle.empty()) out.push_back(bundle);
  out.insert(out.end(), otherBundles.begin(), otherBundles.end());
  return out;
}

const RemoteSection* RemoteDescription::transportSection() const {
  if (!bundle.empty()) return find(bundle.front());  // interpret() left only accepted sections in the group
  for (const RemoteSection& section : sections)
    if (!section.rejected && section.supported) return &section;
  return nullptr;
}

Result<RemoteDescription> interpret(const sdp::Session& session, const Reading& reading) {
  return Interpreter(session, reading).run();
}

}  // namespace tincan::inline v0::stack
