import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseFixed } from "../../domain/fixed.ts";
import { type Listening, listen } from "../../server.ts";
import { previewFollow } from "../../subscriptions/preview/service.ts";
import { openBrowser } from "../../testing/chromium.ts";
import { somebody } from "../../testing/portal-app.ts";
import { openPortalWorld, type PortalWorld } from "../../testing/portal-world.ts";

let browser: Browser | null;
let portal: PortalWorld;
let server: Listening;

beforeAll(async () => {
  browser = await openBrowser((words) => process.stderr.write(`${words}\n`));
  portal = await openPortalWorld();
  server = await listen(portal.portal.app, { host: "127.0.0.1", port: 0 });
});

afterAll(async () => {
  await browser?.close();
  await server.close();
  await portal.close();
});

const subscriber = () =>
  somebody("subscriber", { tenantId: portal.tenantId, accounts: new Set([portal.ids.account]) });

const looking = (rules: object, by = somebody("admin", { tenantId: portal.tenantId })) =>
  previewFollow(
    {
      sql: portal.stage.database.sql,
      account: (id) => portal.hub.accounts.get(id) ?? null,
    },
    by,
    { strategy: portal.ids.strategy, account: portal.ids.account, rules },
  );

async function followed(): Promise<number> {
  const { sql } = portal.stage.database;
  return sql.begin(async (tx) => {
    await tx`select set_config('lockstep.tenant', ${portal.tenantId}, true)`;
    const [row] = await tx<{ many: number }[]>`
      select (select count(*) from instructions)::int + (select count(*) from decisions)::int
        + (select count(*) from subscription_rules)::int as many`;
    return row?.many ?? 0;
  });
}

test("a look says what a signal would have become, and leaves nothing behind", async () => {
  const before = await followed();
  const sizing = { mode: "multiplier", multiplier: "0.5" };
  const pairs = [{ from: "EURUSD", to: "EURUSD.b" }];
  const { preview, endedOnly } = await looking({ sizing, symbolMap: { pairs } });
  expect(endedOnly).toBe(false);
  expect(preview?.lines.map(({ decision }) => decision.volume)).toEqual([parseFixed("0.45")]);
  expect(await followed()).toBe(before);
});

test("who may not see the master is shown no position that is open", async () => {
  const { preview, endedOnly } = await looking({}, subscriber());
  expect([endedOnly, preview?.lines]).toEqual([true, []]);
});

test("nobody looks with an account that is not theirs", async () => {
  const other = somebody("subscriber", { tenantId: portal.tenantId, accounts: new Set<string>() });
  await expect(looking({}, other)).rejects.toMatchObject({ code: "NOT_FOUND" });
});

async function stopIt(page: Page): Promise<void> {
  await page.goto(`${server.url}/subscriptions/${portal.ids.subscription}`);
  await page.getByRole("link", { name: "End it …" }).focus();
  await page.keyboard.press("Enter");
  await page.getByText("Keep what is open").waitFor();
  await page.getByLabel("Why").focus();
  await page.keyboard.type("to begin anew");
  await page.keyboard.press("Enter");
  await page.getByText("what is open stays with its account").waitFor();
}

test("closing everything now asks for its word, and says that no order was sent", async () => {
  portal.lookAs(subscriber());
  const path = `/subscriptions/${portal.ids.subscription}/stop`;
  const headers = {
    origin: "http://localhost",
    "content-type": "application/x-www-form-urlencoded",
  };
  const body = "positions=close-now&reason=enough&word=no";
  const answer = await portal.portal.app.request(path, { method: "POST", headers, body });
  expect(answer.status).toBe(400);
  expect(await answer.text()).toContain("no order was sent");
});

test.each([true, false])(
  "by keyboard alone a strategy is followed, step by step, with scripts: %s",
  async (javaScriptEnabled) => {
    if (browser === null) return;
    portal.lookAs(subscriber());
    const page = await browser.newPage({ javaScriptEnabled });
    await stopIt(page);
    await page.goto(`${server.url}/strategies/${portal.ids.strategy}/follow`);
    await page.getByRole("radio").focus();
    await page.keyboard.press("Space");
    await page.keyboard.press("Enter");
    await page.getByText("How large is a copy?").waitFor();
    await page.getByLabel("In proportion to equity, times …").focus();
    await page.keyboard.press("Control+a");
    await page.keyboard.type("x");
    await page.keyboard.press("Enter");
    await page.locator(".fault", { hasText: "The size" }).waitFor();
    await page.getByLabel("In proportion to equity, times …").fill("0.5");
    await page.keyboard.press("Enter");
    await page.getByLabel("When a day loses", { exact: true }).focus();
    await page.keyboard.type("5");
    await page.keyboard.press("Enter");
    await page.getByText("Each copy is sized in proportion to equity, times 0.5.").waitFor();
    await page.getByText("When the equity is 5 % under what it began with in a day").waitFor();
    expect(await page.locator("main").textContent()).toContain("EURUSD.b");
    await page.getByRole("link", { name: "3. Limits" }).focus();
    await page.keyboard.press("Enter");
    expect(await page.getByLabel("When a day loses", { exact: true }).inputValue()).toBe("5");
    await page.getByRole("button", { name: "Look at what it means" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Begin", exact: true }).focus();
    await page.keyboard.press("Enter");
    await page.getByText("It follows from the master's next signal on.").waitFor();
    await page.close();
  },
);
