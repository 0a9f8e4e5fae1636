#include "stack/negotiation.h"

#include <fstream>
#include <map>
#include <sstream>

#include <gtest/gtest.h>

#include "sdp/parser.h"
#include "tests/paths.h"
#include "tests/stack/local_transport.h"

namespace tincan::inline v0::stack {
namespace {

using State = RTCSignalingState;
using Way = RTCRtpTransceiverDirection;

/// One side of a signalling exchange.
struct Side {
  explicit Side(uint64_t seed) : random(seed), negotiation(random, seed), name("peer" + std::to_string(seed)) {}

  std::shared_ptr<RtpTransceiver> add(MediaKind kind, Way way = Way::kSendrecv) {
    return negotiation.addTransceiver(kind, nullptr, way, {});
  }
  RTCSessionDescription offer(bool data = false) {
    auto made = negotiation.createOffer(localTransport(name), data);
    EXPECT_TRUE(made.ok()) << (made ? "" : made.error().message());
    return *made;
  }
  RTCSessionDescription answer() {
    auto made = negotiation.createAnswer(localTransport(name));
    EXPECT_TRUE(made.ok()) << (made ? "" : made.error().message());
    return *made;
  }
  ::testing::AssertionResult setLocal(const RTCSessionDescription& description) {
    return check(negotiation.setLocal(description));
  }
  ::testing::AssertionResult setRemote(const RTCSessionDescription& description) {
    return check(negotiation.setRemote(description));
  }
  static ::testing::AssertionResult check(const Result<void>& result) {
    if (result) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << result.error().toString();
  }
  State state() const { return negotiation.signalingState(); }

