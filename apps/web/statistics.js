// What the panel shows, out of getStats(): rates are differences between two looks.
import { bits } from '/graph.js';

export class Statistics {
  #before = null;
  #first = null;
  #last = null;
  #shortest = Infinity;

  async look(pc) {
    const report = await pc.getStats();
    const all = [...report.values()];
    const inbound = all.filter((s) => s.type === 'inbound-rtp');
    const transport = all.find((s) => s.type === 'transport');
    const pair = report.get(transport?.selectedCandidatePairId) ?? all.find((s) => s.type === 'candidate-pair' && s.nominated);
    const video = inbound.find((s) => s.kind === 'video');
    const audio = inbound.find((s) => s.kind === 'audio');
    const outbound = all.filter((s) => s.type === 'outbound-rtp');
    const told = all.filter((s) => s.type === 'remote-inbound-rtp');
    const lost = inbound.reduce((sum, s) => sum + (s.packetsLost ?? 0), 0);
    const received = inbound.reduce((sum, s) => sum + (s.packetsReceived ?? 0), 0);
    const now = { at: performance.now(), in: transport?.bytesReceived ?? 0, out: transport?.bytesSent ?? 0, received, lost };
    const before = this.#before ?? now;
    this.#before = now;
    const seconds = Math.max(0.001, (now.at - before.at) / 1000);
    const codecs = [...new Set(inbound.map((s) => report.get(s.codecId)?.mimeType?.split('/')[1]).filter(Boolean))];
    // Which of our encodings and layers there are, where there are more than one.
    const layers = all
      .filter((s) => s.type === 'outbound-rtp' && s.kind === 'video' && s.active !== false)
      .map((s) => [s.rid, /^L1T1$/.test(s.scalabilityMode ?? 'L1T1') ? null : s.scalabilityMode].filter(Boolean).join(' '))
      .filter(Boolean);
    const rtt = pair?.currentRoundTripTime == null ? null : pair.currentRoundTripTime * 1000;
    if (rtt != null) this.#shortest = Math.min(this.#shortest, rtt);
    const target = outbound.reduce((sum, s) => sum + (s.targetBitrate ?? 0), 0);
    const limited = outbound.find((s) => s.kind === 'video')?.qualityLimitationReason;
    this.#first ??= now;
    const freezes = freezesOf(video), concealed = concealedOf(audio), repaired = repairedOf(inbound);
    this.#last = { ...now, size: video?.frameWidth ? `${video.frameWidth}×${video.frameHeight}` : null, freezes, concealed, repaired };
    return {
      in: ((now.in - before.in) * 8) / seconds,
      out: ((now.out - before.out) * 8) / seconds,
      received: { audioPackets: audio?.packetsReceived ?? 0, videoFrames: video?.framesDecoded ?? 0 },
      rtt,
      // What a packet waits on the way and back, as far as a browser tells it: above the shortest round trip so far.
      queue: rtt == null ? null : rtt - this.#shortest,
      estimate: pair?.availableOutgoingBitrate ?? null,
      target: target > 0 ? target : null,
      limited: limited && limited !== 'none' ? limited : null,
      loss: lossOf(told, received - before.received, lost - before.lost),
      picture: video?.frameWidth ? `${video.frameWidth}×${video.frameHeight} · ${Math.round(video.framesPerSecond ?? 0)} fps` : null,
      lost: received + lost > 0 ? `${lost} (${((100 * lost) / (received + lost)).toFixed(1)}%)` : null,
      freezes, concealed, repaired,
      codecs: [codecs.join(', '), layers.length > 0 ? `sends ${layers.join(', ')}` : '', protections(pc)].filter(Boolean).join(' · ') || null,
      security: transport?.srtpCipher || transport?.dtlsCipher ? describe(transport) : null,
    };
  }

  /// Of the whole call: [name, value] pairs, none when it was too short to say anything.
  summary() {
    const seconds = this.#last ? (this.#last.at - this.#first.at) / 1000 : 0;
    if (seconds < 1) return [];
    const { received, lost, size, freezes, concealed, repaired } = this.#last;
    const mean = (key) => bits(((this.#last[key] - this.#first[key]) * 8) / seconds);
    const rows = [['length', clock(seconds)], ['received', mean('in')], ['sent', mean('out')],
      ['lost', received + lost > 0 ? `${lost} of ${received + lost}` : '–']];
    if (size) rows.push(['picture', size]);
    for (const [name, value] of [['repaired', repaired], ['freezes', freezes], ['made up', concealed]]) if (value != null) rows.push([name, value]);
    return rows;
  }
}

// All three of the whole call so far; null where the browser does not say.
const freezesOf = (video) => (video?.freezeCount == null ? null : video.freezeCount + (video.totalFreezesDuration > 0 ? ` · ${video.totalFreezesDuration.toFixed(1)} s` : ''));

// What was heard in place of sound that never came; silence in place of it was not heard.
function concealedOf(audio) {
  if (!audio?.totalSamplesReceived) return null;
  const made = (audio.concealedSamples ?? 0) - (audio.silentConcealedSamples ?? 0);
  return `${((100 * made) / audio.totalSamplesReceived).toFixed(1)}%`;
}

// How often something was asked for again (what comes again may be a probe, too), and parity or copies that were of use.
function repairedOf(inbound) {
  const sum = (of) => inbound.reduce((total, s) => total + Math.max(0, of(s)), 0);
  if (!inbound.some((s) => s.nackCount != null || s.fecPacketsReceived != null)) return null;
  const asked = sum((s) => s.nackCount ?? 0), fec = sum((s) => (s.fecPacketsReceived ?? 0) - (s.fecPacketsDiscarded ?? 0));
  return [`${asked} ${asked === 1 ? 'NACK' : 'NACKs'}`, fec > 0 ? `${fec} by FEC` : ''].filter(Boolean).join(' · ');
}

// What is sent beforehand against losses, as far as both have agreed on it: browsers have no statistics of ULPFEC, and of
// RED none but in its codec.
function protections(pc) {
  const listed = (description) => new Set([...(description?.sdp ?? '').matchAll(/^a=rtpmap:\d+ (red\/48000|ulpfec|flexfec-03)\b/gim)].map(([, name]) => name.toLowerCase()));
  const theirs = listed(pc.currentRemoteDescription);
  const words = { 'red/48000': 'RED', ulpfec: 'ULPFEC', 'flexfec-03': 'FlexFEC' };
  const agreed = [...listed(pc.currentLocalDescription)].filter((name) => theirs.has(name)).map((name) => words[name]);
  return agreed.length > 0 ? `against losses ${agreed.join(', ')}` : '';
}

// Percent, of the worse way: what we have missed since the last look, or what the other end says that it has.
function lossOf(told, received, lost) {
  const ours = received + lost > 0 ? Math.max(0, lost) / (received + lost) : 0;
  return 100 * Math.max(ours, ...told.map((s) => s.fractionLost ?? 0));
}

function clock(seconds) {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

function describe(transport) {
  const versions = { FEFD: 'DTLS 1.2', FEFC: 'DTLS 1.3' };
  return [versions[transport.tlsVersion] ?? transport.tlsVersion, transport.dtlsCipher, transport.srtpCipher].filter(Boolean).join(' · ');
}
