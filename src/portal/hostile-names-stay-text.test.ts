import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { packageRoot } from "../platform/package-root.ts";
import {
  answers,
  liveFollower,
  liveMaster,
  livePosition,
  liveResult,
  liveSignal,
  liveSource,
} from "../testing/live-builders.ts";
import { busyLiveState } from "../testing/live-state.ts";
import { manualTimers } from "../testing/manual-timers.ts";
import { portalApp } from "../testing/portal-app.ts";

const NASTY = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>{{page}}{{{page}}} \`=\u2028`;
const TEMPLATES = join(packageRoot(), "templates");

function hostileApp() {
  const answer = answers.skipped("BELOW_MIN_VOLUME", NASTY);
  const positions = [livePosition(NASTY, NASTY, ["buy", "0.1", "1.1", "0"])];
  const source = liveSource({
    ...busyLiveState(),
    brokers: [{ id: NASTY, name: NASTY, link: "live" }],
    masters: [liveMaster({ id: NASTY, name: NASTY, broker: NASTY, currency: NASTY, positions })],
    followers: [
      liveFollower({
        id: NASTY,
        name: NASTY,
        broker: NASTY,
        ruleSummary: NASTY,
        masterIds: [NASTY],
        positions,
        lastCopy: { ...answer, at: 0, sequence: 1, kind: "open", symbol: NASTY, side: "buy" },
      }),
    ],
    feed: [
      liveSignal({
        id: NASTY,
        master: NASTY,
        symbol: NASTY,
        results: [liveResult(NASTY, answer, { follower: NASTY })],
      }),
    ],
  });
  return portalApp({ source, timers: manualTimers(), log: () => {} });
}

test("names from outside are text in the page, never tags, attributes or templates", async () => {
  const html = await (await hostileApp().app.request("/")).text();
  expect(html).not.toContain("<script>alert");
  expect(html).not.toContain("<img");
  expect(html).not.toMatch(/\son\w+\s*=\s*["']?alert/);
  expect(html).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
  expect(html).toContain("{{page}}");
  for (const value of html.matchAll(/data-id="([^"]*)"/g)) expect(value[1]).not.toMatch(/[<>]/);
});

test("the policy allows our own files only, and the page needs nothing else", async () => {
  const response = await hostileApp().app.request("/");
  const policy = response.headers.get("content-security-policy") ?? "";
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self'");
  expect(policy).toContain("style-src 'self'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toMatch(/unsafe|\*|data:|https?:/);
  expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  expect(response.headers.get("referrer-policy")).toBe("same-origin");
  const html = await response.text();
  expect(html).not.toMatch(/<script(?![^>]*\ssrc="\/assets\/)/);
  expect(html).not.toMatch(/<style|\sstyle=|javascript:/);
});

test("no template prints raw text, or holds a script, a style or a handler", () => {
  const files = readdirSync(TEMPLATES, { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".hbs"),
  );
  expect(files.length).toBeGreaterThan(5);
  for (const file of files) {
    const text = readFileSync(join(TEMPLATES, file), "utf8");
    expect(text, file).not.toMatch(/\{\{\{|\{\{~?&|<style|\sstyle=|\son[a-z]+=|javascript:/);
    expect(text, file).not.toMatch(/<script(?![^>]*\ssrc=)/);
    expect(text, `${file}: attributes are quoted`).not.toMatch(/=\{\{/);
  }
});

test("the browser's scripts write text, never markup, and stay small", () => {
  const sources = readdirSync(join(packageRoot(), "browser")).filter((file) =>
    file.endsWith(".ts"),
  );
  expect(sources.length).toBeGreaterThan(4);
  for (const file of sources) {
    const script = readFileSync(join(packageRoot(), "browser", file), "utf8");
    expect(script, file).not.toMatch(
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|Function\(/,
    );
  }
  const assets = join(packageRoot(), "dist", "assets");
  const gzipped = (name: string): number => gzipSync(readFileSync(join(assets, name))).length;
  const everywhere = gzipped("portal.js");
  expect(everywhere).toBeLessThan(30 * 1_024);
  // Where a page has a chart, and nowhere else.
  expect(everywhere + gzipped("chart.js")).toBeLessThan(55 * 1_024);
});
