#pragma once

#include <optional>
#include <span>
#include <vector>

#include "crypto/key_exchange.h"
#include "crypto/signature.h"
#include "crypto/srtp_profile.h"
#include "dtls/cipher_suite.h"
#include "dtls/config.h"
#include "dtls/protocol.h"

namespace tincan::inline v0::dtls {

/// Whether the configuration lets us use it.
bool allows(const Config& config, crypto::NamedGroup group);
bool allows(const Config& config, const CipherSuite& suite);
/// Schemes whose signatures we accept, best first.
std::vector<uint16_t> acceptedSchemes(Version version);
bool isAccepted(uint16_t scheme, Version version);

/// The first of our preferences that the peer offers.
std::optional<crypto::NamedGroup> chooseGroup(const Config& config, std::span<const uint16_t> offered);
const CipherSuite* chooseCipherSuite(const Config& config, Version version, std::span<const uint16_t> offered);
std::optional<crypto::SignatureScheme> chooseScheme(const crypto::Identity& identity, Version version,
                                                    std::span<const uint16_t> offered);
std::optional<crypto::SrtpProfile> chooseSrtpProfile(const Config& config, std::span<const uint16_t> offered);
/// Whether a server's choice is one that we offered.
std::optional<crypto::SrtpProfile> takeSrtpProfile(const Config& config, uint16_t chosen);

/// Reads a peer's end-entity certificate, and judges its key: the algorithm must be one we know and the size sound. Its
/// names and dates are not judged (crypto::Certificate says why).
Status takeCertificate(ByteView der, std::optional<crypto::Certificate>& out);
/// `signedBytes` under `scheme` by the peer's certificate.
Status checkSignature(const crypto::Certificate& certificate, Version version, uint16_t scheme, ByteView signedBytes,
                      ByteView signature);
/// LIMITS: certificates in a chain.
constexpr size_t kMaxChain = 4;

}  // namespace tincan::inline v0::dtls
