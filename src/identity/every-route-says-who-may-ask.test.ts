import { Hono } from "hono";
import { describe, expect, test } from "vitest";
import { isLockstepError } from "../domain/errors.ts";
import { allows, PERMISSION_NAMES, PERMISSIONS, type Permission } from "./permissions.ts";
import { Guard, maybePrincipal, principalOf } from "./policy.ts";
import { mayReach, type Principal, ROLES, type Role, STEP_UP_MS } from "./principal.ts";

const NOW = 1_000_000;

const as = (roles: readonly Role[], more: Partial<Principal> = {}): Principal => ({
  tenantId: "t",
  actor: { kind: "person", id: "p", name: "Somebody" },
  roles,
  scopes: null,
  accounts: "all",
  mode: "live",
  steppedUpAt: NOW,
  address: null,
  ...more,
});

function appFor(principal: Principal | null) {
  const app = new Hono();
  app.onError((error, context) =>
    context.text(isLockstepError(error) ? error.code : "INTERNAL", 403),
  );
  const guard = new Guard(app, { authenticate: async () => principal, now: () => NOW });
  return { app, guard };
}

async function ask(principal: Principal | null, permission: Permission): Promise<string> {
  const { app, guard } = appFor(principal);
  guard.on("GET", "/it", permission, (context) => context.text(principalOf(context).actor.name));
  guard.check();
  return (await app.request("/it")).text();
}

test("an app with a route that has no policy cannot be built", () => {
  const { app, guard } = appFor(null);
  guard.on("GET", "/a", "public", (context) => context.text("a"));
  guard.check();
  app.post("/b", (context) => context.text("b"));
  expect(() => guard.check()).toThrow(/POST \/b/);
});

test("nobody gets past anything but what is public", async () => {
  const { app, guard } = appFor(null);
  guard.on("GET", "/open", "public", (context) => context.text(String(maybePrincipal(context))));
  guard.on("GET", "/mine", "signed-in", (context) => context.text("no"));
  expect(await (await app.request("/open")).text()).toBe("null");
  expect(await (await app.request("/mine")).text()).toBe("UNAUTHENTICATED");
  for (const permission of PERMISSION_NAMES) {
    expect(await ask(null, permission)).toBe("UNAUTHENTICATED");
  }
});

describe.each(PERMISSION_NAMES)("%s", (permission) => {
  test.each(ROLES)("as the table says for %s", async (role) => {
    const isAllowed = (PERMISSIONS[permission].roles as readonly Role[]).includes(role);
    expect(await ask(as([role]), permission)).toBe(isAllowed ? "Somebody" : "FORBIDDEN");
  });

  test("not beyond the scopes of a key, whatever the roles", () => {
    expect(allows(as(["admin"], { scopes: [] }), permission)).toBe(false);
    expect(allows(as(["admin"], { scopes: [permission] }), permission)).toBe(true);
  });
});

test("what opens trading or hands out rights asks for a fresh factor", async () => {
  const stale = as(["admin"], { steppedUpAt: NOW - STEP_UP_MS - 1 });
  expect(await ask(stale, "kill:release")).toBe("STEP_UP_REQUIRED");
  expect(await ask(as(["admin"], { steppedUpAt: null }), "people:write")).toBe("STEP_UP_REQUIRED");
  expect(await ask(stale, "kill:engage")).toBe("Somebody");
});

test("whoever is not an operator reaches the accounts that are theirs", () => {
  const one = as(["subscriber"], { accounts: new Set(["a"]) });
  expect([mayReach(one, "a"), mayReach(one, "b")]).toEqual([true, false]);
});
