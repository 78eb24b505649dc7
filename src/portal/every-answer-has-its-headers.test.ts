import { expect, test } from "vitest";
import { portalApp } from "../testing/portal-app.ts";

const ORIGIN = "https://hub.example";
const EVIL = "https://evil.example";
const FORM = "application/x-www-form-urlencoded";
const { app } = portalApp();

const ask = (path: string, init: RequestInit = {}) => app.request(`${ORIGIN}${path}`, init);

test.each([
  ["a page", "/", {}],
  ["a page that is not there", "/nowhere", {}],
  ["a file", "/assets/base.css", {}],
  ["figures for machines", "/healthz", {}],
  ["the API", "/v1/accounts", {}],
  [
    "a form",
    "/preferences",
    { method: "POST", headers: { origin: ORIGIN, "content-type": FORM }, body: "theme=dark" },
  ],
  ["a form of elsewhere", "/preferences", { method: "POST", headers: { origin: EVIL } }],
] as const)("%s says what a browser may do with it", async (_, path, init) => {
  const { headers } = await ask(path, init as RequestInit);
  expect(headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
  expect(headers.get("x-frame-options")).toBe("DENY");
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(headers.get("referrer-policy")).toBe("same-origin");
  expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
  expect(headers.get("cross-origin-resource-policy")).toBe("same-origin");
  expect(headers.get("permissions-policy")).toContain("camera=()");
  expect(headers.get("x-powered-by")).toBeNull();
  expect(headers.get("server")).toBeNull();
});

test("no answer may be read by another site, whatever it asks and however", async () => {
  for (const path of ["/", "/v1/accounts", "/search.json?q=a", "/stream", "/assets/base.css"]) {
    for (const method of ["GET", "OPTIONS"]) {
      const headers = { origin: EVIL, "access-control-request-method": "POST" };
      const response = await ask(path, { method, headers });
      await response.body?.cancel();
      const open = [...response.headers.keys()].filter((name) => name.startsWith("access-control"));
      expect(open, `${method} ${path}`).toEqual([]);
    }
  }
});

test.each([
  ["another site", EVIL, FORM],
  ["nowhere", "null", FORM],
  ["a name like ours", "https://hub.example.evil.example", FORM],
  ["our name without TLS", "http://hub.example", FORM],
  ["another site, as plain text", EVIL, "text/plain"],
  ["another site, in parts", EVIL, "multipart/form-data; boundary=x"],
  ["another site, of no kind", EVIL, undefined],
])("a form of %s is refused", async (_, origin, type) => {
  const headers = { origin, ...(type === undefined ? {} : { "content-type": type }) };
  const response = await ask("/preferences", { method: "POST", headers, body: "theme=dark" });
  expect(response.status).toBe(403);
  expect(response.headers.get("set-cookie")).toBeNull();
});

test("JSON in the clothes of a form is no form", async () => {
  for (const type of ["application/json", "text/plain"]) {
    const headers = { origin: ORIGIN, "content-type": type };
    const response = await ask("/preferences", {
      method: "POST",
      headers,
      body: '{"theme":"dark"}',
    });
    expect(response.status, type).toBe(400);
  }
});

test("a cookie is set for our own pages only, and what it says is kept from scripts", async () => {
  const headers = { origin: ORIGIN, "content-type": FORM };
  const body = "theme=dark&back=/%0d%0aSet-Cookie:x=1";
  const response = await ask("/preferences", { method: "POST", headers, body });
  expect(response.headers.get("location")).toBe("/");
  expect(response.headers.getSetCookie()).toEqual([expect.stringContaining("SameSite=Strict")]);
});
