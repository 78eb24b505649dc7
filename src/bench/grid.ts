/**
 * The control room in a real browser while every account changes four times a second: frames a
 * second, and what the page's own process spends. The stream brings the rows in sight; `scrolled`
 * is measured while the page is being scrolled through all of them.
 */
import type { Browser, CDPSession, Page } from "playwright-core";
import { processEnvironment } from "../config.ts";
import { LockstepError } from "../domain/errors.ts";
import { systemTimers } from "../platform/clock.ts";
import type { FanoutOptions } from "./fanout.ts";
import { openBenchPortal } from "./portal.ts";

export type GridFigures = {
  readonly fps: number;
  /** Of the page's process. */
  readonly cpuMsPerS: number;
  readonly framesHeardPerS: number;
};

export type GridResult = {
  readonly rows: number;
  readonly seconds: number;
  readonly still: GridFigures;
  readonly scrolled: GridFigures;
};

const MOVE_MS = 250;
const SETTLE_MS = 3_000;
const CHROMIUM = "/usr/bin/chromium";
const SIZE = { width: 1_600, height: 1_000 };
/** Counts frames, and frames of the stream by what they change in the table. */
const COUNT = `window.frames_ = 0; window.heard_ = 0;
  const step = () => { window.frames_ += 1; requestAnimationFrame(step); };
  requestAnimationFrame(step);
  new MutationObserver(() => { window.heard_ += 1; }).observe(
    document.querySelector("live-grid"), { subtree: true, childList: true, characterData: true });`;

export async function gridBench(options: FanoutOptions): Promise<GridResult> {
  const portal = await openBenchPortal(options);
  const moving = new AbortController();
  const browser = await openChromium();
  try {
    void move(portal.world.gateway, moving.signal);
    const page = await browser.newPage({ viewport: SIZE });
    await page.goto(`${portal.url}/control`);
    await page.locator("#stream[data-tone=live]").waitFor();
    await page.evaluate(COUNT);
    await systemTimers.sleep(SETTLE_MS);
    const session = await browser.newBrowserCDPSession();
    const seconds = options.signals;
    const still = await measured({ page, session, seconds });
    options.progress("now while it is scrolled");
    await page.evaluate(`window.timer_ = setInterval(() => {
      const end = document.documentElement.scrollHeight - innerHeight;
      scrollTo(0, scrollY >= end - 1 ? 0 : Math.min(end, scrollY + 40)); }, 50)`);
    const scrolled = await measured({ page, session, seconds });
    return { rows: options.followers + 1, seconds, still, scrolled };
  } finally {
    moving.abort();
    await browser.close();
    await portal.close();
  }
}

async function move(gateway: { allMove(): void }, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    gateway.allMove();
    await systemTimers.sleep(MOVE_MS, signal).catch(() => {});
  }
}

type Measured = { readonly page: Page; readonly session: CDPSession; readonly seconds: number };

async function measured({ page, session, seconds }: Measured): Promise<GridFigures> {
  const counted = (): Promise<readonly [number, number]> =>
    page.evaluate("[window.frames_, window.heard_]");
  const from = performance.now();
  const [before, cpuBefore] = [await counted(), await cpuOf(session)];
  await systemTimers.sleep(seconds * 1_000);
  const [after, cpuAfter] = [await counted(), await cpuOf(session)];
  const took = (performance.now() - from) / 1_000;
  const perS = (value: number): number => Math.round((value / took) * 10) / 10;
  return {
    fps: perS(after[0] - before[0]),
    cpuMsPerS: perS((cpuAfter - cpuBefore) * 1_000),
    framesHeardPerS: perS(after[1] - before[1]),
  };
}

/** Seconds that the renderers have spent so far; the page's is the only busy one. */
async function cpuOf(session: CDPSession): Promise<number> {
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  return processInfo
    .filter(({ type }) => type === "renderer")
    .reduce((sum, { cpuTime }) => sum + cpuTime, 0);
}

/** The browser's driver is of the development dependencies: a hub never needs it. */
async function openChromium(): Promise<Browser> {
  const executablePath = processEnvironment()["CHROMIUM_PATH"] ?? CHROMIUM;
  try {
    const { chromium } = await import("playwright-core");
    return await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  } catch (error) {
    throw noBrowser(error);
  }
}

function noBrowser(cause: unknown): LockstepError {
  const help = "npm ci with development dependencies, and set CHROMIUM_PATH";
  const reason = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
  return new LockstepError(
    "BAD_CONFIG",
    { faults: [`no browser: ${reason ?? ""}`, help] },
    { cause },
  );
}
