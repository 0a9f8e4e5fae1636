// Headless Chromium with its fake camera and microphone: a watchdog, and one retry.
import puppeteer from 'puppeteer-core';

const executablePath = process.env.CHROMIUM ?? '/usr/lib/chromium/chromium';
const kLaunchTimeout = 20_000;

export const flags = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--no-default-browser-check',
  '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
  '--disable-extensions', '--disable-background-timer-throttling', '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows', '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream', '--autoplay-policy=no-user-gesture-required',
  '--allow-loopback-in-peer-connection',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1, EXCLUDE [::1]',
];

export async function launchChromium({ without = [], args = [], viewport } = {}) {
  const options = {
    executablePath,
    headless: true,
    pipe: true,
    timeout: kLaunchTimeout,
    protocolTimeout: 60_000,
    defaultViewport: viewport ?? { width: 1280, height: 800 },
    args: [...flags.filter((flag) => !without.includes(flag)), ...args],
  };
  try {
    return await puppeteer.launch(options);
  } catch (error) {
    console.error(`Chromium did not start (${error.message}); once more`);
    return puppeteer.launch(options);
  }
}

/// Opens a page that reports its errors, and runs `body(page)`; the browser goes away whatever happens.
export async function withPage(url, body, options) {
  const browser = await launchChromium(options);
  const errors = [];
  try {
    const page = await browser.newPage();
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('console', (message) => { if (message.type() === 'error') errors.push(message.text()); });
    await page.goto(url);
    const result = await body(page);
    if (errors.length > 0) throw new Error(`errors in the page:\n${errors.join('\n')}`);
    return result;
  } finally {
    await browser.close();
  }
}
