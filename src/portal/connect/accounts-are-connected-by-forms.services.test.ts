import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Listening, listen } from "../../server.ts";
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

const lookAs = (change = {}): void =>
  portal.lookAs(somebody("operator", { tenantId: portal.tenantId, ...change }));

async function open(page: Page, name: string): Promise<string> {
  await page.goto(`${server.url}/connect`);
  await page.getByRole("link", { name: "Open one" }).click();
  await page.getByLabel("What it is called").fill(name);
  await page.getByLabel("Broker").selectOption("beta");
  await page.getByLabel("Balance").fill("0");
  await page.getByRole("button", { name: "Open it" }).click();
  await page.locator(".fault", { hasText: "The balance must be an amount above 0" }).waitFor();
  expect(await page.getByLabel("What it is called").inputValue()).toBe(name);
  await page.getByLabel("Balance").fill("2500");
  await page.getByRole("button", { name: "Open it" }).click();
  await page.getByText("Live test").waitFor();
  return new URL(page.url()).pathname;
}

test("an opened account shows itself step by step, until it is ready to follow", async () => {
  if (browser === null) return;
  lookAs();
  const page = await browser.newPage();
  await open(page, "Opened here");
  await page.getByText("Ready: the account can follow, and be followed.").waitFor();
  await page.getByText("Equity 2,500.00 USD").waitFor();
  await page.goto(`${server.url}/strategies/${portal.ids.strategy}/follow`);
  await page.getByText("Opened here").click();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Skip to the look" }).click();
  await page.getByRole("button", { name: "Begin", exact: true }).click();
  await page.getByText("It follows from the master's next signal on.").waitFor();
  await page.close();
});

test("without scripts the live test loads itself anew until it is ready", async () => {
  if (browser === null) return;
  lookAs();
  const page = await browser.newPage({ javaScriptEnabled: false });
  await open(page, "Without scripts");
  await page.getByText("Ready: the account can follow, and be followed.").waitFor();
  expect(await page.locator("noscript meta").count()).toBe(0);
  await page.close();
});

test("a terminal's code is shown once, with what to do with it, and is in no address", async () => {
  if (browser === null) return;
  lookAs();
  const page = await browser.newPage();
  await page.goto(`${server.url}/connect/metatrader`);
  await page.getByLabel("Broker").fill("Some Broker");
  await page.getByLabel("Account number").fill("not a number!");
  await page.getByRole("button", { name: "Get a code" }).click();
  await page.locator(".fault", { hasText: "The login must be" }).waitFor();
  await page.getByLabel("Account number").fill("10023987");
  await page.getByRole("button", { name: "Get a code" }).click();
  const code = (await page.locator(".code").textContent()) ?? "";
  expect(code.length).toBeGreaterThan(8);
  expect(page.url()).not.toContain(code);
  await page.getByText(`InpCode  ${code}`).waitFor();
  await page.getByText("The code waits for the terminal.").waitFor();
  await page.getByRole("link", { name: "Go on with the test" }).click();
  await page.getByText("The code waits for the terminal.").waitFor();
  expect(await page.content()).not.toContain(code);
  await page.close();
});

test("a test key's eyes link no terminal, and are told so before they type", async () => {
  lookAs({ mode: "test" });
  const { app } = portal.portal;
  const html = await (await app.request("/connect/metatrader")).text();
  expect(html).toContain("Not for your role");
  expect(html).not.toContain("Get a code");
});
