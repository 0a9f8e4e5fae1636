#!/usr/bin/python3
"""aiortc as the far end of `tincan call --stdio`: the same JSON lines. `aiortc_peer.py offer|answer`.

Sends a silent microphone and a green picture, decodes what comes, and says {"seen": WHAT} of each thing that arrived:
"sound" (50 frames), "pictures" (10 frames), "message" (text on the channel).
"""
import asyncio
import json
import sys

from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack
from aiortc.sdp import candidate_from_sdp

WANTED = {"audio": ("sound", 50), "video": ("pictures", 10)}
tasks = set()


def say(message):
    print(json.dumps(message), flush=True)


async def watch(track):
    name, frames = WANTED[track.kind]
    for _ in range(frames):
        await track.recv()
    say({"seen": name})
    while True:
        await track.recv()


def listen(channel):
    channel.on("message", lambda text: say({"seen": "message", "text": text}))


async def run(offers):
    pc = RTCPeerConnection()
    pc.on("datachannel", listen)

    @pc.on("track")
    def on_track(track):
        tasks.add(asyncio.ensure_future(watch(track)))

    async def tell():
        description = pc.localDescription
        say({"description": {"type": description.type, "sdp": description.sdp}})

    if offers:
        pc.addTrack(AudioStreamTrack())
        pc.addTrack(VideoStreamTrack())
        channel = pc.createDataChannel("peer")
        listen(channel)
        channel.on("open", lambda: channel.send("over the line"))
        await pc.setLocalDescription(await pc.createOffer())
        await tell()

    reader = asyncio.StreamReader(limit=1 << 20)
    await asyncio.get_event_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        message = json.loads(line)
        if description := message.get("description"):
            await pc.setRemoteDescription(RTCSessionDescription(**description))
            if description["type"] == "offer":
                pc.addTrack(AudioStreamTrack())
                pc.addTrack(VideoStreamTrack())
                await pc.setLocalDescription(await pc.createAnswer())
                await tell()
        elif candidate := message.get("candidate"):
            if text := candidate["candidate"]:
                parsed = candidate_from_sdp(text.removeprefix("candidate:"))
                parsed.sdpMid = candidate.get("sdpMid")
                parsed.sdpMLineIndex = candidate.get("sdpMLineIndex")
                await pc.addIceCandidate(parsed)
        elif message.get("bye"):
            break
    await pc.close()


asyncio.run(run(sys.argv[1] == "offer"))
