// What a server of DTLS 1.3 can do wrong, and the alert of our client.
#include "dtls/dtls12/messages.h"
#include "dtls/handshake/server_hello.h"
#include "misbehaviour.h"

namespace tincan::inline v0::dtls::test {
namespace {

using enum HandshakeType;
using A = AlertDescription;
using E = ExtensionType;
constexpr Role kUs = Role::kClient;
constexpr Version k13 = Version::kDtls13;
constexpr size_t kSuiteAt = 35;  // version(2) random(32) session_id(1)

Misbehaviour fatal(std::string_view name, A alert, Change change) {
  return {name, kUs, k13, Outcome::kFatal, alert, std::move(change)};
}
Change hello(Edit change) {
  return edit(kServerHello, std::move(change));
}
Change helloExtensions(std::function<void(ExtensionList&)> change) {
  return hello(extensions(std::move(change)));
}
Change encrypted(std::function<void(ExtensionList&)> change) {
  return edit(kEncryptedExtensions, encryptedExtensions(std::move(change)));
}
Change share(uint16_t group, Bytes key) {
  return helloExtensions([=](ExtensionList& list) {
    ByteBuilder out;
    out.u16(group);
    out.prefixed(2, [&] { out.bytes(key); });
    list.set(E::kKeyShare, out.take());
  });
}

/// A HelloRetryRequest by hand: asks for a cookie unless it is changed.
Step retry(std::function<void(ServerHello&)> change = nullptr) {
  ServerHello request;
  request.random = kRetryRequestRandom;
  request.cipherSuite = 0x1301;
  request.version = 0xFEFC;
  request.cookie = Bytes(20, 7);
  if (change) change(request);
  return message(kServerHello, 0, request.serialize());
}
// In place of the server's first flight.
Change answering(Steps steps) {
  return [=](ScriptedPeer& peer, Steps& flight) {
    if (peer.nextSequence() == 0) flight = steps;
  };
}

void addHelloRows(std::vector<Misbehaviour>& rows) {
  const auto add = [&](Misbehaviour row) { rows.push_back(std::move(row)); };
  add(fatal("supported_versions says 1.2", A::kIllegalParameter, helloExtensions([](ExtensionList& list) {
              list.set(E::kSupportedVersions, {0xFE, 0xFD});
            })));
  add(fatal("supported_versions of TLS 1.3", A::kIllegalParameter, helloExtensions([](ExtensionList& list) {
              list.set(E::kSupportedVersions, {3, 4});
            })));
  add(fatal("supported_versions cut short", A::kDecodeError,
            helloExtensions([](ExtensionList& list) { list.set(E::kSupportedVersions, {0xFE}); })));
  add(fatal("no supported_versions", A::kProtocolVersion,
            helloExtensions([](ExtensionList& list) { list.remove(E::kSupportedVersions); })));
  add(fatal("suite not offered", A::kIllegalParameter, hello(set16(kSuiteAt, 0x1304))));
  add(fatal("suite of 1.2", A::kIllegalParameter, hello(set16(kSuiteAt, 0xC02B))));
  add(fatal("suite of GREASE", A::kIllegalParameter, hello(set16(kSuiteAt, 0x5A5A))));
  add(fatal("compression", A::kIllegalParameter, hello(setByte(37, 1))));
  add(fatal("session id that we did not send", A::kIllegalParameter, hello([](ScriptedPeer&, Bytes& b) {
              b[34] = 1;
              b.insert(b.begin() + 35, 9);
            })));
  add(fatal("no key_share", A::kMissingExtension,
            helloExtensions([](ExtensionList& list) { list.remove(E::kKeyShare); })));
  add(fatal("key share of a group without a share of ours", A::kIllegalParameter, share(23, Bytes(65, 4))));
  add(fatal("key share of a group not offered", A::kIllegalParameter, share(25, Bytes(133, 4))));
  add(fatal("X25519 of all zeros", A::kIllegalParameter, share(29, Bytes(32))));
  add(fatal("X25519 of 31 bytes", A::kIllegalParameter, share(29, Bytes(31, 9))));
  add(fatal("X25519 of no bytes", A::kIllegalParameter, share(29, {})));
  Misbehaviour offCurve = fatal("P-256 point off the curve", A::kIllegalParameter, share(23, Bytes(65, 4)));
  offCurve.configure = [](Config& subject, Config&) { subject.groups = {crypto::NamedGroup::kP256}; };
  add(std::move(offCurve));
  add(fatal("extension not offered: ALPN", A::kUnsupportedExtension, helloExtensions([](ExtensionList& list) {
              list.add(16, {0, 2, 1, 'x'});
            })));
  add(fatal("use_srtp outside EncryptedExtensions", A::kIllegalParameter, helloExtensions([](ExtensionList& list) {
              list.add(E::kUseSrtp, {0, 2, 0, 7, 0});
            })));
  add(fatal("extended_master_secret in 1.3", A::kIllegalParameter,
            helloExtensions([](ExtensionList& list) { list.add(E::kExtendedMasterSecret, {}); })));
  add(fatal("cookie outside HelloRetryRequest", A::kIllegalParameter, helloExtensions([](ExtensionList& list) {
              list.add(E::kCookie, {0, 1, 7});
            })));
  add(fatal("extension twice", A::kIllegalParameter, helloExtensions([](ExtensionList& list) {
              list.add(E::kSupportedVersions, {0xFE, 0xFC});
            })));
  add(fatal("ServerHello one byte short", A::kDecodeError, hello(resize(-1))));
  add(fatal("ServerHello with a byte more", A::kDecodeError, hello(resize(1))));
  add(fatal("extensions claim one more", A::kDecodeError, hello([](ScriptedPeer&, Bytes& b) { ++b[39]; })));
  add(fatal("wrong transcript: another random", A::kDecryptError, hello(flipByte(9))));
  add(fatal("HelloVerifyRequest of 1.2", A::kUnexpectedMessage,
            answering({message(kHelloVerifyRequest, 0, {0xFE, 0xFF, 1, 7})})));
  Misbehaviour downgrade = fatal("downgrade: the sentinel", A::kIllegalParameter, hello([](ScriptedPeer&, Bytes& b) {
                                   std::copy(kDowngradeSentinel.begin(), kDowngradeSentinel.end(), b.begin() + 26);
                                 }));
  downgrade.configure = [](Config& subject, Config& far) {
    subject.minVersion = far.minVersion = far.maxVersion = Version::kDtls12;
  };
  add(std::move(downgrade));
}

void addRetryRows(std::vector<Misbehaviour>& rows) {
  const auto add = [&](std::string_view name, A alert, Steps steps) {
    rows.push_back(fatal(name, alert, answering(std::move(steps))));
  };
  const auto group = [](uint16_t id) {
    return retry([=](ServerHello& hello) { hello.keyShare = KeyShare{id, {}}, hello.cookie.clear(); });
  };
  const auto changed = [](std::function<void(ExtensionList&)> change) {
    return [=](ScriptedPeer& peer, Steps& steps) {
      if (peer.nextSequence() != 0) return;
      Step request = retry();
      extensions(change)(peer, request.body);
      steps = {request};
    };
  };
  add("HelloRetryRequest twice", A::kUnexpectedMessage, {retry(), retry()});
  add("HelloRetryRequest twice, for another group", A::kUnexpectedMessage, {group(23), group(24)});
  add("HelloRetryRequest for the group that we gave", A::kIllegalParameter, {group(29)});
  add("HelloRetryRequest for a group not offered", A::kIllegalParameter, {group(25)});
  add("HelloRetryRequest without change", A::kIllegalParameter,
      {retry([](ServerHello& hello) { hello.cookie.clear(); })});
  add("HelloRetryRequest with a suite not offered", A::kIllegalParameter,
      {retry([](ServerHello& hello) { hello.cipherSuite = 0xC02B; })});
  add("HelloRetryRequest of 1.2", A::kIllegalParameter, {retry([](ServerHello& hello) { hello.version = 0xFEFD; })});
  add("HelloRetryRequest with a session id", A::kIllegalParameter,
      {retry([](ServerHello& hello) { hello.sessionId = {1}; })});
  add("HelloVerifyRequest behind HelloRetryRequest", A::kUnexpectedMessage,
      {retry(), message(kHelloVerifyRequest, 0, {0xFE, 0xFF, 1, 7})});
  rows.push_back(fatal("HelloRetryRequest with an empty cookie", A::kDecodeError, changed([](ExtensionList& list) {
                         list.set(E::kCookie, {0, 0});
                       })));
  rows.push_back(fatal("HelloRetryRequest with use_srtp", A::kIllegalParameter, changed([](ExtensionList& list) {
                         list.add(E::kUseSrtp, {0, 2, 0, 7, 0});
                       })));
  rows.push_back(fatal("HelloRetryRequest with ALPN", A::kUnsupportedExtension, changed([](ExtensionList& list) {
                         list.add(16, {0, 2, 1, 'x'});
                       })));
  rows.push_back(
      fatal("HelloRetryRequest with a key in its key_share", A::kDecodeError, changed([](ExtensionList& list) {
              list.set(E::kKeyShare, {0, 23, 0, 1, 9});
            })));
  rows.push_back(fatal("another suite than HelloRetryRequest's", A::kIllegalParameter,
                       before(kServerHello, retry([](ServerHello& hello) { hello.cipherSuite = 0x1302; }))));
}

void addEncryptedRows(std::vector<Misbehaviour>& rows) {
  const auto add = [&](std::string_view name, A alert, std::function<void(ExtensionList&)> change) {
    rows.push_back(fatal(name, alert, encrypted(std::move(change))));
  };
  const auto srtp = [&](std::string_view name, A alert, Bytes data) {
    add(name, alert, [=](ExtensionList& list) { list.set(E::kUseSrtp, data); });
  };
  srtp("use_srtp with a profile not offered", A::kIllegalParameter, {0, 2, 0, 2, 0});
  srtp("use_srtp with two profiles", A::kIllegalParameter, {0, 4, 0, 7, 0, 1, 0});
  srtp("use_srtp with an MKI", A::kIllegalParameter, {0, 2, 0, 7, 1, 5});
  srtp("use_srtp with no profile", A::kDecodeError, {0, 0, 0});
  srtp("use_srtp cut short", A::kDecodeError, {0, 2, 0, 7});
  Misbehaviour unasked = fatal("use_srtp not offered", A::kUnsupportedExtension, encrypted([](ExtensionList& list) {
                                 list.set(E::kUseSrtp, {0, 2, 0, 7, 0});
                               }));
  unasked.configure = [](Config& subject, Config&) { subject.srtpProfiles.clear(); };
  rows.push_back(std::move(unasked));
  add("key_share in EncryptedExtensions", A::kIllegalParameter, [](ExtensionList& list) {
    list.add(E::kKeyShare, {0, 29, 0, 1, 9});
  });
  add("supported_versions in EncryptedExtensions", A::kIllegalParameter, [](ExtensionList& list) {
    list.add(E::kSupportedVersions, {0xFE, 0xFC});
  });
  add("renegotiation_info in EncryptedExtensions", A::kIllegalParameter,
      [](ExtensionList& list) { list.add(E::kRenegotiationInfo, {0}); });
  add("ALPN in EncryptedExtensions", A::kUnsupportedExtension, [](ExtensionList& list) {
    list.add(16, {0, 2, 1, 'x'});
  });
  add("extension twice in EncryptedExtensions", A::kIllegalParameter, [](ExtensionList& list) {
    list.add(E::kUseSrtp, {0, 2, 0, 7, 0});
  });
  rows.push_back(
      fatal("EncryptedExtensions of no bytes", A::kDecodeError, edit(kEncryptedExtensions, replaceWith({}))));
  rows.push_back(fatal("EncryptedExtensions with a byte more", A::kDecodeError, edit(kEncryptedExtensions, resize(1))));

  const auto request = [&](std::string_view name, A alert, Bytes body) {
    rows.push_back(fatal(name, alert, edit(kCertificateRequest, replaceWith(std::move(body)))));
  };
  request("CertificateRequest with a context", A::kIllegalParameter, {1, 9, 0, 8, 0, 13, 0, 4, 0, 2, 4, 3});
  request("CertificateRequest without signature_algorithms", A::kMissingExtension, {0, 0, 0});
  request("CertificateRequest with no scheme for our key", A::kHandshakeFailure, {0, 0, 8, 0, 13, 0, 4, 0, 2, 8, 4});
  request("CertificateRequest with half a scheme", A::kDecodeError, {0, 0, 7, 0, 13, 0, 3, 0, 1, 4});
  rows.push_back(fatal("CertificateRequest with a byte more", A::kDecodeError, edit(kCertificateRequest, resize(1))));
}

void addOrderRows(std::vector<Misbehaviour>& rows) {
  const auto unexpected = [&](std::string_view name, Change change) {
    rows.push_back(fatal(name, A::kUnexpectedMessage, std::move(change)));
  };
  unexpected("no EncryptedExtensions", without(kEncryptedExtensions));
  unexpected("no CertificateRequest: both ends show a certificate", without(kCertificateRequest));
  unexpected("no Certificate", without(kCertificate));
  unexpected("no CertificateVerify", without(kCertificateVerify));
  unexpected("EncryptedExtensions twice", twice(kEncryptedExtensions));
  unexpected("CertificateRequest twice", twice(kCertificateRequest));
  unexpected("Certificate before CertificateRequest", swapped(kCertificate, kCertificateRequest));
  unexpected("ServerHelloDone of 1.2", before(kFinished, message(kServerHelloDone, 2, {})));
  unexpected("ServerKeyExchange of 1.2", before(kCertificateVerify, message(kServerKeyExchange, 2, Bytes(40))));
  unexpected("HelloRequest of 1.2", before(kCertificate, message(kHelloRequest, 2, {})));
  unexpected("session ticket before Finished", before(kFinished, message(kNewSessionTicket, 2, Bytes(20))));
  unexpected("ClientHello from a server", before(kCertificate, message(kClientHello, 2, Bytes(60))));
  const auto waits = [&](std::string_view name, Change change) {
    rows.push_back({name, kUs, k13, Outcome::kWaits, A::kCloseNotify, std::move(change)});
  };
  // In the clear where keys are due: anyone could have said it.
  waits("ServerHello twice", twice(kServerHello));
  waits("EncryptedExtensions in the clear", underEpoch(kEncryptedExtensions, 0));
  waits("no Finished", without(kFinished));
  rows.push_back(fatal("no ServerHello", A::kUnexpectedMessage, [](ScriptedPeer&, Steps& steps) {
    if (steps[0].is(kServerHello)) steps = {message(kEncryptedExtensions, 0, {0, 0})};
  }));
}

void addLaterRows(std::vector<Misbehaviour>& rows) {
  const auto later = [&](std::string_view name, Outcome outcome, A alert, Steps steps) {
    rows.push_back({name, kUs, k13, outcome, alert, nullptr, std::move(steps)});
  };
  later("post-handshake authentication", Outcome::kFatal, A::kUnexpectedMessage,
        {message(kCertificateRequest, 3, {1, 7, 0, 8, 0, 13, 0, 4, 0, 2, 4, 3})});
  later("ServerHello once connected", Outcome::kFatal, A::kUnexpectedMessage, {message(kServerHello, 3, Bytes(60))});
  later("HelloRequest once connected", Outcome::kFatal, A::kUnexpectedMessage, {message(kHelloRequest, 3, {})});
  later("a session ticket: passed over", Outcome::kConnects, A::kCloseNotify,
        {message(kNewSessionTicket, 3, Bytes(40))});
}

}  // namespace

std::vector<Misbehaviour> misbehaviours13Client() {
  std::vector<Misbehaviour> rows;
  addHelloRows(rows);
  addRetryRows(rows);
  addEncryptedRows(rows);
  addOrderRows(rows);
  addLaterRows(rows);
  return rows;
}

}  // namespace tincan::inline v0::dtls::test
