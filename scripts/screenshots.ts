// Takes the pictures of the console in docs/images/ anew: `npm run screenshots`. A lake of its own is started, filled and stopped.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, ElementHandle } from 'puppeteer-core';
import type { Activity } from '../console/api.ts';
import { LAPTOP, launchBrowser, PHONE } from '../test/helpers/browser.ts';
import { ConsoleLake } from '../test/helpers/console-lake.ts';
import { TestFolders } from '../test/helpers/local-lake.ts';
import { until } from '../test/helpers/until.ts';

const RECORDS = 60_000;
const TARGET = join(import.meta.dirname, '../docs/images');
/** Sharp where it is shown smaller. */
const SCALE = 1.5;

interface Picture {
  readonly name: string;
  readonly path: string;
  readonly theme?: 'light' | 'dark';
  readonly size?: typeof LAPTOP;
  /** What has to be there before the picture is taken. */
  readonly shows: string;
  /** Button to press first. */
  readonly press?: string;
}

const PICTURES: readonly Picture[] = [
  { name: 'console-pipeline', path: '/', shows: '[data-node="topic:quotes"]' },
  { name: 'console-market', path: '/market/NVDA?minutes=5', theme: 'dark', shows: 'canvas' },
  { name: 'console-sql', path: '/sql?named=sector-overview', shows: 'main table tbody tr', press: 'Run' },
  { name: 'console-record', path: '{poison}', shows: '[class*="station"]' },
  { name: 'console-quarantine', path: '/quarantine', shows: 'main table tbody tr' },
  { name: 'console-phone', path: '/market/NVDA?minutes=15', theme: 'dark', size: PHONE, shows: 'canvas' },
];

async function fill(lake: ConsoleLake): Promise<string> {
  console.log(`produce ${RECORDS} records and poison`);
  await lake.client.produce(RECORDS);
  await lake.producePoison();
  await until(
    'all records to be queryable',
    async () => (await ask<Activity>(lake, 'api/activity')).freshness.recordsBehind === 0,
    180_000,
  );
  const { records } = await ask<{ records: { partition: number; offset: number; code: string }[] }>(
    lake,
    'api/quarantine?code=price_invalid',
  );
  const [poison] = records;
  if (poison === undefined) throw new Error('no poison record is quarantined');
  return `/topics/quotes/${poison.partition}/${poison.offset}`;
}

async function ask<T>(lake: ConsoleLake, path: string): Promise<T> {
  return (await fetch(new URL(path, lake.console.url))).json() as Promise<T>;
}

async function take(browser: Browser, url: string, picture: Picture): Promise<void> {
  const { name, theme = 'light', size = LAPTOP, shows, press } = picture;
  const page = await browser.newPage();
  await page.setViewport({ ...size, deviceScaleFactor: SCALE });
  await page.emulateMediaFeatures([
    { name: 'prefers-color-scheme', value: theme },
    { name: 'prefers-reduced-motion', value: 'reduce' },
  ]);
  await page.goto(url, { waitUntil: 'load' });
  if (press !== undefined) await page.locator(`::-p-aria([name="${press}"][role="button"])`).click();
  const found: ElementHandle | null = await page.waitForSelector(shows, { timeout: 30_000 });
  await until('the page to be whole', async () => (await page.$('main [aria-busy="true"]')) === null, 30_000);
  await found?.dispose();
  await page.evaluate('new Promise((done) => setTimeout(done, 1500))');
  await page.screenshot({ path: `${TARGET}/${name}.webp`, type: 'webp', quality: 88 });
  await page.close();
  console.log(`docs/images/${name}.webp`);
}

const folders = new TestFolders();
const profile = mkdtempSync(join(tmpdir(), 'tickerlake-browser-'));
mkdirSync(TARGET, { recursive: true });
let lake: ConsoleLake | undefined;
let browser: Browser | undefined;
try {
  lake = await ConsoleLake.start(folders);
  const poison = await fill(lake);
  browser = await launchBrowser(profile);
  for (const picture of PICTURES) {
    const url = new URL(picture.path.replace('{poison}', poison), lake.console.url).href;
    await take(browser, url, picture);
  }
} finally {
  await browser?.close();
  await lake?.stop();
  folders.remove();
  rmSync(profile, { recursive: true, force: true });
}
