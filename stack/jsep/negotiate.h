#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "media/codec/codec_factory.h"
#include "stack/jsep/plan.h"
#include "stack/jsep/remote_description.h"
#include "stack/jsep/types.h"

/// The rules of offer and answer (RFC 3264, RFC 8829 §5) as pure functions.
namespace tincan::inline v0::stack {

/// A format of the codec room as a section has it: with the payload type that it wishes for, and the feedback that its
/// kind can have.
CodecSpec specOf(const media::CodecFormat& format);
/// What a factory has, in its order, and the extensions: Chromium's payload types and ids, as far as they do not clash;
/// video with RTX each. Nothing for kApplication, nor where the factory has nothing.
MediaCapabilities capabilities(MediaKind kind, const media::CodecFactory& factory);
/// Of media::builtInCodecs().
MediaCapabilities defaultCapabilities(MediaKind kind);
/// Those of it that wait for setHeaderExtensionsToNegotiate() are answered, and not offered.
std::vector<ExtensionSpec> defaultExtensions(MediaKind kind);
bool isOfferedUnasked(std::string_view uri);

/// The codecs of `theirs` that we have too: their order, payload types and RTX; our parameters (they say what we want
/// to receive, as far as theirs allow: media::answeredFormat); feedback that both have. With an offer this is what to answer with, with an answer what was agreed.
std::vector<CodecSpec> negotiateCodecs(const MediaCapabilities& ours, const RemoteSection& theirs);
/// Of what was agreed on: telephone tones and no codec for sound.
bool carriesTonesAlone(const std::vector<CodecSpec>& agreed);
/// The parameters of audio/red: the payload type, twice, of the first codec of its clock and channels (RFC 2198 §5).
/// Where there is none, it goes.
void linkRedundancy(std::vector<CodecSpec>& codecs);
/// Likewise, with the ids of `theirs` and directions seen from our side. An id above 14 needs two-byte headers beside
/// one-byte ones: left out where the peer did not say extmap-allow-mixed (RFC 8285 §4.1.2, §6). So is 15, which is
/// reserved (§4.2).
std::vector<ExtensionSpec> negotiateExtensions(const MediaCapabilities& ours, const RemoteSection& theirs);

/// Notes the extensions of theirs that we have, too, and that cannot be had in the form the peer takes: ids above 14, and
/// a mid of more than 16 bytes, without extmap-allow-mixed.
void noteUnusableExtensions(const RemoteDescription& theirs, sdp::Notes& notes);

/// The skeleton of an answer to `offer` (RFC 8829 §5.3.1): the same sections in the same order under the same mids;
/// codecs, extensions, RTCP's port and BUNDLE negotiated; rejected in place what was rejected, is unsupported or shares no
/// codec. Directions are the most that the offer allows: the caller intersects them with
/// what its transceivers want, and fills `send`, sessionId, version and the transport, whose `setup` is set here, for
/// sections of other transports as their own, and whose `cryptex` is what was offered.
SessionPlan planAnswer(const RemoteDescription& offer, const MediaCapabilities& audio, const MediaCapabilities& video);

/// The section of theirs whose TransportDescription (ICE, fingerprints, setup) holds for everything, once one of the
/// two descriptions answers the other: the first of their BUNDLE group that both accept, else the first that both
/// accept. nullptr when there is none.
const RemoteSection* agreedTransport(const SessionPlan& ours, const RemoteDescription& theirs);
/// Likewise, of the section in this place: the first of its BUNDLE group that both accept, else itself.
const RemoteSection* agreedTransport(const SessionPlan& ours, const RemoteDescription& theirs, size_t index);

/// RFC 8842 §5.3, RFC 8829 §5.3.1: the answer to a=setup. actpass: active.
Setup answerSetup(Setup offered);

/// Whether an answer fits the offer of ours that it answers: as many sections, the same kinds and mids, nothing
/// accepted that was rejected, BUNDLE groups within the offered ones, setup active or passive, a codec that we offered
/// (under whatever payload type), nothing bundle-only on a transport of its own. kInvalidAccessError if not.
Result<void> checkAnswer(const SessionPlan& offer, const RemoteDescription& answer);
/// Rejects, with a note, the sections of an answer that cannot come up, so that the others can: those without a codec
/// that we offered, and outside of the BUNDLE those that were bundle-only or are past kMaxTransports.
void rejectUnusable(const SessionPlan& offer, RemoteDescription& answer, sdp::Notes& notes);
/// Whether a new description of the peer's keeps what it may not change (RFC 8829 §5.2.2): m-lines are never removed, a
/// mid and a kind change only where the section was rejected. kInvalidAccessError if not.
Result<void> checkContinuity(const RemoteDescription& before, const RemoteDescription& after,
                             const std::vector<SectionPlan>& ours = {});

/// RFC 8839 §4.4.1.1: a new ufrag or password asks for an ICE restart.
bool isIceRestart(const TransportDescription& before, const TransportDescription& after);

}  // namespace tincan::inline v0::stack
