#include "net/udp_socket.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "net/interfaces.h"
#include "net/mdns_socket.h"
#include "net/sockaddr.h"

namespace tincan::inline v0::net {
namespace {

constexpr int kPatienceMs = 10'000;

std::unique_ptr<UdpSocket> openSocket(const IpAddress& ip = IpAddress::loopbackV4(), UdpSocket::Options options = {}) {
  auto socket = UdpSocket::open({ip, 0}, options);
  EXPECT_TRUE(socket.ok()) << (socket.ok() ? "" : socket.error().message());
  return socket.ok() ? std::move(socket).value() : nullptr;
}

bool readable(int fd) {
  pollfd poll{fd, POLLIN, 0};
  return ::poll(&poll, 1, kPatienceMs) == 1;
}

/// With the kernel's segmentation, and without.
class UdpSocketTest : public testing::TestWithParam<bool> {
 protected:
  std::unique_ptr<UdpSocket> open(const IpAddress& ip = IpAddress::loopbackV4()) {
    return openSocket(ip, {.segmentation = GetParam()});
  }

  PacketPool pool_;
  UdpSocket::Inbox inbox_;

  UdpSocket::Datagram datagram(const UdpSocket& to, size_t size, uint8_t fill) {
    return {to.local(), pool_.copy(Bytes(size, fill)), Ecn::kNotCapable, TimePoint::never()};
  }

