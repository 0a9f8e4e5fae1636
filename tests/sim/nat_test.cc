#include "tests/sim/world/nat.h"

#include <gtest/gtest.h>

namespace tincan::inline v0::sim {
namespace {

const TimePoint kStart = TimePoint::fromMicros(1'000'000);
SocketAddress address(std::string_view text) {
  return *SocketAddress::parse(text);
}

const IpAddress kOutside = *IpAddress::parse("203.0.113.1");
const SocketAddress kInside = address("192.168.1.2:5000");
const SocketAddress kX1 = address("198.51.100.1:1000");
const SocketAddress kX2 = address("198.51.100.1:2000");
const SocketAddress kY1 = address("198.51.100.2:1000");

/// All nine kinds of RFC 4787: what §4.1 says of mapping, what §5 says of filtering.
class NatKinds : public testing::TestWithParam<std::tuple<Dependence, Dependence>> {
 protected:
  Dependence mapping() const { return std::get<0>(GetParam()); }
  Dependence filtering() const { return std::get<1>(GetParam()); }
  Nat nat{kOutside, {.mapping = mapping(), .filtering = filtering()}};
};

TEST_P(NatKinds, MappingIsReusedAsItSays) {
  const SocketAddress x1 = nat.outbound(kStart, kInside, kX1);
  EXPECT_EQ(x1.ip, kOutside);
  EXPECT_EQ(nat.outbound(kStart, kInside, kX1), x1) << "RFC 4787 §4.1: always for the same address and port";
  EXPECT_EQ(nat.outbound(kStart, kInside, kX2) == x1, mapping() != Dependence::kAddressAndPortDependent);
  EXPECT_EQ(nat.outbound(kStart, kInside, kY1) == x1, mapping() == Dependence::kEndpointIndependent);
  EXPECT_NE(nat.outbound(kStart, address("192.168.1.2:5001"), kX1), x1);
  EXPECT_NE(nat.outbound(kStart, address("192.168.1.3:5000"), kX1), x1);
}

TEST_P(NatKinds, FilteringLetsInAsItSays) {
  const SocketAddress outside = nat.outbound(kStart, kInside, kX1);
  EXPECT_EQ(nat.inbound(kStart, outside, kX1), kInside);
  EXPECT_EQ(nat.inbound(kStart, outside, kX2).has_value(), filtering() != Dependence::kAddressAndPortDependent);
  EXPECT_EQ(nat.inbound(kStart, outside, kY1).has_value(), filtering() == Dependence::kEndpointIndependent);
  EXPECT_FALSE(nat.inbound(kStart, {kOutside, static_cast<uint16_t>(outside.port + 1)}, kX1));
}

TEST_P(NatKinds, WhatGoesOutKeepsItOpenAndNothingElse) {
  const SocketAddress outside = nat.outbound(kStart, kInside, kX1);
  (void)nat.outbound(kStart + Duration::seconds(100), kInside, kX1);
  EXPECT_TRUE(nat.inbound(kStart + Duration::seconds(219), outside, kX1)) << "RFC 4787 REQ-6";
  EXPECT_FALSE(nat.inbound(kStart + Duration::seconds(221), outside, kX1)) << "what came in did not refresh it";
  EXPECT_EQ(nat.mappings(), 0u);
}

INSTANTIATE_TEST_SUITE_P(
    Rfc4787, NatKinds,
    testing::Combine(testing::Values(Dependence::kEndpointIndependent, Dependence::kAddressDependent,
                                     Dependence::kAddressAndPortDependent),
                     testing::Values(Dependence::kEndpointIndependent, Dependence::kAddressDependent,
                                     Dependence::kAddressAndPortDependent)));

TEST(Nat, PreservesThePortWhereItCan) {
  Nat nat(kOutside, {.portPreservation = true});
  EXPECT_EQ(nat.outbound(kStart, kInside, kX1).port, 5000);
  EXPECT_NE(nat.outbound(kStart, address("192.168.1.3:5000"), kX1).port, 5000);
}

TEST(Nat, ForgetsAtAReboot) {
  Nat nat(kOutside, NatConfig::fullCone());
  const SocketAddress before = nat.outbound(kStart, kInside, kX1);
  nat.forget();
  EXPECT_FALSE(nat.inbound(kStart, before, kX1));
  EXPECT_NE(nat.outbound(kStart, kInside, kX1), before);
}

}  // namespace
}  // namespace tincan::inline v0::sim
