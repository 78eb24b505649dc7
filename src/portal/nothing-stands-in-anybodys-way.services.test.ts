/**
 * Every page that the portal has, as everybody: axe finds nothing, light and dark, narrow and wide;
 * text from outside stays text. What two roles see alike is looked at once.
 */
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Role } from "../identity/principal.ts";
import { type Listening, listen } from "../server.ts";
import { openBrowser } from "../testing/chromium.ts";
import { EVERYBODY, openWholePortal, type WholePortal } from "../testing/every-page.ts";
import { HOSTILE } from "../testing/portal-world.ts";

let browser: Browser | null;
let portal: WholePortal;
let server: Listening;

beforeAll(async () => {
  browser = await openBrowser((words) => process.stderr.write(`${words}\n`));
  portal = await openWholePortal();
  server = await listen(portal.portal.app, { host: "127.0.0.1", port: 0 });
});

afterAll(async () => {
  await browser?.close();
  await server.close();
  await portal.close();
});

/** Rules whose answer depends on colours and on the room there is. */
const BY_WIDTH = ["color-contrast", "target-size", "scrollable-region-focusable"];

async function faultsOf(page: Page, rules?: readonly string[]): Promise<string[]> {
  const options = {
    resultTypes: ["violations"],
    ...(rules === undefined ? {} : { runOnly: { type: "rule", values: rules } }),
  };
  const { violations } = await page.evaluate<{
    violations: { id: string; nodes: { html: string }[] }[];
  }>(`axe.run(document, ${JSON.stringify(options)})`);
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 160)}`);
}

const LOOKS = [
  { width: 1_600, colorScheme: "light", rules: undefined },
  { width: 1_024, colorScheme: "dark", rules: BY_WIDTH },
  { width: 390, colorScheme: "light", rules: BY_WIDTH },
] as const;

async function lookAt(page: Page, path: string): Promise<string[]> {
  const found: string[] = [];
  await page.setViewportSize({ width: 1_600, height: 900 });
  await page.emulateMedia({ colorScheme: "light" });
  await page.goto(server.url + path);
  for (const { width, colorScheme, rules } of LOOKS) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    const spill = await page.evaluate<number>(
      "document.documentElement.scrollWidth - document.documentElement.clientWidth",
    );
    if (spill > 0) found.push(`cut off by ${spill} px at ${width}`);
    for (const fault of await faultsOf(page, rules)) {
      found.push(`${width} ${colorScheme} ${fault}`);
    }
  }
  return found;
}

/** Without what differs from one look to the next: times, sums, hashes of files. */
const shapeOf = (html: string): string => html.replace(/[0-9]+/g, "0");

test("axe finds nothing on any page, for any role, in both themes, at three widths", async () => {
  if (browser === null) return;
  const context = await browser.newContext({ bypassCSP: true });
  await context.addInitScript(axe.source);
  const pages = await Promise.all([context.newPage(), context.newPage()]);
  const seen = new Set<string>();
  const found: string[] = [];
  for (const role of EVERYBODY) {
    portal.lookAsRole(role);
    const left = [...portal.paths];
    const work = async (page: Page): Promise<void> => {
      for (let path = left.shift(); path !== undefined; path = left.shift()) {
        const shape = shapeOf(await htmlOf(path, role));
        if (shape === "" || seen.has(shape)) continue;
        seen.add(shape);
        for (const fault of await lookAt(page, path)) found.push(`${role} ${path} ${fault}`);
      }
    };
    await Promise.all(pages.map(work));
  }
  expect(found).toEqual([]);
  expect(seen.size).toBeGreaterThan(30);
  await context.close();
}, 180_000);

/** The page's own part; its frame differs by role, and is looked at with one page of each. */
async function htmlOf(path: string, role: Role | null): Promise<string> {
  const response = await portal.portal.app.request(path);
  if (!(response.headers.get("content-type") ?? "").startsWith("text/html")) return "";
  const html = await response.text();
  const start = html.indexOf("<main");
  const main = start < 0 ? html : html.slice(start, html.indexOf("</main>"));
  return path === "/help" ? `${role} ${main}` : main;
}

/** Where text of brokers, people and other programs comes to rest. */
const OUTSIDE = [
  ...["accounts.name", "brokers.name", "strategies.name", "account_tags.tag", "saved_views.name"],
  ...["people.name", "api_keys.name", "signals.comment", "signals.symbol", "deals.symbol"],
  ...["positions.symbol", "copied_positions.symbol", "divergences.symbol", "account_groups.name"],
  ...["cash_movements.comment", "audit.subject", "audit.by_whom", "kill_states.reason"],
] as const;

test("text from outside, in whatever field it is stored, stays text and does nothing", async () => {
  const changed: string[] = [];
  for (const field of OUTSIDE) if ((await store(field, HOSTILE)) > 0) changed.push(field);
  expect(changed.length).toBeGreaterThan(8);
  portal.lookAsRole("admin");
  for (const path of portal.paths) {
    const html = await (await portal.portal.app.request(path)).text();
    expect(html, path).not.toContain(HOSTILE.slice(0, 10));
    expect(html, path).not.toContain("<script>window.hit");
  }
  if (browser === null) return;
  const page = await browser.newPage();
  for (const path of portal.paths) {
    await page.goto(server.url + path);
    expect(await page.evaluate("window.hit"), path).toBeUndefined();
  }
  await page.close();
});

/** Also in rows that are never edited: this is a test's own database. */
async function store(field: string, text: string): Promise<number> {
  const [table = "", column = ""] = field.split(".");
  return portal.stage.database.admin.begin(async (tx) => {
    await tx`set local session_replication_role = replica`;
    const { count } = await tx`update ${tx(table)} set ${tx(column)} = ${text}
      where ctid = (select min(ctid) from ${tx(table)})`;
    return count;
  });
}
