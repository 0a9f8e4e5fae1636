#!/usr/bin/env node
// Asks Chromium and Firefox about every description of tests/data/field_descriptions.txt, and says where the head of one
// is not what they make of it. tests/stack/field_descriptions_test.cc holds tincan to the same heads. Exits 1 when a head
// is wrong.
//
//     node tests/interop/field_descriptions.mjs [--update] [--name PART OF A NAME]
//
// --update writes the heads anew. CHROMIUM and FIREFOX name the browsers.
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { commandLine, text } from '../../scripts/command_line.mjs';
import { openBrowsers } from './judge/browsers.mjs';

const { options } = commandLine(import.meta.url, { options: { update: { flag: true }, name: { is: text, default: '' } } });
const file = resolve(fileURLToPath(import.meta.url), '../../data/field_descriptions.txt');

/// "# NAME: offer or answer: what browsers make of it", and the lines of the description until the next one.
const cases = readFileSync(file, 'utf8').split(/^(?=# )/m).filter((part) => part.startsWith('# ')).map((part, id) => {
  const [, name, type, head = ''] = /^# (\w+): (offer|answer)(?:: (.*))?\n/.exec(part);
  const body = part.slice(part.indexOf('\n') + 1).trimEnd();
  return { id, name, type, head, body, sdp: `${body.replaceAll('\n', '\r\n')}\r\n`, media: 'audio video data' };
});

const headOf = ([chromium, firefox]) => {
  const refuses = [chromium, firefox].filter(({ ok }) => !ok).length;
  if (refuses === 2) return 'both refuse';
  if (refuses === 1) return chromium.ok ? 'Firefox refuses' : 'Chromium refuses';
  const [one, other] = [chromium.sections.join(', '), firefox.sections.join(', ')];
  return one === other ? one : `Chromium ${one}; Firefox ${other}`;
};

const browsers = await openBrowsers();
try {
  const asked = cases.filter(({ name }) => name.includes(options.name));
  const replies = await Promise.all(browsers.map((browser) => browser.ask(asked)));
  let wrong = 0;
  for (const [i, each] of asked.entries()) {
    const said = replies.map((all) => all[i]);
    const head = headOf(said);
    const why = said.map(({ error }, k) => (error ? ` (${browsers[k].name}: ${error})` : '')).join('');
    console.log(`${head === each.head ? 'same ' : 'OTHER'} ${each.name}: ${head}${why}`);
    wrong += head === each.head ? 0 : 1;
    each.head = head;
  }
  console.log(`${asked.length} descriptions, ${wrong} heads ${options.update ? 'written anew' : 'are wrong'}`);
  if (options.update) writeFileSync(file, cases.map(({ name, type, head, body }) => `# ${name}: ${type}: ${head}\n${body}\n`).join('\n'));
  process.exitCode = wrong > 0 && !options.update ? 1 : 0;
} finally {
  await Promise.all(browsers.map((browser) => browser.close()));
}
