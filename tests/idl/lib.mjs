// The W3C's IDL on one side, our headers on the other: who has which members.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { parse } from 'webidl2';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/// Specifications whose every interface, dictionary and enumeration counts; of mediacapture-streams those named.
const specs = ['webrtc', 'webrtc-stats', 'webrtc-svc', 'webrtc-priority', 'webrtc-encoded-transform', 'mediacapture-streams'];
const ofCapture = new Set(['MediaStream', 'MediaStreamTrack', 'MediaStreamTrackState', 'MediaTrackSettings', 'MediaDeviceInfo', 'MediaDeviceKind']);

/// [{spec, kind, name, members: [names]}], partial definitions apart.
export function idlDefinitions() {
  const out = [];
  for (const spec of specs) {
    const text = readFileSync(new URL(`node_modules/@webref/idl/${spec}.idl`, import.meta.url), 'utf8');
    for (const each of parse(text)) {
      if (!['interface', 'interface mixin', 'dictionary', 'enum'].includes(each.type)) continue;
      if (spec === 'mediacapture-streams' && !ofCapture.has(each.name)) continue;
      const members = each.type === 'enum' ? each.values.map((value) => value.value) : each.members.map(memberName).filter(Boolean);
      out.push({ spec, kind: each.type, name: each.name, members: [...new Set(members)] });
    }
  }
  return out;
}

function memberName(member) {
  if (member.type === 'constructor') return 'constructor';
  if (member.type === 'maplike') return 'maplike';
  // toJSON and EventTarget are of JavaScript: a C++ value prints itself as it likes.
  if (member.type === 'operation') return member.name || null;
  return member.name;
}

const withoutComments = (text) => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/[^\n]*/g, '').replace(/"(\\.|[^"\\])*"/g, '""');

/// The text between the braces at `open`, and where it ends.
function body(text, open) {
  let depth = 0;
  for (let at = open; at < text.length; ++at) {
    if (text[at] === '{') ++depth;
    if (text[at] === '}' && --depth === 0) return { inner: text.slice(open + 1, at), end: at };
  }
  return { inner: '', end: text.length };
}

/// What is declared in a class: names of public members alone.
function publicNames(inner, isStruct) {
  let flat = '';
  let depth = 0;
  for (const c of inner) {
    if (c === '{') { if (depth++ === 0) flat += '{}'; continue; }
    if (c === '}') { --depth; continue; }
    if (depth === 0) flat += c;
  }
  let bare = '';
  depth = 0;
  for (const c of flat) {
    if (c === '(') { if (depth++ === 0) bare += '()'; continue; }
    if (c === ')') { --depth; continue; }
    if (depth === 0) bare += c;
  }
  const names = new Set();
  let isPublic = isStruct;
  for (const part of bare.split(/\b(public|protected|private)\s*:(?!:)/)) {
    if (part === 'public') isPublic = true;
    else if (part === 'private' || part === 'protected') isPublic = false;
    else if (isPublic) for (const match of part.matchAll(/([A-Za-z_]\w*)\s*(?=[;,={(])/g)) names.add(match[1]);
  }
  return names;
}

/// {classes: Map(name → Set of public members), enums: Map(name → Set of enumerators)} of the floors that users see.
export function headers(folders = ['stack', 'media']) {
  const classes = new Map();
  const enums = new Map();
  const files = [];
  for (const folder of folders) {
    for (const name of readdirSync(join(root, folder), { recursive: true })) {
      if (String(name).endsWith('.h')) files.push(join(root, folder, String(name)));
    }
  }
  for (const file of files.sort()) readHeader(withoutComments(readFileSync(file, 'utf8')), classes, enums);
  return { classes, enums };
}

export function readHeader(text, classes, enums) {
  for (const match of text.matchAll(/\benum class (\w+)[^;{]*\{/g)) {
    const { inner } = body(text, match.index + match[0].length - 1);
    enums.set(match[1], new Set(inner.split(',').map((each) => each.trim().split(/\W/)[0]).filter(Boolean)));
  }
  for (const match of text.matchAll(/\b(class|struct) (\w+)(?: final)?(?:\s*:\s*[^;{()]+)?\s*\{/g)) {
    if (text.slice(Math.max(0, match.index - 5), match.index) === 'enum ') continue;
    const { inner } = body(text, match.index + match[0].length - 1);
    const names = classes.get(match[2]) ?? new Set();
    for (const name of publicNames(inner, match[1] === 'struct')) names.add(name);
    classes.set(match[2], names);
  }
}

/// have-local-offer: kHaveLocalOffer.
export const enumerator = (value) => 'k' + value.split(/[-_]/).map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');

/// Whose C++ name is another, because JavaScript's has no meaning here.
const meanings = {
  'RTCPeerConnection.constructor': 'create',
  'RTCStatsReport.maplike': 'forEach',
  'MediaStream.constructor': 'create',
};

/// The class that stands for an IDL name: itself, or without RTC (PeerConnection), or for a dictionary XInit the value X.
function classFor(name, classes) {
  const shorter = name.replace(/^RTC/, '');
  for (const candidate of [name, shorter, name.replace(/Init$/, ''), shorter.replace(/Init$/, ''), name.replace(/^RTCLocal(.*)Init$/, 'RTC$1')]) {
    if (classes.has(candidate)) return classes.get(candidate);
  }
  return null;
}

export function isPresent({ kind, name }, member, { classes, enums }) {
  if (kind === 'enum') return enums.get(name)?.has(enumerator(member)) ?? false;
  const names = classFor(name, classes);
  if (!names) return false;
  const meant = meanings[`${name}.${member}`];
  if (meant) return names.has(meant);
  // A plain struct is made by naming its members.
  if (member === 'constructor') return true;
  return names.has(member) || (member === 'delete' && names.has('remove'));
}
