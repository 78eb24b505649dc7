import { expect, test } from "vitest";
import { SKIP_REASONS } from "../domain/codes.ts";
import { liveSource } from "../testing/live-builders.ts";
import { busyLiveState, EMPTY_LIVE_STATE } from "../testing/live-state.ts";
import { manualTimers } from "../testing/manual-timers.ts";
import { portalApp } from "../testing/portal-app.ts";
import type { LiveState } from "./live.ts";

async function pageOf(state: LiveState, headers: Record<string, string> = {}): Promise<Response> {
  const { app } = portalApp({ source: liveSource(state), timers: manualTimers(), log: () => {} });
  return app.request("/", { headers });
}

/** What a reader sees without scripts: no template, no tag. */
function textOf(html: string): string {
  return html
    .replace(/<template[\s\S]*?<\/template>/g, "")
    .replace(/<[^>]+>/g, " ")
    .replaceAll("&#x27;", "'")
    .replaceAll("&amp;", "&")
    .replace(/\s+/g, " ");
}

test("the page shows every account, position, answer and reason", async () => {
  const state = busyLiveState();
  const text = textOf(await (await pageOf(state)).text());
  for (const { name } of [...state.masters, ...state.followers]) expect(text).toContain(name);
  for (const { symbol } of state.masters.flatMap((master) => master.positions)) {
    expect(text).toContain(symbol);
  }
  expect(text).toContain("12,034.20 EUR");
  expect(text).toContain("−18,240");
  expect(text).toContain(`${SKIP_REASONS.BELOW_MIN_VOLUME} 0.0009 lots wanted`);
  expect(text).toContain("opened buy 0.50 EURUSD @ 1.10235");
  expect(text).toContain("3 done · 1 partial · 2 skipped");
  expect(text).toContain("offline since 13:51:31");
});

test("it loads itself anew only where there are no scripts", async () => {
  const html = await (await pageOf(busyLiveState())).text();
  expect(html).toContain('<noscript><meta http-equiv="refresh" content="5"></noscript>');
  expect(html.replace(/<noscript>.*?<\/noscript>/g, "")).not.toContain("http-equiv");
});

test("a hub that has just started says what will come", async () => {
  const text = textOf(await (await pageOf(EMPTY_LIVE_STATE)).text());
  expect(text).toContain("The first copy shows here within seconds.");
  expect(text).toContain("No follower account is connected yet.");
});

test("it arrives in the theme the reader chose, and in no other word from the cookie", async () => {
  const state = EMPTY_LIVE_STATE;
  const rootOf = async (cookie: string): Promise<string | undefined> =>
    /<html[^>]*>/.exec(await (await pageOf(state, { cookie })).text())?.[0];
  expect(await rootOf("theme=dark")).toBe('<html lang="en" data-theme="dark" data-keys="on">');
  expect(await rootOf("theme=%22%3E%3Cscript%3E")).toBe(
    '<html lang="en" data-theme="system" data-keys="on">',
  );
});

test("a thousand followers do not burst the page", async () => {
  const [one] = busyLiveState().followers;
  if (one === undefined) throw new Error("the builder has no follower");
  const followers = Array.from({ length: 1_000 }, (_, index) => ({ ...one, id: `f${index}` }));
  const text = textOf(await (await pageOf({ ...busyLiveState(), followers })).text());
  expect(text).toContain("Showing 120 of 1,000 followers.");
  expect(text).toContain("Followers live 1,000");
  expect(text.split(one.name).length).toBeLessThan(450);
});