  SeededRandom random;
  Negotiation negotiation;
  std::string name;
};

void exchange(Side& offerer, Side& answerer, bool data = false) {
  const auto offer = offerer.offer(data);
  ASSERT_TRUE(offerer.setLocal(offer));
  ASSERT_TRUE(answerer.setRemote(offer)) << offer.sdp;
  const auto answer = answerer.answer();
  ASSERT_TRUE(answerer.setLocal(answer));
  ASSERT_TRUE(offerer.setRemote(answer)) << answer.sdp;
}

// RFC 9429 §5.2.1, §5.3.1.
TEST(Negotiation, AudioVideoAndDataInOneRound) {
  Side a(1), b(2);
  a.add(MediaKind::kAudio);
  a.add(MediaKind::kVideo);
  exchange(a, b, true);
  EXPECT_EQ(a.state(), State::kStable);
  EXPECT_EQ(b.state(), State::kStable);
  ASSERT_EQ(a.negotiation.sections().size(), 2u);
  ASSERT_EQ(b.negotiation.sections().size(), 2u);
  EXPECT_TRUE(a.negotiation.sections()[0].send) << "we offered sendrecv";
  EXPECT_FALSE(a.negotiation.sections()[0].receive) << "the answerer has nothing to send";
  EXPECT_TRUE(b.negotiation.sections()[1].receive);
  EXPECT_EQ(b.negotiation.sections()[1].codecs.front().name, "VP8");
  EXPECT_TRUE(a.negotiation.data());
  EXPECT_TRUE(b.negotiation.data());
  EXPECT_FALSE(a.negotiation.needed(true));
  EXPECT_FALSE(b.negotiation.needed(true));
}

// RFC 9429 §5.10.
TEST(Negotiation, AnswererSendsOnWhatAddTrackMade) {
  Side a(1), b(2);
  a.add(MediaKind::kVideo);
  const auto offer = a.offer();
  ASSERT_TRUE(a.setLocal(offer));
  ASSERT_TRUE(b.setRemote(offer));
  const auto reusable = b.negotiation.reusableFor(MediaKind::kVideo);
  ASSERT_TRUE(reusable) << "the offer's transceiver takes the track";
  EXPECT_EQ(reusable->mid(), "0");
}

// W3C §5.1.1.
TEST(Negotiation, RemoteTracksComeAndGo) {
  Side a(1), b(2);
  a.add(MediaKind::kAudio);
  exchange(a, b);
  auto changes = b.negotiation.takeTrackChanges();
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_TRUE(changes[0].added);
  EXPECT_TRUE(b.negotiation.takeTrackChanges().empty());
  EXPECT_TRUE(a.negotiation.takeTrackChanges().empty()) << "the answerer sends nothing";
}

// W3C §4.4.1.5.
TEST(Negotiation, ImplicitRollbackOnGlare) {
  Side polite(1), impolite(2);
  polite.add(MediaKind::kAudio);
  impolite.add(MediaKind::kVideo);
  const auto politeOffer = polite.offer();
  const auto impoliteOffer = impolite.offer();
  ASSERT_TRUE(polite.setLocal(politeOffer));
  ASSERT_TRUE(impolite.setLocal(impoliteOffer));
  ASSERT_TRUE(polite.setRemote(impoliteOffer)) << "the offer that waits goes back";
  EXPECT_EQ(polite.state(), State::kHaveRemoteOffer);
  const auto answer = polite.answer();
  ASSERT_TRUE(polite.setLocal(answer));
  ASSERT_TRUE(impolite.setRemote(answer));
  EXPECT_EQ(polite.state(), State::kStable);
  EXPECT_TRUE(polite.negotiation.needed(false)) << "its audio still waits";
  exchange(polite, impolite);
  EXPECT_EQ(impolite.negotiation.sections().size(), 2u);
}

// RFC 9429 §4.1.10.2, §5.7.
TEST(Negotiation, RollbackForgetsWhatTheOfferMade) {
  Side a(1), b(2);
  a.add(MediaKind::kVideo);
  const auto offer = a.offer();
  ASSERT_TRUE(b.setRemote(offer));
  EXPECT_EQ(b.negotiation.transceivers().size(), 1u);
  ASSERT_TRUE(b.setRemote({RTCSdpType::kRollback, ""}));
  EXPECT_EQ(b.state(), State::kStable);
  EXPECT_TRUE(b.negotiation.transceivers().empty());
  ASSERT_TRUE(a.setLocal(offer));
  ASSERT_TRUE(a.setLocal({RTCSdpType::kRollback, ""}));
  EXPECT_FALSE(a.negotiation.transceivers()[0]->mid()) << "its mid is free again";
  exchange(a, b);
}

// W3C §4.3.1, §4.6.1.
TEST(Negotiation, EveryDescriptionInEveryState) {
  // What the W3C lets each state take (§4.4.1.5), as rows of state × {local offer, local answer, remote offer, remote answer}.
  struct Row {
    State state;
    bool localOffer, localAnswer, remoteOffer, remoteAnswer;
  };
  const Row rows[] = {{State::kStable, true, false, true, false},
                      {State::kHaveLocalOffer, true, false, true, true},
                      {State::kHaveRemoteOffer, false, true, true, false}};
  for (const Row& row : rows) {
    for (int action = 0; action < 4; ++action) {
      Side us(1), them(2);
      us.add(MediaKind::kAudio);
      them.add(MediaKind::kAudio);
      const auto theirOffer = them.offer();
      RTCSessionDescription ourOffer;
      if (row.state == State::kHaveLocalOffer) {
        ourOffer = us.offer();
        ASSERT_TRUE(us.setLocal(ourOffer));
      } else if (row.state == State::kHaveRemoteOffer) {
        ASSERT_TRUE(us.setRemote(theirOffer));
      }
      bool done = false;
      if (action == 0) {
        auto made = us.negotiation.createOffer(localTransport("peer1"), false);
        done = made && us.setLocal(*made);
        EXPECT_EQ(done, row.localOffer) << toString(row.state);
      } else if (action == 1) {
        auto made = us.negotiation.createAnswer(localTransport("peer1"));
        done = made && us.setLocal(*made);
        EXPECT_EQ(done, row.localAnswer) << toString(row.state);
      } else if (action == 2) {
        done = us.setRemote(theirOffer);
        EXPECT_EQ(done, row.remoteOffer) << toString(row.state);
      } else {
        Side answerer(3);
        auto offer = row.state == State::kHaveLocalOffer ? ourOffer : theirOffer;
        ASSERT_TRUE(answerer.setRemote(offer));
        done = us.setRemote(answerer.answer());
        EXPECT_EQ(done, row.remoteAnswer) << toString(row.state);
      }
      if (!done) {
        EXPECT_EQ(us.state(), row.state) << "a refusal changes nothing";
      }
    }
  }
}

// RFC 9429 §5.4. What a page may change in one of ours is tests/sim/page_changes_test.cc's matter.
TEST(Negotiation, RefusesWhatItDidNotMake) {
  Side a(1), b(2);
  a.add(MediaKind::kAudio);
  b.add(MediaKind::kAudio);
  const auto refuse = [&](const RTCSessionDescription& description) {
    const auto refused = a.negotiation.setLocal(description);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidModificationError);
  };
  const auto theirs = b.offer();
  refuse(theirs);  // nothing was made yet
  const auto earlier = a.offer();
  a.add(MediaKind::kVideo);
  (void)a.offer();
  refuse(theirs);
  refuse(earlier);
}

// W3C §4.4.1.5 names the error: an answer that nobody asked for is kInvalidStateError, whatever it says.
TEST(Negotiation, AnswersInTheWrongStateAreInvalidStateErrors) {
  Side a(1), b(2);
  a.add(MediaKind::kAudio);
  const auto offer = a.offer();
  ASSERT_TRUE(b.setRemote(offer));
  const auto answer = b.answer();
  const auto expectRefused = [](Side& side, State state) {
    ASSERT_EQ(side.state(), state);
    for (const RTCSdpType type : {RTCSdpType::kAnswer, RTCSdpType::kPranswer}) {
      for (const char* text : {"nonsense", ""}) {
        const auto refused = side.negotiation.setRemote({type, text});
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidStateError) << toString(state);
      }
    }
    EXPECT_EQ(side.state(), state);
  };
  expectRefused(a, State::kStable);
  const auto early = a.negotiation.setRemote(answer);
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code(), ErrorCode::kInvalidStateError);
  expectRefused(b, State::kHaveRemoteOffer);

  // Our own: there must be an offer to answer, and it is answered once.
  EXPECT_EQ(a.negotiation.createAnswer(localTransport("peer1")).error().code(), ErrorCode::kInvalidStateError);
  EXPECT_EQ(b.negotiation.createOffer(localTransport("peer2"), false).error().code(), ErrorCode::kInvalidStateError);
  ASSERT_TRUE(b.setLocal({RTCSdpType::kPranswer, answer.sdp}));
  const auto late = b.negotiation.setRemote(offer);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code(), ErrorCode::kInvalidStateError) << "an offer in have-local-pranswer";
  EXPECT_EQ(b.state(), State::kHaveLocalPranswer);

  // An answer that was made for an offer which is then rolled back answers nothing.
  Side c(3);
  c.add(MediaKind::kAudio);
  const auto another = c.offer();
  ASSERT_TRUE(a.setRemote(another));
  const auto made = a.answer();
  ASSERT_TRUE(a.setRemote({RTCSdpType::kRollback, ""}));
  EXPECT_FALSE(a.setLocal(made));
  EXPECT_EQ(a.state(), State::kStable);
}

