#include <algorithm>
#include <cctype>
#include <map>
#include <sstream>

#include "tests/sim/rewritten_call.h"

// Each kind of odd description that the field knows, in many forms: whoever writes them, the call comes up. What each
// does to one line is tests/sdp's and tests/stack's matter; here it is a call.
namespace tincan::inline v0::sim {
namespace {

using Lines = std::vector<std::string>;

Lines split(const std::string& sdp) {
  Lines out;
  for (size_t at = 0; at < sdp.size();) {
    const size_t end = std::min(sdp.find("\r\n", at), sdp.size());
    out.push_back(sdp.substr(at, end - at));
    at = end + 2;
  }
  return out;
}
std::string join(const Lines& lines, const std::string& end = "\r\n") {
  std::string out;
  for (const std::string& line : lines) out += line + end;
  return out;
}
/// Does something to every line.
Rewrite each(std::function<Lines(const std::string&)> change) {
  return [change = std::move(change)](const std::string& sdp) {
    Lines out;
    for (const std::string& line : split(sdp))
      for (std::string& changed : change(line)) out.push_back(std::move(changed));
    return join(out);
  };
}
Rewrite ends(const std::string& end) {
  return [end](const std::string& sdp) { return join(split(sdp), end); };
}
/// Does something to the lines of the session, and to those of each section behind its m= line.
Rewrite sections(std::function<void(Lines&)> change) {
  return [change = std::move(change)](const std::string& sdp) {
    Lines out, part;
    const auto close = [&] {
      change(part);
      out.insert(out.end(), part.begin(), part.end());
      part.clear();
    };
    for (const std::string& line : split(sdp)) {
      if (line.starts_with("m=")) {
        close();
        out.push_back(line);
      } else {
        part.push_back(line);
      }
    }
    close();
    return join(out);
  };
}
/// What stands before the first m= line, added to.
Rewrite inSession(const std::string& lines) {
  return [lines](std::string sdp) { return sdp.insert(sdp.find("m="), lines); };
}
/// Adds lines at the end of the section that has `part` in its m= line.
Rewrite atEndOf(const std::string& part, const std::string& lines) {
  return [part, lines](std::string sdp) {
    size_t at = sdp.find("m=" + part);
    if (at == std::string::npos) return sdp;
    at = std::min(sdp.find("\r\nm=", at), sdp.size() - 2);
    return sdp.insert(at + 2, lines);
  };
}
std::string cased(std::string text, int (*change)(int)) {
  for (char& c : text) c = static_cast<char>(change(static_cast<unsigned char>(c)));
  return text;
}
/// The names of attributes, up to the colon.
Lines upperName(const std::string& line) {
  const size_t end = std::min(line.find(':'), line.size());
  return {line.starts_with("a=") ? "a=" + cased(line.substr(2, end - 2), std::toupper) + line.substr(end) : line};
}
/// One payload type becomes another, wherever it stands.
Rewrite numbered(const std::string& from, const std::string& to) {
  return chain({replace("(a=(?:rtpmap|fmtp|rtcp-fb):|apt=)" + from + "(?=[ \r;])", "$01<" + to),
                replace("(m=[^\r]*SAVPF[^\r]* )" + from + "(?=[ \r])", "$01<" + to), replace("<(?=\\d)", "")});
}

class FieldKinds : public ::testing::TestWithParam<Form> {};

TEST_P(FieldKinds, TheCallComesUp) {
  const Form& form = GetParam();
  Two two(400);
  media::MediaStreamConstraints constraints;
  constraints.audio = true;
  if (form.pictures) {
    two.a.addCameraMic();
  } else {
    two.a.stream = media::getUserMedia(constraints, two.world.newRandom()).value();
    ASSERT_TRUE(two.a.pc->addTrack(two.a.stream->getTracks().front(), two.a.stream).ok());
  }
  const auto channel = two.a.pc->createDataChannel("x").value();
  const auto changing = [](const Rewrite& rewrite) -> Rewrite {
    if (!rewrite) return nullptr;
    return [rewrite](const std::string& sdp) {
      std::string out = rewrite(sdp);
      EXPECT_NE(out, sdp) << "nothing was rewritten";
      return out;
    };
  };
  ASSERT_EQ(two.exchange(changing(form.offer), changing(form.answer)), "");
  two.world.runFor(Duration::seconds(2));
  EXPECT_TRUE(connected(two.a)) << two.notes(two.a);
  EXPECT_TRUE(connected(two.b)) << two.notes(two.b);
  EXPECT_GE(two.b.loudSounds, 50u);
  if (form.pictures) {
    EXPECT_GE(two.b.pictures, 20u);
  }
  EXPECT_EQ(channel->readyState(), stack::RTCDataChannelState::kOpen);
}

INSTANTIATE_TEST_SUITE_P(
    Blanks, FieldKinds,
    ::testing::Values(Form{"AtTheEndOfEveryLine", ends(" \r\n"), ends(" \r\n")},
                      Form{"TabsAtTheEndOfEveryLine", ends("\t\t\r\n"), {}},
                      Form{"BeforeEveryLine", each([](const std::string& line) -> Lines { return {"  " + line}; }), {}},
                      Form{"BeforeEveryValue", replace("(a=[a-z-]+:)", "$1 "), replace("(a=[a-z-]+:)", "$1 ")},
                      Form{"BehindEveryName", replace("a=([a-z-]+):", "a=$1 :"), {}},
                      Form{"BehindTheEqualsSign", replace("a=", "a= "), replace("a=", "a= ")},
                      Form{"TwoForEachOne", replace(" ", "  "), replace(" ", "  ")},
                      Form{"TabsForEachOne", replace(" ", "\t"), {}},
                      Form{"EmptyLinesBetweenAll", ends("\r\n\r\n"), ends("\r\n\r\n")},
                      Form{"LinesOfBlanksBetweenAll", ends("\r\n \t\r\n"), {}},
                      Form{"BareLineFeeds", ends("\n"), ends("\n")}, Form{"BareCarriageReturns", ends("\r"), {}},
                      Form{"LineFeedFirst", ends("\n\r"), {}}, Form{"DoubledCarriageReturns", ends("\r\r\n"), {}},
                      Form{"NoEndOfTheLastLine",
                           [](std::string sdp) {
                             sdp.resize(sdp.size() - 2);
                             return sdp;
                           },
                           {}},
                      Form{"AMarkOfByteOrder", [](const std::string& sdp) { return "\xef\xbb\xbf" + sdp; }, {}},
                      Form{"AZeroAtTheEnd", [](const std::string& sdp) { return sdp + '\0'; }, {}},
                      Form{"EmptyLinesFirst", [](const std::string& sdp) { return "\r\n\r\n" + sdp; }, {}}),
    nameOf);

INSTANTIATE_TEST_SUITE_P(
    Cases, FieldKinds,
    ::testing::Values(
        Form{"NamesInUpperCase", each(upperName), each(upperName)},
        Form{"KindsInUpperCase", replace("m=audio", "m=AUDIO"), replace("m=audio", "m=Audio")},
        Form{"DataInUpperCase",
             chain({replace("m=application", "m=Application"), replace("webrtc-data", "WEBRTC-DATA")}),
             {}},
        Form{"ProfilesInLowerCase", replace("UDP/TLS/RTP/SAVPF", "udp/tls/rtp/savpf"),
             replace("UDP/DTLS/SCTP", "udp/dtls/sctp")},
        Form{"DirectionsInOddCases", replace("a=sendrecv", "a=SendRecv"), replace("a=recvonly", "a=RECVONLY")},
        Form{"GroupInOddCases", replace("BUNDLE", "Bundle"), replace("BUNDLE", "bundle")},
        Form{"CodecsInOddCases", replace("opus/48000", "OPUS/48000"), replace("opus/48000", "Opus/48000")},
        Form{"PicturesInOddCases",
             chain({replace("VP8/", "vp8/"), replace(" rtx/", " RTX/"), replace("apt=", "APT=")}),
             {},
             true},
        Form{"HashesInOddCases", replace("sha-256", "SHA-256"), replace("sha-256", "Sha-256")},
        Form{"FingerprintsInLowerCase",
             each([](const std::string& line) -> Lines {
               return {line.starts_with("a=fingerprint") ? cased(line, std::tolower) : line};
             }),
             {}},
        Form{"SetupInOddCases", replace("a=setup:actpass", "a=setup:ActPass"), replace("setup:active", "setup:ACTIVE")},
        Form{"FeedbackInUpperCase", replace("nack pli", "NACK PLI"), replace(" nack\r", " NACK\r"), true},
        Form{"OptionsInUpperCase", replace("ice-options:trickle", "ice-options:TRICKLE"), {}},
        Form{"NetworksInLowerCase", replace("IN IP4", "in ip4"), {}}),
    nameOf);

Rewrite everyLineTwice() {
  return each([](const std::string& line) -> Lines {
    if (line.starts_with("m=")) return {line};
    return {line, line};
  });
}

INSTANTIATE_TEST_SUITE_P(
    Twice, FieldKinds,
    ::testing::Values(
        Form{"EveryLine", everyLineTwice(), everyLineTwice(), true},
        Form{"EverySectionsLines",
             sections([](Lines& lines) {
               const Lines copy = lines;
               lines.insert(lines.end(), copy.begin(), copy.end());
             }),
             {}},
        Form{"MidThreeTimes", replace("(a=mid:\\d)\r\n", "$1\r\n$1\r\n$1\r\n"), {}},
        Form{"SetupOfTheSessionAndOfSections", inSession("a=setup:actpass\r\n"), inSession("a=setup:passive\r\n")},
        Form{"CredentialsOfTheSessionToo", inSession("a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n"), {}},
        Form{"FingerprintOfAnotherHashToo",
             replace("(a=fingerprint)",
                     "a=fingerprint:sha-1 00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13"
                     "\r\n$1"),
             {}},
        Form{"DirectionAndInactiveBefore", replace("a=sendrecv", "a=inactive\r\na=sendrecv"), {}},
        Form{"CnamesThatDiffer", replace("(a=ssrc:\\d+) cname:[^\r]*\r\n", "$1 cname:x\r\n$1 cname:y\r\n"), {}},
        Form{"RtpmapOfAnotherCodecBehind",
             replace("(a=rtpmap:111 opus/48000/2\r\n)", "$1a=rtpmap:111 L16/44100\r\n"),
             {}},
        Form{"FmtpInTwoLines", replace("(a=fmtp:111 )([^\r;]*);([^\r]*)", "$1$2\r\n$1$3"), {}},
        Form{"SctpPortTwice", replace("(a=sctp-port:5000)", "$1\r\n$1"), replace("(a=sctp-port:5000)", "$1\r\n$1")}),
    nameOf);

Rewrite backwards() {
  return sections([](Lines& lines) {
    // A session's v= to t= stay: that they move is a form of its own.
    const auto first =
        std::find_if(lines.begin(), lines.end(), [](const auto& line) { return line.starts_with("a="); });
    std::reverse(first, lines.end());
  });
}

INSTANTIATE_TEST_SUITE_P(
    Order, FieldKinds,
    ::testing::Values(
        Form{"AttributesBackwards", backwards(), backwards(), true},
        Form{"AllOfASectionBackwards", sections([](Lines& lines) { std::reverse(lines.begin(), lines.end()); }), {}},
        Form{"InTheOrderOfLetters", sections([](Lines& lines) { std::sort(lines.begin(), lines.end()); }),
             sections([](Lines& lines) { std::sort(lines.begin(), lines.end()); }), true},
        Form{"ConnectionLast",
             sections([](Lines& lines) {
               std::stable_partition(lines.begin(), lines.end(), [](const auto& l) { return !l.starts_with("c="); });
             }),
             {}},
        Form{"BandwidthInTheMidst", replace("(a=mid:[^\r]*\r\n)", "$1b=AS:2000\r\n"),
             replace("(a=mid:[^\r]*\r\n)", "$1b=TIAS:2000000\r\n")},
        Form{"InformationLast", atEndOf("audio", "i=sound\r\n"), {}},
        Form{"GroupBehindTheSections",
             chain({drop("a=group:[^\r]*"), atEndOf("application", "a=group:BUNDLE 0 1\r\n")}),
             {}},
        Form{"SessionsLinesInTheLastSection",
             chain({drop("a=extmap-allow-mixed"), drop("a=msid-semantic[^\r]*"),
                    atEndOf("application", "a=msid-semantic: WMS *\r\n")}),
             {}}),
    nameOf);

INSTANTIATE_TEST_SUITE_P(
    Missing, FieldKinds,
    ::testing::Values(
        Form{"MidsAndGroup", chain({drop("a=mid:\\d"), drop("a=group:[^\r]*")}), {}},
        Form{"MidsThatAGroupNames", drop("a=mid:\\d"), {}}, Form{"FirstMid", drop("a=mid:0"), {}},
        Form{"LastMid", drop("a=mid:1"), {}}, Form{"MidsOfTheAnswer", {}, drop("a=mid:\\d")},
        Form{"LastMidOfTheAnswer", {}, drop("a=mid:1")}, Form{"SetupOfTheOffer", drop("a=setup:actpass"), {}},
        Form{"SetupOfTheAnswer", {}, drop("a=setup:[a-z]+")},
        Form{"SetupOfTheAnswersFirst",
             {},
             [](std::string sdp) {
               return std::regex_replace(sdp, std::regex("a=setup:[a-z]+\r\n"), "",
                                         std::regex_constants::format_first_only);
             }},
        Form{"SetupOfBoth", drop("a=setup:actpass"), drop("a=setup:[a-z]+")},
        Form{"NoSetupButActpassInTheAnswer", {}, replace("a=setup:[a-z]+", "a=setup:actpass")},
        Form{"NoneButThatOfTheSession", chain({drop("a=setup:[a-z]+"), inSession("a=setup:actpass\r\n")}),
             chain({drop("a=setup:[a-z]+"), inSession("a=setup:active\r\n")})},
        Form{"SctpPort", drop("a=sctp-port:\\d+"), {}}, Form{"SctpPortOfTheAnswer", {}, drop("a=sctp-port:\\d+")},
        Form{"SctpPortOfBoth", drop("a=sctp-port:\\d+"), drop("a=sctp-port:\\d+")},
        Form{"SctpPortIsZero", replace("sctp-port:5000", "sctp-port:0"), {}},
        Form{"SctpPortIsNone", replace("sctp-port:5000", "sctp-port:five"), replace("sctp-port:5000", "sctp-port:")},
        Form{"SctpPortIsTooLarge", replace("sctp-port:5000", "sctp-port:70000"), {}},
        Form{"SizeOfMessages", drop("a=max-message-size:\\d+"), drop("a=max-message-size:\\d+")},
        Form{"Multiplexing", drop("a=rtcp-mux"), drop("a=rtcp-mux")}, Form{"Direction", drop("a=send(recv|only)"), {}},
        Form{"Sources", drop("a=ssrc[^\r]*"), {}, true},
        Form{"SourcesAndTheirExtension", chain({drop("a=ssrc[^\r]*"), drop("a=extmap[^\r]*:sdes:mid")}), {}, true},
        Form{"Extensions", drop("a=extmap:[^\r]*"), {}, true},
        Form{"ExtensionsOfTheAnswer", {}, drop("a=extmap:[^\r]*"), true},
        Form{"Feedback", drop("a=rtcp-fb:[^\r]*"), {}, true},
        Form{"Formats", drop("a=fmtp:111[^\r]*"), drop("a=fmtp:111[^\r]*")},
        Form{"Options", drop("a=ice-options:[^\r]*"), drop("a=ice-options:[^\r]*")},
        Form{"TheSessionsLines", chain({drop("v=0"), drop("s=[^\r]*"), drop("t=[^\r]*")}),
             chain({drop("s=[^\r]*"), drop("t=[^\r]*")})},
        Form{"TheOrigin", drop("o=[^\r]*"), drop("o=[^\r]*")}, Form{"Connections", drop("c=[^\r]*"), drop("c=[^\r]*")}),
    nameOf);

/// The data section in the form of draft-ietf-mmusic-sctp-sdp-07.
Rewrite oldData(const std::string& protocol, const std::string& port, const std::string& map) {
  return chain({replace("(m=application \\d+ )[^\r]*", "$1" + protocol + ' ' + port),
                replace("a=sctp-port:\\d+", map.empty() ? "a=x-nothing" : map)});
}

INSTANTIATE_TEST_SUITE_P(
    OldData, FieldKinds,
    ::testing::Values(
        Form{"AsFirefox50", oldData("DTLS/SCTP", "5000", "a=sctpmap:5000 webrtc-datachannel 256"), {}},
        Form{"WithoutTheMap", oldData("DTLS/SCTP", "5000", ""), {}},
        Form{"WithoutTheNumberOfStreams", oldData("DTLS/SCTP", "5000", "a=sctpmap:5000 webrtc-datachannel"), {}},
        Form{"OfTheNewProtocol", oldData("UDP/DTLS/SCTP", "5000", "a=sctpmap:5000 webrtc-datachannel 1024"), {}},
        Form{"OverTcp", oldData("TCP/DTLS/SCTP", "5000", "a=sctpmap:5000 webrtc-datachannel 1024"), {}},
        Form{"OldProtocolNewFormat", replace("UDP/DTLS/SCTP", "DTLS/SCTP"), {}},
        Form{"MapInUpperCase", oldData("DTLS/SCTP", "5000", "a=SCTPMAP:5000 WebRTC-DataChannel 1024"), {}},
        Form{"MapWithBlanks", oldData("DTLS/SCTP", "5000", "a=sctpmap: 5000  webrtc-datachannel  1024 "), {}},
        Form{"AsDraft03", oldData("DTLS/SCTP", "5000", "a=fmtp:5000 protocol=webrtc-datachannel;streams=10"), {}},
        Form{"AnswerOfTheNewOffer", {}, oldData("DTLS/SCTP", "5000", "a=sctpmap:5000 webrtc-datachannel 1024")},
        Form{"AnswerWithoutTheMap", {}, oldData("DTLS/SCTP", "5000", "")},
        Form{"MapBesideThePort", replace("(a=sctp-port:5000)", "$1\r\na=sctpmap:5000 webrtc-datachannel 1024"), {}}),
    nameOf);

INSTANTIATE_TEST_SUITE_P(
    Numbers, FieldKinds,
    ::testing::Values(
        Form{"LowestDynamic", numbered("111", "35"), {}}, Form{"Highest", numbered("111", "127"), {}},
        Form{"WhatRtcpCouldBeTakenFor", numbered("111", "95"), {}},
        Form{"OneOfStaticMeaning", numbered("111", "34"), {}},
        Form{"SwappedWithPictures",
             chain({numbered("111", "x"), numbered("96", "111"), replace("<x(?=[ \r;])", "96")}),
             {},
             true},
        Form{"LeadingZeros", replace("(a=(?:rtpmap|fmtp|rtcp-fb):|SAVPF )111", "$010111"), {}},
        Form{"ListedTwice", replace("(m=audio[^\r]*)", "$1 111"), replace("(m=audio[^\r]*)", "$1 111")},
        Form{"ListedAndNowhereElse", replace("(m=audio[^\r]*)", "$1 77 78"), replace("(m=audio[^\r]*)", "$1 79")},
        Form{"NamedAndNotListed", replace("(a=rtpmap:111)", "a=rtpmap:79 foo/8000\r\n$1"), {}},
        Form{"Over127", replace("(m=audio[^\r]*)", "$1 200"), replace("(m=audio[^\r]*)", "$1 4000")},
        Form{"NoNumber", replace("(m=audio[^\r]*)", "$1 opus"), {}},
        Form{"RepairOfNothing", replace("apt=96", "apt=55"), {}, true},
        Form{"RepairWithoutApt", drop("a=fmtp:97 apt=96"), {}, true},
        Form{"AnswerNamesACodecThatWasNotOffered",
             {},
             chain({replace("(m=audio[^\r]*)", "$1 55"), replace("(a=rtpmap:111)", "a=rtpmap:55 AMR/8000\r\n$1")})},
        Form{"AnswerOfOneCodecAlone", {}, replace("(m=audio \\d+ [A-Z/]+) 111[^\r]*", "$1 111")},
        Form{"PortOfTwo", replace("(m=audio \\d+)", "$1/2"), {}},
        Form{"PortOfOne", replace("m=(audio|application) 9 ", "m=$1 1 "),
             replace("m=(audio|application) 9 ", "m=$1 65535 ")},
        Form{"LongMids",
             chain({replace("a=mid:", "a=mid:section-of-kind-"),
                    replace("BUNDLE 0 1", "BUNDLE section-of-kind-0 section-of-kind-1")}),
             {}},
        Form{"ExtensionsAbove14", replace("a=extmap:(\\d)\\b", "a=extmap:4$1"), {}, true}),
    nameOf);

INSTANTIATE_TEST_SUITE_P(
    Groups, FieldKinds,
    ::testing::Values(
        Form{"TheSameTwice", replace("(a=group:[^\r]*)", "$1\r\n$1"), replace("(a=group:[^\r]*)", "$1\r\n$1")},
        Form{"LipSyncBeside", inSession("a=group:LS 0 1\r\n"), inSession("a=group:LS 0 1\r\n")},
        Form{"ManyOthers", inSession("a=group:FID 0\r\na=group:SRF 0 1\r\na=group:ANAT 1 0\r\na=group:DDP\r\n"), {}},
        Form{"OneOfEachSection", replace("BUNDLE 0 1", "BUNDLE 0\r\na=group:BUNDLE 1"), {}},
        Form{"OfTheFirstAlone", replace("BUNDLE 0 1", "BUNDLE 0"), {}},
        Form{"OfTheLastAlone", replace("BUNDLE 0 1", "BUNDLE 1"), {}},
        Form{"Backwards", replace("BUNDLE 0 1", "BUNDLE 1 0"), {}},
        Form{"BackwardsInTheAnswer", {}, replace("BUNDLE 0 1", "BUNDLE 1 0")},
        Form{"EmptyAndFull", replace("(a=group:BUNDLE)", "$1\r\n$1"), {}},
        Form{"WithoutAValue", replace("a=group:BUNDLE 0 1", "a=group"), {}},
        Form{"OfStrangers", replace("BUNDLE 0 1", "BUNDLE x 0 y 1 z"), replace("BUNDLE 0 1", "BUNDLE q 0 1")},
        Form{"OneMidTwice", replace("BUNDLE 0 1", "BUNDLE 0 1 0 1"), replace("BUNDLE 0 1", "BUNDLE 0 0 1")},
        Form{"OneMidInTwo", replace("BUNDLE 0 1", "BUNDLE 0 1\r\na=group:BUNDLE 1 0"), {}},
        Form{"OfStrangersInTheAnswer", {}, replace("BUNDLE 0 1", "BUNDLE 7 0 1 8")}),
    nameOf);

INSTANTIATE_TEST_SUITE_P(
    Streams, FieldKinds,
    ::testing::Values(
        Form{"InSourcesAlone", drop("a=msid:[^\r]*"), {}, true},
        Form{"InSourcesWithoutTrack",
             chain({drop("a=msid:[^\r]*"), replace("(a=ssrc:\\d+ msid:[^ \r]+)[^\r]*", "$1")}),
             {}},
        Form{"InSourcesOfNoStream", chain({drop("a=msid:[^\r]*"), replace("(a=ssrc:\\d+ msid:)[^ \r]+", "$1-")}), {}},
        Form{"InSourcesThatDisagree",
             chain({drop("a=msid:[^\r]*"), replace("a=ssrc:(\\d+) msid:[^\r]*", "a=ssrc:$1 msid:$1 $1")}),
             {},
             true},
        Form{"ByLabels",
             chain({drop("a=msid:[^\r]*"), replace("(a=ssrc:\\d+) msid:[^\r]*", "$1 mslabel:s\r\n$1 label:t")}),
             {}},
        Form{"ByALabelAlone", chain({drop("a=msid:[^\r]*"), replace("(a=ssrc:\\d+) msid:[^\r]*", "$1 label:t")}), {}},
        Form{"InSourcesWithNothing", chain({drop("a=msid:[^\r]*"), replace("(a=ssrc:\\d+ msid:)[^\r]*", "$1")}), {}},
        Form{"OtherwiseInSources", replace("(a=ssrc:\\d+ msid:)[^\r]*", "$1other thing"), {}},
        Form{"OfThreeWords", replace("(a=msid:[^\r]*)", "$1 appdata"), {}},
        Form{"OfOneWord", replace("(a=msid:[^ \r]+)[^\r]*", "$1"), {}},
        Form{"Several", replace("a=msid:[^ \r]+( [^\r]+)", "a=msid:x$1\r\na=msid:y$1\r\na=msid:z$1"), {}},
        Form{"Empty", replace("a=msid:[^\r]*", "a=msid:"), {}},
        Form{"NowhereAtAll", chain({drop("a=msid[^\r]*"), drop("a=ssrc[^\r]*")}), {}, true}),
    nameOf);

INSTANTIATE_TEST_SUITE_P(
    Values, FieldKinds,
    ::testing::Values(
        Form{"FlagsWithOne", replace("a=(rtcp-mux|rtcp-rsize|extmap-allow-mixed)\r", "a=$1:1\r"),
             replace("a=(rtcp-mux|rtcp-rsize)\r", "a=$1:yes\r")},
        Form{"DirectionWithAValue", replace("a=sendrecv", "a=sendrecv:1"), {}},
        Form{"PacketTimesOfEveryForm",
             atEndOf("audio", "a=ptime:x\r\na=maxptime:120.5ms\r\na=ptime:\r\na=maxptime:-1\r\na=ptime:0\r\n"),
             {}},
        Form{"RtcpOfEveryForm", replace("a=rtcp:9 IN IP4 0.0.0.0", "a=rtcp:x"),
             replace("a=rtcp:9 IN IP4 0.0.0.0", "a=rtcp:")},
        Form{"RtcpOfAName", replace("a=rtcp:9 IN IP4 0.0.0.0", "a=rtcp:9 IN IP4 host.example"), {}},
        Form{"FormatsThatSayNothing", replace("(a=fmtp:111) [^\r]*", "$1"), replace("(a=fmtp:111) [^\r]*", "$1 ")},
        Form{"FormatsOfOddSigns", replace("(a=fmtp:111) [^\r]*", "$1 ;; minptime = 10 ;useinbandfec=1;;x"), {}},
        Form{"FormatsOfNonsense",
             replace("(a=fmtp:111) [^\r]*",
                     "$1 minptime=-3;useinbandfec=maybe;maxaveragebitrate=99999999999999999999;stereo=2"),
             {}},
        Form{"ChannelsOfOne", replace("opus/48000/2", "opus/48000/2/1"), {}},
        Form{"ChannelsAreMissing", replace("opus/48000/2", "opus/48000"), {}},
        Form{"SourcesOfOddForms",
             atEndOf("audio",
                     "a=ssrc:\r\na=ssrc:x cname:y\r\na=ssrc:99999999999 "
                     "cname:y\r\na=ssrc:4711\r\na=ssrc-group:\r\na=ssrc-group:FID 1 x\r\n"),
             {}},
        Form{"ExtensionsOfOddForms",
             atEndOf("audio",
                     "a=extmap:\r\na=extmap:0 urn:x\r\na=extmap:-1 urn:x\r\na=extmap:99999 "
                     "urn:x\r\na=extmap:13/nowhere urn:y\r\na=extmap:13\r\na=extmap: 12 urn:z  a  b\r\n"),
             {}},
        Form{"EncodingsOfOddForms",
             atEndOf(
                 "audio",
                 "a=rid:\r\na=rid:~ nowhere\r\na=rid:a\r\na=simulcast:\r\na=simulcast:nowhere\r\na=simulcast:send\r\n"),
             {}},
        Form{"CandidatesOfOddForms",
             atEndOf("audio",
                     "a=candidate:\r\na=candidate:x\r\na=candidate:1 1 udp\r\na=candidate:1 1 udp 1 999.1.1.1 5 typ "
                     "host\r\na=candidate:1 1 sctp 1 192.0.2.1 5 typ host\r\n"),
             {}},
        Form{"BandwidthsOfOddForms",
             atEndOf("audio", "b=AS\r\nb=AS:x\r\nb=:5\r\nb=X-Y:-1\r\nb=AS:99999999999999999999999\r\nb=AS: 500\r\n"),
             {}},
        Form{"ConnectionsOfOddForms", replace("c=IN IP4 0.0.0.0", "c=IN IP4"),
             replace("c=IN IP4 0.0.0.0", "c=IN IP6 ::/0/0")},
        Form{"OriginsOfOddForms", replace("o=[^\r]*", "o=two words x y IN IP4 nowhere"), replace("o=[^\r]*", "o=")},
        Form{"TimesOfOddForms", replace("t=0 0", "t=now then"), replace("t=0 0", "t=")},
        Form{"VersionOne", replace("v=0", "v=1"), replace("v=0", "v=")},
        Form{"LinesOfNoForm", atEndOf("audio", "nonsense\r\na\r\n=\r\na=\r\na=:x\r\nx=1\r\nA=mid:7\r\nm\r\n"),
             atEndOf("audio", "{}\r\n")},
        Form{"AttributesOfNoName", atEndOf("application", "a=x y\r\na=\xc3\xa9t\xc3\xa9:1\r\na=\"mid\":1\r\n"), {}}),
    nameOf);

}  // namespace
}  // namespace tincan::inline v0::sim
