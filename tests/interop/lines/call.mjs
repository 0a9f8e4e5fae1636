// A call between two ends whose packets go through a bridge.
import { openBridge } from './bridge.mjs';
import { openChromium, withoutCandidates } from './ends.mjs';
import { Tcp } from './tcp.mjs';

const sleep = (wait) => new Promise((done) => setTimeout(done, wait * 1000));

/// One call of `seconds` over `line`, which Chromium offers: what each end says when it is asked (`received` or
/// `quality` of ends.mjs), and what each way carried. `munge` sees every description on its way.
export async function call(line, { seconds, seed = 1, openLeft = openChromium, openRight = openChromium, munge = (sdp) => sdp, ask = 'received' }) {
  const shape = { ...line };
  const left = await openLeft();
  let right, bridge;
  try {
    right = await openRight();
    const answer = await right.answer(munge(withoutCandidates(await left.offer())));
    bridge = await openBridge(shape, await right.candidate(), { seed });
    await left.accept(munge(withoutCandidates(answer)));
    await left.add(`candidate:1 1 udp 2122260223 127.0.0.1 ${bridge.port} typ host`);
    await left.connected();
    const steps = (line.then ?? []).map(({ after, ...change }) => setTimeout(() => Object.assign(shape, change), after * seconds * 1000));
    // Of a line with `tcp`, one each way, from 5 s on.
    const others = line.tcp ? bridge.directions.map((way) => new Tcp(way, line.delayMs ?? 20)) : [];
    const begin = setTimeout(() => { for (const each of others) each.start(); }, 5000);
    await sleep(seconds);
    for (const step of [...steps, begin]) clearTimeout(step);
    for (const each of others) each.stop();
    const atLeft = await left[ask]();
    const [toLeft, toRight] = [bridge.toLeft, bridge.toRight].map((way) => structuredClone(way));
    const atRight = await right[ask]();
    // What the TCP of each way had of the line.
    const share = (each) => (each ? (each.acknowledged * 8) / (line.rate * (seconds - 5)) : undefined);
    toRight.beside = share(others[0]);
    toLeft.beside = share(others[1]);
    return { atLeft, atRight, toLeft, toRight };
  } finally {
    await left.close();
    await right?.close();
    await bridge?.close();
  }
}