// W3C §4.4.2.
TEST(Negotiation, NothingIsTakenAfterClose) {
  Side a(1), b(2);
  a.add(MediaKind::kAudio);
  const auto offer = a.offer();
  ASSERT_TRUE(b.setRemote(offer));
  b.negotiation.close();
  for (const RTCSdpType type :
       {RTCSdpType::kOffer, RTCSdpType::kAnswer, RTCSdpType::kPranswer, RTCSdpType::kRollback}) {
    const auto refused = b.negotiation.setRemote({type, offer.sdp});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidStateError);
    EXPECT_EQ(b.state(), State::kClosed);
  }
}

/// The same description with its m-sections in another order.
std::string reordered(const std::string& sdp, const std::vector<size_t>& order) {
  std::vector<std::string> parts(1);
  std::istringstream in(sdp);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("m=")) parts.emplace_back();
    parts.back() += line + "\n";
  }
  std::string out = parts.front();
  for (const size_t i : order) out += parts.at(i + 1);
  return out;
}

// RFC 3264 §6 and §8, RFC 9429 §5.8: m-lines keep their places, in answers and in later offers.
TEST(Negotiation, TheOrderOfMLinesIsKept) {
  Side a(1), b(2);
  a.add(MediaKind::kAudio);
  a.add(MediaKind::kVideo);
  const auto offer = a.offer();
  ASSERT_TRUE(a.setLocal(offer));
  ASSERT_TRUE(b.setRemote(offer));
  const auto answer = b.answer();
  const auto refusedBy = [](Side& side, RTCSdpType type, const std::string& sdp) {
    const State before = side.state();
    const auto result = side.negotiation.setRemote({type, sdp});
    EXPECT_EQ(side.state(), before) << "a refusal changes nothing";
    return !result && result.error().code() == ErrorCode::kInvalidAccessError;
  };
  EXPECT_TRUE(refusedBy(a, RTCSdpType::kAnswer, reordered(answer.sdp, {1, 0})));
  EXPECT_TRUE(refusedBy(a, RTCSdpType::kAnswer, reordered(answer.sdp, {0})));
  ASSERT_TRUE(b.setLocal(answer));
  ASSERT_TRUE(a.setRemote(answer));

  // A later offer of either side.
  const auto second = a.offer();
  EXPECT_TRUE(refusedBy(b, RTCSdpType::kOffer, reordered(second.sdp, {1, 0})));
  EXPECT_TRUE(refusedBy(b, RTCSdpType::kOffer, reordered(second.sdp, {0})));
  EXPECT_TRUE(b.setRemote({RTCSdpType::kOffer, reordered(second.sdp, {0, 1})}));
  ASSERT_EQ(b.negotiation.sections().size(), 2u);
  EXPECT_EQ(b.negotiation.sections()[0].mid, "0");
}

