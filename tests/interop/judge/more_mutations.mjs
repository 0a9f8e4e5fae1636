// Kinds beside those of mutations.mjs: blanks of every sort, values at their edges, lines from other uses of SDP.
export function moreKinds({ one, all, append, sections }) {
  const insertAfter = (letter, line) => one(new RegExp(`^${letter}=`), (found) => [found, line]);
  const inSession = (line) => (lines) => lines.toSpliced(sections(lines)[0].from, 0, ...[line].flat());
  const inValue = (name, change) => one(new RegExp(`^a=${name}:`), (line) => `a=${name}:${change(line.slice(name.length + 3))}`);
  const kinds = {};
  for (const name of ['mid', 'setup', 'fingerprint', 'ice-ufrag', 'ice-pwd', 'group', 'msid', 'sctp-port', 'extmap', 'rtpmap', 'fmtp', 'rtcp-fb', 'ice-options', 'candidate']) {
    kinds[`blank before the value: a=${name}`] = inValue(name, (value) => ` ${value}`);
  }
  for (const name of ['mid', 'rtpmap', 'rtcp-fb', 'fmtp', 'sctp-port', 'rtcp-mux', 'extmap', 'msid']) {
    kinds[`tab at the end: a=${name}`] = one(new RegExp(`^a=${name}(:|$)`), (line) => `${line}\t`);
  }
  for (const name of ['rtpmap', 'fmtp', 'rtcp-fb', 'fingerprint', 'group', 'extmap', 'msid', 'candidate', 'ssrc']) {
    kinds[`two blanks within: a=${name}`] = one(new RegExp(`^a=${name}:.* `), (line) => line.replace(' ', '  '));
  }
  for (const letter of ['m', 'o', 'c', 't']) kinds[`two blanks within: ${letter}=`] = one(new RegExp(`^${letter}=.* `), (line) => line.replace(' ', '  '));
  for (const name of ['rtcp-mux', 'mid', 'setup', 'sendrecv', 'extmap', 'fingerprint', 'ice-ufrag', 'candidate']) {
    kinds[`upper case: name of a=${name}`] = all(new RegExp(`^a=${name}(:|$)`), (line) => line.replace(name, name.toUpperCase()));
  }
  const lines = {
    'audio: a=ptime of 0': ['a=ptime:0', /audio/], 'audio: a=ptime below 0': ['a=ptime:-20', /audio/], 'audio: a=maxptime of 5': ['a=maxptime:5', /audio/],
    'feedback: for every type': ['a=rtcp-fb:* nack', /audio|video/], 'feedback: a=rtcp-fb of an unknown kind for every type': ['a=rtcp-fb:* x-foo bar', /audio|video/],
    'feedback: for every type, ccm with parameters': ['a=rtcp-fb:* ccm tmmbr smaxpr=120', /video/],
    'extensions: with a direction': ['a=extmap:13/sendonly urn:example:way', /audio|video/], 'extensions: with a direction that is none': ['a=extmap:13/nowhere urn:example:way', /audio|video/],
    'extensions: with attributes': ['a=extmap:13 urn:example:attributes short', /audio|video/], 'extensions: id below 0': ['a=extmap:-1 urn:example:x', /audio|video/],
    'extensions: id 4096': ['a=extmap:4096 urn:example:x', /audio|video/], 'streams: a=ssrc of 0': ['a=ssrc:0 cname:x', /audio|video/],
    'streams: a=ssrc over 32 bits': ['a=ssrc:4294967296 cname:x', /audio|video/], 'streams: a=ssrc with mslabel and label': [['a=ssrc:4711 mslabel:x', 'a=ssrc:4711 label:y'], /audio|video/],
    'streams: a=ssrc with an attribute without value': ['a=ssrc:4711 cname', /audio|video/], 'streams: a=ssrc-group FID of one': [['a=ssrc:4711 cname:x', 'a=ssrc-group:FID 4711'], /video/],
    'streams: a=ssrc-group of an unknown kind': [['a=ssrc:4711 cname:x', 'a=ssrc-group:XX 4711 4711'], /video/], 'transport: a=crypto': ['a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', /audio|video/],
    'transport: a=ice-lite in a section': ['a=ice-lite', /./], 'transport: a=ice-mismatch': ['a=ice-mismatch', /./], 'transport: a=remote-candidates': ['a=remote-candidates:1 192.0.2.7 5000', /./],
    'transport: a=rtcp-mux in data': ['a=rtcp-mux', /application/], 'transport: a=connection:new': ['a=connection:new', /./], 'transport: a=dtls-id': ['a=dtls-id:1', /./],
    'data: a=dcmap': ['a=dcmap:0 label="x";subprotocol="y"', /application/], 'data: a=sctpmap beside a=sctp-port': ['a=sctpmap:5000 webrtc-datachannel 1024', /application/],
    'data: a=sctp-port of 0': ['a=sctp-port:0', /application/], 'other: a=rtcp-xr': ['a=rtcp-xr:rcvr-rtt=all', /audio|video/], 'other: a=label': ['a=label:1', /./], 'other: a=content': ['a=content:slides', /video/],
    'other: a=lang': ['a=lang:de', /./], 'other: a=framerate of 0': ['a=framerate:0', /video/], 'other: a=quality': ['a=quality:11', /video/], 'other: a=source-filter': ['a=source-filter: incl IN IP4 * 192.0.2.7', /./],
    'other: a=ts-refclk': ['a=ts-refclk:ntp=/traceable/', /audio/], 'other: a=mediaclk': ['a=mediaclk:sender', /audio/], 'other: letters beyond ASCII': ['a=x-name:Käfer 漢字 🎉', /./],
    'other: a line of 4,000 letters': [`a=x-long:${'x'.repeat(4000)}`, /./], 'other: 300 lines that say nothing': [Array.from({ length: 300 }, (_, i) => `a=x-many:${i}`), /./],
    'other: blank before the line': [' a=x-blank', /./], 'other: blank before the equals sign': ['a =x-blank', /./], 'other: a=maxptime beyond 32 bits': ['a=maxptime:99999999999', /audio/],
  };
  for (const [name, [line, kind]] of Object.entries(lines)) kinds[name] = append(line, kind);
  for (const [name, line] of Object.entries({
    'priority of 0': 'a=candidate:1 1 udp 0 192.0.2.7 5000 typ host', 'priority over 32 bits': 'a=candidate:1 1 udp 99999999999 192.0.2.7 5000 typ host',
    'TCP without tcptype': 'a=candidate:1 1 tcp 1518280447 192.0.2.7 9 typ host', 'TCP of an unknown tcptype': 'a=candidate:1 1 tcp 1518280447 192.0.2.7 9 typ host tcptype x',
    'TCP active': 'a=candidate:1 1 tcp 1518280447 192.0.2.7 9 typ host tcptype active', 'peer-reflexive': 'a=candidate:1 1 udp 1845501695 192.0.2.7 5000 typ prflx raddr 0.0.0.0 rport 0',
    'brackets around IPv6': 'a=candidate:1 1 udp 2122260223 [2001:db8::7] 5000 typ host', 'mapped IPv4': 'a=candidate:1 1 udp 2122260223 ::ffff:192.0.2.7 5000 typ host',
    'type in upper case': 'a=candidate:1 1 udp 2122260223 192.0.2.7 5000 TYP HOST', 'another ufrag': 'a=candidate:1 1 udp 2122260223 192.0.2.7 5000 typ host ufrag other',
    'name of a .local host': 'a=candidate:1 1 udp 2122260223 6f3b1c52-0000-4000-8000-000000000000.local 5000 typ host', 'component 0': 'a=candidate:1 0 udp 2122260223 192.0.2.7 5000 typ host',
    'component 300': 'a=candidate:1 300 udp 2122260223 192.0.2.7 5000 typ host', 'port of letters': 'a=candidate:1 1 udp 2122260223 192.0.2.7 x typ host', 'nothing behind the type': 'a=candidate:1 1 udp 2122260223 192.0.2.7 5000 typ',
    'rport without raddr': 'a=candidate:1 1 udp 1686052607 192.0.2.7 5000 typ srflx rport 9', 'raddr of a name': 'a=candidate:1 1 udp 1686052607 192.0.2.7 5000 typ srflx raddr nowhere.example rport 9',
    'empty': 'a=candidate:',
  })) kinds[`candidates: ${name}`] = append(line);
  for (const line of ['i=about', 'u=https://example.com', 'e=someone@example.com', 'p=+49 1', 'k=clear:x', 'r=604800 3600 0 90000', 'z=0 0']) {
    kinds[`lines: ${line[0]}= in the session`] = inSession(line);
    kinds[`lines: ${line[0]}= in a section`] = insertAfter('c', line);
  }
  return Object.assign(kinds, {
    'order of bytes: a mark at the start': (text) => [`\ufeff${text[0]}`, ...text.slice(1)],
    'line ends of two kinds': (text) => text.map((line, i) => (i % 3 === 1 && i < text.length - 1 ? line : line)).flatMap((line, i) => (i % 5 === 4 && i + 1 < text.length ? [`${line}\n${text[i + 1]}`] : i % 5 === 0 && i > 0 ? [] : [line])),
    'session: empty s=': all(/^s=/, () => 's='), 'session: v=1': all(/^v=/, () => 'v=1'), 'session: blank in v=': all(/^v=/, () => 'v= 0'),
    'session: o= of IPv6': all(/^o=/, (line) => line.replace(/IN IP4 \S+/, 'IN IP6 ::1')), 'session: o= with a host name': all(/^o=/, (line) => line.replace(/IN IP4 \S+/, 'IN IP4 host.example')),
    'session: o= of version 0': all(/^o=/, (line) => line.replace(/ \d+ IN/, ' 0 IN')), 'session: o= of version beyond 64 bits': all(/^o=/, (line) => line.replace(/ \d+ IN/, ' 99999999999999999999999 IN')),
    'session: a=ice-lite': inSession('a=ice-lite'), 'session: direction': inSession('a=recvonly'), 'session: a=extmap-allow-mixed twice': inSession(['a=extmap-allow-mixed', 'a=extmap-allow-mixed']),
    'session: a=candidate': inSession('a=candidate:1 1 udp 2122260223 192.0.2.7 5000 typ host'), 'session: a=end-of-candidates': inSession('a=end-of-candidates'), 'session: a=rtcp-mux': inSession('a=rtcp-mux'),
    'session: a=mid': inSession('a=mid:9'), 'session: a=identity': inSession('a=identity:eyJ4Ijoi'), 'session: a=tool': inSession('a=tool:x 1.0'),
    'connection: IPv6': all(/^c=/, () => 'c=IN IP6 ::'), 'connection: with a TTL': all(/^c=/, () => 'c=IN IP4 224.2.1.1/127'), 'connection: ATM': all(/^c=/, () => 'c=ATM NSAP 1'),
    'codecs: rtpmap without clock': one(/^a=rtpmap:/, (line) => line.replace(/\/\d+.*/, '')), 'codecs: rtpmap with clock 0': one(/^a=rtpmap:/, (line) => line.replace(/\/\d+/, '/0')),
    'codecs: rtpmap with many channels': one(/^a=rtpmap:\d+ opus/, (line) => line.replace(/\/2$/, '/99')), 'codecs: rtpmap for another number of channels': one(/^a=rtpmap:\d+ opus/, (line) => line.replace(/\/2$/, '')),
    'codecs: a=fmtp ends in a semicolon': one(/^a=fmtp:/, (line) => `${line};`), 'codecs: a=fmtp with commas': one(/^a=fmtp:.*;/, (line) => line.replaceAll(';', ',')),
    'codecs: apt of nothing': one(/^a=fmtp:.*apt=/, (line) => line.replace(/apt=.*/, 'apt=')), 'codecs: apt of a type not there': one(/^a=fmtp:.*apt=/, (line) => line.replace(/apt=.*/, 'apt=5')),
    'codecs: apt of itself': one(/^a=fmtp:.*apt=/, (line) => line.replace(/^a=fmtp:(\d+) .*/, 'a=fmtp:$1 apt=$1')), 'codecs: H264 without packetization-mode': all(/^a=fmtp:.*packetization-mode/, (line) => line.replace(/;?packetization-mode=\d/, '')),
    'codecs: H264 of a level that is none': all(/^a=fmtp:.*profile-level-id/, (line) => line.replace(/profile-level-id=\w+/, 'profile-level-id=xyz')),
    'codecs: a=rtcp-fb without a kind': one(/^a=rtcp-fb:/, (line) => line.split(' ')[0]), 'codecs: a=rtcp-fb in upper case': all(/^a=rtcp-fb:/, (line) => line.toUpperCase().replace('A=RTCP-FB', 'a=rtcp-fb')),
    'setup: holdconn': all(/^a=setup:/, () => 'a=setup:holdconn'), 'setup: active': all(/^a=setup:/, () => 'a=setup:active'), 'setup: passive': all(/^a=setup:/, () => 'a=setup:passive'),
    'profile: TCP/TLS/RTP/SAVPF': all(/^m=(audio|video)/, (line) => line.replace('UDP/TLS/', 'TCP/TLS/')), 'profile: TCP/DTLS/RTP/SAVPF': all(/^m=(audio|video)/, (line) => line.replace('UDP/TLS/', 'TCP/DTLS/')),
    'profile: RTP/AVP': all(/^m=(audio|video)/, (line) => line.replace('UDP/TLS/RTP/SAVPF', 'RTP/AVP')), 'profile: DTLS/SCTP with webrtc-datachannel': all(/^m=application/, (line) => line.replace('UDP/DTLS', 'DTLS')),
    'data: a word more in m=': all(/^m=application/, (line) => `${line} foo`), 'data: m= in upper case': all(/^m=application/, (line) => line.replace('webrtc-datachannel', 'WEBRTC-DATACHANNEL')),
    'data: a=max-message-size of 0': all(/^a=max-message-size/, () => 'a=max-message-size:0'), 'data: a=max-message-size beyond 64 bits': all(/^a=max-message-size/, () => 'a=max-message-size:99999999999999999999999'),
    'data: a=sctp-port of 70000': all(/^a=sctp-port/, () => 'a=sctp-port:70000'), 'bundle-only: port 0 in the last': (text) => {
      const last = sections(text).at(-1);
      return sections(text).length < 2 ? null : text.map((line, i) => (i === last.from ? line.replace(/ \d+ /, ' 0 ') : line)).toSpliced(last.to, 0, 'a=bundle-only');
    },
    'bundle-only: with a port': append('a=bundle-only'), 'sections: a kind that nobody knows': (text) => [...text, 'm=text 0 UDP/TLS/RTP/SAVPF 98', 'c=IN IP4 0.0.0.0', 'a=inactive'],
    'a=rtcp: without an address': all(/^a=rtcp:/, () => 'a=rtcp:9'), 'a=rtcp: of IPv6': all(/^a=rtcp:/, () => 'a=rtcp:9 IN IP6 ::'), 'streams: a=msid of two dashes': all(/^a=msid:/, () => 'a=msid:- -'),
    'streams: a=msid of 300 letters': all(/^a=msid:/, (line) => `${line}${'x'.repeat(300)}`), 'streams: a=msid-semantic of no word': all(/^a=msid-semantic/, () => 'a=msid-semantic:'), 'streams: a=msid-semantic without WMS': all(/^a=msid-semantic/, () => 'a=msid-semantic: X *'),
    'credentials: a=ice-options alone': all(/^a=ice-options/, () => 'a=ice-options'), 'credentials: a=ice-options twice, by comma': all(/^a=ice-options/, () => 'a=ice-options:trickle,renomination'),
  });
}
