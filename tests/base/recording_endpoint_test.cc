#include "base/recording_endpoint.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tincan::inline v0 {
namespace {

const Route kRoute{Protocol::kUdp, SocketAddress::parse("192.0.2.1:5000").value(),
                   SocketAddress::parse("192.0.2.2:6000").value()};

std::string at(TimePoint now) {
  return "@" + std::to_string(now.micros());
}

/// Writes down every call, and echoes what it receives.
class Toy final : public Endpoint {
 public:
  explicit Toy(PacketPool& pool) : pool_(pool) {}
  void receive(TimePoint now, const Route& route, PacketBuffer packet) override {
    log += "receive" + at(now) + route.local.toString() + std::string(asText(packet.view())) + " ";
    waiting_.push_back(toBytes(packet.view()));
  }
  void handleTimeout(TimePoint now) override { log += "timeout" + at(now) + " "; }
  TimePoint nextTimeout() const override { return TimePoint::fromMicros(77); }
  bool pollTransmit(TimePoint now, Transmit& out) override {
    log += "poll" + at(now) + " ";
    if (waiting_.empty()) return false;
    out = {kRoute, pool_.copy(waiting_.back()), Ecn::kCapable1};
    waiting_.pop_back();
    return true;
  }
  bool pollIoRequest(IoRequest&) override {
    log += "io ";
    return false;
  }
  void handleIoResult(TimePoint now, IoResult result) override {
    log += "answer" + at(now) + std::to_string(result.index()) + " ";
  }
  bool dispatchEvents(TimePoint now) override {
    log += "dispatch" + at(now) + " ";
    return false;
  }
  std::array<std::string_view, 2> ufrags() const override { return {"ufrag", ""}; }
  void leave(TimePoint now) override { log += "leave" + at(now) + " "; }

  std::string log;

 private:
  PacketPool& pool_;
  std::vector<Bytes> waiting_;
};

// Every input once, each at a time of its own: another endpoint is called in the same way, and sends the same.
TEST(RecordingEndpoint, IsReplayedCallByCall) {
  PacketPool pool;
  Toy toy(pool), again(pool);
  std::vector<EndpointRecord> records;
  std::string toldAt;
  RecordingEndpoint recorder(toy, [&](EndpointRecord record) {
    if (std::holds_alternative<TimedOut>(record)) toldAt = toy.log;
    records.push_back(std::move(record));
  });
  const auto time = [](int64_t micros) { return TimePoint::fromMicros(micros); };
  recorder.receive(time(1), kRoute, pool.copy(asBytes(std::string_view("hello"))));
  const std::string before = toy.log;
  recorder.handleTimeout(time(2));
  EXPECT_EQ(toldAt, before) << "inputs are told first";
  Transmit out;
  EXPECT_TRUE(recorder.pollTransmit(time(3), out));
  EXPECT_FALSE(recorder.pollTransmit(time(4), out));
  IoRequest request;
  EXPECT_FALSE(recorder.pollIoRequest(request));
  recorder.handleIoResult(time(5), StreamClosed{kRoute});
  EXPECT_FALSE(recorder.dispatchEvents(time(6)));
  recorder.leave(time(7));
  EXPECT_EQ(recorder.nextTimeout(), time(77));
  EXPECT_EQ(recorder.ufrags()[0], "ufrag");

  ASSERT_EQ(records.size(), 9u) << "eight inputs and one packet";
  std::vector<Sent> sent;
  for (const EndpointRecord& record : records) {
    if (auto packet = replay(record, again, pool)) sent.push_back(*packet);
  }
  EXPECT_EQ(again.log, toy.log);
  ASSERT_EQ(sent.size(), 1u);
  const Sent* first = std::get_if<Sent>(&records[3]);
  ASSERT_TRUE(first);
  EXPECT_EQ(sent[0].packet, first->packet);
  EXPECT_EQ(sent[0].route, first->route);
  EXPECT_EQ(sent[0].ecn, Ecn::kCapable1);
  EXPECT_EQ(sent[0].now, time(3));
}

}  // namespace
}  // namespace tincan::inline v0
