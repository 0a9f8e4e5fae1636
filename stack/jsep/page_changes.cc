#include "stack/jsep/page_changes.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "media/codec/agreed_format.h"
#include "sdp/parser.h"
#include "stack/jsep/codec_format.h"
#include "stack/jsep/negotiate.h"
#include "stack/rtp_capabilities.h"

namespace tincan::inline v0::stack {
namespace {

Error refused(const std::string& what) {
  return {ErrorCode::kInvalidModificationError, "the description was changed after it was made: " + what};
}

Error refused(size_t section, std::string_view what) {
  return refused("m= section " + std::to_string(section) + " " + std::string(what));
}

template <typename List, typename Value>
bool has(const List& list, const Value& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// Our own text and the page's, each read as a peer would read it: what counts is where the two differ.
Result<RemoteDescription> readAsPeer(const std::string& text) {
  sdp::Notes notes;
  auto session = sdp::parseLeniently(text, notes);
  if (!session) return refused(session.error().message());
  auto read = interpret(*session, {&notes, nullptr});
  if (!read) return refused(read.error().message());
  return read;
}

/// One section of the description: `was` and `is` are the same one of the two texts.
class SectionChanges {
 public:
  SectionChanges(const ChangedDescription& changed, size_t index, const RemoteSection& was, const RemoteSection& is)
      : changed_(changed), made_(changed.made.sections[index]), index_(index), was_(was), is_(is) {}

  Result<void> take(SectionPlan& plan) const {
    if (is_.mid != was_.mid || is_.midGenerated != was_.midGenerated) return refused(index_, "has another a=mid");
    if (is_.kind != was_.kind || is_.supported != was_.supported) return refused(index_, "is of another kind");
    if (is_.rejected != was_.rejected) return takeRejection(plan);
    if (is_.rejected || !is_.supported) return {};
    if (auto done = checkTransport(); !done) return done;
    if (auto done = takeSetup(plan); !done) return done;
    if (made_.kind == MediaKind::kApplication) return takeData(plan);
    if (auto done = takeRtcp(plan); !done) return done;
    if (auto done = takeDirection(plan); !done) return done;
    if (auto done = checkStreams(plan); !done) return done;
    takeExtensions(plan);
    return takeCodecs(plan);
  }

 private:
  bool isAnswer() const { return changed_.offered != nullptr; }
  const MediaCapabilities& capabilities() const {
    return made_.kind == MediaKind::kAudio ? changed_.audio : changed_.video;
  }

  // RFC 3264 §6: an answer may reject what was offered. In an offer it is as if the section had been stopped: the answer
  // rejects it too (RFC 9429 §5.3.1), and that ends its transceiver.
  Result<void> takeRejection(SectionPlan& plan) const {
    if (!is_.rejected) return refused(index_, "is rejected, and has a port again");
    plan.rejected = true;
    plan.direction = Direction::kInactive;
    plan.send.reset();
    if (isAnswer()) plan.whyRejected = "the application's own answer rejects it";
    return {};
  }

  // What the transport was made with. Chromium refuses other fingerprints too; takeCredentials() has ICE's.
  Result<void> checkTransport() const {
    if (is_.transport.fingerprints != was_.transport.fingerprints)
      return refused(index_, "has another a=fingerprint than our certificate's");
    if (is_.transport.iceLite != was_.transport.iceLite) return refused(index_, "has another a=ice-lite");
    return {};
  }

  // RFC 8842 §5.2, §5.3: an offer may take a side, too; an answer only where both were offered, and not of an association
  // that stands.
  Result<void> takeSetup(SectionPlan& plan) const {
    const Setup setup = is_.transport.setup;
    if (setup == was_.transport.setup) return {};
    if (isAnswer()) {
      const RemoteSection& offer = changed_.offered->sections[index_];
      if (setup == Setup::kActpass) return refused(index_, "takes no side in a=setup, and is an answer");
      if (offer.transport.setup != Setup::kActpass || made_.setup)
        return refused(index_, "takes the other side in a=setup than it can");
    }
    plan.setup = setup;
    return {};
  }

  Result<void> takeData(SectionPlan& plan) const {
    if (is_.sctpMap != was_.sctpMap) return refused(index_, "has another form: a=sctpmap or a=sctp-port");
    if (is_.sctpInit != was_.sctpInit) return refused(index_, "has another a=sctp-init");
    plan.sctpPort = is_.sctpPort;
    plan.maxMessageSize = is_.maxMessageSize;
    return {};
  }

  // RFC 5761 §5.1.1: an offer need not have it where RTCP has a port of its own.
  Result<void> takeRtcp(SectionPlan& plan) const {
    if (is_.rtcpMux == was_.rtcpMux) return {};
    if (is_.rtcpMux) return refused(index_, "has a=rtcp-mux, which was not offered");
    if (!made_.ownRtcp)
      return refused(index_,
                     "lacks a=rtcp-mux, and RTCP has no port of its own: rtcpMuxPolicy \"negotiate\" gives it one");
    plan.rtcpMux = false;
    return {};
  }

  // More ways than the transceiver wants are taken as well: it then receives, or sends nothing while it has no track.
  Result<void> takeDirection(SectionPlan& plan) const {
    if (isAnswer() && intersect(is_.direction, reversed(changed_.offered->sections[index_].direction)) != is_.direction)
      return refused(index_, "goes a way that was not offered");
    plan.direction = is_.direction;
    if (!sends(plan.direction)) plan.send.reset();
    return {};
  }

  // Who tells no SSRC is known by its payload types and its mid. Who tells another than ours would not be.
  Result<void> checkStreams(const SectionPlan& plan) const {
    if (!sends(plan.direction)) return {};
    for (const uint32_t ours : was_.ssrcs)
      if (!is_.ssrcs.empty() && !has(is_.ssrcs, ours)) return refused(index_, "has another a=ssrc in place of ours");
    if (is_.sendRids != was_.sendRids || is_.receiveRids != was_.receiveRids)
      return refused(index_, "has other a=rid or a=simulcast lines: sendEncodings says them");
    return {};
  }

  void takeExtensions(SectionPlan& plan) const {
    plan.extmapAllowMixed = plan.extmapAllowMixed && (is_.extmapAllowMixed || !was_.extmapAllowMixed);
    if (is_.extensions == was_.extensions) return;
    std::erase_if(plan.extensions, [&](const ExtensionSpec& own) { return !has(is_.extensions, own); });
    if (isAnswer()) return;  // what was not offered cannot be answered
    for (const ExtensionSpec& extension : is_.extensions) {
      const auto same = [&](const ExtensionSpec& each) { return each.uri == extension.uri; };
      const auto known = defaultExtensions(made_.kind);
      if (std::any_of(known.begin(), known.end(), same) &&
          std::none_of(plan.extensions.begin(), plan.extensions.end(), same))
        plan.extensions.push_back(extension);
    }
  }

  Result<void> takeCodecs(SectionPlan& plan) const {
    if (is_.codecs == was_.codecs) return {};
    plan.codecs.clear();
    for (const CodecSpec& codec : is_.codecs) {
      const auto ours = ownOf(codec);
      if (!ours) return refused(index_, "has a codec that is not ours: " + codec.name.substr(0, kLongestName));
      CodecSpec& taken = plan.codecs.emplace_back(codec);
      std::erase_if(taken.feedback, [&](const std::string& each) { return !ours->hasFeedback(each); });
    }
    const bool carries = std::any_of(plan.codecs.begin(), plan.codecs.end(),
                                     [](const CodecSpec& codec) { return !isAuxiliary(codec.name); });
    return carries ? Result<void>{} : refused(index_, "has no codec left");
  }

  // What a codec of the page's is: one that we wrote, or of an offer one that we could have written. Profiles count with
  // their number alone: a page may say another level.
  const CodecSpec* ownOf(const CodecSpec& codec) const {
    const auto format = formatOf(made_.kind, codec);
    for (const CodecSpec& own : made_.codecs) {
      const auto ours = formatOf(made_.kind, own);
      if (isAnswer() && own.payloadType != codec.payloadType) continue;
      if (media::sameCodec(ours, format)) return &own;
    }
    if (isAnswer()) return nullptr;
    for (const CodecSpec& own : capabilities().codecs)
      if (media::sameCodec(formatOf(made_.kind, own), format)) return &own;
    return nullptr;
  }

  static constexpr size_t kLongestName = 24;

  const ChangedDescription& changed_;
  const SectionPlan& made_;
  const size_t index_;
  const RemoteSection &was_, &is_;
};

// RFC 9143 §7.2: an offer may bundle less. What it leaves out has a transport of its own, and is not bundle-only.
Result<void> takeBundles(const ChangedDescription& changed, const RemoteDescription& was, const RemoteDescription& is,
                         SessionPlan& plan) {
  if (is.bundles() == was.bundles()) return {};
  if (changed.offered) {
    const auto rejects = [&](const RemoteSection& section) { return section.rejected; };
    if (std::any_of(is.sections.begin(), is.sections.end(), rejects)) return {};
    return refused("an answer's BUNDLE is the offer's");
  }
  for (const BundleGroup& group : is.bundles()) {
    const BundleGroup* made = was.groupOf(group.front());
    const auto inMade = [&](const std::string& mid) { return made && has(*made, mid); };
    if (!std::all_of(group.begin(), group.end(), inMade)) return refused("it bundles what was not bundled");
  }
  plan.bundle = is.bundle;
  plan.otherBundles = is.otherBundles;
  for (SectionPlan& section : plan.sections) {
    if (section.rejected || plan.groupOf(section.mid)) continue;
    section.ownTransport = true;
    section.bundleOnly = false;
  }
  return {};
}

// ICE credentials are a connection's: all sections have the same. In a BUNDLE those of its first section count (RFC 9143
// §7.1.3), so a page may have changed those alone.
Result<void> takeCredentials(const ChangedDescription& changed, const RemoteDescription& is, SessionPlan& plan) {
  const TransportDescription* first = nullptr;
  const BundleGroup* group = nullptr;
  for (size_t i = 0; i < is.sections.size(); ++i) {
    const RemoteSection& section = is.sections[i];
    if (section.rejected || !section.supported) continue;
    const TransportDescription& own = section.transport;
    if (!first) {
      first = &own;
      group = is.groupOf(section.mid);
    } else if ((!group || is.groupOf(section.mid) != group) &&
               (own.iceUfrag != first->iceUfrag || own.icePwd != first->icePwd)) {
      return refused(i, "has other ICE credentials than the first one");
    }
  }
  const TransportDescription& made = changed.made.transport;
  if (!first || (made.iceUfrag == first->iceUfrag && made.icePwd == first->icePwd)) return {};
  // RFC 8839 §4.4.1.1.1, §4.4.2: other ones are a restart of ICE, which changes both and which an offer begins.
  if (changed.offered && has(changed.ufrags, made.iceUfrag))
    return refused("it has other ICE credentials, and the offer restarts nothing");
  if (has(changed.ufrags, first->iceUfrag))
    return refused("it has another a=ice-pwd for the a=ice-ufrag that is in use: change both");
  plan.transport.iceUfrag = first->iceUfrag;
  plan.transport.icePwd = first->icePwd;
  return {};
}

// Those that the page rejects leave their groups (RFC 9143 §7.3).
void leaveBundles(SessionPlan& plan) {
  const auto leave = [&](BundleGroup& group) {
    for (const SectionPlan& section : plan.sections)
      if (section.rejected) std::erase(group, section.mid);
  };
  leave(plan.bundle);
  for (BundleGroup& group : plan.otherBundles) leave(group);
  std::erase_if(plan.otherBundles, [](const BundleGroup& group) { return group.empty(); });
}

}  // namespace

Result<SessionPlan> takeChanges(const ChangedDescription& changed) {
  auto was = readAsPeer(changed.madeText);
  if (!was) return was.error();
  auto is = readAsPeer(changed.text);
  if (!is) return is.error();
  if (is->sections.size() != was->sections.size())
    return refused("it has " + std::to_string(is->sections.size()) + " m= sections in place of " +
                   std::to_string(was->sections.size()));
  SessionPlan plan = changed.made;
  for (size_t i = 0; i < plan.sections.size(); ++i) {
    const SectionChanges section(changed, i, was->sections[i], is->sections[i]);
    if (auto done = section.take(plan.sections[i]); !done) return done.error();
  }
  if (auto done = takeBundles(changed, *was, *is, plan); !done) return done.error();
  leaveBundles(plan);
  if (auto done = takeCredentials(changed, *is, plan); !done) return done.error();
  return plan;
}

}  // namespace tincan::inline v0::stack
