#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "stack/api/rtp_parameters.h"
#include "stack/jsep/types.h"

namespace tincan::inline v0::stack {

/// As many encodings as one sender sends at once; more are cut off, as the W3C allows (§5.1, "maxN").
constexpr size_t kMaxSendEncodings = kMaxRids;

/// webrtc-pc §5.2, the checks of setParameters(): RangeError for a scale below 1 or a negative rate,
/// InvalidModificationError for a codec that is not among `negotiated` (nullptr: not known yet). What is of video alone
/// goes from encodings of sound.
Result<std::vector<RTCRtpEncodingParameters>> checkedEncodings(MediaKind kind,
                                                               std::vector<RTCRtpEncodingParameters> encodings,
                                                               const std::vector<RTCRtpCodecParameters>* negotiated);

/// webrtc-pc §5.1, "addTransceiver sendEncodings validation steps": as above, and TypeError for rids that are no rids
/// (RFC 8851 §10), that are missing in some, or stand twice; OperationError for a codec that `supported` lacks. Gives one
/// encoding at least.
Result<std::vector<RTCRtpEncodingParameters>> checkedSendEncodings(MediaKind kind,
                                                                   std::vector<RTCRtpEncodingParameters> encodings,
                                                                   const RTCRtpCapabilities& supported);

/// webrtc-pc §5.2, setParameters(): OperationError for a codec that was negotiated and that the factory cannot encode.
Result<void> checkEncoders(const std::vector<RTCRtpEncodingParameters>& encodings, const media::CodecFactory& factory);

/// webrtc-svc §4.2.1: OperationError for a scalabilityMode that no encoder has, or that the codec which is sent has not
/// (the one that the encoding names, else the first of `negotiated`; before there are any, one of the factory's will do).
Result<void> checkScalability(const std::vector<RTCRtpEncodingParameters>& encodings,
                              const media::CodecFactory& factory,
                              const std::vector<RTCRtpCodecParameters>& negotiated = {});

/// webrtc-svc §4.2.1: the scalabilityMode that is in force, once it is known what was negotiated: the one that was asked
/// for, without spatial layers where the receiver could not tell them apart; L1T1 where the codec has not even that.
std::optional<std::string> scalabilityInForce(const RTCRtpEncodingParameters& encoding,
                                              const RTCRtpParameters& negotiated, const media::CodecFactory& factory);

/// webrtc-extensions, scaleResolutionDownTo: whether sides are at least 1, and all active encodings have it or none has.
bool hasValidRestrictions(const std::vector<RTCRtpEncodingParameters>& encodings);

/// By how much a picture of that size is made smaller, 1 at least: as scaleResolutionDownTo says where there is one, which
/// keeps the picture's proportions and its orientation; else as scaleResolutionDownBy does.
double scaleOf(const RTCRtpEncodingParameters& encoding, int width, int height);

/// Whether two name one codec, whatever the case of their types (§5.2.10.1, "codec dictionary match").
bool sameCodec(const RTCRtpCodec& a, const RTCRtpCodec& b);

}  // namespace tincan::inline v0::stack
