// Holds the C++ floor to the IDL: each member of the W3C's interfaces, dictionaries and enumerations is in our headers,
// or in absent.json with a reason. UPDATE_IDL=1 writes the table of docs/w3c.md anew.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';

import { enumerator, headers, idlDefinitions, isPresent, readHeader, root } from './lib.mjs';

const ours = headers();
const definitions = idlDefinitions();
const reasons = JSON.parse(readFileSync(new URL('absent.json', import.meta.url), 'utf8'));
const reasonFor = (name, member) => [`${name}.${member}`, `${name}.*`].find((key) => key in reasons);

test('each member is there, or has a reason not to be', () => {
  const missing = [];
  for (const each of definitions) {
    for (const member of each.members) {
      if (!isPresent(each, member, ours) && !reasonFor(each.name, member)) missing.push(`${each.name}.${member}`);
    }
  }
  assert.deepEqual(missing, [], 'neither in a header of stack/ or media/, nor in tests/idl/absent.json');
});

test('no reason is stale', () => {
  const used = new Map(Object.keys(reasons).map((key) => [key, 0]));
  const there = [];
  for (const each of definitions) {
    for (const member of each.members) {
      const key = reasonFor(each.name, member);
      if (!key) continue;
      if (isPresent(each, member, ours)) there.push(`${each.name}.${member}`);
      else used.set(key, used.get(key) + 1);
    }
  }
  assert.deepEqual(there, [], 'there, and still in absent.json');
  assert.deepEqual([...used].filter(([, count]) => count === 0).map(([key]) => key), [], 'of no member of the IDL');
  for (const [key, reason] of Object.entries(reasons)) assert.ok(reason.length >= 8, `${key}: say why`);
});

// Of webrtc-stats as it stood in 2021; today's has it no more, and no other name for what it says.
const takenOut = {
  RTCSctpTransportStats: ['transportId', 'smoothedRoundTripTime', 'congestionWindow', 'receiverWindow', 'mtu', 'unackData'],
};

test('what the visitor tells are the members of the dictionary, in the same words', () => {
  // visitMembers() and the declarations are written by hand, one below the other.
  for (const file of ['rtp_stream_stats', 'media_stats', 'transport_stats']) {
    const text = readFileSync(`${root}stack/api/stats/${file}.h`, 'utf8');
    for (const [, struct, body] of text.matchAll(/struct (\w+) : \w+ \{([\s\S]*?)\n\};/g)) {
      const idl = definitions.filter((each) => each.name === struct).flatMap((each) => each.members);
      const told = [...body.matchAll(/visitor\("(\w+)", (?:Always\{)?(\w+)/g)];
      for (const [, name, member] of told) assert.equal(name, member, struct);
      assert.deepEqual(told.map(([, name]) => name), takenOut[struct] ?? idl, struct);
    }
  }
});

test('the reader of headers sees public members and no others', () => {
  const classes = new Map(), enums = new Map();
  readHeader(`
    enum class Colour : uint8_t { kDarkRed, kBlue = 3 };
    struct Plain { int a = 0, b; std::string c{"x"}; void f(int parameter) const { int local = 1; } };
    class Shut final : public Base { int hidden; public: Result<void> open(int x); std::function<void()> onopen; private: void shut(); };
  `, classes, enums);
  assert.deepEqual([...enums.get('Colour')], ['kDarkRed', 'kBlue']);
  for (const name of ['a', 'b', 'c', 'f']) assert.ok(classes.get('Plain').has(name), name);
  for (const name of ['parameter', 'local']) assert.ok(!classes.get('Plain').has(name), name);
  for (const name of ['open', 'onopen']) assert.ok(classes.get('Shut').has(name), name);
  for (const name of ['hidden', 'shut', 'x']) assert.ok(!classes.get('Shut').has(name), name);
  assert.equal(enumerator('have-local-offer'), 'kHaveLocalOffer');
});

test('<tincan/tincan.h> gives the names of the W3C, and no inner ones', () => {
  const text = readFileSync(`${root}include/tincan/tincan.h`, 'utf8');
  const given = new Set([...text.matchAll(/^using (?:stack|media)::(\w+);$/gm)].map(([, name]) => name));
  assert.doesNotMatch(text, /using namespace stack/);
  const own = headers(['stack']);
  const wanted = [...own.classes.keys(), ...own.enums.keys()].filter((name) => name.startsWith('RTC'));
  assert.deepEqual(wanted.filter((name) => !given.has(name)).sort(), [], 'in a header of stack/, and not in tincan.h');
  for (const inner of ['Negotiation', 'Transport', 'EventQueue', 'MediaSession', 'ConnectionHost', 'Command']) assert.ok(!given.has(inner), inner);
});

test('docs/w3c.md has the counts of today', () => {
  const rows = ['| specification | members | there | not, with a reason |', '|---|---|---|---|'];
  for (const spec of [...new Set(definitions.map((each) => each.spec))]) {
    let all = 0, there = 0;
    for (const each of definitions.filter((one) => one.spec === spec)) {
      all += each.members.length;
      there += each.members.filter((member) => isPresent(each, member, ours)).length;
    }
    rows.push(`| ${spec} | ${all} | ${there} | ${all - there} |`);
  }
  // A member that no source of stack/ gives a value is always absent, though the struct has it.
  const sources = readdirSync(`${root}stack`, { recursive: true }).map(String).filter((name) => name.endsWith('.cc'))
    .map((name) => readFileSync(`${root}stack/${name}`, 'utf8')).join('\n');
  const given = new Set([...sources.matchAll(/(?:\.|->)(\w+)(?:\[[^\]]*\])? \+?= /g)].map(([, name]) => name));
  const empty = definitions.filter((each) => each.spec === 'webrtc-stats' && each.kind === 'dictionary')
    .map((each) => [each.name, each.members.filter((member) => !given.has(member) && !['type'].includes(member))])
    .filter(([, members]) => members.length > 0);
  const count = empty.reduce((sum, [, members]) => sum + members.length, 0);
  const unfilled = ['', `Of the members of webrtc-stats, ${count} are always absent: nothing below knows them, has a clock to measure them by, or`,
    'speaks what they count.', '', ...empty.map(([name, members]) => `- ${name}: ${members.join(', ')}`)];
  const absent = ['', '| not there | why |', '|---|---|', ...Object.entries(reasons).map(([key, reason]) => `| \`${key}\` | ${reason} |`)];
  const table = [...rows, ...unfilled, ...absent].join('\n');
  const file = `${root}docs/w3c.md`;
  const text = readFileSync(file, 'utf8');
  const wanted = text.replace(/(<!-- counts -->\n)[\s\S]*?(<!-- end -->)/, (_, before, after) => `${before}${table}\n${after}`);
  if (process.env.UPDATE_IDL) writeFileSync(file, wanted);
  assert.equal(process.env.UPDATE_IDL ? wanted : text, wanted, 'UPDATE_IDL=1 node --test tests/idl/ writes it');
});
