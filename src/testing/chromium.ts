/**
 * A real browser for tests of pages. Where none is installed the tests that want one say so and
 * end early; with LOCKSTEP_REQUIRE_BROWSER=1 (as in .ci/run) they fail instead.
 */
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { processEnvironment } from "../config.ts";

const DEFAULT_PATH = "/usr/bin/chromium";
const FLAGS = [
  "--no-sandbox", // the tests run as root in CI, and load only what this machine serves
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Null where there is no browser and none is required. CHROMIUM_PATH says where it is. */
export async function openBrowser(say: (words: string) => void): Promise<Browser | null> {
  const environment = processEnvironment();
  const executablePath = environment["CHROMIUM_PATH"] ?? DEFAULT_PATH;
  if (!existsSync(executablePath)) {
    const words = `No browser at ${executablePath}: set CHROMIUM_PATH, or install chromium.`;
    if (environment["LOCKSTEP_REQUIRE_BROWSER"] === "1") throw new Error(words);
    say(`${words} The page was not looked at in a browser.`);
    return null;
  }
  return chromium.launch({ executablePath, args: FLAGS });
}