// RFC 9429 §5.11.
TEST(Negotiation, BadAnswersChangeNothing) {
  Side a(1), b(2), c(3);
  a.add(MediaKind::kAudio);
  a.add(MediaKind::kVideo);
  const auto offer = a.offer();
  ASSERT_TRUE(a.setLocal(offer));
  c.add(MediaKind::kAudio);
  const auto other = c.offer();
  ASSERT_TRUE(b.setRemote(other));
  EXPECT_FALSE(a.setRemote(b.answer())) << "one section answers two";
  EXPECT_FALSE(a.setRemote({RTCSdpType::kAnswer, "nonsense"}));
  EXPECT_FALSE(a.setRemote({RTCSdpType::kAnswer, ""}));
  EXPECT_EQ(a.state(), State::kHaveLocalOffer);
}

// RFC 9429 §5.2.2.
TEST(Negotiation, RenegotiationKeepsPlacesAndPayloadTypes) {
  Side a(1), b(2);
  a.add(MediaKind::kAudio);
  exchange(a, b);
  a.add(MediaKind::kVideo);
  EXPECT_TRUE(a.negotiation.needed(false));
  exchange(a, b);
  ASSERT_EQ(b.negotiation.sections().size(), 2u);
  EXPECT_EQ(b.negotiation.sections()[0].mid, "0");
  b.add(MediaKind::kVideo);
  exchange(b, a);
  EXPECT_EQ(a.negotiation.sections().size(), 3u);
  EXPECT_EQ(a.negotiation.sections()[1].codecs, b.negotiation.sections()[1].codecs);
}

