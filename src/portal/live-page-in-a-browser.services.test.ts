import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { App } from "../app.ts";
import { parseFixed } from "../domain/fixed.ts";
import { systemTimers } from "../platform/clock.ts";
import { type Listening, listen } from "../server.ts";
import { openBrowser } from "../testing/chromium.ts";
import { eventually } from "../testing/eventually.ts";
import { answers, liveResult, liveSignal, liveSource } from "../testing/live-builders.ts";
import { busyLiveState } from "../testing/live-state.ts";
import { portalApp } from "../testing/portal-app.ts";

const source = liveSource(busyLiveState());
let browser: Browser | null;
let hub: App;
let server: Listening;

beforeAll(async () => {
  browser = await openBrowser((words) => process.stderr.write(`${words}\n`));
  hub = portalApp({ source, timers: systemTimers, log: () => {} });
  server = await listen(hub.app, { host: "127.0.0.1", port: 0 });
});

afterAll(async () => {
  await browser?.close();
  hub.stream.close();
  await server.close();
});

type Look = { readonly page: Page; readonly faults: string[]; readonly loads: () => number };

async function look(open: Browser, options: BrowserContextOptions = {}): Promise<Look> {
  source.show(busyLiveState());
  const page = await open.newPage(options);
  const faults: string[] = [];
  let loads = 0;
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(message.text());
  });
  page.on("load", () => {
    loads += 1;
  });
  // This hub serves the live page alone: what the bell asks for belongs to a room of its own.
  await page.route("**/notices/unread.json", (route) => route.fulfill({ status: 204 }));
  await page.goto(server.url);
  return { page, faults, loads: () => loads };
}

function showNewSignal(): void {
  const state = busyLiveState();
  const followers = state.followers.map((follower) =>
    follower.id === "dora" && follower.figures !== null
      ? { ...follower, figures: { ...follower.figures, openProfit: parseFixed("-7.77") } }
      : follower,
  );
  const added = liveSignal({
    id: "s13",
    sequence: 13,
    symbol: "NZDUSD",
    results: [liveResult("dora", answers.done(2.2), { follower: "<b>Dora</b>" })],
  });
  source.show({ ...state, followers, feed: [added, ...state.feed].slice(0, 4) });
}

test("the page follows the hub without loading anew, and keeps what the reader opened", async () => {
  if (browser === null) return;
  const { page, faults, loads } = await look(browser);
  await page.locator("#stream[data-tone=live]").waitFor();
  await page.locator('[data-id="s:s12"] .results summary').click();
  showNewSignal();
  const first = page.locator(".signals > li").first();
  await first.getByText("NZDUSD").waitFor();
  expect(await first.locator(".chip").textContent()).toContain("<b>Dora</b>");
  expect(await page.locator('[data-id="f:dora"] .signed').first().textContent()).toBe("−7.77");
  expect(await page.locator('[data-id="f:dora"] .signed').first().getAttribute("data-tone")).toBe(
    "down",
  );
  expect(await page.locator(".signals > li").count()).toBe(4);
  expect(await page.locator('[data-id="s:s12"] .results').getAttribute("open")).not.toBeNull();
  expect([loads(), faults]).toEqual([1, []]);
  await page.close();
});

test("what the stream builds is what the server renders", async () => {
  if (browser === null) return;
  const { page } = await look(browser);
  await page.locator("#stream[data-tone=live]").waitFor();
  showNewSignal();
  await page.locator('[data-id="s:s13"] .chip').waitFor({ state: "attached" });
  const shape = (): Promise<string> =>
    page.locator("main").evaluate((main) => {
      for (const row of main.querySelectorAll(".arrived")) row.classList.remove("arrived");
      return main.innerHTML
        .replace(/ class=""/g, "")
        .replace(/>\s+/g, ">")
        .replace(/\s+</g, "<");
    });
  const streamed = await shape();
  await page.goto(server.url);
  await page.locator("#stream[data-tone=live]").waitFor();
  expect(streamed).toBe(await shape());
  await page.close();
});

test("frozen updates stay frozen until they are wanted again", async () => {
  if (browser === null) return;
  const { page } = await look(browser);
  await page.locator("#stream[data-tone=live]").waitFor();
  await page.locator("#freeze").click();
  await page.locator("#stream[data-tone=frozen]").waitFor();
  await eventually("the frozen page left the stream", () => hub.stream.viewers === 0);
  showNewSignal();
  expect(await page.getByText("NZDUSD").count()).toBe(0);
  await page.locator("#freeze").click();
  await page.getByText("NZDUSD").first().waitFor();
  await page.close();
});

test("a theme that was chosen is there on the next page", async () => {
  if (browser === null) return;
  const { page } = await look(browser, { colorScheme: "light" });
  const ground = (): Promise<string> =>
    page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
  const light = await ground();
  await page.locator("#theme [value=dark]").click();
  const dark = await ground();
  expect(dark).not.toBe(light);
  await page.reload();
  expect(await ground()).toBe(dark);
  await page.context().close();
});

test("without scripts the page is complete, has no dead buttons, and loads itself anew", async () => {
  if (browser === null) return;
  const { page, loads } = await look(browser, { javaScriptEnabled: false });
  expect(await page.locator(".follower").count()).toBe(busyLiveState().followers.length);
  expect(await page.locator("button:visible:not(form button)").count()).toBe(0);
  await page.locator("#theme [value=dark]").click();
  await page.locator('html[data-theme="dark"]').waitFor({ state: "attached" });
  showNewSignal();
  const before = loads();
  await eventually("it loaded itself anew", () => loads() > before, 15_000);
  expect(await page.getByText("NZDUSD").first().isVisible()).toBe(true);
  await page.close();
});

test("nothing is cut off on a narrow screen", async () => {
  if (browser === null) return;
  for (const width of [320, 390, 1_024, 1_440]) {
    const { page } = await look(browser, { viewport: { width, height: 800 } });
    const spill = await page
      .locator("html")
      .evaluate((root) => root.scrollWidth - root.clientWidth);
    expect(spill, `${width} px`).toBeLessThanOrEqual(0);
    await page.close();
  }
});

test("a page whose hub goes away says since when, and comes back by itself", async () => {
  if (browser === null) return;
  const { page } = await look(browser);
  await page.locator("#stream[data-tone=live]").waitFor();
  const { port } = new URL(server.url);
  await server.close();
  await page.locator("#stream[data-tone=offline]").waitFor();
  expect(await page.locator("#stream").textContent()).toContain("offline since 14:02:11");
  server = await listen(hub.app, { host: "127.0.0.1", port: Number(port) });
  await page.locator("#stream[data-tone=live]").waitFor();
  await page.close();
});
