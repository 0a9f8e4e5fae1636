// pion as the far end of `tincan call --stdio`: the same JSON lines. `pion_peer offer|answer`.
//
// Sends back the sound and the pictures that it receives, and says {"seen": WHAT} of each thing that arrived: "sound" (50
// packets), "pictures" (10 with an end of a picture), "message" (text on the channel).
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v3"
)

type message struct {
	Description *webrtc.SessionDescription `json:"description,omitempty"`
	Candidate   *webrtc.ICECandidateInit   `json:"candidate,omitempty"`
	Seen        string                     `json:"seen,omitempty"`
	Text        string                     `json:"text,omitempty"`
	Bye         bool                       `json:"bye,omitempty"`
}

var mutex sync.Mutex

func say(m message) {
	mutex.Lock()
	defer mutex.Unlock()
	line, err := json.Marshal(m)
	check(err)
	fmt.Println(string(line))
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "pion_peer:", err)
		os.Exit(1)
	}
}

func listen(channel *webrtc.DataChannel) {
	channel.OnMessage(func(m webrtc.DataChannelMessage) { say(message{Seen: "message", Text: string(m.Data)}) })
}

func main() {
	offers := os.Args[1] == "offer"
	pc, err := webrtc.NewPeerConnection(webrtc.Configuration{})
	check(err)
	back := map[webrtc.RTPCodecType]*webrtc.TrackLocalStaticRTP{}
	for kind, mime := range map[webrtc.RTPCodecType]string{webrtc.RTPCodecTypeAudio: webrtc.MimeTypeOpus, webrtc.RTPCodecTypeVideo: webrtc.MimeTypeVP8} {
		track, err := webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: mime}, mime, "pion")
		check(err)
		back[kind] = track
	}
	addTracks := func() {
		for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeAudio, webrtc.RTPCodecTypeVideo} {
			_, err := pc.AddTrack(back[kind])
			check(err)
		}
	}
	pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		name, wanted, ends := "sound", 50, false
		if track.Kind() == webrtc.RTPCodecTypeVideo {
			name, wanted, ends = "pictures", 10, true
			go func() {
				for range time.Tick(time.Second) {
					pli := &rtcp.PictureLossIndication{MediaSSRC: uint32(track.SSRC())}
					if pc.WriteRTCP([]rtcp.Packet{pli}) != nil {
						return
					}
				}
			}()
		}
		seen := 0
		for {
			packet, _, err := track.ReadRTP()
			if err != nil {
				return
			}
			if !ends || packet.Marker {
				if seen++; seen == wanted {
					say(message{Seen: name})
				}
			}
			if err := back[track.Kind()].WriteRTP(packet); err != nil {
				return
			}
		}
	})
	pc.OnDataChannel(listen)
	pc.OnICECandidate(func(c *webrtc.ICECandidate) {
		if c != nil {
			init := c.ToJSON()
			say(message{Candidate: &init})
		}
	})
	if offers {
		addTracks()
		channel, err := pc.CreateDataChannel("peer", nil)
		check(err)
		listen(channel)
		channel.OnOpen(func() { check(channel.SendText("over the line")) })
		offer, err := pc.CreateOffer(nil)
		check(err)
		check(pc.SetLocalDescription(offer))
		say(message{Description: &offer})
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	var early []webrtc.ICECandidateInit
	for lines.Scan() {
		var m message
		check(json.Unmarshal(lines.Bytes(), &m))
		switch {
		case m.Bye:
			check(pc.Close())
			return
		case m.Candidate != nil && pc.RemoteDescription() == nil:
			early = append(early, *m.Candidate)
		case m.Candidate != nil:
			check(pc.AddICECandidate(*m.Candidate))
		case m.Description != nil:
			check(pc.SetRemoteDescription(*m.Description))
			if m.Description.Type == webrtc.SDPTypeOffer {
				addTracks()
				answer, err := pc.CreateAnswer(nil)
				check(err)
				check(pc.SetLocalDescription(answer))
				say(message{Description: &answer})
			}
			for _, c := range early {
				check(pc.AddICECandidate(c))
			}
			early = nil
		}
	}
}