// RFC 9429 §5.3.1.
TEST(Negotiation, DirectionsIntersect) {
  Side a(1), b(2);
  a.add(MediaKind::kAudio, Way::kSendonly);
  a.add(MediaKind::kVideo, Way::kInactive);
  exchange(a, b);
  EXPECT_EQ(a.negotiation.transceivers()[0]->currentDirection(), Way::kSendonly);
  EXPECT_EQ(b.negotiation.transceivers()[0]->currentDirection(), Way::kRecvonly);
  EXPECT_EQ(b.negotiation.transceivers()[1]->currentDirection(), Way::kInactive);
}

// Firefox numbers differently; what we add beside its sections must not give its numbers a second meaning.
// RFC 9143 §9.1.
TEST(Negotiation, NewSectionsKeepToTheNumbersOfTheBundle) {
  std::ifstream in(testDataPath("sdp/firefox/firefox-153-audio-video-data-offer.sdp"));
  std::stringstream text;
  text << in.rdbuf();
  Side us(1);
  ASSERT_TRUE(us.setRemote({RTCSdpType::kOffer, text.str()}));
  ASSERT_TRUE(us.setLocal(us.answer()));
  us.add(MediaKind::kVideo);
  us.add(MediaKind::kAudio);
  const auto session = sdp::parse(us.offer().sdp);
  ASSERT_TRUE(session.ok());
  ASSERT_EQ(session->media.size(), 5u);
  std::map<uint32_t, std::string> uris;
  std::map<uint32_t, std::string> codecs;
  for (const auto& media : session->media) {
    for (const auto& extension : media.extmaps) {
      const auto [it, fresh] = uris.emplace(extension.id, extension.uri);
      EXPECT_EQ(it->second, extension.uri) << "extension id " << +extension.id;
    }
    for (const auto& map : media.rtpmaps) {
      const auto [it, fresh] = codecs.emplace(map.payloadType, map.encoding);
      EXPECT_EQ(it->second, map.encoding) << "payload type " << +map.payloadType;
    }
  }
}

// What browsers offered, from the corpus: each is applied and answered.
// RFC 9429 §5.3.1.
TEST(Negotiation, AnswersRealOffers) {
  for (const char* file :
       {"chromium/chromium-156-audio-video-data-offer.sdp", "firefox/firefox-153-audio-video-data-offer.sdp",
        "other/node-datachannel-0.33-audio-video-data-offer.sdp", "other/wrtc-0.10-audio-video-data-offer.sdp"}) {
    std::ifstream in(testDataPath(std::string("sdp/") + file));
    ASSERT_TRUE(in) << file;
    std::stringstream text;
    text << in.rdbuf();
    Side us(1);
    ASSERT_TRUE(us.setRemote({RTCSdpType::kOffer, text.str()})) << file;
    ASSERT_TRUE(us.setLocal(us.answer())) << file;
    EXPECT_EQ(us.negotiation.sections().size(), 2u) << file;
    EXPECT_TRUE(us.negotiation.data()) << file;
  }
}

// A newer offer takes the place of one that waits, and keeps what it was planned with.
// RFC 9429 §4.1.11.
TEST(Negotiation, AnOfferReplacesTheOneThatWaits) {
  Side a(1), b(2);
  a.add(MediaKind::kAudio);
  ASSERT_TRUE(a.setLocal(a.offer()));
  a.add(MediaKind::kVideo);
  exchange(a, b, true);
  ASSERT_EQ(a.negotiation.sections().size(), 2u);
  EXPECT_EQ(a.negotiation.sections()[1].transceiver, a.negotiation.transceivers()[1]);
}

