// Headless Chromium and Firefox with their fake cameras and microphones: a watchdog, and one retry.
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

const firefoxPath = process.env.FIREFOX ?? '/usr/bin/firefox-esr';
const quiet = Object.fromEntries([
  'network.captive-portal-service.enabled', 'network.connectivity-service.enabled', 'app.normandy.enabled', 'app.update.auto',
  'toolkit.telemetry.enabled', 'datareporting.policy.dataSubmissionEnabled', 'browser.safebrowsing.malware.enabled',
  'browser.safebrowsing.phishing.enabled', 'media.gmp-manager.updateEnabled', 'media.gmp-provider.enabled',
].map((name) => [name, false]));
export const preferences = {
  ...quiet,
  'services.settings.server': 'data:,#remote-settings-dummy/v1',
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  'media.peerconnection.ice.loopback': true,
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  'media.autoplay.default': 0,
  'media.cubeb.force_mock_context': true,
  'media.autoplay.block-webaudio': false,
};

/// Headless Firefox with its fake camera and microphone. `preferences` come beside those above.
export async function launchFirefox({ prefs = {}, viewport } = {}) {
  const options = {
    browser: 'firefox',
    executablePath: firefoxPath,
    headless: true,
    timeout: 2 * kLaunchTimeout,
    protocolTimeout: 60_000,
    acceptInsecureCerts: true,
    defaultViewport: viewport ?? { width: 1280, height: 800 },
    extraPrefsFirefox: { ...preferences, ...prefs },
    env: { ...process.env, MOZ_REMOTE_SETTINGS_DEVTOOLS: '1' },
  };
  try {
    return await puppeteer.launch(options);
  } catch (error) {
    console.error(`Firefox did not start (${error.message}); once more`);
    return puppeteer.launch(options);
  }
}

/// Opens a page that reports its errors, and runs `body(page)`; the browser goes away whatever happens. `launch`:
/// launchChromium or launchFirefox.
export async function withPage(url, body, { launch = launchChromium, ...options } = {}) {
  const browser = await launch(options);
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
