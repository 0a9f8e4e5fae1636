// What a server of DTLS 1.2 can do wrong, and the alert of our client.
#include "crypto/key_exchange.h"
#include "dtls/dtls12/messages.h"
#include "misbehaviour.h"

namespace tincan::inline v0::dtls::test {
namespace {

using enum HandshakeType;
using A = AlertDescription;
constexpr Role kUs = Role::kClient;
constexpr Version k12 = Version::kDtls12;

// ServerHello without a session id: version(2) random(32) session_id(1) suite(2) compression(1) extensions(2) …
constexpr size_t kSuiteAt = 35;
constexpr size_t kCompressionAt = 37;

Misbehaviour fatal(std::string_view name, A alert, Change change) {
  return {name, kUs, k12, Outcome::kFatal, alert, std::move(change)};
}
Misbehaviour connects(std::string_view name, Change change) {
  return {name, kUs, k12, Outcome::kConnects, A::kCloseNotify, std::move(change)};
}
Change hello(Edit change) {
  return edit(kServerHello, std::move(change));
}
Change helloExtensions(std::function<void(ExtensionList&)> change) {
  return hello(extensions(std::move(change)));
}
Change srtp(Bytes data) {
  return helloExtensions([=](ExtensionList& list) { list.set(ExtensionType::kUseSrtp, data); });
}

// A ServerKeyExchange whose signature is right, whatever it signs.
Change signedExchange(std::function<void(dtls12::ServerKeyExchange&)> change) {
  return [=](ScriptedPeer& peer, Steps& steps) {
    Bytes serverRandom;
    for (Step& each : steps) {
      if (each.is(kServerHello)) serverRandom = toBytes(ByteView(each.body).subspan(2, 32));
      if (!each.is(kServerKeyExchange)) continue;
      dtls12::ServerKeyExchange exchange;
      (void)dtls12::ServerKeyExchange::parse(each.body, exchange);
      change(exchange);
      const Bytes clientHello = peer.said(kClientHello);
      const Bytes text = ByteBuilder()
                             .bytes(ByteView(clientHello).subspan(2, 32))
                             .bytes(serverRandom)
                             .bytes(exchange.parameters())
                             .take();
      exchange.signature = peer.identity().sign(crypto::SignatureScheme::kEcdsaP256Sha256, text).value();
      each.body = exchange.serialize();
    }
  };
}
Change signedPoint(uint16_t group, Bytes point) {
  return signedExchange([=](dtls12::ServerKeyExchange& exchange) { exchange.group = group, exchange.point = point; });
}

Bytes certificates(std::initializer_list<ByteView> list) {
  ByteBuilder out;
  out.prefixed(3, [&] {
    for (const ByteView each : list) out.prefixed(3, [&] { out.bytes(each); });
  });
  return out.take();
}

Bytes pointOf(crypto::NamedGroup group) {
  SeededRandom random(6);
  return toBytes(crypto::KeyExchange::generate(group, random)->publicKey());
}
Bytes offCurve() {
  Bytes out = pointOf(crypto::NamedGroup::kP256);
  out.back() ^= 1;
  return out;
}
Bytes compressed() {
  Bytes out = pointOf(crypto::NamedGroup::kP256);
  out.resize(33);
  out[0] = 2;
  return out;
}

void addHelloRows(std::vector<Misbehaviour>& rows) {
  const auto add = [&](Misbehaviour row) { rows.push_back(std::move(row)); };
  add(fatal("version 1.0", A::kProtocolVersion, hello(set16(0, 0xFEFF))));
  add(fatal("version of TLS", A::kProtocolVersion, hello(set16(0, 0x0303))));
  add(fatal("version 1.3 in legacy_version", A::kProtocolVersion, hello(set16(0, 0xFEFC))));
  add(fatal("suite without forward secrecy", A::kIllegalParameter, hello(set16(kSuiteAt, 0x002F))));
  add(fatal("suite of 1.3", A::kIllegalParameter, hello(set16(kSuiteAt, 0x1301))));
  add(fatal("suite of GREASE", A::kIllegalParameter, hello(set16(kSuiteAt, 0x5A5A))));
  add(fatal("signalling suite chosen", A::kIllegalParameter, hello(set16(kSuiteAt, 0x00FF))));
  add(fatal("suite for another key", A::kIllegalParameter, hello(set16(kSuiteAt, 0xC02F))));
  add(fatal("compression", A::kIllegalParameter, hello(setByte(kCompressionAt, 1))));
  add(fatal("session id of 33 bytes", A::kDecodeError, hello(setByte(34, 33))));
  add(fatal("ServerHello one byte short", A::kDecodeError, hello(resize(-1))));
  add(fatal("ServerHello with a byte more", A::kDecodeError, hello(resize(1))));
  add(fatal("extensions claim one more", A::kDecodeError, hello([](ScriptedPeer&, Bytes& b) { ++b[39]; })));
  add(fatal("extensions claim one less", A::kDecodeError, hello([](ScriptedPeer&, Bytes& b) { --b[39]; })));
  add(fatal("no extensions", A::kHandshakeFailure, hello([](ScriptedPeer&, Bytes& b) { b.resize(38); })));
  add(fatal("no extended master secret", A::kHandshakeFailure,
            helloExtensions([](ExtensionList& list) { list.remove(ExtensionType::kExtendedMasterSecret); })));
  add(fatal("extended master secret with a body", A::kDecodeError,
            helloExtensions([](ExtensionList& list) { list.set(ExtensionType::kExtendedMasterSecret, {0}); })));
  add(fatal("extension twice", A::kIllegalParameter,
            helloExtensions([](ExtensionList& list) { list.add(ExtensionType::kExtendedMasterSecret, {}); })));
  add(fatal("extension not offered: ALPN", A::kUnsupportedExtension, helloExtensions([](ExtensionList& list) {
              list.add(16, {0, 2, 1, 'x'});
            })));
  add(fatal("extension not offered: supported_versions", A::kUnsupportedExtension,
            helloExtensions([](ExtensionList& list) {
              list.add(ExtensionType::kSupportedVersions, {0xFE, 0xFC});
            })));
  add(fatal("extension not offered: key_share", A::kUnsupportedExtension, helloExtensions([](ExtensionList& list) {
              Bytes share = {0, 29, 0, 32};
              share.resize(36, 9);
              list.add(ExtensionType::kKeyShare, share);
            })));
  add(fatal("extension of a ClientHello: signature_algorithms", A::kUnsupportedExtension,
            helloExtensions([](ExtensionList& list) {
              list.add(ExtensionType::kSignatureAlgorithms, {0, 2, 4, 3});
            })));
  add(fatal("renegotiation_info of another handshake", A::kHandshakeFailure, helloExtensions([](ExtensionList& list) {
              list.set(ExtensionType::kRenegotiationInfo, {1, 7});
            })));
  add(fatal("no uncompressed points", A::kIllegalParameter, helloExtensions([](ExtensionList& list) {
              list.set(ExtensionType::kEcPointFormats, {1, 1});
            })));
  add(fatal("use_srtp with a profile not offered", A::kIllegalParameter, srtp({0, 2, 0, 2, 0})));
  add(fatal("use_srtp with two profiles", A::kIllegalParameter, srtp({0, 4, 0, 7, 0, 1, 0})));
  add(fatal("use_srtp with an MKI", A::kIllegalParameter, srtp({0, 2, 0, 7, 1, 5})));
  add(fatal("use_srtp with no profile", A::kDecodeError, srtp({0, 0, 0})));
  add(fatal("use_srtp cut short", A::kDecodeError, srtp({0, 2, 0, 7})));
  Misbehaviour unasked = fatal("use_srtp not offered", A::kUnsupportedExtension, srtp({0, 2, 0, 7, 0}));
  unasked.configure = [](Config& subject, Config&) { subject.srtpProfiles.clear(); };
  add(std::move(unasked));
}

void addCertificateRows(std::vector<Misbehaviour>& rows) {
  const auto add = [&](Misbehaviour row) { rows.push_back(std::move(row)); };
  const auto list = [](Bytes body) { return edit(kCertificate, replaceWith(std::move(body))); };
  const ByteView other = otherIdentity().certificate().der();
  add(fatal("empty certificate list", A::kHandshakeFailure, list(Bytes(3))));
  add(fatal("certificate of no bytes", A::kDecodeError, list({0, 0, 3, 0, 0, 0})));
  add(fatal("garbage for a certificate", A::kBadCertificate, list({0, 0, 5, 0, 0, 2, 0x30, 0})));
  add(fatal("certificate list claims one more", A::kDecodeError,
            edit(kCertificate, [](ScriptedPeer&, Bytes& b) { ++b[2]; })));
  add(fatal("certificate claims one more", A::kDecodeError,
            edit(kCertificate, [](ScriptedPeer&, Bytes& b) { ++b[5]; })));
  add(fatal("certificate claims one less", A::kDecodeError,
            edit(kCertificate, [](ScriptedPeer&, Bytes& b) { --b[5]; })));
  add(fatal("five certificates", A::kBadCertificate, edit(kCertificate, [](ScriptedPeer&, Bytes& b) {
              for (int i = 0; i < 4; ++i) b.insert(b.end(), {0, 0, 1, 7});  // behind the right one
              storeBe16(&b[1], static_cast<uint16_t>(b.size() - 3));
            })));
  add(fatal("another certificate", A::kBadCertificate, list(certificates({other}))));
  add(fatal("certificate with bytes behind its end", A::kBadCertificate,
            edit(kCertificate, [](ScriptedPeer&, Bytes& b) { b.push_back(0), ++b[2], ++b[5]; })));
  Misbehaviour expired = connects("expired certificate: dates are not judged", nullptr);
  expired.configure = [](Config&, Config& far) {
    static const crypto::Identity kExpired = [] {
      SeededRandom random(9);
      return crypto::Identity::generate(crypto::KeyType::kEcdsaP256, random, 600'000'000).value();
    }();
    far.identity = &kExpired;
  };
  add(std::move(expired));
}

void addExchangeRows(std::vector<Misbehaviour>& rows) {
  const auto add = [&](Misbehaviour row) { rows.push_back(std::move(row)); };
  const auto exchange = [](Edit change) { return edit(kServerKeyExchange, std::move(change)); };
  add(fatal("explicit curve", A::kIllegalParameter, exchange(setByte(0, 1))));
  add(fatal("group not offered", A::kIllegalParameter, signedPoint(25, Bytes(133, 4))));
  add(fatal("X25519 of all zeros", A::kIllegalParameter, signedPoint(29, Bytes(32))));
  add(fatal("X25519 of 31 bytes", A::kIllegalParameter, signedPoint(29, Bytes(31, 9))));
  add(fatal("X25519 of no bytes", A::kIllegalParameter, signedPoint(29, {})));
  add(fatal("P-256 point off the curve", A::kIllegalParameter, signedPoint(23, offCurve())));
  add(fatal("P-256 point compressed", A::kIllegalParameter, signedPoint(23, compressed())));
  add(fatal("P-256 point at infinity", A::kIllegalParameter, signedPoint(23, {0})));
  add(fatal("point of another group", A::kIllegalParameter, signedPoint(24, pointOf(crypto::NamedGroup::kP256))));
  add(fatal("changed key share", A::kDecryptError, exchange(flipByte(10))));
  add(fatal("changed signature", A::kDecryptError, exchange(flipLast())));
  add(fatal("signature of no bytes", A::kDecryptError, exchange([](ScriptedPeer&, Bytes& b) {
              b.resize(40);
              storeBe16(&b[38], 0);
            })));
  add(fatal("signature over another handshake's randoms", A::kDecryptError, hello(flipByte(5))));
  add(fatal("scheme with SHA-1", A::kIllegalParameter, exchange(set16(36, 0x0203))));
  add(fatal("scheme of another key", A::kIllegalParameter, exchange(set16(36, 0x0401))));
  add(fatal("scheme that nobody knows", A::kIllegalParameter, exchange(set16(36, 0xFAFA))));
  add(fatal("ServerKeyExchange with a byte more", A::kDecodeError, exchange(resize(1))));
  add(fatal("no scheme for our key", A::kHandshakeFailure,
            edit(kCertificateRequest, replaceWith({1, 64, 0, 2, 4, 1, 0, 0}))));
  add(fatal("no schemes", A::kDecodeError, edit(kCertificateRequest, replaceWith({1, 64, 0, 0, 0, 0}))));
  add(fatal("half a scheme", A::kDecodeError, edit(kCertificateRequest, replaceWith({1, 64, 0, 3, 4, 3, 0, 0, 0}))));
  add(fatal("no certificate types", A::kDecodeError, edit(kCertificateRequest, replaceWith({0, 0, 2, 4, 3, 0, 0}))));
  add(fatal("ServerHelloDone with a body", A::kDecodeError, edit(kServerHelloDone, replaceWith({0}))));
}

void addOrderRows(std::vector<Misbehaviour>& rows) {
  const auto add = [&](Misbehaviour row) { rows.push_back(std::move(row)); };
  const auto unexpected = [&](std::string_view name, Change change) {
    add(fatal(name, A::kUnexpectedMessage, std::move(change)));
  };
  unexpected("no ServerHello", without(kServerHello));
  unexpected("no Certificate", without(kCertificate));
  unexpected("no ServerKeyExchange", without(kServerKeyExchange));
  unexpected("no CertificateRequest", without(kCertificateRequest));
  unexpected("ServerHello twice", twice(kServerHello));
  unexpected("Certificate twice", twice(kCertificate));
  unexpected("ServerKeyExchange twice", twice(kServerKeyExchange));
  unexpected("CertificateRequest twice", twice(kCertificateRequest));
  unexpected("ServerHelloDone twice", twice(kServerHelloDone));
  unexpected("Certificate after ServerKeyExchange", swapped(kCertificate, kServerKeyExchange));
  unexpected("CertificateRequest before ServerKeyExchange", swapped(kCertificateRequest, kServerKeyExchange));
  unexpected("HelloVerifyRequest after ServerHello",
             after(kServerHello, message(kHelloVerifyRequest, 0, {0xFE, 0xFF, 1, 7})));
  unexpected("EncryptedExtensions of 1.3", after(kServerHello, message(kEncryptedExtensions, 0, {0, 0})));
  unexpected("KeyUpdate of 1.3", after(kServerHello, message(kKeyUpdate, 0, {0})));
  unexpected("session ticket not asked for", before(kFinished, message(kNewSessionTicket, 0, Bytes(6))));
  unexpected("ClientHello from a server", before(kServerHello, message(kClientHello, 0, Bytes(50))));
  unexpected("CertificateVerify from a server", after(kServerKeyExchange, message(kCertificateVerify, 0, Bytes(8))));
  unexpected("Finished in the clear", underEpoch(kFinished, 0));
  unexpected("another message under keys", before(kFinished, message(kServerHelloDone, 1, {})));
  add(fatal("HelloVerifyRequest twice", A::kUnexpectedMessage, [](ScriptedPeer&, Steps& steps) {
    if (steps[0].is(kServerHello)) {
      steps = {message(kHelloVerifyRequest, 0, {0xFE, 0xFF, 1, 7}),
               message(kHelloVerifyRequest, 0, {0xFE, 0xFF, 1, 8})};
    }
  }));
  add(fatal("HelloVerifyRequest with a byte more", A::kDecodeError,
            before(kServerHello, message(kHelloVerifyRequest, 0, {0xFE, 0xFF, 1, 7, 0}))));
  add(fatal("Finished changed", A::kDecryptError, edit(kFinished, flipByte(3))));
  add(fatal("Finished of 11 bytes", A::kDecodeError, edit(kFinished, resize(-1))));
  add(fatal("Finished of 13 bytes", A::kDecodeError, edit(kFinished, resize(1))));
  add(fatal("Finished of no bytes", A::kDecodeError, edit(kFinished, replaceWith({}))));
  add(fatal("our own Finished sent back", A::kDecryptError,
            edit(kFinished, [](ScriptedPeer& peer, Bytes& b) { b = peer.said(kFinished); })));
}

void addRecordRows(std::vector<Misbehaviour>& rows) {
  const auto add = [&](Misbehaviour row) { rows.push_back(std::move(row)); };
  const auto change = record(ContentType::kChangeCipherSpec, 0, {1});
  add(connects("ChangeCipherSpec before ServerHello", before(kServerHello, change)));
  add(connects("ChangeCipherSpec in the middle of a flight", after(kCertificate, change)));
  add(connects("ChangeCipherSpec of another value", before(kFinished, record(ContentType::kChangeCipherSpec, 0, {2}))));
  add(connects("no ChangeCipherSpec: the epoch says it", without(ContentType::kChangeCipherSpec)));
  add(connects("application data in the clear",
               after(kServerHello, record(ContentType::kApplicationData, 0, {'h', 'i'}))));
  add(connects("an ACK of 1.3 in the clear", after(kServerHello, record(ContentType::kAck, 0, Bytes(18)))));
  add(connects("a record of no known type", after(kServerHello, record(static_cast<ContentType>(99), 0, Bytes(4)))));
  add(connects("a warning in the clear", after(kServerHello, record(ContentType::kAlert, 0, {1, 90}))));
  add(connects("half a handshake header in the clear",
               after(kServerHello, record(ContentType::kHandshake, 0, {11, 0, 0, 9, 0}))));
  add(connects("HelloRequest in the middle of the handshake", before(kFinished, message(kHelloRequest, 0, {}))));
  add({"a message that claims a byte more than it has", kUs, k12, Outcome::kWaits, A::kCloseNotify,
       claiming(kCertificate, 1)});
  add({"a fragment beyond its message", kUs, k12, Outcome::kWaits, A::kCloseNotify, claiming(kCertificate, -1)});
  add({"no Finished", kUs, k12, Outcome::kWaits, A::kCloseNotify, without(kFinished)});
  add({"no ServerHelloDone", kUs, k12, Outcome::kWaits, A::kCloseNotify, without(kServerHelloDone)});

  const auto later = [&](std::string_view name, Outcome outcome, A alert, Step step) {
    add({name, kUs, k12, outcome, alert, nullptr, {std::move(step)}});
  };
  later("renegotiation: HelloRequest", Outcome::kWarned, A::kNoRenegotiation, message(kHelloRequest, 1, {}));
  later("ServerHello once connected", Outcome::kFatal, A::kUnexpectedMessage, message(kServerHello, 1, Bytes(40)));
  later("Finished once more", Outcome::kFatal, A::kUnexpectedMessage, message(kFinished, 1, Bytes(12)));
  later("half a handshake header under keys", Outcome::kFatal, A::kDecodeError,
        record(ContentType::kHandshake, 1, {0, 0, 0}));
  later("an alert of three bytes", Outcome::kConnects, A::kCloseNotify, record(ContentType::kAlert, 1, {1, 90, 0}));
  later("an alert nobody knows, as a warning", Outcome::kConnects, A::kCloseNotify,
        record(ContentType::kAlert, 1, {1, 200}));
  later("an empty handshake record", Outcome::kFatal, A::kUnexpectedMessage, record(ContentType::kHandshake, 1, {}));
  later("an empty alert", Outcome::kFatal, A::kUnexpectedMessage, record(ContentType::kAlert, 1, {}));
  later("ChangeCipherSpec under keys", Outcome::kFatal, A::kUnexpectedMessage,
        record(ContentType::kChangeCipherSpec, 1, {1}));
  later("an ACK of 1.3 under keys", Outcome::kFatal, A::kUnexpectedMessage, record(ContentType::kAck, 1, Bytes(2)));
  later("a record of no known type under keys", Outcome::kFatal, A::kUnexpectedMessage,
        record(static_cast<ContentType>(99), 1, Bytes(4)));
}

}  // namespace

std::vector<Misbehaviour> misbehaviours12Client() {
  std::vector<Misbehaviour> rows;
  addHelloRows(rows);
  addCertificateRows(rows);
  addExchangeRows(rows);
  addOrderRows(rows);
  addRecordRows(rows);
  return rows;
}

}  // namespace tincan::inline v0::dtls::test
