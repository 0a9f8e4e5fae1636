'use strict';
// One page of a web-platform-tests checkout in jsdom, with the addon in place of the browser's WebRTC:
//   node page.cjs WPT-FOLDER PAGE      a line of JSON: {status, message, tests: [{name, status, message}]}
const fs = require('node:fs');
const path = require('node:path');
const {JSDOM, ResourceLoader, VirtualConsole} = require('jsdom');
const {install} = require('./window.cjs');

const [folder, page] = process.argv.slice(2);
const origin = 'https://web-platform.test:8443';

// What the server of web-platform-tests puts in (docs/writing-tests/server-features).
const values = {
  'hosts[][]': 'web-platform.test', 'hosts[][www]': 'www.web-platform.test', 'ports[https][0]': '8443', 'ports[http][0]': '8000',
};
// What a browser's driver does for the tests: everything is permitted.
const kVendor = `Object.assign(window.test_driver_internal, {
  in_automation: true, set_permission: async () => {}, click: async (element) => element.click(),
});
test_driver.bless = async (intent, action) => action?.();`;
function fileOf(url) {
  const {pathname, searchParams} = new URL(url, origin);
  if (pathname === '/resources/testharnessreport.js') return 'setup({output: false}); add_completion_callback((tests, status) => __finish(tests, status));';
  if (pathname === '/resources/testdriver-vendor.js') return kVendor;
  if (pathname === '/resources/WebIDLParser.js') return fs.readFileSync(path.join(folder, 'resources/webidl2/lib/webidl2.js'), 'utf8');
  const text = fs.readFileSync(path.join(folder, pathname), 'utf8');
  if (!/\.sub\./.test(pathname) && !searchParams.has('pipe')) return text;
  return text.replace(/\{\{([^}]+)\}\}/g, (whole, name) => values[name] ?? whole);
}

// The windows of frames: jsdom asks beforeParse for the page's alone.
const windows = require('jsdom/lib/jsdom/browser/Window.js');
const {createWindow} = windows;
windows.createWindow = (options) => {
  const window = createWindow(options);
  install(window._globalProxy ?? window, fileOf);
  return window;
};

class Files extends ResourceLoader {
  fetch(url) {
    if (url.startsWith('data:')) return Promise.resolve(Buffer.from(decodeURIComponent(url.slice(url.indexOf(',') + 1))));
    try {
      return Promise.resolve(Buffer.from(fileOf(url)));
    } catch {
      return Promise.resolve(Buffer.from(''));  // a 404 stops no page
    }
  }
}

// foo.window.js and foo.any.js are pages that the server makes of their META lines.
function pageOf(name) {
  const script = name.replace(/\.html(\?.*)?$/, '.js');
  if (fs.existsSync(path.join(folder, name))) return fileOf(name);
  const text = fs.readFileSync(path.join(folder, script), 'utf8');
  const scripts = [...text.matchAll(/^\/\/ META: script=(.*)$/gm)].map(([, src]) => `<script src="${src.trim()}"></script>`);
  return `<!doctype html><meta charset=utf-8>${/META: timeout=long/.test(text) ? '<meta name=timeout content=long>' : ''}
<script src="/resources/testharness.js"></script><script src="/resources/testharnessreport.js"></script>
${scripts.join('\n')}<script src="${path.basename(script)}"></script>`;
}

function finish(result) {
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
}

const virtualConsole = new VirtualConsole();
virtualConsole.on('jsdomError', (error) => process.stderr.write(`${error.stack ?? error}\n`));
for (const level of ['log', 'warn', 'error']) virtualConsole.on(level, (...args) => process.stderr.write(`${args.join(' ')}\n`));

const dom = new JSDOM(pageOf(page), {
  url: `${origin}/${page}`,
  runScripts: 'dangerously',
  pretendToBeVisual: true,
  resources: new Files(),
  virtualConsole,
  beforeParse(window) {
    install(window, fileOf);
    window.__finish = (tests, status) => finish({
      status: status.status,
      message: status.message,
      tests: tests.map(({name, status: each, message}) => ({name, status: each, message})),
    });
  },
});

// What nobody caught is the page's error, as in a browser.
const uncaught = (error) => {
  const {window} = dom;
  const event = new window.ErrorEvent('error', {error, message: String(error?.message ?? error)});
  window.dispatchEvent(event);
};
process.on('uncaughtException', uncaught);
process.on('unhandledRejection', (reason, promise) => {
  const event = new dom.window.Event('unhandledrejection', {cancelable: true});
  Object.assign(event, {reason, promise});
  dom.window.dispatchEvent(event);
});
