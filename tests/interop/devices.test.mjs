// Real devices and files in calls with Chromium. PulseAudio with a null sink alone stands for the sound hardware: what is
// played on it comes out of its monitor, which is a microphone. Cameras are not in test machines; files are.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { connected, listen } from './lib/checks.mjs';
import { launchChromium } from './lib/launch.mjs';
import { program, startCall } from './lib/tincan.mjs';

const run = promisify(execFile);
const there = async (command) => run('which', [command]).then(() => true, () => false);
const kTone = 440;
let browser, folder, pulse;

before(async () => {
  browser = await launchChromium();
  folder = await mkdtemp(join(tmpdir(), 'tincan-pulse-'));
  process.env.XDG_RUNTIME_DIR = process.env.HOME = folder;
  process.env.PULSE_SERVER = `unix:${join(folder, 'socket')}`;
  pulse = await there('pulseaudio');
  if (pulse) await run('pulseaudio', ['--daemonize=yes', '-n', '--exit-idle-time=-1', '--disable-shm=yes',
    '-L', `module-native-protocol-unix socket=${join(folder, 'socket')} auth-anonymous=1`,
    '-L', 'module-null-sink sink_name=tin sink_properties=device.description=Tin',
    '-L', 'module-null-sink sink_name=ear sink_properties=device.description=Ear']);
});
after(async () => {
  await browser?.close();
  if (pulse) await run('pulseaudio', ['--kill']).catch(() => {});
  await rm(folder, { recursive: true, force: true });
});

/// How much the page's video changes from picture to picture, 0 to 255.
function movement(page) {
  return page.evaluate(async () => {
    const video = window.tincan.remoteVideo;
    const pen = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const looks = [];
    for (let i = 0; i < 8; i++) {
      await new Promise((next) => setTimeout(next, 250));
      pen.drawImage(video, 0, 0, 64, 48);
      looks.push(pen.getImageData(0, 0, 64, 48).data);
    }
    return Math.max(...looks.slice(1).map((look, i) => look.reduce((sum, value, at) => sum + Math.abs(value - looks[i][at]), 0) / look.length));
  });
}

async function hold(args, body) {
  const tincan = await startCall(args);
  const page = await browser.newPage();
  try {
    await page.goto(`${tincan.url}?auto=1`);
    await connected(page);
    await body(page);
    await page.click('#hangup');
    const { code, output, report } = await tincan.end({ interrupt: false });
    assert.equal(code, 0, output);
    return report;
  } finally {
    await page.close();
    await tincan.clean();
  }
}

test('the list has real and synthetic devices', async (t) => {
  const { stdout } = await run(program, ['call', '--list-devices']);
  assert.match(stdout, /audioinput +tincan-microphone/);
  assert.match(stdout, /videoinput +tincan-camera/);
  if (!pulse || /without FFmpeg/.test(stdout)) return t.skip('no sound server, or no FFmpeg');
  assert.match(stdout, /audioinput +pulse:tin\.monitor +Monitor of Tin/);
  assert.match(stdout, /audiooutput +pulse:ear +Ear/);
});

test('a file of any kind, sound and pictures', { timeout: 60_000 }, async (t) => {
  if (!await there('ffmpeg')) return t.skip('no ffmpeg to make a file with');
  const file = join(folder, 'film.mp4');
  await run('ffmpeg', ['-y', '-f', 'lavfi', '-i', 'testsrc=s=320x240:r=25:d=4', '-f', 'lavfi', '-i', `sine=frequency=${kTone}:duration=4`,
    '-c:v', 'mpeg4', '-c:a', 'aac', file]);
  await hold(['--file', file], async (page) => {
    const tone = await listen(page);
    assert.ok(tone && Math.abs(tone.frequency - kTone) < 8, `the loudest sound is at ${tone?.frequency} Hz`);
    assert.ok(await movement(page) > 0.5, 'the pictures move');
    assert.deepEqual(await page.evaluate(() => [window.tincan.remoteVideo.videoWidth, window.tincan.remoteVideo.videoHeight]), [320, 240]);
  });
});

test('a microphone, and a speaker', { timeout: 60_000 }, async (t) => {
  if (!pulse || !await there('ffmpeg')) return t.skip('no sound server');
  const tone = spawn('ffmpeg', ['-re', '-f', 'lavfi', '-i', `sine=frequency=${kTone}`, '-f', 'pulse', '-device', 'tin', 'tone'], { stdio: 'ignore' });
  const recorded = join(folder, 'heard.wav');
  const recorder = spawn('ffmpeg', ['-f', 'pulse', '-i', 'ear.monitor', '-y', recorded], { stdio: ['pipe', 'ignore', 'ignore'] });
  try {
    await hold(['--microphone', 'pulse:tin.monitor', '--speaker', 'Ear', '--video'], async (page) => {
      const heard = await listen(page);
      assert.ok(heard && Math.abs(heard.frequency - kTone) < 8, `the loudest sound is at ${heard?.frequency} Hz`);
      await new Promise((done) => setTimeout(done, 2000));
    });
    recorder.stdin.write('q');
    await new Promise((done) => recorder.on('close', done));
    // Chromium's fake microphone beeps.
    const { stderr } = await run('ffmpeg', ['-i', recorded, '-af', 'volumedetect', '-f', 'null', '-']);
    const loudest = Number(/max_volume: (-?[\d.]+) dB/.exec(stderr)?.[1]);
    assert.ok(loudest > -40, `what the speaker played was ${loudest} dB at its loudest`);
  } finally {
    tone.kill('SIGKILL');
    recorder.kill('SIGKILL');
  }
});

// The loader finds something else under the library's name, and goes no further.
test('without FFmpeg the package is named, before anybody is called', { timeout: 20_000 }, async (t) => {
  const film = join(folder, 'any.mp4');
  await writeFile(film, 'anything');
  const lies = join(folder, 'lies');
  await mkdir(lies);
  for (const major of [58, 59, 60, 61, 62]) await writeFile(join(lies, `libavdevice.so.${major}`), 'x'.repeat(4096));
  for (const args of [['--file', film], ['--camera'], ['--microphone'], ['--speaker']]) {
    const told = await run(program, ['call', '--no-browser', '--port', '0', ...args], { env: { ...process.env, LD_LIBRARY_PATH: lies } })
      .then(() => ({ code: 0 }), (error) => error);
    if (/made without FFmpeg/.test(told.stderr ?? '')) return t.skip('built without FFmpeg');
    assert.equal(told.code, 2, `${args}: ${told.stderr}`);
    assert.match(told.stderr, /apt-get install libavdevice\d+/);
  }
  const { stdout } = await run(program, ['call', '--list-devices'], { env: { ...process.env, LD_LIBRARY_PATH: lies } });
  assert.match(stdout, /videoinput +tincan-camera/);
  assert.match(stdout, /apt-get install libavdevice\d+/);
});

test('what is not there is told in a line', { timeout: 20_000 }, async () => {
  const tincan = await startCall(['--camera', 'v4l2:/dev/video99']).catch((error) => ({ error }));
  if (tincan.error) return assert.match(tincan.error.message, /camera|FFmpeg/);
  const page = await browser.newPage();
  try {
    await page.goto(`${tincan.url}?auto=1`);
    const { code, output } = await tincan.end({ interrupt: false });
    assert.notEqual(code, 0);
    assert.match(output, /there is no camera|made without FFmpeg/);
  } finally {
    await page.close();
    await tincan.clean();
  }
});
