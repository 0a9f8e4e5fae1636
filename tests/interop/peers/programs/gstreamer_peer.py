#!/usr/bin/python3
"""GStreamer's webrtcbin as the far end of `tincan call --stdio`: the same JSON lines.

`gstreamer_peer.py offer|answer [none|max-bundle]`. Sends a tone and a test picture, decodes what comes, and says
{"seen": WHAT} of each thing that arrived: "sound" (50 buffers), "pictures" (10 buffers), "message" (text on the channel).
"""
import json
import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402

WANTED = {"audio": ("sound", 50), "video": ("pictures", 10)}


def say(message):
    print(json.dumps(message), flush=True)


def complain(*words):
    print("gstreamer_peer:", *words, file=sys.stderr, flush=True)


class Peer:
    def __init__(self, offers, bundle):
        self.loop = GLib.MainLoop()
        self.offers = offers
        self.pipeline = Gst.Pipeline()
        self.bin = Gst.ElementFactory.make("webrtcbin")
        Gst.util_set_object_arg(self.bin, "bundle-policy", bundle)
        self.pipeline.add(self.bin)
        self.bin.connect("on-ice-candidate", self.on_candidate)
        self.bin.connect("pad-added", self.on_pad)
        self.bin.connect("on-data-channel", lambda _, channel: self.listen(channel))
        bus = self.pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect("message::error", lambda _, message: complain(*message.parse_error()))
        if offers:
            self.send(96, 97)
            self.pipeline.set_state(Gst.State.READY)
            channel = self.bin.emit("create-data-channel", "peer", None)
            self.listen(channel)
            channel.connect("on-open", lambda each: each.emit("send-string", "over the line"))
            self.bin.connect("on-negotiation-needed", lambda _: self.make("create-offer", "offer"))
            self.pipeline.set_state(Gst.State.PLAYING)

    # ---- What is sent ----

    def send(self, opus, vp8):
        for text in (
            f"audiotestsrc is-live=true ! audioconvert ! audioresample ! opusenc ! rtpopuspay pt={opus} ! "
            f"capsfilter caps=application/x-rtp,media=audio,encoding-name=OPUS,payload={opus},clock-rate=48000",
            "videotestsrc is-live=true pattern=ball ! video/x-raw,width=320,height=240,framerate=15/1 ! "
            f"vp8enc deadline=1 keyframe-max-dist=30 ! rtpvp8pay pt={vp8} picture-id-mode=15-bit ! "
            f"capsfilter caps=application/x-rtp,media=video,encoding-name=VP8,payload={vp8},clock-rate=90000",
        ):
            source = Gst.parse_bin_from_description(text, True)
            self.pipeline.add(source)
            source.link(self.bin)
            source.sync_state_with_parent()

    # ---- Signalling ----

    def on_candidate(self, _, index, text):
        say({"candidate": {"candidate": text, "sdpMLineIndex": index}})

    def make(self, what, kind):
        def made(promise, *_):
            reply = promise.get_reply()  # it owns the description
            description = reply.get_value(kind)
            say({"description": {"type": kind, "sdp": description.sdp.as_text()}})
            self.bin.emit("set-local-description", description, None)

        self.bin.emit(what, None, Gst.Promise.new_with_change_func(made))

    def take(self, line):
        message = json.loads(line)
        if description := message.get("description"):
            _, sdp = GstSdp.SDPMessage.new_from_text(description["sdp"])
            offer = description["type"] == "offer"
            kind = GstWebRTC.WebRTCSDPType.OFFER if offer else GstWebRTC.WebRTCSDPType.ANSWER
            theirs = GstWebRTC.WebRTCSessionDescription.new(kind, sdp)
            if offer:
                self.send(payload(description["sdp"], "opus"), payload(description["sdp"], "VP8"))
                self.pipeline.set_state(Gst.State.PLAYING)
            applied = Gst.Promise.new_with_change_func(lambda *_: offer and self.make("create-answer", "answer"))
            self.bin.emit("set-remote-description", theirs, applied)
        elif (candidate := message.get("candidate")) and candidate["candidate"]:
            self.bin.emit("add-ice-candidate", candidate.get("sdpMLineIndex") or 0, candidate["candidate"])
        elif message.get("bye"):
            self.loop.quit()
        return False

    def read(self):
        for line in sys.stdin:
            GLib.idle_add(self.take, line)
        GLib.idle_add(self.loop.quit)

    # ---- What is received ----

    def listen(self, channel):
        channel.connect("on-message-string", lambda _, text: say({"seen": "message", "text": text}))

    def on_pad(self, _, pad):
        if pad.direction != Gst.PadDirection.SRC:
            return
        decode = Gst.ElementFactory.make("decodebin")
        decode.connect("pad-added", self.on_decoded)
        self.pipeline.add(decode)
        decode.sync_state_with_parent()
        pad.link(decode.get_static_pad("sink"))

    def on_decoded(self, _, pad):
        name, count = WANTED[pad.get_current_caps().get_structure(0).get_name().split("/")[0]]
        sink = Gst.ElementFactory.make("fakesink")
        sink.props.signal_handoffs = True
        sink.props.sync = False
        seen = [0]

        def handoff(*_):
            seen[0] += 1
            if seen[0] == count:
                say({"seen": name})

        sink.connect("handoff", handoff)
        self.pipeline.add(sink)
        sink.sync_state_with_parent()
        pad.link(sink.get_static_pad("sink"))

    def run(self):
        threading.Thread(target=self.read, daemon=True).start()
        self.loop.run()
        self.pipeline.set_state(Gst.State.NULL)


def payload(sdp, codec):
    for line in sdp.splitlines():
        if line.startswith("a=rtpmap:") and f" {codec}/" in line:
            return int(line[len("a=rtpmap:"):].split()[0])
    raise ValueError(f"the offer has no {codec}")


Gst.init(None)
Peer(sys.argv[1] == "offer", sys.argv[2] if len(sys.argv) > 2 else "max-bundle").run()
