#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "ice/check_message.h"
#include "tests/ice/network.h"

namespace tincan::inline v0::ice::testing {

/// A controlling peer at two addresses, 192.0.2.2 and 192.0.2.3, that answers each check of `node`'s and names the pairs
/// that the test wants named.
class NamingPeer {
 public:
  NamingPeer(Network& net, Node& node) : net_(net), node_(node) {
    net_.tap = [this](const Transmit& t) {
      stun::Message m;
      EXPECT_TRUE(stun::Message::parse(t.packet.view(), m));
      if (m.messageClass() != stun::Class::kRequest) return true;
      Bytes out(200);
      out.resize(stun::writeBindingSuccess(out, m, t.route.local, &key_));
      const Route route = t.route;
      net_.inject(node_, route.remote, route.local, out);
      return true;
    };
    node_.agent->gather(net_.now);
    node_.agent->setRemoteCredentials(net_.now, credentials_);
    for (const char* each : {"1 1 udp 100 192.0.2.2 9 typ host", "2 1 udp 200 192.0.2.3 9 typ host"})
      node_.agent->addRemoteCandidate(net_.now, Candidate::parse(each).value());
    net_.run(Duration::millis(200));
  }

  /// A check from there with USE-CANDIDATE; the peer's address of the pair that is selected then.
  std::string name(std::string_view from, std::optional<uint32_t> nomination = std::nullopt) {
    const std::string username = node_.agent->localCredentials().ufrag + ":" + credentials_.ufrag;
    CheckFields fields;
    storeBe64(fields.id.data(), ++checks_);
    fields.username = username;
    fields.priority = 1;
    fields.useCandidate = true;
    fields.nomination = nomination;
    Bytes out(300);
    out.resize(writeCheck(out, fields, stun::IntegrityKey::shortTerm(node_.agent->localCredentials().password)));
    net_.inject(node_, at(from), node_.bound[0], out);
    net_.run(Duration::millis(20));
    return node_.agent->selectedPair() ? node_.agent->selectedPair()->route.remote.toString() : "";
  }

 private:
  Network& net_;
  Node& node_;
  const Credentials credentials_{"peer", "abcdefghijklmnopqrstuv"};
  const stun::IntegrityKey key_ = stun::IntegrityKey::shortTerm(credentials_.password);
  uint64_t checks_ = 0;
};

}  // namespace tincan::inline v0::ice::testing
