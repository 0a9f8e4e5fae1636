// coturn as STUN and TURN server: what `tincan ice` finds, what it says of a server that fails, and calls over relays.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { after, before, test } from 'node:test';

import { connected, watchVideo } from './lib/checks.mjs';
import { startCoturn } from './lib/coturn.mjs';
import { launchChromium, launchFirefox, withPage } from './lib/launch.mjs';
import { program, startCall } from './lib/tincan.mjs';

let server;
before(async () => { server = await startCoturn(); });
after(() => server?.stop());

function ice(...args) {
  const child = spawn(program, ['ice', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { output += chunk; });
  return new Promise((done) => child.on('close', (status) => done({ status, output })));
}
const credentials = () => ['--username', server.username, '--credential', server.credential];

test('candidates are printed with their servers and round trips', async () => {
  const { status, output } = await ice('--loopback', '--server', server.turn, '--server', server.stun, ...credentials());
  assert.equal(status, 0, output);
  assert.match(output, /^host +udp +127\.0\.0\.1:\d+ /m);
  assert.match(output, /^relay +udp +127\.0\.0\.1:\d+ +[\d.]+ m?s +turn:127\.0\.0\.1:\d+/m);
  assert.match(output, /\d+ host, \d+ relay/);
});

for (const way of ['turn', 'turnTcp', 'turns']) {
  test(`--check ${way}: a relay that carries data`, async () => {
    const { status, output } = await ice('--loopback', '--no-ipv6', '--cacert', server.certificate, '--check', server[way], ...credentials());
    assert.equal(status, 0, output);
    assert.match(output, /yes {2}username and password are right/);
    assert.match(output, /yes {2}carries data: 20 of 20 packets came back/);
  });
}

test('--check stun: and stuns:', async () => {
  const { status, output } = await ice('--loopback', '--no-ipv6', '--cacert', server.certificate, '--check', server.stun, '--check', server.stuns);
  assert.equal(status, 0, output);
  assert.match(output, /answers over UDP/);
  assert.match(output, /answers over TLS/);
  assert.match(output, /2 of 2 servers work/);
});

test('a wrong password, a certificate nobody trusts, a port where nobody is', { timeout: 60_000 }, async () => {
  const wrong = await ice('--loopback', '--no-ipv6', '--check', server.turn, '--username', 'user', '--credential', 'wrong');
  assert.equal(wrong.status, 1, wrong.output);
  assert.match(wrong.output, /NO {3}wrong username or password \(401 /);

  const untrusted = await ice('--loopback', '--no-ipv6', '--check', server.turns, ...credentials());
  assert.equal(untrusted.status, 1, untrusted.output);
  assert.match(untrusted.output, /NO {3}cannot be used over TLS \(701 .*certificate/);

  const closed = createServer();
  await new Promise((ready) => closed.listen(0, '127.0.0.1', ready));
  const { port } = closed.address();
  await new Promise((done) => closed.close(done));
  const refused = await ice('--loopback', '--no-ipv6', '--check', `turn:127.0.0.1:${port}?transport=tcp`, ...credentials());
  assert.equal(refused.status, 1, refused.output);
  assert.match(refused.output, /701 .*refused/);

  const nowhere = await ice('--loopback', '--no-ipv6', '--check', 'stun:no-such-host.invalid');
  assert.equal(nowhere.status, 1, nowhere.output);
  assert.match(nowhere.output, /701 /);
});

test('what the command line lacks is said in one line', async () => {
  for (const [args, words] of [
    [['--check', server.turn], /a TURN server needs --username and --credential/],
    [['--check', 'http://example.org'], /http/],
    [['--relay'], /--relay needs a turn:/],
  ]) {
    const { status, output } = await ice(...args);
    assert.equal(status, 2, output);
    assert.match(output, words);
    assert.equal(output.trim().split('\n').length, 1, output);
  }
});

/// The page's own peer connection goes over the relay too.
const relayOnly = (servers) => `
  const Original = RTCPeerConnection;
  window.RTCPeerConnection = class extends Original {
    constructor(configuration = {}) {
      super({ ...configuration, iceTransportPolicy: 'relay', iceServers: ${JSON.stringify(servers)} });
    }
  };`;

const pairOf = (page) => page.evaluate(async () => {
  const stats = [...(await window.tincan.pc.getStats()).values()];
  const pair = stats.find((each) => each.type === 'candidate-pair' && each.nominated && each.state === 'succeeded');
  const type = (id) => stats.find((each) => each.id === id)?.candidateType;
  return { local: type(pair?.localCandidateId), remote: type(pair?.remoteCandidateId) };
});

for (const [browser, launch] of [['Chromium', launchChromium], ['Firefox', launchFirefox]]) {
  test(`a call over relays with ${browser}, iceTransportPolicy 'relay'`, { timeout: 90_000 }, async () => {
    const tincan = await startCall(['--video', '--data', '--ice-server', server.turn, '--ice-username', server.username,
      '--ice-credential', server.credential, '--ice-policy', 'relay', '--loopback']);
    try {
      await withPage('about:blank', async (page) => {
        const { username, credential } = server;
        await page.evaluateOnNewDocument(relayOnly([{ urls: server.turn, username, credential }]));
        await page.goto(`${tincan.url}?auto=1`);
        await connected(page);
        const video = await watchVideo(page, { count: 10 });
        assert.ok(video.counters.length >= 10);
        assert.equal((await pairOf(page)).local, 'relay');
        await page.click('#hangup');
      }, { launch });
      const { report } = await tincan.end({ interrupt: false });
      assert.equal(report.pair.localType, 'relay');
    } finally {
      await tincan.clean();
    }
  });
}
