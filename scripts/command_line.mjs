// How the Node scripts of this repository read their command lines and end: what is wrong is one line that says what to do.
// --help prints the comment at the head of the script and exits 0; a wrong command line exits 2, a failure 1, a signal
// 128 and its number. The C++ programs of bench/ have bench/command_line.h for the same.
import { accessSync, constants, existsSync, readFileSync, statSync, writeSync } from 'node:fs';
import { constants as system } from 'node:os';
import { basename, dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { getSystemErrorMap, parseArgs } from 'node:util';

class WrongValue extends Error {}
const no = (words) => { throw new WrongValue(words); };
const wordsOf = (error) => getSystemErrorMap().get(error.errno)?.[1] ?? error.message;

// ---- What values may be: (text) => value, or throws a WrongValue ----

const numeral = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const between = (least, most, kind, isOne) => (text) => {
  const value = numeral.test(text) ? Number(text) : NaN;
  return isOne(value) && value >= least && value <= most ? value : no(`${text || 'nothing'} is no ${kind} from ${least} to ${most}`);
};
export const number = (least, most) => between(least, most, 'number', Number.isFinite);
export const whole = (least, most) => between(least, most, 'whole number', Number.isSafeInteger);
export const text = (value) => value;
/// One of `all`.
export const oneOf = (all) => (name) => (all.includes(name) ? name : no(`there is no ${name || '""'}; there are ${all.join(', ')}`));
/// Some of `all`, with commas between them.
export const someOf = (all) => (names) => names.split(',').map(oneOf(all));
export const folder = (path) => (existsSync(path) && statSync(path).isDirectory() ? path : no(`there is no folder ${path || '""'}`));
export const inputFile = (path) => (existsSync(path) && statSync(path).isFile() ? path : no(`there is no file ${path || '""'}`));
/// A file that can be written: said before the work and not after it. Nothing is made or changed yet.
export function outputFile(path) {
  try {
    if (existsSync(path)) {
      if (statSync(path).isDirectory()) no(`${path} is a folder: name a file`);
      accessSync(path, constants.W_OK);
    } else {
      accessSync(dirname(resolve(path)), constants.W_OK);
    }
  } catch (error) {
    throw error instanceof WrongValue ? error : new WrongValue(`${path || '""'} cannot be written: ${wordsOf(error)}`);
  }
  return path;
}

// ---- The command line ----

/// The comment at the head of a script.
function headOf(file) {
  const lines = readFileSync(file, 'utf8').split('\n').filter((line, i) => i > 0 || !line.startsWith('#!'));
  const end = lines.findIndex((line) => !line.startsWith('//') && line !== "'use strict';");
  return lines.slice(0, end).filter((line) => line.startsWith('//')).map((line) => line.replace(/^\/\/ ?/, '')).join('\n');
}

let name = 'script';

/// Ends with one line.
export function fail(words, code = 1) {
  console.error(`${name}: ${words}`);
  process.exit(code);
}
const refuse = (words) => fail(`${words} (--help tells more)`, 2);

function checked(what, check, value) {
  try {
    return check(value);
  } catch (error) {
    if (!(error instanceof WrongValue)) throw error;
    return refuse(`${what}: ${error.message}`);
  }
}

/// The options and the words of the command line of the script `url` (import.meta.url), as `{ options, words }`. `options`: a
/// name to `{ is, default }`, where `is` is one of the functions above, or to `{ flag: true }`; `words`: [name, is] of each
/// word that has to be there.
export function commandLine(url, { options = {}, words = [], args = process.argv.slice(2) } = {}) {
  const file = fileURLToPath(url);
  name = basename(file).replace(/\.[cm]?js$/, '');
  endWell();
  const shapes = Object.fromEntries(Object.entries(options).map(([key, { flag }]) => [key, { type: flag ? 'boolean' : 'string' }]));
  const { tokens } = parseArgs({ args, options: { ...shapes, help: { type: 'boolean', short: 'h' } }, strict: false, allowPositionals: true, tokens: true });
  if (tokens.some(({ kind, name: option }) => kind === 'option' && option === 'help')) {
    try {
      writeSync(1, `${headOf(file)}\n`);
    } catch (error) {
      outputFailed(error);
    }
    process.exit(0);
  }
  const out = Object.fromEntries(Object.entries(options).map(([key, each]) => [key, each.flag ? false : each.default]));
  const said = [];
  for (const token of tokens) {
    if (token.kind === 'positional') said.push(token.value);
    if (token.kind !== 'option') continue;
    const option = options[token.name];
    if (!option) refuse(`there is no option ${token.rawName}`);
    if (option.flag && token.value !== undefined) refuse(`${token.rawName} takes no value`);
    if (!option.flag && token.value === undefined) refuse(`${token.rawName} needs a value`);
    out[token.name] = option.flag ? true : checked(token.rawName, option.is, token.value);
  }
  if (said.length > words.length) refuse(`what is "${said[words.length]}" for?`);
  if (said.length < words.length) refuse(`${words[said.length][0]} is missing`);
  return { options: out, words: words.map(([what, is], i) => checked(what, is, said[i])) };
}

// ---- Ends ----

/// A reader that has gone (| head) wants no words; a full disk is to be known.
function outputFailed(error) {
  if (error.code === 'EPIPE') process.exit(1);
  fail(`standard output cannot be written: ${wordsOf(error)}`);
}

const cleaners = [];
/// Calls `clean` when the script ends, however that is; it has to be done when it returns.
export const atEnd = (clean) => { cleaners.push(clean); };

function endWell() {
  process.on('exit', () => { for (const clean of cleaners.splice(0).reverse()) clean(); });
  process.stdout.on('error', outputFailed);
  process.stderr.on('error', () => process.exit(1));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(128 + system.signals[signal]));
  // What a user can mend is one line; a mistake of the script's keeps its stack.
  process.on('uncaughtException', (error) => {
    const ofUser = error instanceof Error && (error.errno !== undefined || error.constructor === Error || error.name === 'TimeoutError');
    fail(ofUser ? String(error.message).split('\n')[0] : error?.stack ?? String(error));
  });
}