// RFC 9429 §5.7.
TEST(Negotiation, RollbackGivesStreamsBack) {
  Side a(1), b(2);
  auto stream = std::make_shared<media::MediaStream>("S");
  a.negotiation.addTransceiver(MediaKind::kAudio, nullptr, Way::kSendrecv, {stream});
  b.add(MediaKind::kAudio);
  const auto offer = a.offer();
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(b.setRemote(offer));
    auto changes = b.negotiation.takeTrackChanges();
    ASSERT_EQ(changes.size(), 1u);
    ASSERT_EQ(changes[0].streams.size(), 1u) << "in round " << round;
    const auto remote = changes[0].streams[0];
    EXPECT_EQ(remote->getTracks().size(), 1u);
    ASSERT_TRUE(b.setRemote({RTCSdpType::kRollback, ""}));
    changes = b.negotiation.takeTrackChanges();
    ASSERT_EQ(changes.size(), 1u);
    EXPECT_FALSE(changes[0].added);
    ASSERT_EQ(changes[0].left.size(), 1u) << "who left is told";
    EXPECT_TRUE(remote->getTracks().empty());
  }
}

// RFC 9429 §5.2.2.
TEST(Negotiation, AnMLineThatWasRejectedIsRecycled) {
  Side a(1), b(2);
  a.add(MediaKind::kAudio);
  a.add(MediaKind::kVideo);
  auto offer = a.offer();
  ASSERT_TRUE(b.setRemote(offer));
  // Chromium's way: a stopped m-line has port 0, and the next track takes it under a new mid.
  auto rejected = offer;
  const size_t video = offer.sdp.find("m=video 9");
  ASSERT_NE(video, std::string::npos);
  rejected.sdp.replace(video, 9, "m=video 0");
  rejected.sdp.replace(rejected.sdp.find("BUNDLE 0 1"), 10, "BUNDLE 0");
  ASSERT_TRUE(b.setRemote({RTCSdpType::kRollback, ""}));
  ASSERT_TRUE(b.setRemote(rejected));
  ASSERT_TRUE(b.setLocal(b.answer()));
  EXPECT_EQ(b.negotiation.sections().size(), 1u);
  auto recycled = offer;
  recycled.sdp.replace(recycled.sdp.find("BUNDLE 0 1"), 10, "BUNDLE 0 7");
  recycled.sdp.replace(recycled.sdp.find("a=mid:1"), 7, "a=mid:7");
  ASSERT_TRUE(b.setRemote(recycled)) << recycled.sdp;
  ASSERT_TRUE(b.setLocal(b.answer()));
  ASSERT_EQ(b.negotiation.sections().size(), 2u);
  EXPECT_EQ(b.negotiation.sections()[1].mid, "7");
  EXPECT_TRUE(b.negotiation.sections()[1].receive);
}

// RFC 9429 §5.2.2.
TEST(Negotiation, RejectedDataIsOfferedAgainInItsPlace) {
  Side a(1), b(2);
  const auto offer = a.offer(true);
  ASSERT_TRUE(a.setLocal(offer));
  ASSERT_TRUE(b.setRemote(offer));
  auto answer = b.answer();
  answer.sdp.replace(answer.sdp.find("m=application 9"), 15, "m=application 0");
  answer.sdp.erase(answer.sdp.find("a=group:BUNDLE"), std::string("a=group:BUNDLE 0\r\n").size());
  ASSERT_TRUE(a.setRemote(answer)) << answer.sdp;
  const std::string again = a.offer(true).sdp;
  EXPECT_NE(again.find("m=application 9"), std::string::npos);
  EXPECT_EQ(again.find("m=application"), again.rfind("m=application")) << again;
  EXPECT_NE(a.offer(false).sdp.find("m=application 0"), std::string::npos);
}

// RFC 9429 §5.10.
TEST(Negotiation, AStoppedTransceiverIsNotTakenForTheOneOffered) {
  Side a(1), b(2);
  const auto stopped = a.add(MediaKind::kVideo, Way::kStopped);
  const auto live = a.add(MediaKind::kVideo);
  exchange(a, b);
  EXPECT_FALSE(stopped->mid());
  EXPECT_EQ(live->mid(), "0");
}

