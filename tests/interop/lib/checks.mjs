// What is checked inside a page in a call (window.tincan, see apps/web/page.js). Each runs in the page by evaluate().

/// Waits for the call to connect; fails with the page's own words.
export async function connected(page, timeout = 20_000) {
  try {
    await page.waitForFunction(() => window.tincan?.state === 'connected', { timeout });
  } catch {
    const words = await page.evaluate(() => document.getElementById('status-text').textContent);
    throw new Error(`not connected after ${timeout / 1000} s; the page says: ${words}`);
  }
}

/// Waits until the page has sent `count` video frames.
export function sentFrames(page, count) {
  return page.waitForFunction(async (wanted) => {
    const stats = await window.tincan.pc.getStats();
    return [...stats.values()].some((s) => s.type === 'outbound-rtp' && s.kind === 'video' && s.framesSent >= wanted);
  }, { timeout: 30_000, polling: 200 }, count);
}

/// Takes pictures of the remote video until `count` different frame counters were read, in order. Gives the counters and,
/// of the last picture, the colour at the middle of each of the seven bars. Geometry: media/synthetic_camera.h.
export function watchVideo(page, { count = 20, seconds = 15 } = {}) {
  return page.evaluate(async ({ count, seconds }) => {
    const video = window.tincan.remoteVideo;
    const canvas = document.createElement('canvas');
    const pen = canvas.getContext('2d', { willReadFrequently: true });
    const counters = [];
    let bars = null;
    const deadline = performance.now() + seconds * 1000;
    while (counters.length < count && performance.now() < deadline) {
      await new Promise((next) => {
        const wait = setTimeout(next, 500);
        video.requestVideoFrameCallback(() => { clearTimeout(wait); next(); });
      });
      const [w, h] = [video.videoWidth, video.videoHeight];
      if (!w) continue;
      [canvas.width, canvas.height] = [w, h];
      pen.drawImage(video, 0, 0);
      const value = readCounter(w, h);
      if (value === null) continue;
      if (counters.at(-1) !== value) counters.push(value);
      bars = [...Array(7).keys()].map((i) => [...pen.getImageData(Math.floor(((2 * i + 1) * w) / 14), Math.floor(h / 4), 1, 1).data.slice(0, 3)]);
    }
    return { counters, bars, width: video.videoWidth, height: video.videoHeight };

    function readCounter(w, h) {
      const top = Math.floor(h * (1 - 3 / 60));
      const strip = pen.getImageData(0, top, w, Math.max(1, Math.floor(h * (1 - 1 / 60)) - top));
      const luma = [...Array(32).keys()].map((cell) => {
        let sum = 0;
        let pixels = 0;
        for (let y = 0; y < strip.height; y++) {
          for (let x = Math.ceil(((cell + 0.25) * w) / 32); x < ((cell + 0.75) * w) / 32; x++) {
            const at = (y * w + x) * 4;
            sum += 0.299 * strip.data[at] + 0.587 * strip.data[at + 1] + 0.114 * strip.data[at + 2];
            pixels++;
          }
        }
        return sum / pixels;
      });
      const white = (luma[0] + luma[31]) / 2;
      const black = (luma[1] + luma[30]) / 2;
      if (white - black < 64) return null;
      const bit = (cell) => (luma[cell] > (white + black) / 2 ? 1 : 0);
      const number = (from, size) => [...Array(size).keys()].reduce((value, i) => value * 2 + bit(from + i), 0);
      const counter = number(2, 24);
      let check = 0b1010;
      for (let digits = counter; digits > 0; digits = Math.floor(digits / 16)) check ^= digits % 16;
      return number(26, 4) === check ? counter : null;
    }
  }, { count, seconds });
}

