// What a client of DTLS 1.3 can do wrong, and the alert of our server.
#include "misbehaviour.h"

namespace tincan::inline v0::dtls::test {
namespace {

using enum HandshakeType;
using A = AlertDescription;
using E = ExtensionType;
using crypto::NamedGroup;
constexpr Role kUs = Role::kServer;
constexpr Version k13 = Version::kDtls13;
constexpr size_t kSuitesAt = 36;  // version(2) random(32) session_id(1) cookie(1)

Misbehaviour fatal(std::string_view name, A alert, Change change) {
  return {name, kUs, k13, Outcome::kFatal, alert, std::move(change)};
}

void addHelloRows(std::vector<Misbehaviour>& rows) {
  const auto refused = [&](std::string_view name, Edit change) {
    rows.push_back({name, kUs, k13, Outcome::kRefused, A::kCloseNotify, helloBefore(std::move(change))});
  };
  const auto extension = [&](std::string_view name, std::function<void(ExtensionList&)> change) {
    refused(name, extensions(std::move(change)));
  };
  extension("no key_share", [](ExtensionList& list) { list.remove(E::kKeyShare); });
  extension("no supported_groups", [](ExtensionList& list) { list.remove(E::kSupportedGroups); });
  extension("no signature_algorithms", [](ExtensionList& list) { list.remove(E::kSignatureAlgorithms); });
  extension("no supported_versions", [](ExtensionList& list) { list.remove(E::kSupportedVersions); });
  extension("versions that nobody speaks", [](ExtensionList& list) { list.set(E::kSupportedVersions, {2, 3, 9}); });
  extension("half a version", [](ExtensionList& list) { list.set(E::kSupportedVersions, {1, 0xFE}); });
  extension("a share for a group not offered", [](ExtensionList& list) {
    list.set(E::kSupportedGroups, {0, 2, 0, 23});
  });
  extension("two shares of one group", [](ExtensionList& list) {
    Bytes& data = *list.find(E::kKeyShare);
    const Bytes first(data.begin() + 2, data.end());
    data.insert(data.end(), first.begin(), first.end());
    storeBe16(data.data(), static_cast<uint16_t>(data.size() - 2));
  });
  extension("X25519 of all zeros", [](ExtensionList& list) {
    Bytes& data = *list.find(E::kKeyShare);
    std::fill(data.begin() + 6, data.end(), uint8_t{0});
  });
  extension("X25519 of 31 bytes", [](ExtensionList& list) {
    Bytes& data = *list.find(E::kKeyShare);
    data.pop_back();
    --data[1], --data[5];
  });
  extension("key_share cut short", [](ExtensionList& list) { list.find(E::kKeyShare)->pop_back(); });
  extension("no scheme in common", [](ExtensionList& list) { list.set(E::kSignatureAlgorithms, {0, 2, 2, 3}); });
  extension("extension twice", [](ExtensionList& list) { list.add(E::kSupportedVersions, {2, 0xFE, 0xFC}); });
  extension("use_srtp cut short", [](ExtensionList& list) { list.set(E::kUseSrtp, {0, 2, 0, 7}); });
  refused("no suite in common", [](ScriptedPeer&, Bytes& b) {
    for (size_t i = 0; i < loadBe16(&b[kSuitesAt]); i += 2) storeBe16(&b[kSuitesAt + 2 + i], 0x1304);
  });
  refused("compression beside none", [](ScriptedPeer&, Bytes& b) {
    const size_t at = kSuitesAt + 2 + loadBe16(&b[kSuitesAt]);
    b[at] = 2;
    b.insert(b.begin() + static_cast<std::ptrdiff_t>(at) + 2, 1);
  });
  refused("a cookie of 1.2", [](ScriptedPeer&, Bytes& b) {
    b[35] = 2;
    b.insert(b.begin() + 36, {7, 7});
  });
  refused("session id of 33 bytes", setByte(34, 33));
  refused("one byte short", resize(-1));
  refused("one byte more", resize(1));
  refused("random bytes", [](ScriptedPeer&, Bytes& b) { SeededRandom(3).fill(b); });
}

// The hello behind a HelloRetryRequest.
void addSecondHelloRows(std::vector<Misbehaviour>& rows) {
  const auto onSecond = [](Change change) {
    return [=](ScriptedPeer& peer, Steps& steps) {
      if (peer.nextSequence() == 1) change(peer, steps);
    };
  };
  const auto add = [&](std::string_view name, A alert, Edit change) {
    Misbehaviour row = fatal(name, alert, onSecond(edit(kClientHello, std::move(change))));
    row.configure = [](Config& subject, Config&) { subject.groups = {NamedGroup::kP384}; };
    rows.push_back(std::move(row));
  };
  add("second hello with another random", A::kIllegalParameter, flipByte(9));
  add("second hello with a session id", A::kIllegalParameter, [](ScriptedPeer&, Bytes& b) {
    b[34] = 1;
    b.insert(b.begin() + 35, 9);
  });
  add("second hello with other suites", A::kIllegalParameter,
      [](ScriptedPeer&, Bytes& b) { storeBe16(&b[kSuitesAt + 2 + loadBe16(&b[kSuitesAt]) - 2], 0x5A5A); });
  add("second hello with other groups", A::kIllegalParameter, extensions([](ExtensionList& list) {
        list.set(E::kSupportedGroups, {0, 2, 0, 24});
      }));
  add("second hello without a share", A::kMissingExtension,
      extensions([](ExtensionList& list) { list.remove(E::kKeyShare); }));
  add("second hello with the first share", A::kIllegalParameter,
      [](ScriptedPeer& peer, Bytes& b) { b = peer.said(kClientHello); });
  add("second hello without 1.3", A::kIllegalParameter, extensions([](ExtensionList& list) {
        list.set(E::kSupportedVersions, {2, 0xFE, 0xFD});
      }));
  add("second hello with other SRTP profiles", A::kIllegalParameter, extensions([](ExtensionList& list) {
        list.set(E::kUseSrtp, {0, 2, 0, 7, 0});
      }));
  add("second hello: the share's point off the curve", A::kIllegalParameter,
      extensions([](ExtensionList& list) { list.find(E::kKeyShare)->back() ^= 1; }));
  add("second hello cut short", A::kDecodeError, resize(-1));
  const auto cookie = [&](std::string_view name, std::function<void(ExtensionList&)> change) {
    Misbehaviour row{name, kUs, k13, Outcome::kRefused, A::kCloseNotify, onSecond(helloBefore(extensions(change)))};
    row.configure = [](Config& subject, Config&) { subject.cookieExchange = true; };
    rows.push_back(std::move(row));
  };
  cookie("cookie altered", [](ExtensionList& list) { list.find(E::kCookie)->back() ^= 1; });
  cookie("cookie left out", [](ExtensionList& list) { list.remove(E::kCookie); });
  cookie("cookie of another length", [](ExtensionList& list) { list.set(E::kCookie, {0, 1, 7}); });
}

void addOrderRows(std::vector<Misbehaviour>& rows) {
  const auto unexpected = [&](std::string_view name, Change change) {
    rows.push_back(fatal(name, A::kUnexpectedMessage, std::move(change)));
  };
  unexpected("no Certificate", without(kCertificate));
  unexpected("no CertificateVerify", without(kCertificateVerify));
  unexpected("EncryptedExtensions from a client", before(kCertificate, message(kEncryptedExtensions, 2, {0, 0})));
  unexpected("ClientKeyExchange of 1.2", before(kCertificateVerify, message(kClientKeyExchange, 2, Bytes(33))));
  unexpected("ClientHello under keys", before(kCertificate, message(kClientHello, 2, Bytes(60))));
  unexpected("EndOfEarlyData", before(kCertificate, message(static_cast<HandshakeType>(5), 2, {})));
  rows.push_back({"Certificate in the clear", kUs, k13, Outcome::kWaits, A::kCloseNotify, underEpoch(kCertificate, 0)});
  rows.push_back({"no Finished", kUs, k13, Outcome::kWaits, A::kCloseNotify, without(kFinished)});
  const auto later = [&](std::string_view name, Outcome outcome, A alert, Step step) {
    rows.push_back({name, kUs, k13, outcome, alert, nullptr, {std::move(step)}});
  };
  later("renegotiation: ClientHello", Outcome::kFatal, A::kUnexpectedMessage, message(kClientHello, 3, Bytes(60)));
  later("Certificate that nobody asked for", Outcome::kFatal, A::kUnexpectedMessage,
        message(kCertificate, 3, {0, 0, 0, 0}));
  later("session ticket from a client", Outcome::kFatal, A::kUnexpectedMessage,
        message(kNewSessionTicket, 3, Bytes(20)));
  later("plaintext ClientHello once connected", Outcome::kConnects, A::kCloseNotify,
        message(kClientHello, 0, Bytes(60)));
}

}  // namespace

std::vector<Misbehaviour> misbehaviours13Server() {
  std::vector<Misbehaviour> rows;
  addHelloRows(rows);
  addSecondHelloRows(rows);
  addOrderRows(rows);
  return rows;
}

}  // namespace tincan::inline v0::dtls::test
