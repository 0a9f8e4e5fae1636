// What the field does to descriptions, by kind. Each takes the lines of a good description and a random number source
// (`pick(list)`), and gives other lines, or null where the description has nothing of that kind.

import { moreKinds } from './more_mutations.mjs';

/// mulberry32: the same mutations in every run of one seed.
export function randomFrom(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return { pick: (list) => list[Math.floor(next() * list.length)], next };
}

const indices = (lines, pattern) => lines.map((line, i) => (pattern.test(line) ? i : -1)).filter((i) => i >= 0);
const sections = (lines) => {
  const starts = indices(lines, /^m=/);
  return starts.map((from, i) => ({ from, to: starts[i + 1] ?? lines.length, kind: /^m=(\w+)/.exec(lines[from])[1] }));
};
/// Changes one line that fits `pattern`, chosen by seed.
const one = (pattern, change) => (lines, random) => {
  const at = random.pick(indices(lines, pattern));
  return at === undefined ? null : lines.flatMap((line, i) => (i === at ? change(line, random) : line));
};
/// Changes every line that fits `pattern`.
const all = (pattern, change) => (lines) =>
  (lines.some((line) => pattern.test(line)) ? lines.flatMap((line) => (pattern.test(line) ? change(line) : line)) : null);
const without = (pattern) => all(pattern, () => []);
/// Adds lines at the end of one media section, of those that `kind` fits.
const append = (added, kind = /./) => (lines, random) => {
  const section = random.pick(sections(lines).filter((each) => kind.test(each.kind)));
  return section ? lines.toSpliced(section.to, 0, ...[added].flat()) : null;
};
/// Puts the lines of one section in an order of its own.
const reorder = (change) => (lines, random) => {
  const section = random.pick(sections(lines));
  const body = change(lines.slice(section.from + 1, section.to), random);
  return body && lines.toSpliced(section.from + 1, section.to - section.from - 1, ...body);
};
const shuffled = (list, random) => list.map((value) => [random.next(), value]).sort((a, b) => a[0] - b[0]).map(([, value]) => value);

const singles = [
  'mid', 'setup', 'ice-ufrag', 'ice-pwd', 'fingerprint', 'rtcp-mux', 'rtcp-rsize', 'msid', 'sctp-port', 'max-message-size',
  'extmap', 'rtpmap', 'fmtp', 'rtcp-fb', 'rtcp', 'group', 'ice-options', 'extmap-allow-mixed', 'msid-semantic',
];
const named = (name) => new RegExp(`^a=${name}(:|$)`);

export const kinds = {};
for (const name of [...singles, 'ssrc', 'candidate', 'sendrecv|recvonly|sendonly']) {
  kinds[`blank at the end: a=${name}`] = one(named(name), (line) => `${line} `);
}
for (const name of singles) kinds[`twice: a=${name}`] = one(named(name), (line) => [line, line]);
for (const letter of ['o', 's', 't', 'c', 'm']) kinds[`blank at the end: ${letter}=`] = one(new RegExp(`^${letter}=`), (line) => `${line} `);
for (const letter of ['s', 't', 'c']) kinds[`twice: ${letter}=`] = one(new RegExp(`^${letter}=`), (line) => [line, line]);
for (const name of ['mid', 'setup', 'rtcp-mux', 'msid', 'sctp-port', 'max-message-size', 'rtcp-rsize', 'rtcp', 'extmap', 'fmtp',
  'ice-options', 'group', 'ssrc', 'rtcp-fb', 'rtpmap']) {
  kinds[`without: a=${name}`] = without(named(name));
  kinds[`empty value: a=${name}`] = one(new RegExp(`^a=${name}:`), () => `a=${name}:`);
}
for (const letter of ['s', 't', 'c']) kinds[`without: ${letter}=`] = without(new RegExp(`^${letter}=`));