/// The frequency (Hz) of the loudest sound from the far end, how far above the rest (dB) it is, and its level (dB).
export function listen(page, { seconds = 10 } = {}) {
  return page.evaluate(async ({ seconds }) => {
    const stream = window.tincan.remoteVideo.srcObject;
    const context = new AudioContext();
    await context.resume();
    const analyser = new AnalyserNode(context, { fftSize: 16384, smoothingTimeConstant: 0 });
    context.createMediaStreamSource(new MediaStream(stream.getAudioTracks())).connect(analyser);
    const levels = new Float32Array(analyser.frequencyBinCount);
    const deadline = performance.now() + seconds * 1000;
    let best = null;
    while (performance.now() < deadline) {
      await new Promise((next) => setTimeout(next, 400));
      analyser.getFloatFrequencyData(levels);
      const peak = levels.reduce((top, level, i) => (level > levels[top] ? i : top), 0);
      const rest = levels.filter((_, i) => Math.abs(i - peak) > 20).reduce((top, level) => Math.max(top, level), -200);
      best = { frequency: (peak * context.sampleRate) / analyser.fftSize, above: levels[peak] - rest, level: levels[peak] };
      if (best.level > -40 && best.above > 20) break;
    }
    await context.close();
    return best;
  }, { seconds });
}

/// Sends `count` messages, text and binary in turn, of sizes up to 64 KiB, over a channel of the page's own that the far
/// end echoes; gives how many came back as they were and what was wrong with the first that did not.
export function echo(page, { count = 1000, largest = 65536, seconds = 60 } = {}) {
  return page.evaluate(async ({ count, largest, seconds }) => {
    const channel = window.tincan.pc.createDataChannel('echo');
    channel.binaryType = 'arraybuffer';
    channel.bufferedAmountLowThreshold = 256 * 1024;
    await new Promise((open, failed) => {
      channel.onopen = open;
      channel.onclose = () => failed(new Error('the channel closed before it opened'));
    });
    let state = 0x2545f491;
    const random = () => {  // xorshift32: the same messages in every run
      state ^= state << 13; state >>>= 0;
      state ^= state >>> 17;
      state ^= state << 5; state >>>= 0;
      return state;
    };
    const letters = [...'abcdefghijklmnopqrstuvwxyz äöü €漢字🎉'];
    const make = (i) => {
      // Every power of two and its neighbours, the empty message, the largest; then sizes at random.
      const edges = [0, 1, 2, 1023, 1024, 1025, 16383, 16384, 16385, largest - 1, largest];
      const size = i < 2 * edges.length ? edges[i >> 1] : random() % (i % 10 === 0 ? largest + 1 : 2000);
      if (i % 2 === 1) {
        const bytes = new Uint8Array(size);
        for (let k = 0; k < size; k++) bytes[k] = random();
        return bytes;
      }
      let text = '';
      let used = 0;
      const encoder = new TextEncoder();
      const piece = Array.from({ length: 32 }, () => letters[random() % letters.length]).join('');
      const pieceSize = encoder.encode(piece).length;
      while (used + pieceSize <= size) { text += piece; used += pieceSize; }
      return text + 'x'.repeat(size - used);
    };
    const sent = Array.from({ length: count }, (_, i) => make(i));
    let same = 0;
    let wrong = null;
    let received = 0;
    const all = new Promise((done) => {
      const timer = setTimeout(done, seconds * 1000);
      channel.onmessage = ({ data }) => {
        const expected = sent[received++];
        const equal = typeof expected === 'string' ? data === expected
          : data instanceof ArrayBuffer && data.byteLength === expected.length && new Uint8Array(data).every((byte, i) => byte === expected[i]);
        if (equal) same++;
        else wrong ??= `message ${received - 1}: sent ${expected.length}, got ${typeof data} ${data.byteLength ?? data.length}`;
        if (received === count) { clearTimeout(timer); done(); }
      };
      channel.onclose = () => { clearTimeout(timer); wrong ??= `closed after ${received} messages`; done(); };
    });
    for (const message of sent) {
      if (channel.readyState !== 'open') break;
      if (channel.bufferedAmount > 1024 * 1024) await new Promise((low) => { channel.onbufferedamountlow = low; });
      channel.send(message);
    }
    await all;
    const bytes = sent.reduce((sum, message) => sum + (typeof message === 'string' ? new Blob([message]).size : message.length), 0);
    channel.onclose = null;
    channel.close();
    return { count, received, same, wrong, bytes };
  }, { count, largest, seconds });
}