// LIMITS A37: what the API takes as text ends up in lines of SDP.
TEST(Negotiation, TextOfTheApiCannotAddLines) {
  for (const char* id : {"x\r\na=evil:1", "x\na=evil:1", "x\ra=evil:1", "x y"}) {
    Side a(1);
    a.negotiation.addTransceiver(MediaKind::kAudio, nullptr, Way::kSendrecv,
                                 {std::make_shared<media::MediaStream>(id)});
    const auto made = a.negotiation.createOffer(localTransport("peer1"), false);
    if (made) {
      ADD_FAILURE() << "offered: " << made->sdp;
    }
    EXPECT_FALSE(a.setLocal({RTCSdpType::kOffer, ""})) << "nothing was made";
    EXPECT_EQ(a.state(), State::kStable);
  }
}

// RFC 9429 §4.1.10.1.
TEST(Negotiation, ProvisionalAnswersSaySo) {
  Side a(1), b(2);
  a.add(MediaKind::kAudio);
  const auto offer = a.offer();
  ASSERT_TRUE(a.setLocal(offer));
  ASSERT_TRUE(b.setRemote(offer));
  auto answer = b.answer();
  answer.type = RTCSdpType::kPranswer;
  ASSERT_TRUE(b.setLocal(answer));
  EXPECT_EQ(b.state(), State::kHaveLocalPranswer);
  EXPECT_EQ(b.negotiation.localDescription({})->type, RTCSdpType::kPranswer);
  ASSERT_TRUE(a.setRemote(answer));
  EXPECT_EQ(a.negotiation.remoteDescription()->type, RTCSdpType::kPranswer);
  ASSERT_EQ(a.negotiation.sections().size(), 1u) << "it is in force";
  ASSERT_EQ(b.negotiation.sections().size(), 1u);
  EXPECT_TRUE(a.negotiation.sections()[0].send);
  answer.type = RTCSdpType::kAnswer;
  ASSERT_TRUE(b.setLocal(answer));
  ASSERT_TRUE(a.setRemote(answer));
  EXPECT_EQ(a.state(), State::kStable);
  EXPECT_EQ(b.state(), State::kStable);
}

std::vector<std::string> mediaLines(const std::string& sdp) {
  std::vector<std::string> out;
  const auto session = sdp::parse(sdp);
  EXPECT_TRUE(session.ok());
  for (const auto& media : session->media)
    out.push_back(media.kind + (media.port == 0 ? " 0" : " 9") + " " + media.mid.value_or("-"));
  return out;
}

/// Two sides with audio and video, the latter refused by the answer.
struct Refused {
  Refused() {
    a.add(MediaKind::kAudio);
    video = a.add(MediaKind::kVideo);
    const auto offer = a.offer();
    EXPECT_TRUE(a.setLocal(offer));
    // What b sees of it has no video, so that its answer refuses it.
    auto seen = offer;
    seen.sdp.replace(seen.sdp.find("m=video 9"), 9, "m=video 0");
    seen.sdp.replace(seen.sdp.find("BUNDLE 0 1"), 10, "BUNDLE 0");
    EXPECT_TRUE(b.setRemote(seen));
    const auto answer = b.answer();
    EXPECT_TRUE(b.setLocal(answer));
    EXPECT_TRUE(a.setRemote(answer));
  }
  Side a{1}, b{2};
  std::shared_ptr<RtpTransceiver> video;
};

// W3C §4.4.1.5; RFC 9429 §4.2.1.
TEST(Negotiation, WhatIsStoppedLeavesOnceItIsNegotiated) {
  Refused with;
  EXPECT_EQ(with.video->direction(), Way::kStopped);
  ASSERT_EQ(with.a.negotiation.transceivers().size(), 1u);
  EXPECT_EQ(with.a.negotiation.transceivers()[0]->kind(), MediaKind::kAudio);
  EXPECT_EQ(with.a.negotiation.takeStopped(), std::vector{with.video});
  EXPECT_TRUE(with.a.negotiation.takeStopped().empty());
  EXPECT_FALSE(with.a.negotiation.needed(false));
  EXPECT_EQ(mediaLines(with.a.offer().sdp), (std::vector<std::string>{"audio 9 0", "video 0 1"})) << "the m-line stays";
}

