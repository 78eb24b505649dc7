/**
 * `npm run screenshots`: plays the demo in a folder of its own until its past is filled in, and takes
 * a picture of every page, light and dark, at 390, 1024 and 1600 px, into screenshots/. The pages are
 * those of the navigation, one each of what their lists link, and a few that nothing links.
 * CHROMIUM_PATH says where the browser is; SECONDS how long the demo plays at least; ONLY takes the
 * pages whose path holds it.
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), "lockstep-screenshots-"));
const out = join(root, "screenshots");
const WIDTHS = [390, 1024, 1600];
const THEMES = ["light", "dark"];
const MORE = ["/control?group=broker", "/help", "/sign-in", "/forgot", "/search?q=trend"];

mkdirSync(out, { recursive: true });
const hub = spawn(process.execPath, [join(root, "dist/src/cli.js"), "start"], {
  env: {
    ...process.env,
    LOCKSTEP_DATA_DIR: folder,
    LOCKSTEP_PORT: "0",
    LOCKSTEP_SEED: "7",
    LOCKSTEP_DEVELOPMENT: "1",
  },
  stdio: ["ignore", "pipe", "inherit"],
});
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});

try {
  const base = await ready();
  await sleep(1_000 * Number(process.env.SECONDS ?? 30));
  await pastIsFilled();
  await breakSomething(base);
  const wanted = process.env.ONLY ?? "";
  const all = [...(await roomsOf(base)), ...MORE, ...(await detailsOf(base))];
  const pages = [...new Set(all)].filter((path) => path.includes(wanted));
  for (const path of pages) for (const theme of THEMES) await shoot(base, path, theme);
  console.log(`${pages.length * THEMES.length * WIDTHS.length} pictures in ${out}`);
} finally {
  await browser.close();
  const ended = new Promise((resolve) => hub.once("exit", resolve));
  hub.kill("SIGTERM");
  await ended;
  rmSync(folder, { recursive: true, force: true });
}

function ready() {
  return new Promise((resolve, reject) => {
    hub.once("exit", () => reject(new Error("the hub ended before it was ready")));
    hub.stdout.on("data", (bytes) => {
      const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(String(bytes)) ?? [];
      if (address !== undefined) resolve(address);
    });
  });
}

async function pastIsFilled() {
  for (let waited = 0; waited < 240; waited += 1) {
    try {
      if (JSON.parse(readFileSync(join(folder, "demo", "history.json"), "utf8")).isFilled) return;
    } catch {
      // It was not begun yet.
    }
    await sleep(1_000);
  }
  throw new Error("the demo's past was not filled in");
}

/** What the navigation offers an admin. */
async function roomsOf(base) {
  const html = await (await fetch(base)).text();
  const nav = html.slice(html.indexOf('<nav class="rooms"'), html.indexOf("</nav>"));
  return [...nav.matchAll(/<a [^>]*href="([^"]+)"/g)].map(([, path]) => path);
}

/** A difference to be seen at the desk. */
async function breakSomething(base) {
  const headers = { origin: base, "content-type": "application/x-www-form-urlencoded" };
  await fetch(`${base}/demo/break`, {
    method: "POST",
    headers,
    body: "kind=close",
    redirect: "manual",
  });
  await sleep(3_000);
}

/** One account, subscription and strategy each, as the lists link them. */
async function detailsOf(base) {
  const found = [];
  for (const [list, kind] of [
    ["/control", "accounts"],
    ["/subscriptions", "subscriptions"],
    ["/strategies", "strategies"],
  ]) {
    const html = await (await fetch(base + list)).text();
    const links = [...html.matchAll(new RegExp(`href="(/${kind}/[0-9a-f-]{36})"`, "g"))];
    const last = links.at(-1)?.[1];
    if (last !== undefined) found.push(last);
  }
  return [
    ...found,
    ...found.filter((path) => path.startsWith("/strategies")).map((path) => `${path}/follow`),
  ];
}

async function shoot(base, path, colorScheme) {
  const page = await browser.newPage({ colorScheme });
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: width < 500 ? 844 : 1_000 });
    await page.goto(base + path);
    await page
      .locator("#stream[data-tone=live]")
      .waitFor({ timeout: 1_500 })
      .catch(() => {});
    await sleep(400);
    const name =
      path
        .replace(/[0-9a-f-]{36}/, "one")
        .replace(/\W+/g, "-")
        .replace(/^-|-$/g, "") || "live";
    await page.screenshot({
      path: join(out, `${name}-${colorScheme}-${width}.png`),
      fullPage: width < 500,
      timeout: 120_000,
    });
  }
  await page.close();
}
