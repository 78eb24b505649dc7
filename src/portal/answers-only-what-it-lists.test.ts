import { expect, test } from "vitest";
import type { AppDeps } from "../app.ts";
import { liveSource } from "../testing/live-builders.ts";
import { busyLiveState } from "../testing/live-state.ts";
import { manualTimers } from "../testing/manual-timers.ts";
import { portalApp } from "../testing/portal-app.ts";

function appWith(change: Partial<AppDeps> = {}) {
  return portalApp({
    source: liveSource(busyLiveState()),
    timers: manualTimers(),
    log: () => {},
    ...change,
  }).app;
}

test("assets come from a fixed list, and never by a path", async () => {
  const app = appWith();
  for (const path of ["nope.js", "..%2fpackage.json", "%2e%2e/package.json", "constructor", ""]) {
    expect((await app.request(`/assets/${path}`)).status, path).toBe(404);
  }
});

test("a page's assets exist, are typed, may be kept for ever, and are not sent twice", async () => {
  const app = appWith();
  const html = await (await app.request("/")).text();
  const addresses = [...html.matchAll(/"(\/assets\/[^"]+)"/g)].map((match) => match[1] ?? "");
  expect(addresses.length).toBeGreaterThan(3);
  for (const address of addresses) {
    const path = address.replaceAll("&#x3D;", "=");
    const response = await app.request(path);
    expect(response.status, path).toBe(200);
    expect(response.headers.get("content-type")).toMatch(/^(text\/(css|javascript)|image\/svg)/);
    expect(response.headers.get("cache-control")).toContain("immutable");
    const etag = response.headers.get("etag") ?? "";
    const again = await app.request(path, { headers: { "if-none-match": etag } });
    expect([again.status, await again.text()]).toEqual([304, ""]);
  }
  const unversioned = await app.request("/assets/live.css");
  expect(unversioned.headers.get("cache-control")).toBe("no-cache");
});

test("the stream is an events stream, refused to other sites and above the limit", async () => {
  const app = appWith({ viewersMax: 1 });
  const foreign = await app.request("/stream", { headers: { "sec-fetch-site": "cross-site" } });
  expect(foreign.status).toBe(403);
  const first = await app.request("/stream");
  expect(first.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
  expect(first.headers.get("cache-control")).toContain("no-store");
  const second = await app.request("/stream");
  expect([second.status, second.headers.get("retry-after")]).toEqual([503, "30"]);
  await first.body?.cancel();
  expect((await app.request("/stream")).status).toBe(200);
});

test("a name that only points here is not answered", async () => {
  const app = appWith({ hosts: ["127.0.0.1", "localhost", "[::1]"] });
  expect((await app.request("http://rebound.example/")).status).toBe(421);
  for (const host of ["127.0.0.1:8420", "LOCALHOST:8420", "[::1]:8420"]) {
    expect((await app.request(`http://${host}/`)).status, host).toBe(200);
  }
});

test("what goes wrong is logged with a number, and shown without its insides", async () => {
  const logged: Readonly<Record<string, unknown>>[] = [];
  const app = appWith({
    source: {
      state: () => {
        throw new Error("password=hunter2");
      },
      subscribe: () => () => {},
    },
    log: (_, context) => logged.push(context),
  });
  const response = await app.request("/");
  const html = await response.text();
  expect(response.status).toBe(500);
  expect(html).not.toContain("hunter2");
  expect(html).toContain(String(logged[0]?.["requestId"]));
  expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect((await app.request("/nowhere")).status).toBe(404);
});