Object.assign(kinds, {
  'twice with another value: a=mid': one(/^a=mid:/, (line) => [line, `${line}x`]),
  'twice with another value: a=setup': one(/^a=setup:/, (line) => [line, 'a=setup:passive']),
  'twice with another value: direction': one(/^a=(sendrecv|sendonly|recvonly)$/, (line) => [line, 'a=inactive']),
  'empty line between sections': (lines, random) => lines.toSpliced(random.pick(sections(lines)).from, 0, ''),
  'empty line at the end': (lines) => [...lines, ''],
  'line ends of one byte': (lines) => Object.assign([...lines], { end: '\n' }),
  'no line end at the end': (lines) => Object.assign([...lines], { last: '' }),
  'upper case: a=setup': one(/^a=setup:/, (line) => `a=setup:${line.slice(8).toUpperCase()}`),
  'upper case: hash of the fingerprint': all(/^a=fingerprint:/, (line) => line.replace(/:\S+/, (hash) => hash.toUpperCase())),
  'lower case: fingerprint': all(/^a=fingerprint:/, (line) => line.toLowerCase()),
  'lower case: codec names': all(/^a=rtpmap:/, (line) => line.toLowerCase()),
  'upper case: codec names': all(/^a=rtpmap:/, (line) => line.replace(/ \S+/, (name) => name.toUpperCase())),
  'upper case: protocol of candidates': all(/^a=candidate:/, (line) => line.replace(/ udp /i, ' UDP ')),
  'lower case: profile': all(/^m=/, (line) => line.replace(/ [A-Z/]+ /, (profile) => profile.toLowerCase())),
  'ill-formed: a=ptime': append('a=ptime:x', /audio/),
  'ill-formed: a=maxptime': append('a=maxptime:120.5ms', /audio/),
  'ill-formed: a=framerate': append('a=framerate:fast', /video/),
  'ill-formed: a=extmap without a URI': append('a=extmap:9', /audio|video/),
  'ill-formed: a=extmap of no number': append('a=extmap:x urn:example', /audio|video/),
  'ill-formed: a=rtcp-fb of no number': append('a=rtcp-fb:x nack', /audio|video/),
  'ill-formed: a=rtcp-fb of a type not there': append('a=rtcp-fb:5 nack', /audio|video/),
  'ill-formed: a=fmtp of a type not there': append('a=fmtp:5 x=1', /audio|video/),
  'ill-formed: a=rtpmap of a type not there': append('a=rtpmap:5 foo/90000', /audio|video/),
  'ill-formed: a=fmtp without parameters': one(/^a=fmtp:/, (line) => line.split(' ')[0]),
  'ill-formed: a=fmtp with blanks and semicolons': one(/^a=fmtp:/, (line) => line.replaceAll(';', ' ;; ')),
  'ill-formed: a=ssrc of no number': append('a=ssrc:x cname:y', /audio|video/),
  'ill-formed: a=ssrc without attribute': append('a=ssrc:12345', /audio|video/),
  'ill-formed: a=ssrc-group of streams not there': append('a=ssrc-group:FID 1 2', /audio|video/),
  'ill-formed: a=ssrc-group empty': append('a=ssrc-group:FID', /audio|video/),
  'ill-formed: a=imageattr': append('a=imageattr:x', /video/),
  'ill-formed: a=rid': append('a=rid:~ nowhere', /video/),
  'ill-formed: a=simulcast': append('a=simulcast:nowhere', /video/),
  'ill-formed: a=rtcp': append('a=rtcp:x', /audio|video/),
  'ill-formed: a=crypto': append('a=crypto:x', /audio|video/),
  'ill-formed: a=max-message-size': all(/^a=max-message-size/, () => 'a=max-message-size:big'),
  'ill-formed: a=ice-options': all(/^a=ice-options/, () => 'a=ice-options:'),
  'ill-formed: b=': (lines, random) => lines.toSpliced(random.pick(sections(lines)).from + 2, 0, 'b=AS:much'),
  'ill-formed: b= without a type': (lines, random) => lines.toSpliced(random.pick(sections(lines)).from + 2, 0, 'b=500'),
  'ill-formed: c=': one(/^c=/, () => 'c=IN IP4 nowhere.example'),
  'ill-formed: t=': one(/^t=/, () => 't=x y'),
  'ill-formed: o= with a long session id': one(/^o=/, (line) => line.replace(/ \d+ /, ' 99999999999999999999999 ')),
  'ill-formed: o= with a name of two words': one(/^o=/, (line) => line.replace('o=', 'o=two ')),
  'unknown: attribute': append('a=x-unknown:value of it'),
  'unknown: attribute with an empty name': append('a=:'),
  'unknown: a= alone': append('a='),
  'unknown: type of line': append('x=unknown'),
  'unknown: type of line in the session': (lines) => lines.toSpliced(sections(lines)[0].from, 0, 'y=unknown'),
  'unknown: b= type': (lines, random) => lines.toSpliced(random.pick(sections(lines)).from + 2, 0, 'b=X-FOO:12'),
  'unknown: line without an equals sign': append('nonsense'),
  'value where none belongs: a=rtcp-mux': all(/^a=rtcp-mux$/, (line) => `${line}:1`),
  'value where none belongs: a=rtcp-rsize': all(/^a=rtcp-rsize$/, (line) => `${line}:1`),
  'value where none belongs: a=extmap-allow-mixed': append('a=extmap-allow-mixed:1', /audio|video/),
  'order: b= before c=': reorder((body) => ['b=AS:500', ...body]),
  'order: b= among a=': reorder((body) => body.toSpliced(4, 0, 'b=AS:500')),
  'order: c= last': reorder((body) => [...body.filter((line) => !line.startsWith('c=')), ...body.filter((line) => line.startsWith('c='))]),
  'order: a= shuffled': reorder((body, random) => [...body.filter((line) => !line.startsWith('a=')), ...shuffled(body.filter((line) => line.startsWith('a=')), random)]),
  'order: t= before s=': (lines) => [...lines.slice(0, 2), 't=0 0', ...lines.slice(2).filter((line) => !line.startsWith('t='))],
  'groups: BUNDLE twice': one(/^a=group:BUNDLE/, (line) => [line, line]),
  'groups: two BUNDLEs': one(/^a=group:BUNDLE( \S+){2,}/, (line) => [line.split(' ').slice(0, 2).join(' '), `a=group:BUNDLE ${line.split(' ').slice(2).join(' ')}`]),
  'groups: LS beside BUNDLE': one(/^a=group:BUNDLE/, (line) => [line, line.replace('BUNDLE', 'LS')]),
  'groups: BUNDLE of a mid not there': one(/^a=group:BUNDLE/, (line) => `${line} nowhere`),
  'groups: BUNDLE of one mid twice': one(/^a=group:BUNDLE/, (line) => `${line} ${line.split(' ').at(-1)}`),
  'groups: BUNDLE empty': one(/^a=group:BUNDLE/, () => 'a=group:BUNDLE'),
  'groups: BUNDLE in lower case': one(/^a=group:BUNDLE/, (line) => line.replace('BUNDLE', 'bundle')),
  'no a=mid and no group': (lines) => lines.filter((line) => !/^a=(mid:|group:)/.test(line)),
  'older data: DTLS/SCTP and a=sctpmap': (lines) => (lines.some((line) => line.startsWith('m=application'))
    ? lines.flatMap((line) => (line.startsWith('m=application') ? line.replace(/UDP\/DTLS\/SCTP .*/, 'DTLS/SCTP 5000')
      : line.startsWith('a=sctp-port') ? 'a=sctpmap:5000 webrtc-datachannel 1024' : line)) : null),
  'profile: TCP/DTLS/SCTP': all(/^m=application/, (line) => line.replace('UDP/', 'TCP/')),
  'profile: RTP/SAVPF': all(/^m=(audio|video)/, (line) => line.replace('UDP/TLS/RTP/SAVPF', 'RTP/SAVPF')),
  'profile: UDP/TLS/RTP/SAVP': all(/^m=(audio|video)/, (line) => line.replace('RTP/SAVPF', 'RTP/SAVP')),
  'profile: RTP/AVPF': all(/^m=(audio|video)/, (line) => line.replace('UDP/TLS/RTP/SAVPF', 'RTP/AVPF')),
  'numbers: extensions above 14': all(/^a=extmap:/, (line) => line.replace(/:(\d+)/, (_, id) => `:${Number(id) + 20}`)),
  'numbers: extensions by section': (lines) => {
    const own = sections(lines).flatMap(({ from, to }, i) => lines.slice(from, to)
      .map((line) => (i === 1 ? line.replace(/^a=extmap:(\d+)/, (_, id) => `a=extmap:${(Number(id) % 14) + 1}`) : line)));
    return [...lines.slice(0, sections(lines)[0].from), ...own];
  },
  'numbers: one extension id twice': append(['a=extmap:1 urn:example:one', 'a=extmap:1 urn:example:two'], /audio|video/),
  'numbers: extension id 0': append('a=extmap:0 urn:example:zero', /audio|video/),
  'numbers: extension id 15': append('a=extmap:15 urn:example:fifteen', /audio|video/),
  'numbers: extension id 300': append('a=extmap:300 urn:example:big', /audio|video/),
  'numbers: one payload type twice in m=': one(/^m=(audio|video)/, (line) => `${line} ${line.split(' ').at(-1)}`),
  'numbers: payload type without a=rtpmap': one(/^m=(audio|video)/, (line) => `${line} 77`),
  'numbers: payload type 200': one(/^m=(audio|video)/, (line) => `${line} 200`),
  'numbers: mids of many letters': (lines) => (lines.some((line) => line.startsWith('a=mid:'))
    ? lines.map((line) => (line.startsWith('a=mid:') ? `a=mid:section-${line.slice(6)}`
      : line.startsWith('a=group:BUNDLE') ? line.replace(/ (\S+)/g, ' section-$1') : line)) : null),
  'numbers: m= port 9 and 5': one(/^m=/, (line) => line.replace(/ \d+ /, ' 5 ')),
  'numbers: m= port 0 of the first': (lines) => lines.with(sections(lines)[0].from, lines[sections(lines)[0].from].replace(/ \d+ /, ' 0 ')),
  'numbers: m= of two ports': one(/^m=/, (line) => line.replace(/ (\d+) /, ' $1/2 ')),
  'streams: a=msid only in a=ssrc': all(/^a=msid:/, (line) => `a=ssrc:4711 msid:${line.slice(7)}`),
  'streams: a=msid of no stream': all(/^a=msid:/, (line) => `a=msid:- ${line.split(' ').at(-1)}`),
  'streams: a=msid of one word': all(/^a=msid:/, (line) => line.split(' ')[0]),
  'streams: a=msid of three words': all(/^a=msid:/, (line) => `${line} appdata`),
  'streams: no a=msid and no a=ssrc': (lines) => lines.filter((line) => !/^a=(msid|ssrc)/.test(line)),
  'transport: setup, ufrag, pwd and fingerprint in the session': (lines) => {
    const first = sections(lines)[0];
    const shared = lines.slice(first.from, first.to).filter((line) => /^a=(setup|ice-ufrag|ice-pwd|fingerprint):/.test(line));
    return [...lines.slice(0, first.from), ...shared.filter((line) => !lines.slice(0, first.from).includes(line)),
      ...lines.slice(first.from).filter((line) => !/^a=(setup|ice-ufrag|ice-pwd|fingerprint):/.test(line))];
  },
  'transport: a second fingerprint of an unknown hash': one(/^a=fingerprint:/, (line) => [line, 'a=fingerprint:sha-999 AB:CD']),
  'transport: a second fingerprint of SHA-1': one(/^a=fingerprint:/, (line) => [line, 'a=fingerprint:sha-1 00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13']),
  'transport: passwords of 21 characters': all(/^a=ice-pwd:/, (line) => line.slice(0, 10 + 21)),
  'transport: passwords of 8 characters': all(/^a=ice-pwd:/, (line) => line.slice(0, 10 + 8)),
  'transport: fragments of 3 characters': all(/^a=ice-ufrag:/, (line) => line.slice(0, 12 + 3)),
  'transport: unknown ice-options': all(/^a=ice-options:/, () => 'a=ice-options:trickle x-unknown google-ice'),
  'transport: a=rtcp-mux-only': append('a=rtcp-mux-only', /audio|video/),
  'transport: a=tls-id too short': append('a=tls-id:1'),
  'transport: a=ice-pacing ill-formed': (lines) => lines.toSpliced(sections(lines)[0].from, 0, 'a=ice-pacing:x'),
  'candidates: end-of-candidates twice': append(['a=end-of-candidates', 'a=end-of-candidates']),
});
for (const [name, line] of Object.entries({
  'not one at all': 'a=candidate:nonsense',
  'empty foundation': 'a=candidate: 1 udp 2122260223 192.0.2.7 5000 typ host',
  'zone id': 'a=candidate:1 1 udp 2122260223 fe80::1%eth0 5000 typ host',
  'extension without value': 'a=candidate:1 1 udp 2122260223 192.0.2.7 5000 typ host generation',
  'unknown extension': 'a=candidate:1 1 udp 2122260223 192.0.2.7 5000 typ host x-foo bar',
  'unknown type': 'a=candidate:1 1 udp 2122260223 192.0.2.7 5000 typ other',
  'unknown protocol': 'a=candidate:1 1 sctp 2122260223 192.0.2.7 5000 typ host',
  'host name': 'a=candidate:1 1 udp 2122260223 host.example 5000 typ host',
  'port 0': 'a=candidate:1 1 udp 2122260223 192.0.2.7 0 typ host',
  'port 99999': 'a=candidate:1 1 udp 2122260223 192.0.2.7 99999 typ host',
  'component 2': 'a=candidate:1 2 udp 2122260222 192.0.2.7 5001 typ host',
  'long foundation': `a=candidate:${'f'.repeat(40)} 1 udp 2122260223 192.0.2.7 5000 typ host`,
  'raddr without rport': 'a=candidate:1 1 udp 1686052607 192.0.2.7 5000 typ srflx raddr 0.0.0.0',
})) kinds[`candidates: ${name}`] = append(line);

Object.assign(kinds, moreKinds({ one, all, append, sections }));

/// Some descriptions are mutated by two kinds at once: what is passed over must not lose its neighbour.
export function mutate(sdp, names, random) {
  let lines = sdp.split('\r\n');
  lines.pop();
  for (const name of names) {
    const end = { end: lines.end, last: lines.last };
    lines = kinds[name](lines, random);
    if (lines === null) return null;
    lines.end ??= end.end;
    lines.last ??= end.last;
  }
  const end = lines.end ?? '\r\n';
  const text = lines.join(end) + (lines.last ?? end);
  return text === sdp ? null : text;
}
