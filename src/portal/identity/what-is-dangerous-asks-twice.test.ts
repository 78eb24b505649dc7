import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { PeopleDeps } from "../../identity/people/deps.ts";
import { asksForFreshFactor, PERMISSION_NAMES } from "../../identity/permissions.ts";
import type { Policy } from "../../identity/policy.ts";
import { STEP_UP_MS } from "../../identity/principal.ts";
import { LiveView } from "../../live/service.ts";
import { systemTimers as timers } from "../../platform/clock.ts";
import { describedRoutes } from "../../rest.ts";
import { openRooms } from "../../rooms.ts";
import { portalApp, somebody } from "../../testing/portal-app.ts";
import { SessionCookie } from "./cookie.ts";
import { addIdentity } from "./pages.ts";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const clock = { now: () => NOW };
const tenantId = somebody().tenantId;

/** What changes how one proves who one is: of whoever has signed in, so that no permission says it. */
const OWN = [
  ...["/security/totp", "/security/totp/end", "/security/password"],
  ...["/security/passkeys", "/security/passkeys/remove", "/security/email"],
];

/** The ledger is away: whatever is let through ends as a fault. */
function portalOf(sinceProofMs: number) {
  const live = new LiveView({ tenantId, environment: "LIVE", clock, timers });
  const rooms = openRooms({ live, tenantId, clock, timers, log: () => {}, sql: () => null });
  const parts = {
    people: () => ({}) as PeopleDeps,
    cookie: new SessionCookie("http://localhost"),
    tenantId,
    fault: () => {},
  };
  return portalApp({
    clock,
    authenticate: async () => somebody("admin", { steppedUpAt: NOW - sinceProofMs }),
    pages: [...rooms.pages, (portal) => addIdentity(portal, parts)],
  });
}

const isDangerous = (policy: Policy, path: string): boolean =>
  (policy !== "public" && policy !== "signed-in" && asksForFreshFactor(policy)) ||
  OWN.includes(path);

const stale = portalOf(STEP_UP_MS + 1);
const fresh = portalOf(STEP_UP_MS);
const routes = [...fresh.guard.policies]
  .map(([route, policy]) => ({
    method: route.split(" ")[0],
    path: route.split(" ")[1] ?? "",
    policy,
  }))
  .filter(({ path, policy }) => isDangerous(policy, path));

const send = async (app: typeof stale, path: string): Promise<readonly [number, boolean]> => {
  const headers = {
    origin: "http://localhost",
    "content-type": "application/x-www-form-urlencoded",
  };
  const address = path.replace(/:id/g, "00000000-0000-4000-8000-000000000001");
  const response = await app.app.request(address, { method: "POST", headers });
  return [response.status, (await response.text()).includes("Prove that it is you")];
};

test("there are such forms", () => expect(routes.length).toBeGreaterThan(9));

describe.each(routes)("$method $path", ({ path }) => {
  test("is refused five minutes after the last proof, and leads to one", async () => {
    expect(await send(stale, path)).toEqual([403, true]);
  });

  test("is let through within five minutes", async () => {
    const [, asked] = await send(fresh, path);
    expect(asked).toBe(false);
  });
});

test("the page on security names every permission that asks twice, and no other", () => {
  const text = readFileSync("docs/security.md", "utf8");
  const named = [...text.matchAll(/^\| `([a-z]+:[a-z]+)` \|/gm)].map(([, name]) => name);
  expect(named).toEqual(PERMISSION_NAMES.filter(asksForFreshFactor));
});

test("the API has routes for it too, and answers keys that a person has to do it", () => {
  const dangerous = describedRoutes().filter(({ permission }) => asksForFreshFactor(permission));
  expect(dangerous.map(({ name }) => name)).toContain("releaseKillSwitch");
});
