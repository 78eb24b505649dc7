import { describe, expect, test } from "vitest";
import { allows } from "../../identity/permissions.ts";
import { ROLES, type Role } from "../../identity/principal.ts";
import { portalApp, somebody } from "../../testing/portal-app.ts";
import { SessionCookie } from "./cookie.ts";
import { addIdentity } from "./pages.ts";

const HEADERS = {
  origin: "http://localhost",
  "content-type": "application/x-www-form-urlencoded",
};

/** The database is away, so that whatever gets past the policy ends as 503 or as a page. */
function portalFor(role: Role | null) {
  return portalApp({
    development: true,
    authenticate: async () => (role === null ? null : somebody(role)),
    pages: [
      (portal) =>
        addIdentity(portal, {
          people: () => null,
          cookie: new SessionCookie("http://localhost"),
          tenantId: "t",
          fault: () => {},
        }),
    ],
  });
}

describe.each([null, ...ROLES])("as %s", (role) => {
  const { app, guard } = portalFor(role);
  const routes = [...guard.policies].filter(([route]) => !route.endsWith("/stream"));

  test.each(routes)("%s is %s", async (route, policy) => {
    const [method = "GET", path = "/"] = route.split(" ");
    const address = path.replace(/:\w+/g, "x");
    const response = await app.request(address, { method, headers: HEADERS });
    if (policy === "public") expect([401, 403]).not.toContain(response.status);
    else if (role === null) expect(response.status).toBe(401);
    else if (policy !== "signed-in" && !allows(somebody(role), policy)) {
      expect(response.status).toBe(403);
    } else expect([401, 403]).not.toContain(response.status);
  });
});
