// simple-peer's own tests on the addon: DIR is a checkout of feross/simple-peer, anywhere outside this repository, with
// its packages (npm install --ignore-scripts; tape, thunky, bowser, simple-get, string-to-stream, prettier-bytes).
//
//     node node/scripts/simple_peer.mjs DIR [--only FILE of its test/]
//
// Each file runs in a process of its own, by tape, with WRTC=wrtc as its `npm run test-node` has it; `wrtc` is the addon
// there. A process also runs z-cleanup.js, as theirs does at the end: it ends what their tests leave open. One line a file,
// and 1 where anything failed.
import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

import {commandLine, fail, folder, text} from '../../scripts/command_line.mjs';

const preload = fileURLToPath(new URL('as_wrtc.cjs', import.meta.url));
const kLimit = 120_000;  // a file, in milliseconds

const {options: {only}, words: [dir]} = commandLine(import.meta.url, {options: {only: {is: text}}, words: [['DIR, a checkout of feross/simple-peer (make simple-peer DIR=folder),', folder]]});
if (!fs.existsSync(path.join(dir, 'test', 'common.js'))) fail(`${dir} is no checkout of simple-peer (feross/simple-peer): it has no test/common.js`, 2);
if (!fs.existsSync(path.join(dir, 'node_modules', 'tape'))) {
  fail(`its packages are missing: cd ${dir} && npm install --ignore-scripts && ` +
    'npm install --no-save --ignore-scripts tape@5 thunky bowser simple-get string-to-stream prettier-bytes', 2);
}

const files = fs.readdirSync(path.join(dir, 'test')).filter((name) => name.endsWith('.js') && !['common.js', 'z-cleanup.js'].includes(name))
  .filter((name) => !only || name === only);
if (files.length === 0) fail(`--only: there is no ${only} in ${path.join(dir, 'test')}`, 2);
const total = {tests: 0, passed: 0, failed: 0};
for (const file of files) {
  const {stdout, stderr, status, signal} = spawnSync(
    process.execPath, ['--require', preload, path.join('node_modules', 'tape', 'bin', 'tape'), path.join('test', file), path.join('test', 'z-cleanup.js')],
    {cwd: dir, encoding: 'utf8', timeout: kLimit, env: {...process.env, WRTC: 'wrtc'}});
  const lines = stdout.split('\n');
  const count = (pattern) => lines.filter((line) => pattern.test(line)).length;
  const tests = count(/^# /) - count(/^# (tests|pass|fail|ok|cleanup|get config)\b/);
  const passed = count(/^ok /);
  let failed = count(/^not ok /);
  if (status !== 0 && failed === 0) failed = 1;  // ended, or was ended, before it could say so
  total.tests += tests;
  total.passed += passed;
  total.failed += failed;
  console.log(`${file.padEnd(18)} ${tests} tests, ${passed} assertions passed, ${failed} failed${signal ? ` (${signal})` : ''}`);
  if (failed === 0) continue;
  console.log(lines.filter((line) => /^(not ok|# )/.test(line)).slice(-12).join('\n'));
  console.log(stderr.split('\n').slice(0, 12).join('\n'));
}
console.log(`${'all'.padEnd(18)} ${total.tests} tests, ${total.passed} assertions passed, ${total.failed} failed`);
process.exit(total.failed === 0 ? 0 : 1);
