import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROLES, type Role } from "../identity/principal.ts";
import { type Listening, listen } from "../server.ts";
import { openBrowser } from "../testing/chromium.ts";
import { eventually } from "../testing/eventually.ts";
import { somebody } from "../testing/portal-app.ts";
import { openPortalWorld, type PortalWorld } from "../testing/portal-world.ts";

let browser: Browser | null;
let portal: PortalWorld;
let server: Listening;
let rooms: string[];

beforeAll(async () => {
  browser = await openBrowser((words) => process.stderr.write(`${words}\n`));
  portal = await openPortalWorld();
  const { account, strategy, subscription } = portal.ids;
  rooms = [
    ...["/", "/control", "/control?group=broker", "/subscriptions", "/strategies", "/kill"],
    ...["/reconciliation", "/demo", "/help", "/search?q=follower", "/design"],
    ...[
      `/accounts/${account}`,
      `/subscriptions/${subscription}`,
      `/strategies/${strategy}`,
      `/strategies/${strategy}/follow`,
    ],
  ];
  server = await listen(portal.portal.app, { host: "127.0.0.1", port: 0 });
});

afterAll(async () => {
  await browser?.close();
  await server.close();
  await portal.close();
});

const lookAs = (role: Role): void =>
  portal.lookAs(somebody(role, { tenantId: portal.tenantId, accounts: accountsOf(role) }));

const accountsOf = (role: Role) =>
  role === "admin" || role === "operator" ? ("all" as const) : new Set([portal.ids.account]);

test("no page is cut off, narrow or wide, and its scripts find what they look for", async () => {
  if (browser === null) return;
  lookAs("admin");
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  for (const room of rooms) {
    await page.setViewportSize({ width: 1_600, height: 900 });
    await page.goto(server.url + room);
    for (const width of [1_600, 1_024, 390]) {
      await page.setViewportSize({ width, height: 900 });
      const spill = await page.evaluate<number>(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth",
      );
      expect(spill, `${room} at ${width} px`).toBeLessThanOrEqual(0);
    }
  }
  expect(errors).toEqual([]);
  expect(await page.evaluate("window.hit")).toBeUndefined();
  await page.close();
});

test.each(ROLES)(
  "%s opens each room of the navigation, and is told why not of the rest",
  async (role) => {
    lookAs(role);
    const { app } = portal.portal;
    const html = await (await app.request("/help")).text();
    const nav = html.slice(html.indexOf('<nav class="rooms"'), html.indexOf("</nav>"));
    const offered = [...nav.matchAll(/href="([^"]+)"/g)].map((match) => match[1] ?? "");
    expect(offered.length).toBeGreaterThan(3);
    const own = ["/people", "/keys", "/audit", "/security", "/jobs"];
    for (const room of offered.filter((path) => !own.includes(path))) {
      expect((await app.request(room)).status, room).toBe(200);
    }
    for (const room of rooms)
      expect([200, 403, 404], room).toContain((await app.request(room)).status);
    expect(portal.faults).toEqual([]);
  },
);

test("whoever has one account sees no other", async () => {
  lookAs("subscriber");
  const { app } = portal.portal;
  for (const room of ["/control", "/subscriptions"]) {
    const html = await (await app.request(room)).text();
    expect(html, room).toContain("&lt;img");
    expect(html, room).not.toContain("follower-00002");
  }
  const stream = await app.request("/control/stream?from=0&to=50");
  const reader = stream.body?.getReader();
  let text = "";
  while (!text.includes("event: grid"))
    text += new TextDecoder().decode((await reader?.read())?.value);
  await reader?.cancel();
  expect(text).not.toContain("follower-00002");
  portal.lookAs(somebody("subscriber", { tenantId: portal.tenantId, accounts: new Set() }));
  expect((await app.request(`/accounts/${portal.ids.account}`)).status).toBe(404);
});

test("the control room is live, keeps what was selected, and acts on it", async () => {
  if (browser === null) return;
  lookAs("admin");
  const page = await browser.newPage();
  await page.goto(`${server.url}/control?sort=name&dir=desc`);
  await page.locator("#stream[data-tone=live]").waitFor();
  const row = page.locator("[data-row]", { hasText: "follower-00002" });
  await row.locator("input").check();
  portal.world.quote("EURUSD", "1.20000", "1.20010");
  await row.locator('[data-col="open"][data-tone="up"]').waitFor();
  await page.getByRole("button", { name: "Act on the selected" }).click();
  await page.getByRole("heading", { name: "1 selected" }).waitFor();
  await page.getByLabel("Tag", { exact: true }).fill("desk one");
  await page.getByRole("button", { name: "Put it on" }).click();
  await page.getByText("1 accounts now carry").waitFor();
  await page.goto(`${server.url}/control?tag=desk+one`);
  expect(await page.locator("[data-row]").count()).toBe(1);
  await page.close();
});

test("without scripts a kill switch is previewed, engaged, confirmed by each account, released", async () => {
  if (browser === null) return;
  lookAs("admin");
  const page = await browser.newPage({ javaScriptEnabled: false });
  await page.goto(`${server.url}/kill`);
  await page.getByLabel("Why", { exact: true }).fill("a test");
  await page.getByRole("button", { name: "Preview" }).click();
  await page.getByText("It stops all opens in 3 accounts").waitFor();
  await page.getByLabel("to confirm").fill("STOP");
  await page.getByRole("button", { name: "Stop all opens" }).click();
  await eventually("every account has confirmed", async () => {
    await page.goto(`${server.url}/kill`);
    return (await page.getByText("3 of 3 accounts have confirmed").count()) > 0;
  });
  await page.getByLabel("Why it may open again").fill("the test is over");
  await page.getByRole("button", { name: "Release" }).click();
  await page.getByText("No kill switch is engaged").waitFor();
  await page.close();
});

test("by keyboard alone a difference is found, looked at and brought home", async () => {
  if (browser === null) return;
  lookAs("admin");
  const { beta } = portal.world.brokers;
  const [held] = beta.snapshot("follower-00003").positions;
  if (held === undefined) throw new Error("nothing was copied");
  beta.trade("follower-00003", {
    ...{ kind: "close", symbol: held.symbol, side: held.side, volume: null, positionId: held.id },
    ...{ stopLoss: null, takeProfit: null, magic: 0, comment: "" },
  });
  const page = await browser.newPage();
  await eventually("the difference has a way back", async () => {
    await page.goto(`${server.url}/reconciliation`);
    return (await page.getByText("open buy 0.9").count()) > 0;
  });
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await page.locator("[data-row] input:checked").waitFor();
  await page.getByRole("button", { name: "Look at the way back" }).focus();
  await page.keyboard.press("Enter");
  await page.getByText("This is a plan").waitFor();
  await page.locator("#why").focus();
  await page.keyboard.type("closed by mistake");
  await page.keyboard.press("Enter");
  await page.getByText("What was asked for").waitFor();
  await eventually(
    "the copy stands again",
    () => beta.snapshot("follower-00003").positions.length === 1,
  );
  await page.close();
});

test("the palette finds an account by keyboard", async () => {
  if (browser === null) return;
  lookAs("admin");
  const page = await browser.newPage();
  await page.goto(`${server.url}/help`);
  await page.keyboard.press("Control+k");
  await page.keyboard.type("follower-00002");
  await page.locator("#palette-results a", { hasText: "follower-00002" }).waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "follower-00002" }).waitFor();
  const strategies = await (await portal.portal.app.request("/search.json?q=a")).text();
  expect(strategies).toContain(`/strategies/${portal.ids.strategy}`);
  await page.close();
});
