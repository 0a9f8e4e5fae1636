// Descriptions as telephones, media servers, cameras and browsers of old write them: what Chromium and Firefox both take
// is taken, and comes to the same sections. The text is tests/data/field_descriptions.txt, whose heads say what browsers
// make of it (tests/interop/field_descriptions.mjs asks them).
#include <fstream>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "stack/peer_connection.h"
#include "tests/paths.h"
#include "tests/stack/section_outcomes.h"

namespace tincan::inline v0::stack {
namespace {

struct FieldDescription {
  std::string name;
  bool isOffer = true;
  std::string head;  // what both browsers make of it: "audio recvonly, application taken"; or that they differ
  std::string sdp;
};
std::ostream& operator<<(std::ostream& out, const FieldDescription& one) {
  return out << one.name;
}

std::vector<FieldDescription> allOfFile() {
  std::vector<FieldDescription> out;
  std::ifstream file(testDataPath("field_descriptions.txt"));
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("# ")) {
      const size_t name = line.find(": "), type = line.find(": ", name + 2);
      FieldDescription& next = out.emplace_back();
      next.name = line.substr(2, name - 2);
      next.isOffer = line.substr(name + 2, 5) == "offer";
      next.head = type == std::string::npos ? "" : line.substr(type + 2);
    } else if (!line.empty()) {
      out.back().sdp += line + "\r\n";
    }
  }
  return out;
}

std::string listed(const std::vector<std::string>& sections) {
  std::string out;
  for (const std::string& each : sections) out += (out.empty() ? "" : ", ") + each;
  return out;
}

/// Where we keep to the letter and browsers do not.
const std::map<std::string, std::string> kOtherwise{
    // RFC 8866 §6.7: a direction of the session holds for sections that have none. Nobody sends more for it.
    {"SeveralDirections", "audio inactive, video inactive"}};

class FieldDescriptions : public ::testing::TestWithParam<FieldDescription> {};

TEST_P(FieldDescriptions, WhatBothBrowsersTakeIsTakenAlike) {
  const FieldDescription& told = GetParam();
  SeededRandom random(7);
  PacketPool pool;
  const auto pc = PeerConnection::create({}, {random, pool, 1'700'000'000'000'000}).value();
  if (!told.isOffer) {
    ASSERT_TRUE(pc->addTransceiver(MediaKind::kAudio).ok());
    ASSERT_TRUE(pc->addTransceiver(MediaKind::kVideo).ok());
    ASSERT_TRUE(pc->createDataChannel("x").ok());
    ASSERT_TRUE(pc->setLocalDescription().ok());
  }
  const auto set = pc->setRemoteDescription({told.isOffer ? RTCSdpType::kOffer : RTCSdpType::kAnswer, told.sdp});
  if (told.head.find("refuse") != std::string::npos) return;  // nobody could have tried it with both
  ASSERT_TRUE(set.ok()) << set.error().message();
  if (told.isOffer) {
    const auto answer = pc->setLocalDescription();
    ASSERT_TRUE(answer.ok()) << answer.error().message();
  }
  const std::string sections = listed(told.isOffer ? answered(pc->localDescription()->sdp) : agreed(*pc));
  if (told.head.find("Chromium ") != std::string::npos) return;  // they differ
  const auto otherwise = kOtherwise.find(told.name);
  EXPECT_EQ(sections, otherwise == kOtherwise.end() ? told.head : otherwise->second);
}

TEST(FieldDescriptionsFile, HasManyAndWhatBrowsersMakeOfEach) {
  const auto all = allOfFile();
  EXPECT_GE(all.size(), 70u);
  size_t taken = 0;
  for (const FieldDescription& one : all) {
    EXPECT_FALSE(one.head.empty()) << one.name << ": node tests/interop/field_descriptions.mjs --update";
    taken += one.head.find("refuse") == std::string::npos;
  }
  EXPECT_GE(taken, 55u);
}

INSTANTIATE_TEST_SUITE_P(All, FieldDescriptions, ::testing::ValuesIn(allOfFile()),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace tincan::inline v0::stack
