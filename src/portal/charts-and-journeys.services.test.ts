/** Charts in a browser over a ledger with some history, and the way of each role through its rooms. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Role } from "../identity/principal.ts";
import { type Listening, listen } from "../server.ts";
import { openBrowser } from "../testing/chromium.ts";
import { eventually } from "../testing/eventually.ts";
import { somebody } from "../testing/portal-app.ts";
import { openPortalWorld, type PortalWorld } from "../testing/portal-world.ts";
import type { ChartData } from "./chart/data.ts";

let browser: Browser | null;
let portal: PortalWorld;
let server: Listening;

beforeAll(async () => {
  browser = await openBrowser((words) => process.stderr.write(`${words}\n`));
  portal = await openPortalWorld();
  // Forty days; on the twentieth a tenth is taken out.
  await portal.stage.database.admin`
    insert into equity_points select tenant_id, account_id, now() - make_interval(days => n), 'USD',
      0, 0, (10000 + (40 - n) * 10) * case when n < 20 then 0.9 else 1 end, 0
    from accounts, generate_series(1, 40) n`;
  await portal.stage.database.admin`
    insert into cash_movements select tenant_id, account_id, 'out', 'withdrawal',
      -1020, '', now() - interval '19 days 12 hours' from accounts`;
  server = await listen(portal.portal.app, { host: "127.0.0.1", port: 0 });
});

afterAll(async () => {
  await browser?.close();
  await server.close();
  await portal.close();
});

function lookAs(role: Role): void {
  const all = role === "admin" || role === "operator";
  const accounts = all ? ("all" as const) : new Set([portal.ids.account]);
  portal.lookAs(somebody(role, { tenantId: portal.tenantId, accounts }));
}

async function look(javaScriptEnabled = true): Promise<{ page: Page; faults: string[] }> {
  if (browser === null) throw new Error("no browser");
  const page = await browser.newPage({ javaScriptEnabled });
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(message.text());
  });
  return { page, faults };
}

test("a withdrawal is in the equity, and in no return", async () => {
  lookAs("admin");
  const { app } = portal.portal;
  const asked = await app.request(`/strategies/${portal.ids.strategy}/growth.json`);
  const { at, values } = (await asked.json()) as ChartData;
  // The last of the forty days, before what the account really has.
  const place = at.findLastIndex((seconds) => seconds * 1_000 < Date.now() - 43_200_000);
  // From 10,000 to 10,200; then 1,020 are taken out, and 9,180 grow to 9,351.
  const expected = ((10_200 / 10_000) * (9_351 / 9_180) - 1) * 100;
  expect(values[0]?.[place]).toBeCloseTo(expected, 3);
  const equity = await app.request(`/accounts/${portal.ids.account}/equity.json`);
  const drawn = (await equity.json()) as ChartData;
  expect(drawn.values[0]?.slice(20, 22)).toEqual([10_200, 9_189]);
});

test("a chart takes the place of the server's curve, and follows the account", async () => {
  if (browser === null) return;
  lookAs("admin");
  const { page, faults } = await look();
  await page.goto(`${server.url}/accounts/${portal.ids.account}`);
  await page.locator("equity-chart canvas").waitFor();
  expect(await page.locator("equity-chart .drawn").isHidden()).toBe(true);
  const told = page.locator("equity-chart .told");
  expect(await told.textContent()).toMatch(/UTC · Equity [\d,.]+ · Balance [\d,.]+ USD/);
  const before = await told.textContent();
  portal.world.quote("EURUSD", "1.30000", "1.30010");
  await eventually("the chart has what the account has", async () => {
    await page.mouse.move(0, 0);
    return (await told.textContent()) !== before;
  });
  await page.setViewportSize({ width: 390, height: 800 });
  const spill = await page.evaluate<number>(
    "document.documentElement.scrollWidth - document.documentElement.clientWidth",
  );
  expect(spill).toBeLessThanOrEqual(0);
  expect(faults).toEqual([]);
  await page.close();
});

test("without its data, and without scripts, the curve of the server stays with its table", async () => {
  if (browser === null) return;
  lookAs("admin");
  const broken = (await look()).page;
  await broken.route("**/*.json*", (route) => route.abort());
  const silent = (await look(false)).page;
  for (const page of [broken, silent]) {
    await page.goto(`${server.url}/strategies/${portal.ids.strategy}`);
    expect(await page.locator(".plot svg").first().isVisible()).toBe(true);
    await page.getByText("View as a table").first().click();
    expect(await page.locator("figure table tbody tr").first().isVisible()).toBe(true);
    await page.close();
  }
});

test("a chart's data are for whom its page is", async () => {
  const { app } = portal.portal;
  const { account, subscription } = portal.ids;
  portal.lookAs(somebody("subscriber", { tenantId: portal.tenantId, accounts: new Set() }));
  for (const path of [
    `/accounts/${account}/equity.json`,
    `/subscriptions/${subscription}/growth.json`,
  ]) {
    expect((await app.request(path)).status, path).toBe(404);
  }
  portal.lookAs(null);
  expect((await app.request(`/strategies/${portal.ids.strategy}/growth.json`)).status).toBe(401);
});

/** What each role comes for: a room, the link it follows there (null: the first), what is read then. */
const WAYS: readonly {
  readonly role: Role;
  readonly from: string;
  readonly link: string | null;
  readonly reads: string;
}[] = [
  { role: "admin", from: "/control", link: "follower-00002", reads: "Returns by month" },
  {
    role: "operator",
    from: "/control?group=broker",
    link: "follower-00003",
    reads: "Open positions",
  },
  { role: "provider", from: "/strategies", link: null, reads: "Under water" },
  { role: "subscriber", from: "/subscriptions", link: "<img src=x", reads: "Copy log" },
  { role: "investor", from: "/strategies", link: null, reads: "Returns by month" },
];

test.each(WAYS.flatMap((way) => [true, false].map((scripts) => ({ ...way, scripts }))))(
  "the way of $role from $from leads to $reads, scripts: $scripts",
  async ({ role, from, link, reads, scripts }) => {
    if (browser === null) return;
    lookAs(role);
    const { page, faults } = await look(scripts);
    await page.goto(server.url + from);
    const links = page.locator("main").locator("tbody a, .strategy a");
    await (link === null ? links : links.filter({ hasText: link })).first().click();
    await page.locator("main").getByText(reads).first().waitFor();
    const follow = page.getByRole("link", { name: "Follow", exact: true });
    if (role === "investor") expect(await follow.count()).toBe(0);
    expect(faults).toEqual([]);
    await page.close();
  },
);