// RFC 8829 §5.2.2: whatever is new takes the place of what was rejected, of the same kind or not.
TEST(Negotiation, NewSectionsTakeThePlacesOfRejectedOnes) {
  for (const MediaKind kind : {MediaKind::kVideo, MediaKind::kAudio, MediaKind::kApplication}) {
    Refused with;
    const bool data = kind == MediaKind::kApplication;
    const auto fresh = data ? nullptr : with.a.add(kind);
    const std::string line = std::string(name(kind)) + " 9 2";
    EXPECT_EQ(mediaLines(with.a.offer(data).sdp), (std::vector<std::string>{"audio 9 0", line}));
    exchange(with.a, with.b, data);
    EXPECT_EQ(mediaLines(with.a.negotiation.localDescription({})->sdp), (std::vector<std::string>{"audio 9 0", line}));
    EXPECT_EQ(mediaLines(with.b.negotiation.localDescription({})->sdp), (std::vector<std::string>{"audio 9 0", line}));
    EXPECT_EQ(with.a.negotiation.data().has_value(), data);
    EXPECT_EQ(with.b.negotiation.data().has_value(), data);
    EXPECT_EQ(with.a.negotiation.sections().size(), data ? 1u : 2u);
    EXPECT_EQ(with.b.negotiation.sections().size(), data ? 1u : 2u);
    if (fresh) {
      EXPECT_EQ(fresh->mid(), "2");
      EXPECT_EQ(with.a.negotiation.sections()[1].transceiver, fresh);
    }
    EXPECT_FALSE(with.a.negotiation.needed(data));
    // One place, one section: the next comes behind.
    with.a.add(MediaKind::kVideo);
    exchange(with.a, with.b, data);
    EXPECT_EQ(mediaLines(with.b.negotiation.localDescription({})->sdp),
              (std::vector<std::string>{"audio 9 0", line, "video 9 3"}));
  }
}

// An offer that replaces one, or is taken back, leaves the place as it was.
// RFC 9429 §5.7.
TEST(Negotiation, ARecycledPlaceIsRolledBack) {
  Refused with;
  const auto first = with.a.add(MediaKind::kAudio);
  const auto offer = with.a.offer();
  ASSERT_TRUE(with.a.setLocal(offer));
  EXPECT_EQ(first->mid(), "2");
  with.a.add(MediaKind::kVideo);
  const auto second = with.a.offer();
  EXPECT_EQ(mediaLines(second.sdp), (std::vector<std::string>{"audio 9 0", "audio 9 2", "video 9 3"}));
  ASSERT_TRUE(with.a.setLocal(second));
  EXPECT_EQ(first->mid(), "2");
  ASSERT_TRUE(with.a.negotiation.rollback().ok());
  EXPECT_FALSE(first->mid());
  EXPECT_EQ(with.a.negotiation.transceivers().size(), 3u);
  exchange(with.a, with.b);
  EXPECT_EQ(first->mid(), "2");
  EXPECT_EQ(mediaLines(with.b.negotiation.localDescription({})->sdp),
            (std::vector<std::string>{"audio 9 0", "audio 9 2", "video 9 3"}));
  EXPECT_EQ(with.a.negotiation.sections().size(), 3u);
}

// The peer meets our offer with one of its own, for the same place.
// RFC 9429 §4.1.10.2.
TEST(Negotiation, GlareOverARecycledPlace) {
  Refused with;
  const auto ours = with.a.add(MediaKind::kAudio);
  ASSERT_TRUE(with.a.setLocal(with.a.offer()));
  with.b.add(MediaKind::kVideo);
  exchange(with.b, with.a);
  EXPECT_EQ(with.a.negotiation.sections().size(), 2u);
  EXPECT_FALSE(ours->mid());
  EXPECT_TRUE(with.a.negotiation.needed(false));
  exchange(with.a, with.b);
  EXPECT_EQ(with.a.negotiation.sections().size(), 3u);
  EXPECT_EQ(with.b.negotiation.sections().size(), 3u);
}

}  // namespace
}  // namespace tincan::inline v0::stack
