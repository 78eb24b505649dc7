import { expect, test } from "vitest";
import { LockstepError } from "../domain/errors.ts";
import { portalApp, somebody } from "../testing/portal-app.ts";
import { ownPath } from "./fields.ts";

const TYPE = { "content-type": "application/x-www-form-urlencoded" };
const FORM = { ...TYPE, origin: "http://localhost" };

test("a page asks who looks, and a stranger sees where to sign in", async () => {
  const { app } = portalApp({ authenticate: async () => null });
  const response = await app.request("/");
  expect(response.status).toBe(401);
  expect(await response.text()).toContain("Sign in first");
  expect((await app.request("/stream")).status).toBe(401);
});

test("a refusal names the roles that could, and what is safe", async () => {
  const { app } = portalApp({
    authenticate: async () => somebody("investor"),
    pages: [
      (portal) => {
        portal.page("/keys", "keys:write", () => ({ page: "help", head: { title: "Keys" } }));
        portal.page("/broken", "public", () => {
          throw new LockstepError("BAD_INPUT", { field: "volume", expected: "lots" });
        });
      },
    ],
  });
  const denied = await app.request("/keys");
  expect([denied.status, await denied.text()]).toEqual([
    403,
    expect.stringContaining("It takes one of: admin, operator, provider, subscriber."),
  ]);
  const broken = await app.request("/broken");
  expect([broken.status, await broken.text()]).toEqual([
    400,
    expect.stringContaining("Nothing was traded or changed"),
  ]);
});

test("rooms that a role may not enter are not in its navigation", async () => {
  const html = async (role: "admin" | "investor") =>
    (await portalApp({ authenticate: async () => somebody(role) }).app.request("/help")).text();
  expect(await html("admin")).toContain('href="/"');
  expect(await html("investor")).not.toContain("/design");
});

test("a form from another site is refused before anything is done", async () => {
  let done = 0;
  const { app } = portalApp({
    pages: [
      (portal) =>
        portal.form("/act", "signed-in", () => {
          done += 1;
          return { to: "/", say: "Done." };
        }),
    ],
  });
  const ask = (headers: Record<string, string>) =>
    app.request("http://hub.example/act", { method: "POST", headers: { ...TYPE, ...headers } });
  const foreign = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
  expect((await ask(foreign)).status).toBe(403);
  expect((await ask({ origin: "null" })).status).toBe(403);
  expect(done).toBe(0);
  const own = await ask({ origin: "http://hub.example" });
  expect([own.status, own.headers.get("location"), done]).toEqual([303, "/", 1]);
  expect(own.headers.get("set-cookie")).toContain("said=Done.");
});

test("what was done is said on the next page, once", async () => {
  const { app } = portalApp();
  const response = await app.request("/help", {
    headers: { cookie: "said=%3Cb%3EDone%3C%2Fb%3E" },
  });
  expect(await response.text()).toContain("&lt;b&gt;Done&lt;/b&gt;");
  expect(response.headers.get("set-cookie")).toMatch(/said=;/);
});

test("theme and keys are kept without scripts, and lead back to our own pages only", async () => {
  const { app } = portalApp();
  const choose = (body: string) =>
    app.request("/preferences", { method: "POST", headers: FORM, body });
  const chosen = await choose("theme=dark&keys=nonsense&back=%2Fhelp");
  expect(chosen.headers.get("location")).toBe("/help");
  expect(chosen.headers.get("set-cookie")).toContain("theme=dark");
  expect(chosen.headers.get("set-cookie")).not.toContain("keys");
  for (const path of [
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "javascript:x",
  ]) {
    expect(ownPath(path), path).toBe("/");
  }
});

test("the search finds rooms by a part of their name", async () => {
  const { app } = portalApp();
  expect(await (await app.request("/search.json?q=liv")).json()).toEqual({
    found: [{ href: "/", label: "Live", kind: "page" }],
  });
  const html = await (await app.request("/search?q=%3Cscript%3E")).text();
  expect(html).toContain("Nothing is called “&lt;script&gt;”.");
});
