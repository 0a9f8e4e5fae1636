#include "net/udp_socket.h"

#include <poll.h>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "net/interfaces.h"
#include "net/mdns_socket.h"

namespace tincan::net {
namespace {

constexpr int kPatienceMs = 10'000;

std::unique_ptr<UdpSocket> open(const IpAddress& ip = IpAddress::loopbackV4()) {
  auto socket = UdpSocket::open({ip, 0});
  EXPECT_TRUE(socket.ok()) << (socket.ok() ? "" : socket.error().message());
  return socket.ok() ? std::move(socket).value() : nullptr;
}

bool readable(int fd) {
  pollfd poll{fd, POLLIN, 0};
  return ::poll(&poll, 1, kPatienceMs) == 1;
}

class UdpSocketTest : public testing::Test {
 protected:
  PacketPool pool_;

  UdpSocket::Datagram datagram(const UdpSocket& to, size_t size, uint8_t fill) {
    return {to.local(), pool_.copy(Bytes(size, fill))};
  }

  /// Reads until `count` packets are there.
  std::vector<UdpSocket::Datagram> read(UdpSocket& from, size_t count, UdpSocket::Received* totals = nullptr) {
    std::vector<UdpSocket::Datagram> all;
    while (all.size() < count && readable(from.fd())) {
      std::vector<UdpSocket::Datagram> batch(UdpSocket::kBatch);
      const auto received = from.receive(pool_, batch);
      for (size_t i = 0; i < received.packets; ++i) all.push_back(std::move(batch[i]));
      if (totals) {
        totals->tooLong += received.tooLong;
        totals->noBuffer += received.noBuffer;
      }
    }
    return all;
  }
};

TEST_F(UdpSocketTest, SendsAndReceivesBatchesInOrder) {
  for (const IpAddress& ip : {IpAddress::loopbackV4(), IpAddress::loopbackV6()}) {
    auto a = open(ip), b = open(ip);
    ASSERT_TRUE(a && b);
    EXPECT_NE(a->local().port, 0);
    std::vector<UdpSocket::Datagram> out;
    for (uint8_t i = 0; i < 100; ++i) out.push_back(datagram(*b, 10u + i, i));
    size_t sent = 0;
    while (sent < out.size()) {
      const auto result = a->send(std::span(out).subspan(sent));
      ASSERT_EQ(result.errors, 0u);
      ASSERT_LE(result.packets, UdpSocket::kBatch);
      sent += result.packets;
    }
    const auto in = read(*b, 100);
    ASSERT_EQ(in.size(), 100u);
    for (uint8_t i = 0; i < 100; ++i) {
      EXPECT_EQ(in[i].remote, a->local());
      EXPECT_EQ(toBytes(in[i].packet.view()), Bytes(10u + i, i));
    }
  }
}

TEST_F(UdpSocketTest, ReceivesNothingWithoutBlocking) {
  auto socket = open();
  std::vector<UdpSocket::Datagram> batch(UdpSocket::kBatch);
  const auto received = socket->receive(pool_, batch);
  EXPECT_EQ(received.packets, 0u);
  EXPECT_FALSE(received.more);
}

TEST_F(UdpSocketTest, APacketThatCannotBeSentIsSkippedAndTheRestLeave) {
  auto a = open(), b = open();
  std::vector<UdpSocket::Datagram> out;
  out.push_back(datagram(*b, 20, 1));
  out.push_back({{IpAddress::loopbackV6(), 9}, pool_.copy(Bytes(20, 2))});  // not for an IPv4 socket
  out.push_back({{}, pool_.copy(Bytes(20, 3))});                            // no address at all
  out.push_back(datagram(*b, 20, 4));
  const auto sent = a->send(out);
  EXPECT_EQ(sent.packets, 2u);
  EXPECT_EQ(sent.errors, 2u);
  EXPECT_FALSE(sent.blocked);
  const auto in = read(*b, 2);
  ASSERT_EQ(in.size(), 2u);
  EXPECT_EQ(in[0].packet.view()[0], 1);
  EXPECT_EQ(in[1].packet.view()[0], 4);
}

TEST_F(UdpSocketTest, DatagramsLongerThanABufferAreDroppedAndCounted) {
  auto a = open(), b = open();
  // Made by hand, since no packet buffer holds it: one buffer's data with its headroom used too.
  PacketBuffer longest = pool_.allocate();
  ASSERT_NE(longest.prepend(PacketBuffer::kHeadroom), nullptr);
  ASSERT_TRUE(longest.resize(PacketBuffer::kCapacity));
  std::vector<UdpSocket::Datagram> out;
  out.push_back({b->local(), std::move(longest)});
  out.push_back(datagram(*b, 30, 7));
  out.push_back(datagram(*b, PacketBuffer::kCapacity - PacketBuffer::kHeadroom, 8));
  ASSERT_EQ(a->send(out).packets, 3u);
  UdpSocket::Received totals;
  const auto in = read(*b, 2, &totals);
  ASSERT_EQ(in.size(), 2u);
  EXPECT_EQ(in[0].packet.view()[0], 7);
  EXPECT_EQ(in[1].packet.size(), PacketBuffer::kCapacity - PacketBuffer::kHeadroom);
  EXPECT_EQ(totals.tooLong, 1u);
}

TEST_F(UdpSocketTest, WithoutBuffersItDropsRatherThanStaysReadable) {
  PacketPool empty(0);
  auto a = open(), b = open();
  std::vector<UdpSocket::Datagram> out;
  out.push_back(datagram(*b, 30, 7));
  out.push_back(datagram(*b, 30, 8));
  ASSERT_EQ(a->send(out).packets, 2u);
  ASSERT_TRUE(readable(b->fd()));
  std::vector<UdpSocket::Datagram> batch(UdpSocket::kBatch);
  EXPECT_EQ(b->receive(empty, batch).noBuffer, 1u);
  EXPECT_EQ(b->receive(empty, batch).noBuffer, 1u);
  EXPECT_EQ(b->receive(empty, batch).noBuffer, 0u);
}

TEST_F(UdpSocketTest, ErrorsSayWhatToDo) {
  auto taken = open();
  const auto again = UdpSocket::open(taken->local());
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code(), ErrorCode::kIo);
  EXPECT_EQ(again.error().message(),
            "UDP " + taken->local().toString() + " is in use: choose another port, or 0 for any");
  const auto foreign = UdpSocket::open({IpAddress::v4(192, 0, 2, 77), 0});
  ASSERT_FALSE(foreign.ok());
  EXPECT_NE(foreign.error().message().find("not an address of this machine"), std::string::npos);
  EXPECT_FALSE(UdpSocket::open({}).ok());
}

TEST(MdnsSocket, SocketsOnOneMachineHearEachOther) {
  auto asks = MdnsSocket::open(), answers = MdnsSocket::open();
  if (!asks.ok()) GTEST_SKIP() << asks.error().message();
  ASSERT_TRUE(answers.ok());
  const std::string query = "tincan asks who is there";
  EXPECT_GT((*asks)->send(asBytes(query)), 0u);
  PacketPool pool;
  UdpSocket::Datagram heard;
  bool found = false;
  while (!found && readable((*answers)->fd())) {
    while (!found && (*answers)->receive(pool, heard)) found = asText(heard.packet.view()) == query;
  }
  ASSERT_TRUE(found);
  EXPECT_EQ(heard.remote.port, 5353);
}

TEST(Interfaces, ListsLoopback) {
  const auto all = listInterfaces();
  ASSERT_TRUE(all.ok());
  EXPECT_TRUE(std::any_of(all->begin(), all->end(), [](const auto& each) {
    return each.address == IpAddress::loopbackV4() && each.index > 0 && !each.name.empty();
  }));
}

TEST(Interfaces, UsableOnesAreNeitherLinkLocalNorLoopback) {
  const IpAddress lan = IpAddress::v4(192, 0, 2, 2), lan6 = *IpAddress::parse("2001:db8::2");
  const std::vector<InterfaceAddress> all = {{"lo", 1, IpAddress::loopbackV4()},
                                             {"lo", 1, IpAddress::loopbackV6()},
                                             {"eth0", 2, lan},
                                             {"eth0", 2, lan6},
                                             {"eth0", 2, *IpAddress::parse("fe80::1")},
                                             {"eth1", 3, IpAddress::v4(169, 254, 3, 4)}};
  const auto addresses = [&](const InterfaceFilter& filter) {
    std::vector<IpAddress> out;
    for (const auto& each : usable(all, filter)) out.push_back(each.address);
    return out;
  };
  using Addresses = std::vector<IpAddress>;
  EXPECT_EQ(addresses({}), (Addresses{lan, lan6}));
  EXPECT_EQ(addresses({false, false, {}}), (Addresses{lan}));
  EXPECT_EQ(addresses({true, false, {}}), (Addresses{lan, IpAddress::loopbackV4()}));
  EXPECT_EQ(addresses({false, true, {"lo"}}), (Addresses{IpAddress::loopbackV4(), IpAddress::loopbackV6()}))
      << "loopback, when nothing else is left";
  EXPECT_EQ(addresses({false, true, {"eth1"}}), Addresses{});
}

}  // namespace
}  // namespace tincan::net
