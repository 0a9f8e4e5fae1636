// Messages of 64 KiB from one connection to another in this process, for some seconds: MB a second, and messages a second
// of 100 bytes. data.cc is the same in C++; `node data.mjs PATH-OF-data_bench` says both.
import {execFileSync} from 'node:child_process';

import {channels} from '../test/lib.mjs';

const kSeconds = 3;
const kAhead = 4 * 1024 * 1024;  // bytes that wait to be sent

async function run(size) {
  const {a, b, from, to} = await channels();
  const message = new Uint8Array(size);
  let bytes = 0;
  let messages = 0;
  to.onmessage = ({data}) => {
    bytes += data.byteLength;
    ++messages;
  };
  let going = true;
  const fill = () => {
    while (going && from.bufferedAmount < kAhead) from.send(message);
  };
  from.bufferedAmountLowThreshold = kAhead / 2;
  from.onbufferedamountlow = fill;
  fill();
  await new Promise((resolve) => setTimeout(resolve, 500));
  [bytes, messages] = [0, 0];
  const start = performance.now();
  await new Promise((resolve) => setTimeout(resolve, kSeconds * 1000));
  const seconds = (performance.now() - start) / 1000;
  going = false;
  const out = {megabytes: bytes / seconds / 1e6, messages: messages / seconds};
  a.close();
  b.close();
  return out;
}

for (const size of [65536, 100]) {
  const {megabytes, messages} = await run(size);
  console.log(`node  ${size} bytes: ${megabytes.toFixed(1)} MB/s, ${Math.round(messages)} messages/s`);
  if (process.argv[2]) process.stdout.write(execFileSync(process.argv[2], [String(size), String(kSeconds)]));
}
