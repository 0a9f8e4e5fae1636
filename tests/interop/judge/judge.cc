// What tincan says to many session descriptions: JSON lines in, JSON lines out, one process.
//   {"id":1,"type":"offer","sdp":"…"}                        → {"id":1,"ok":true,"sdp":"(our answer)"} or {"id":1,"ok":false,"error":"…"}
//   {"id":2,"type":"answer","sdp":"…","media":"audio video data"}   answers our own offer of those sections
//   {"id":3,"type":"make","media":"audio video data"}        → our offer
// A reply to an offer or an answer says in "sections" what becomes of each: "audio recvonly", "video rejected",
// "application taken".
#include <iostream>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/random.h"
#include "stack/peer_connection.h"
#include "tests/stack/section_outcomes.h"

namespace {

using namespace tincan;
using namespace tincan::stack;
using nlohmann::json;

void refuse(json& reply, const std::string& error) {
  reply["ok"] = false;
  reply["error"] = error;
}

json judge(const json& question, SeededRandom& random, PacketPool& pool) {
  json reply{{"id", question.at("id")}, {"ok", true}};
  const std::string type = question.at("type"), media = question.value("media", "");
  const auto pc = PeerConnection::create({}, {random, pool, 1'700'000'000'000'000}).value();
  if (type != "offer") {
    if (media.find("audio") != std::string::npos) (void)pc->addTransceiver(MediaKind::kAudio).ok();
    if (media.find("video") != std::string::npos) (void)pc->addTransceiver(MediaKind::kVideo).ok();
    if (media.find("data") != std::string::npos) (void)pc->createDataChannel("x").ok();
    if (const auto set = pc->setLocalDescription(); !set) refuse(reply, set.error().toString());
  }
  if (type != "make") {
    const auto kind = type == "offer" ? RTCSdpType::kOffer : RTCSdpType::kAnswer;
    if (const auto set = pc->setRemoteDescription({kind, question.at("sdp")}); !set) {
      refuse(reply, set.error().toString());
    } else if (type == "offer") {
      if (const auto answer = pc->setLocalDescription(); !answer)
        refuse(reply, "no answer: " + answer.error().toString());
    }
  }
  if (reply["ok"] == false) return reply;
  if (type != "answer") reply["sdp"] = pc->localDescription()->sdp;
  if (type != "make") reply["sections"] = type == "offer" ? answered(pc->localDescription()->sdp) : agreed(*pc);
  return reply;
}

}  // namespace

int main() {
  SeededRandom random(7);
  PacketPool pool;
  for (std::string line; std::getline(std::cin, line);) {
    const json question = json::parse(line, nullptr, false);
    if (!question.is_object()) return 2;
    std::cout << judge(question, random, pool).dump(-1, ' ', false, json::error_handler_t::replace) << std::endl;
  }
  return 0;
}
