// The two judges that peers were tested against: what each says to a list of descriptions, each on a fresh connection.
import { launchChromium, launchFirefox } from '../lib/launch.mjs';

/// Runs in the page: `questions` as sdp_judge takes them, one after the other; the same replies.
async function judgeInPage(questions) {
  // What becomes of each section: by the answer's text, or by what an answer of the far end has done to our own.
  const answered = (text) => text.split(/^(?=m=)/m).slice(1).map((section) => {
    const [, kind, port] = /^m=(\w+) (\d+)/.exec(section);
    const way = /^a=(sendrecv|sendonly|recvonly|inactive)\r?$/m.exec(section)?.[1] ?? 'sendrecv';
    return `${kind} ${port === '0' ? 'rejected' : kind === 'application' ? 'taken' : way}`;
  });
  const agreed = (pc) => {
    const ways = pc.getTransceivers().filter(({ currentDirection }) => ![null, 'stopped'].includes(currentDirection))
      .map(({ receiver, currentDirection }) => `${receiver.track.kind} ${currentDirection}`);
    return pc.sctp ? [...ways, 'application taken'] : ways;
  };
  const replies = [];
  for (const { id, type, sdp, media = '' } of questions) {
    const pc = new RTCPeerConnection();
    const reply = { id, ok: true };
    try {
      if (type !== 'offer') {
        for (const kind of ['audio', 'video']) if (media.includes(kind)) pc.addTransceiver(kind);
        if (media.includes('data')) pc.createDataChannel('x');
        await pc.setLocalDescription(await pc.createOffer());
      }
      if (type !== 'make') await pc.setRemoteDescription({ type, sdp });
      if (type === 'offer') await pc.setLocalDescription(await pc.createAnswer());
      if (type !== 'answer') reply.sdp = pc.localDescription.sdp;
      if (type !== 'make') reply.sections = type === 'offer' ? answered(reply.sdp) : agreed(pc);
    } catch (error) {
      Object.assign(reply, { ok: false, error: String(error.message).slice(0, 200) });
    }
    pc.close();
    replies.push(reply);
  }
  return replies;
}

const kPage = 300;  // Chromium makes no more than 500 connections for a page
const kChunk = 20;  // Firefox keeps closed connections until it collects them

/// {name, browser, ask(questions), close()} for Chromium and Firefox.
export async function openBrowsers() {
  const launched = await Promise.all([['Chromium', launchChromium], ['Firefox', launchFirefox]].map(async ([name, launch]) => {
    const browser = await launch();
    const ask = async (questions) => {
      const replies = [];
      for (let from = 0; from < questions.length; from += kPage) {
        const page = await browser.newPage();
        for (const end = Math.min(from + kPage, questions.length); replies.length < end;) {
          replies.push(...await page.evaluate(judgeInPage, questions.slice(replies.length, Math.min(replies.length + kChunk, end))));
        }
        await page.close();
      }
      return replies;
    };
    return { name, browser, ask, close: () => browser.close() };
  }));
  return launched;
}
