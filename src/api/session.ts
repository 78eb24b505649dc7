/**
 * A person who has signed in asks the API with the portal's cookie, from the hub's own pages: what
 * asks for a fresh factor is theirs alone, as a key can prove none. Cookies travel by themselves, so
 * that a change is taken from the hub's own pages only.
 */
import type { Context } from "hono";
import { LockstepError } from "../domain/errors.ts";
import type { Authenticate } from "../identity/policy.ts";

const SAFE = new Set(["GET", "HEAD"]);

/** `reached`: the address people use where that is not the one asked, as behind a proxy. */
export function fromOwnPages(authenticate: Authenticate, reached: string | null): Authenticate {
  return async (context) => {
    if (context.req.header("cookie") === undefined) return null;
    const principal = await authenticate(context);
    if (principal === null || SAFE.has(context.req.method) || isOwn(context, reached)) {
      return principal;
    }
    throw new LockstepError("FORBIDDEN", { expected: "a request of the hub's own pages" });
  };
}

function isOwn({ req }: Context, reached: string | null): boolean {
  const origin = req.header("origin");
  return origin !== undefined && (origin === new URL(req.url).origin || origin === reached);
}
