// What a client of DTLS 1.2 can do wrong, and the alert of our server.
#include "crypto/key_exchange.h"
#include "dtls/dtls12/messages.h"
#include "misbehaviour.h"

namespace tincan::inline v0::dtls::test {
namespace {

using enum HandshakeType;
using A = AlertDescription;
constexpr Role kUs = Role::kServer;
constexpr Version k12 = Version::kDtls12;

// ClientHello without session id and cookie: version(2) random(32) session_id(1) cookie(1) suites(2 + n) …
constexpr size_t kSuitesAt = 36;

Misbehaviour fatal(std::string_view name, A alert, Change change) {
  return {name, kUs, k12, Outcome::kFatal, alert, std::move(change)};
}
Misbehaviour refused(std::string_view name, Edit change) {
  return {name, kUs, k12, Outcome::kRefused, A::kCloseNotify, helloBefore(std::move(change))};
}
Misbehaviour refusedExtensions(std::string_view name, std::function<void(ExtensionList&)> change) {
  return refused(name, extensions(std::move(change)));
}

// A CertificateVerify by `identity` over the conversation without its last `left` messages.
Change signedVerify(const crypto::Identity* identity, size_t left) {
  return [=](ScriptedPeer& peer, Steps& steps) {
    Bytes transcript;
    std::vector<Bytes> messages;
    for (const HandshakeMessage& each : peer.conversation()) messages.push_back(each.transcript12());
    uint16_t sequence = peer.nextSequence();
    for (Step& each : steps) {
      if (each.is(kCertificateVerify)) {
        for (size_t i = 0; i + left < messages.size(); ++i) {
          transcript.insert(transcript.end(), messages[i].begin(), messages[i].end());
        }
        const crypto::Identity& signer = identity != nullptr ? *identity : peer.identity();
        dtls12::CertificateVerify verify{0x0403,
                                         signer.sign(crypto::SignatureScheme::kEcdsaP256Sha256, transcript).value()};
        each.body = verify.serialize();
      }
      messages.push_back(HandshakeMessage{each.type, sequence++, 0, each.body}.transcript12());
    }
  };
}

void addHelloRows(std::vector<Misbehaviour>& rows) {
  const auto add = [&](Misbehaviour row) { rows.push_back(std::move(row)); };
  add(refused("NULL cipher only", [](ScriptedPeer&, Bytes& b) {
    for (size_t i = 0; i < loadBe16(&b[kSuitesAt]); ++i) b[kSuitesAt + 2 + i] = 0;
  }));
  add(refused("suites of another key", [](ScriptedPeer&, Bytes& b) {
    for (size_t i = 0; i < loadBe16(&b[kSuitesAt]); i += 2) storeBe16(&b[kSuitesAt + 2 + i], 0xC02F);
  }));
  add(refused("an odd number of bytes of suites", [](ScriptedPeer&, Bytes& b) { --b[kSuitesAt + 1]; }));
  add(refused("DTLS 1.0", set16(0, 0xFEFF)));
  add(refused("TLS", set16(0, 0x0303)));
  add(refused("compression only", [](ScriptedPeer&, Bytes& b) { b[kSuitesAt + 2 + loadBe16(&b[kSuitesAt]) + 1] = 1; }));
  add(refused("session id of 33 bytes", setByte(34, 33)));
  add(refused("no extensions", [](ScriptedPeer&, Bytes& b) { b.resize(extensionsAt(b, true)); }));
  add(refused("random bytes", [](ScriptedPeer&, Bytes& b) { SeededRandom(3).fill(b); }));
  add(refused("empty", replaceWith({})));
  add(refused("one byte short", resize(-1)));
  add(refused("one byte more", resize(1)));
  add(refusedExtensions("extension twice",
                        [](ExtensionList& list) { list.add(ExtensionType::kExtendedMasterSecret, {}); }));
  add(refusedExtensions("no extended master secret",
                        [](ExtensionList& list) { list.remove(ExtensionType::kExtendedMasterSecret); }));
  add(refusedExtensions("no group in common", [](ExtensionList& list) {
    list.set(ExtensionType::kSupportedGroups, {0, 2, 0, 25});
  }));
  add(refusedExtensions("no scheme in common", [](ExtensionList& list) {
    list.set(ExtensionType::kSignatureAlgorithms, {0, 2, 2, 3});
  }));
  add(refusedExtensions("half a group", [](ExtensionList& list) {
    list.set(ExtensionType::kSupportedGroups, {0, 1, 0});
  }));
  add(refusedExtensions("no groups in the list", [](ExtensionList& list) {
    list.set(ExtensionType::kSupportedGroups, {0, 0});
  }));
  add(refusedExtensions("use_srtp cut short", [](ExtensionList& list) {
    list.set(ExtensionType::kUseSrtp, {0, 2, 0, 7});
  }));
  add(refusedExtensions("renegotiation_info of another handshake", [](ExtensionList& list) {
    list.set(ExtensionType::kRenegotiationInfo, {1, 7});
  }));
  add(refusedExtensions("only versions that nobody speaks", [](ExtensionList& list) {
    list.add(ExtensionType::kSupportedVersions, {2, 0xFE, 0xF0});
  }));
  add({"another message before ClientHello", kUs, k12, Outcome::kRefused, A::kCloseNotify,
       [](ScriptedPeer& peer, Steps& steps) {
         if (!steps[0].is(kClientHello)) return;
         Step early = message(kCertificate, 0, Bytes(3));
         early.sequence = peer.nextSequence();
         steps.insert(steps.begin(), early);
       }});
  Misbehaviour cookie{
      "cookie altered", kUs, k12, Outcome::kRefused, A::kCloseNotify, [](ScriptedPeer& peer, Steps& steps) {
        if (peer.nextSequence() == 1) helloBefore(flipByte(40))(peer, steps);
      }};
  cookie.configure = [](Config& subject, Config&) { subject.cookieExchange = true; };
  add(cookie);
  cookie.name = "cookie left out";
  cookie.change = [](ScriptedPeer& peer, Steps& steps) {
    const auto leaveOut = [](ScriptedPeer&, Bytes& b) {
      b.erase(b.begin() + 36, b.begin() + 36 + b[35]);
      b[35] = 0;
    };
    if (peer.nextSequence() == 1) helloBefore(leaveOut)(peer, steps);
  };
  add(std::move(cookie));
}

void addFlightRows(std::vector<Misbehaviour>& rows) {
  const auto add = [&](Misbehaviour row) { rows.push_back(std::move(row)); };
  const auto on = [&](std::string_view name, HandshakeType type, A alert, Edit change) {
    add(fatal(name, alert, edit(type, std::move(change))));
  };
  ByteBuilder other;
  other.prefixed(3, [&] { other.prefixed(3, [&] { other.bytes(otherIdentity().certificate().der()); }); });
  on("empty certificate list", kCertificate, A::kHandshakeFailure, replaceWith(Bytes(3)));
  on("another certificate", kCertificate, A::kBadCertificate, replaceWith(other.take()));
  on("certificate list claims one less", kCertificate, A::kDecodeError, [](ScriptedPeer&, Bytes& b) { --b[2]; });
  on("garbage for a certificate", kCertificate, A::kBadCertificate, replaceWith({0, 0, 5, 0, 0, 2, 0x30, 0}));
  on("five certificates", kCertificate, A::kBadCertificate, [](ScriptedPeer&, Bytes& b) {
    for (int i = 0; i < 4; ++i) b.insert(b.end(), {0, 0, 1, 7});  // behind the right one
    storeBe16(&b[1], static_cast<uint16_t>(b.size() - 3));
  });
  on("X25519 of all zeros", kClientKeyExchange, A::kIllegalParameter,
     [](ScriptedPeer&, Bytes& b) { std::fill(b.begin() + 1, b.end(), uint8_t{0}); });
  on("X25519 of no bytes", kClientKeyExchange, A::kIllegalParameter, replaceWith({0}));
  on("X25519 of 31 bytes", kClientKeyExchange, A::kIllegalParameter, [](ScriptedPeer&, Bytes& b) {
    b.pop_back();
    --b[0];
  });
  on("ClientKeyExchange one byte short", kClientKeyExchange, A::kDecodeError, resize(-1));
  on("ClientKeyExchange with a byte more", kClientKeyExchange, A::kDecodeError, resize(1));
  const Change p256 = edit(kClientHello, extensions([](ExtensionList& list) {
                             list.set(ExtensionType::kSupportedGroups, {0, 2, 0, 23});
                           }));
  add(fatal("P-256 point off the curve", A::kIllegalParameter, both(p256, edit(kClientKeyExchange, flipLast()))));
  add(fatal("P-256 point in the hybrid form", A::kIllegalParameter,
            both(p256, edit(kClientKeyExchange, setByte(1, 6)))));
  on("wrong transcript", kClientKeyExchange, A::kDecryptError, flipByte(5));
  on("CertificateVerify with SHA-1", kCertificateVerify, A::kIllegalParameter, set16(0, 0x0203));
  on("CertificateVerify of another key", kCertificateVerify, A::kIllegalParameter, set16(0, 0x0401));
  on("CertificateVerify changed", kCertificateVerify, A::kDecryptError, flipLast());
  on("CertificateVerify of no bytes", kCertificateVerify, A::kDecryptError, replaceWith({4, 3, 0, 0}));
  on("CertificateVerify with a byte more", kCertificateVerify, A::kDecodeError, resize(1));
  add(fatal("CertificateVerify by another key", A::kDecryptError, signedVerify(&otherIdentity(), 0)));
  add(fatal("CertificateVerify over a shorter transcript", A::kDecryptError, signedVerify(nullptr, 1)));
  on("Finished changed", kFinished, A::kDecryptError, flipByte(11));
  on("Finished of 11 bytes", kFinished, A::kDecodeError, resize(-1));
  on("Finished of 13 bytes", kFinished, A::kDecodeError, resize(1));
}

void addOrderRows(std::vector<Misbehaviour>& rows) {
  const auto add = [&](Misbehaviour row) { rows.push_back(std::move(row)); };
  const auto unexpected = [&](std::string_view name, Change change) {
    add(fatal(name, A::kUnexpectedMessage, std::move(change)));
  };
  unexpected("no Certificate", without(kCertificate));
  unexpected("no ClientKeyExchange", without(kClientKeyExchange));
  unexpected("no CertificateVerify", without(kCertificateVerify));
  unexpected("Certificate twice", twice(kCertificate));
  unexpected("ClientKeyExchange twice", twice(kClientKeyExchange));
  unexpected("CertificateVerify twice", twice(kCertificateVerify));
  unexpected("ClientKeyExchange before Certificate", swapped(kCertificate, kClientKeyExchange));
  unexpected("CertificateVerify before ClientKeyExchange", swapped(kCertificateVerify, kClientKeyExchange));
  unexpected("Finished before CertificateVerify", swapped(kCertificateVerify, kFinished));
  unexpected("Finished in the clear", underEpoch(kFinished, 0));
  unexpected("CertificateVerify under keys", underEpoch(kCertificateVerify, 1));
  unexpected("ClientHello in the middle", before(kClientKeyExchange, message(kClientHello, 0, Bytes(60))));
  unexpected("ServerHello from a client", before(kCertificate, message(kServerHello, 0, Bytes(60))));
  unexpected("HelloRequest from a client", before(kCertificate, message(kHelloRequest, 0, {})));
  unexpected("KeyUpdate of 1.3", before(kFinished, message(kKeyUpdate, 1, {0})));

  const auto change = record(ContentType::kChangeCipherSpec, 0, {1});
  const auto connects = [&](std::string_view name, Change what) {
    add({name, kUs, k12, Outcome::kConnects, A::kCloseNotify, std::move(what)});
  };
  connects("ChangeCipherSpec before ClientHello", before(kClientHello, change));
  connects("ChangeCipherSpec before ClientKeyExchange", before(kClientKeyExchange, change));
  connects("no ChangeCipherSpec: the epoch says it", without(ContentType::kChangeCipherSpec));
  connects("application data in the clear", before(kCertificate, record(ContentType::kApplicationData, 0, {'h', 'i'})));
  connects("a fatal alert before ClientHello", before(kClientHello, record(ContentType::kAlert, 0, {2, 40})));
  add({"a message that claims a byte more than it has", kUs, k12, Outcome::kWaits, A::kCloseNotify,
       claiming(kCertificate, 1)});
  add({"a fragment beyond its message", kUs, k12, Outcome::kWaits, A::kCloseNotify, claiming(kCertificate, -1)});
  add({"no Finished", kUs, k12, Outcome::kWaits, A::kCloseNotify, without(kFinished)});

  const auto later = [&](std::string_view name, Outcome outcome, A alert, Step step) {
    add({name, kUs, k12, outcome, alert, nullptr, {std::move(step)}});
  };
  later("renegotiation: ClientHello", Outcome::kWarned, A::kNoRenegotiation, message(kClientHello, 1, Bytes(60)));
  later("Certificate once connected", Outcome::kFatal, A::kUnexpectedMessage, message(kCertificate, 1, Bytes(3)));
  later("half a handshake header under keys", Outcome::kFatal, A::kDecodeError,
        record(ContentType::kHandshake, 1, {0, 0, 0}));
  later("plaintext ClientHello once connected", Outcome::kConnects, A::kCloseNotify,
        message(kClientHello, 0, Bytes(60)));
  later("plaintext fatal alert once connected", Outcome::kConnects, A::kCloseNotify,
        record(ContentType::kAlert, 0, {2, 40}));
}

}  // namespace

std::vector<Misbehaviour> misbehaviours12Server() {
  std::vector<Misbehaviour> rows;
  addHelloRows(rows);
  addFlightRows(rows);
  addOrderRows(rows);
  return rows;
}

}  // namespace tincan::inline v0::dtls::test
