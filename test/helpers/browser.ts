/** A browser without a head, and what tests ask of a page in it. */
import { delimiter } from 'node:path';
import axe from 'axe-core';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { browserToolPaths } from '../../local/tools.ts';

export const LAPTOP = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844, isMobile: true, hasTouch: true };

/** Time zone and language that pictures and tests do not depend on. */
const ARGUMENTS = ['--no-sandbox', '--disable-dev-shm-usage', '--lang=en-US', '--font-render-hinting=none'];

/** @param folder for what the browser keeps */
export function launchBrowser(folder: string): Promise<Browser> {
  const { browser, libraries } = browserToolPaths();
  const path = [process.env['LD_LIBRARY_PATH'], libraries].filter(Boolean).join(delimiter);
  return puppeteer.launch({
    executablePath: browser,
    args: ARGUMENTS,
    headless: 'shell',
    userDataDir: folder,
    env: {
      ...process.env,
      TMPDIR: folder,
      LANG: 'en_US.UTF-8',
      ...(path === '' ? {} : { LD_LIBRARY_PATH: path }),
    },
  });
}

/** What a page said and asked for that it should not have. */
export interface Complaints {
  /** Of its console, and errors that nobody caught. */
  readonly messages: readonly string[];
  /** Addresses that are not the console's. */
  readonly foreign: readonly string[];
}

/** Listens from now on. */
export function listenTo(page: Page, base: string): Complaints {
  const messages: string[] = [];
  const foreign: string[] = [];
  page.on('console', (message) => messages.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => messages.push(`error: ${String(error)}`));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(base) && !/^(data|blob):/.test(url)) foreign.push(url);
  });
  return { messages, foreign };
}

/** What axe finds that keeps people out: rule and element. */
export async function axeViolations(page: Page): Promise<readonly string[]> {
  // Through the debugger: the page's own policy lets no foreign script in.
  await page.evaluate(axe.source);
  const violations = (await page.evaluate(
    'axe.run(document, { resultTypes: ["violations"] }).then((r) => r.violations)',
  )) as {
    readonly id: string;
    readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary?: string }[];
  }[];
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')} ${failureSummary ?? ''}`),
  );
}

/** Text of the page's main part. */
export function mainText(page: Page): Promise<string> {
  return textOf(page, 'main');
}

/** What people read in an element. */
export async function textOf(page: Page, selector: string): Promise<string> {
  return String(await page.evaluate(`document.querySelector(${JSON.stringify(selector)}).innerText`));
}

/** An element's attribute, as soon as the element is there. */
export async function attributeOf(page: Page, selector: string, name: string): Promise<string> {
  await page.waitForSelector(selector, { timeout: 10_000 });
  const element = `document.querySelector(${JSON.stringify(selector)})`;
  return String(await page.evaluate(`${element}.getAttribute(${JSON.stringify(name)})`));
}