  /// Reads until `count` packets are there.
  std::vector<UdpSocket::Datagram> read(UdpSocket& from, size_t count, UdpSocket::Received* totals = nullptr) {
    std::vector<UdpSocket::Datagram> all;
    while (all.size() < count && readable(from.fd())) {
      const auto received = from.receive(pool_, inbox_);
      for (auto& each : inbox_.packets()) all.push_back(std::move(each));
      if (totals) {
        totals->tooLong += received.tooLong;
        totals->noBuffer += received.noBuffer;
      }
    }
    return all;
  }
};

// RFC 8899 §3: a probe must not be fragmented; what was cut for a larger path must be, or it never comes through.
TEST_P(UdpSocketTest, PacketsThatSayHowTheyMayTravelLeaveTheSocketAsItWas) {
  for (const IpAddress& ip : {IpAddress::loopbackV4(), IpAddress::loopbackV6()}) {
    auto a = open(ip), b = open(ip);
    ASSERT_TRUE(a && b);
    const auto mode = [&] {
      int value = -1;
      socklen_t size = sizeof value;
      EXPECT_EQ(::getsockopt(a->fd(), ip.isV6() ? IPPROTO_IPV6 : IPPROTO_IP,
                             ip.isV6() ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER, &value, &size),
                0);
      return value;
    };
    const int before = mode();
    std::vector<UdpSocket::Datagram> out;
    for (uint8_t i = 0; i < 8; ++i) out.push_back(datagram(*b, 1400, i));
    out[0].packet.setFragmentation(Fragmentation::kNever);
    out[3].packet.setFragmentation(Fragmentation::kAllowed);
    out[7].packet.setFragmentation(Fragmentation::kNever);
    size_t sent = 0, calls = 0;
    for (; sent < out.size() && calls < 100; ++calls) {
      const auto result = a->send(std::span(out).subspan(sent));
      EXPECT_EQ(result.errors, 0u);
      sent += result.consumed();
      EXPECT_EQ(mode(), before);
    }
    EXPECT_EQ(calls, 5u) << "each of the three by itself";
    const auto received = read(*b, out.size());
    ASSERT_EQ(received.size(), out.size());
    for (uint8_t i = 0; i < 8; ++i) EXPECT_EQ(received[i].packet.view()[0], i);
  }
}

// On an interface that carries 1,280 bytes: what asks is refused, what may be cut is, and so is what says nothing, once the
// kernel knows.
TEST_P(UdpSocketTest, OnlyWhatAsksIsRefusedByASmallLink) {
  bool ran = false;
  std::thread([&] {
    ran = ::unshare(CLONE_NEWNET) == 0 && std::system("ip link set lo mtu 1280 up") == 0;
    if (!ran) return;
    for (const IpAddress& ip : {IpAddress::loopbackV4(), IpAddress::loopbackV6()}) {
      SCOPED_TRACE(ip.toString());
      auto a = open(ip), b = open(ip);
      ASSERT_TRUE(a && b);
      for (const auto kind : {Fragmentation::kDefault, Fragmentation::kNever, Fragmentation::kAllowed}) {
        for (const size_t size : {size_t{1230}, size_t{1400}}) {
          std::vector<UdpSocket::Datagram> out;
          out.push_back(datagram(*b, size, 7));
          out[0].packet.setFragmentation(kind);
          const auto sent = a->send(out);
          const bool fits = size == 1230 || kind != Fragmentation::kNever;
          EXPECT_EQ(sent.errors, fits ? 0u : 1u) << size;
          if (fits) {
            EXPECT_EQ(read(*b, 1)[0].packet.size(), size);
          }
        }
      }
    }
  }).join();
  if (!ran) GTEST_SKIP() << "no network namespace here";
}

TEST_P(UdpSocketTest, SendsAndReceivesBatchesInOrder) {
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

TEST_P(UdpSocketTest, ReceivesNothingWithoutBlocking) {
  auto socket = open();
  const auto received = socket->receive(pool_, inbox_);
  EXPECT_EQ(received.packets, 0u);
  EXPECT_FALSE(received.more);
}

TEST_P(UdpSocketTest, APacketThatCannotBeSentIsSkippedAndTheRestLeave) {
  auto a = open(), b = open();
  std::vector<UdpSocket::Datagram> out;
  out.push_back(datagram(*b, 20, 1));
  out.push_back({{IpAddress::loopbackV6(), 9}, pool_.copy(Bytes(20, 2)), {}, {}});  // not for an IPv4 socket
  out.push_back({{}, pool_.copy(Bytes(20, 3)), {}, {}});                            // no address at all
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

TEST_P(UdpSocketTest, DatagramsLongerThanABufferAreDroppedAndCounted) {
  auto a = open(), b = open();
  // Made by hand, since no packet buffer holds it: one buffer's data with its headroom used too.
  PacketBuffer longest = pool_.allocate();
  ASSERT_NE(longest.prepend(PacketBuffer::kHeadroom), nullptr);
  ASSERT_TRUE(longest.resize(PacketBuffer::kCapacity));
  std::vector<UdpSocket::Datagram> out;
  out.push_back({b->local(), std::move(longest), {}, {}});
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

TEST_P(UdpSocketTest, WithoutBuffersItDropsRatherThanStaysReadable) {
  PacketPool empty(0);
  auto a = open(), b = open();
  std::vector<UdpSocket::Datagram> out;
  out.push_back(datagram(*b, 30, 7));
  out.push_back(datagram(*b, 30, 8));
  ASSERT_EQ(a->send(out).packets, 2u);
  ASSERT_TRUE(readable(b->fd()));
  size_t dropped = 0;
  for (int i = 0; i < 3; ++i) dropped += b->receive(empty, inbox_).noBuffer;
  EXPECT_EQ(dropped, 2u);
  EXPECT_FALSE(b->receive(empty, inbox_).more);
}

TEST_P(UdpSocketTest, ErrorsSayWhatToDo) {
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

TEST_P(UdpSocketTest, MarksOfCongestionGoThrough) {
  for (const IpAddress& ip : {IpAddress::loopbackV4(), IpAddress::loopbackV6()}) {
    auto a = open(ip), b = open(ip);
    std::vector<UdpSocket::Datagram> out;
    for (uint8_t i = 0; i < 8; ++i) {
      out.push_back(datagram(*b, 100, i));
      out.back().ecn = static_cast<Ecn>(i / 2);
    }
    ASSERT_EQ(a->send(out).packets, 8u);
    const auto in = read(*b, 8);
    ASSERT_EQ(in.size(), 8u);
    for (uint8_t i = 0; i < 8; ++i) {
      EXPECT_EQ(in[i].packet.view()[0], i);
      EXPECT_EQ(in[i].ecn, static_cast<Ecn>(i / 2)) << int{i};
    }
  }
}

// RFC 2474 §3: the upper six bits of what RFC 3168 §5 has the lower two of.
TEST_P(UdpSocketTest, CodePointsLeaveBesideMarks) {
  for (const IpAddress& ip : {IpAddress::loopbackV4(), IpAddress::loopbackV6()}) {
    auto a = open(ip);
    const int reader = ::socket(ip.isV6() ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);
    const int on = 1;
    ::setsockopt(reader, ip.isV6() ? IPPROTO_IPV6 : IPPROTO_IP, ip.isV6() ? IPV6_RECVTCLASS : IP_RECVTOS, &on,
                 sizeof on);
    sockaddr_storage bound{};
    const socklen_t length = toSockaddr({ip, 0}, bound);
    ASSERT_EQ(::bind(reader, generic(bound), length), 0);
    socklen_t size = sizeof bound;
    ::getsockname(reader, generic(bound), &size);
    const uint16_t port = fromSockaddr(bound).port;
    std::vector<UdpSocket::Datagram> out;
    for (const uint8_t dscp : {uint8_t{0}, uint8_t{46}, uint8_t{46}, uint8_t{34}, uint8_t{1}}) {
      out.push_back({{ip, port}, pool_.copy(Bytes(100, dscp)), dscp == 34 ? Ecn::kCapable1 : Ecn::kNotCapable});
      out.back().dscp = dscp;
    }
    ASSERT_EQ(a->send(out).packets, out.size());
    for (const auto& sent : out) {
      uint8_t bytes[256], control[64];
      iovec vector{bytes, sizeof bytes};
      msghdr header{};
      header.msg_iov = &vector;
      header.msg_iovlen = 1;
      header.msg_control = control;
      header.msg_controllen = sizeof control;
      ASSERT_EQ(::recvmsg(reader, &header, 0), 100);
      int traffic = -1;
      for (cmsghdr* each = CMSG_FIRSTHDR(&header); each; each = CMSG_NXTHDR(&header, each)) traffic = *CMSG_DATA(each);
      EXPECT_EQ(traffic >> 2, bytes[0]);
      EXPECT_EQ(traffic & 3, static_cast<int>(sent.ecn)) << int{sent.dscp};
    }
    ::close(reader);
  }
}

TEST_P(UdpSocketTest, ArrivalIsTheKernelsTimeOnTheMonotonicClock) {
  auto a = open(), b = open();
  const auto monotonic = [] {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return TimePoint::fromMicros(static_cast<int64_t>(time.tv_sec) * 1'000'000 + time.tv_nsec / 1000);
  };
  const TimePoint before = monotonic();
  std::vector<UdpSocket::Datagram> out;
  out.push_back(datagram(*b, 100, 1));
  ASSERT_EQ(a->send(out).packets, 1u);
  const TimePoint after = monotonic();
  const auto in = read(*b, 1);
  ASSERT_EQ(in.size(), 1u);
  // Two clocks are read one after the other, hence the millisecond.
  EXPECT_GE(in[0].arrived, before - Duration::millis(1));
  EXPECT_LE(in[0].arrived, after + Duration::millis(1));
}

TEST_P(UdpSocketTest, RunsOfAllShapesArriveAsTheyWere) {
  auto a = open(), b = open(), c = open();
  // Equal ones, a shorter end, longer after shorter, an empty one, another's in between.
  const std::vector<size_t> sizes = {1200, 1200, 1200, 300, 301, 301, 0, 0, 1200, 1, 1, 1, 1500, 1500};
  std::vector<UdpSocket::Datagram> out;
  for (size_t i = 0; i < sizes.size(); ++i) {
    out.push_back(datagram(*b, sizes[i], static_cast<uint8_t>(i)));
    if (i == 8) out.push_back(datagram(*c, 1200, 99));
  }
  size_t sent = 0, messages = 0;
  while (sent < out.size()) {
    const auto result = a->send(std::span(out).subspan(sent));
    ASSERT_EQ(result.errors, 0u);
    sent += result.packets;
    messages += result.messages;
  }
  // 3+1, 2, 0, 0, 1, c's, 3, 2: a shorter packet ends a run.
  EXPECT_EQ(messages, a->segmentsOnSend() ? 8u : 15u);
  const auto in = read(*b, sizes.size());
  ASSERT_EQ(in.size(), sizes.size());
  for (size_t i = 0; i < sizes.size(); ++i) {
    EXPECT_EQ(toBytes(in[i].packet.view()), Bytes(sizes[i], static_cast<uint8_t>(i))) << i;
    EXPECT_EQ(in[i].remote, a->local());
  }
  EXPECT_EQ(read(*c, 1).size(), 1u);
}

TEST_P(UdpSocketTest, ARunThatTheKernelRefusesLeavesPacketByPacket) {
  auto a = open(), b = open();
  const int on = 1;
  // Linux segments nothing that has no checksum.
  ASSERT_EQ(::setsockopt(a->fd(), SOL_SOCKET, SO_NO_CHECK, &on, sizeof on), 0);
  std::vector<UdpSocket::Datagram> out;
  for (uint8_t i = 0; i < 30; ++i) out.push_back(datagram(*b, 500, i));
  size_t sent = 0;
  for (int round = 0; sent < out.size() && round < 4; ++round) {
    const auto result = a->send(std::span(out).subspan(sent));
    EXPECT_EQ(result.errors, 0u);
    sent += result.packets;
  }
  EXPECT_EQ(sent, 30u);
  const auto in = read(*b, 30);
  ASSERT_EQ(in.size(), 30u);
  for (uint8_t i = 0; i < 30; ++i) EXPECT_EQ(in[i].packet.view()[0], i);
}

INSTANTIATE_TEST_SUITE_P(Segmentation, UdpSocketTest, testing::Bool(), [](const auto& each) {
  return each.param ? std::string("ByTheKernel") : std::string("None");
});

TEST(UdpSocket, SegmentationIsFoundOutWhenItIsOpened) {
  auto plain = openSocket(IpAddress::loopbackV4(), {.segmentation = false});
  EXPECT_FALSE(plain->segmentsOnSend());
  EXPECT_FALSE(plain->segmentsOnReceive());
  auto socket = openSocket();
  if (!socket->segmentsOnSend()) GTEST_SKIP() << "this kernel has no UDP GSO";
  EXPECT_TRUE(socket->segmentsOnReceive());
}

TEST(UdpSocket, OnePortIsSharedWhereItIsAskedFor) {
  auto first = openSocket(IpAddress::loopbackV4(), {.reusePort = true});
  auto second = UdpSocket::open(first->local(), {.reusePort = true});
  ASSERT_TRUE(second.ok()) << second.error().message();
  EXPECT_FALSE(UdpSocket::open(first->local()).ok());
  // Many senders: the kernel gives each to one of the two, always the same.
  PacketPool pool;
  UdpSocket::Inbox inbox;
  constexpr size_t kSenders = 64;
  for (size_t i = 0; i < kSenders; ++i) {
    auto sender = openSocket();
    std::vector<UdpSocket::Datagram> out;
    for (int copy = 0; copy < 2; ++copy) out.push_back({first->local(), pool.copy(Bytes(10, 1)), {}, {}});
    ASSERT_EQ(sender->send(out).packets, 2u);
  }
  size_t atFirst = 0, atSecond = 0;
  while (first->receive(pool, inbox).packets > 0) atFirst += inbox.packets().size();
  while ((*second)->receive(pool, inbox).packets > 0) atSecond += inbox.packets().size();
  EXPECT_EQ(atFirst + atSecond, 2 * kSenders);
  EXPECT_GT(atFirst, 0u);
  EXPECT_GT(atSecond, 0u);
  EXPECT_EQ(atFirst % 2, 0u);
}

TEST(UdpSocket, TellsWhenPacketsLeft) {
  auto a = openSocket(IpAddress::loopbackV4(), {.segmentation = false, .sendTimestamps = true}), b = openSocket();
  PacketPool pool;
  std::vector<UdpSocket::Datagram> out;
  for (int i = 0; i < 3; ++i) out.push_back({b->local(), pool.copy(Bytes(10, 1)), {}, {}});
  ASSERT_EQ(a->send(out).packets, 3u);
  std::array<UdpSocket::SendTime, 8> times{};
  const size_t count = a->sendTimes(times);
  if (count == 0) GTEST_SKIP() << "this kernel does not stamp what leaves by loopback";
  ASSERT_EQ(count, 3u);
  for (uint32_t i = 0; i < 3; ++i) EXPECT_EQ(times[i].packet, i);
  EXPECT_LE(times[0].at, times[2].at);
  UdpSocket::Inbox inbox;
  ASSERT_TRUE(readable(b->fd()));
  b->receive(pool, inbox);
  EXPECT_LE(times[0].at, inbox.packets()[0].arrived + Duration::millis(1));
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

// The receiver guesses the next message's packets by the last one's: right, wrong by a byte, in number, and altogether.
TEST_P(UdpSocketTest, RunsOfAnySizeAfterRunsOfAnyOther) {
  auto a = open(), b = open();
  ASSERT_TRUE(a && b);
  const std::vector<std::pair<size_t, size_t>> runs = {{1, 1200},  {10, 1200}, {10, 1200}, {20, 1200}, {3, 1200},
                                                       {10, 1199}, {10, 1200}, {10, 1},    {40, 100},  {1, 1800},
                                                       {30, 1500}, {1, 0},     {8, 700},   {1, 1856},  {2, 600}};
  uint8_t fill = 0;
  for (int round = 0; round < 2; ++round) {
    for (const auto& [count, size] : runs) {
      std::vector<UdpSocket::Datagram> out;
      // The last of a run is shorter, the second time.
      for (size_t i = 0; i < count; ++i) {
        const size_t length = round == 1 && count > 1 && i + 1 == count ? size / 2 : size;
        out.push_back(datagram(*b, length, ++fill));
      }
      size_t sent = 0;
      while (sent < out.size()) sent += a->send(std::span(out).subspan(sent)).consumed();
      UdpSocket::Received totals;
      const auto in = read(*b, count, &totals);
      ASSERT_EQ(in.size(), count);
      EXPECT_EQ(totals.tooLong + totals.noBuffer, 0u);
      for (size_t i = 0; i < count; ++i) {
        EXPECT_EQ(toBytes(in[i].packet.view()), toBytes(out[i].packet.view())) << count << " of " << size;
      }
    }
  }
}

// SO_REUSEPORT: each sender has its socket, and keeps it when others of the port are connected elsewhere.
TEST(UdpSocketGroup, SpreadsSendersAndStaysThatWay) {
  for (const IpAddress& ip : {IpAddress::loopbackV4(), IpAddress::loopbackV6()}) {
    std::vector<std::unique_ptr<UdpSocket>> group, senders;
    const SocketAddress where = openSocket(ip)->local();
    for (int i = 0; i < 3; ++i) group.push_back(UdpSocket::open(where, {.reusePort = true}).value());
    ASSERT_TRUE(group[0]->spreadOver(group.size(), 0x9E3779B1));
    for (int i = 0; i < 48; ++i) senders.push_back(openSocket(ip));
    PacketPool pool;
    UdpSocket::Inbox inbox;
    const auto whoGets = [&](UdpSocket& sender) -> size_t {
      const std::array<UdpSocket::Datagram, 1> one = {UdpSocket::Datagram{where, pool.copy(Bytes(10, 1)), {}, {}}};
      sender.send(one);
      for (size_t i = 0; i < group.size(); ++i) {
        const size_t count = group[i]->receive(pool, inbox).packets;
        for (auto& each : inbox.packets()) each.packet.reset();
        if (count == 1) return i;
      }
      return group.size();
    };
    std::vector<size_t> first, packets(group.size() + 1);
    for (auto& each : senders) ++packets[first.emplace_back(whoGets(*each))];
    EXPECT_EQ(packets.back(), 0u);
    for (size_t i = 0; i < 3; ++i) EXPECT_GT(packets[i], 0u) << "(2/3)^48 of the time none falls on it";

    // As many connected ones, to other addresses: they take nothing from anybody.
    for (size_t i = 0; i < 8; ++i) {
      group.push_back(UdpSocket::open(where, {.reusePort = true}).value());
      ASSERT_TRUE(group.back()->connect({ip, static_cast<uint16_t>(9 + i)}).ok());
    }
    for (size_t i = 0; i < senders.size(); ++i) EXPECT_EQ(whoGets(*senders[i]), first[i]);
    // And one that is connected to a sender gets all of its.
    group.push_back(UdpSocket::open(where, {.reusePort = true}).value());
    ASSERT_TRUE(group.back()->connect(senders[0]->local()).ok());
    EXPECT_EQ(whoGets(*senders[0]), group.size() - 1);
  }
}

}  // namespace
}  // namespace tincan::inline v0::net
