/**
 * Every route says who may ask it. An app with a route that does not, or that says it for a route
 * that is not there, fails when it is built.
 * Invariant: a handler runs only for a principal its policy admits; a stranger learns nothing from a
 * refusal but that he is one.
 */
import type { Context, Handler, Hono, MiddlewareHandler } from "hono";
import { LockstepError } from "../domain/errors.ts";
import type { Instant } from "../domain/instant.ts";
import { allows, asksForFreshFactor, type Permission } from "./permissions.ts";
import { isFresh, type Principal } from "./principal.ts";

/** For everybody; for whoever has signed in; or for whom the permission allows. */
export type Policy = "public" | "signed-in" | Permission;

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Null where nobody is signed in; UNAUTHENTICATED where what was shown is no good. */
export type Authenticate = (context: Context) => Promise<Principal | null>;

export type GuardDeps = {
  readonly authenticate: Authenticate;
  readonly now: () => Instant;
};

const PRINCIPAL = "lockstep.principal";

/** The principal of a request that has passed a policy other than `public`. */
export function principalOf(context: Context): Principal {
  const principal = context.get(PRINCIPAL) as Principal | undefined;
  if (principal === undefined) throw new LockstepError("UNAUTHENTICATED");
  return principal;
}

/** Of a public route, where somebody may be signed in all the same. */
export function maybePrincipal(context: Context): Principal | null {
  return (context.get(PRINCIPAL) as Principal | undefined) ?? null;
}

/** UNAUTHENTICATED, FORBIDDEN or STEP_UP_REQUIRED where it may not. */
export function admit(principal: Principal | null, policy: Policy, now: Instant): void {
  if (policy === "public") return;
  if (principal === null) throw new LockstepError("UNAUTHENTICATED");
  if (policy === "signed-in") return;
  if (!allows(principal, policy)) throw new LockstepError("FORBIDDEN", { permission: policy });
  if (asksForFreshFactor(policy) && !isFresh(principal, now)) {
    throw new LockstepError("STEP_UP_REQUIRED", { permission: policy });
  }
}

export class Guard {
  readonly #app: Hono;
  readonly #deps: GuardDeps;
  readonly #policies = new Map<string, Policy>();

  constructor(app: Hono, deps: GuardDeps) {
    this.#app = app;
    this.#deps = deps;
  }

  /** Every route by method and path, for the tests that ask each as everybody. */
  get policies(): ReadonlyMap<string, Policy> {
    return this.#policies;
  }

  on(method: Method, path: string, policy: Policy, ...handlers: Handler[]): void {
    this.#policies.set(`${method} ${path}`, policy);
    this.#app.on(method, path, this.#admit(policy), ...handlers);
  }

  /** BAD_CONFIG names the routes without a policy. Call it when all are there. */
  check(): void {
    const open = this.#app.routes
      .filter(({ method }) => method !== "ALL")
      .map(({ method, path }) => `${method} ${path}`)
      .filter((route) => !this.#policies.has(route));
    if (open.length === 0) return;
    const routes = [...new Set(open)].join(", ");
    throw new LockstepError("BAD_CONFIG", { routes, expected: "a policy for every route" });
  }

  #admit(policy: Policy): MiddlewareHandler {
    return async (context, next) => {
      const principal = await this.#deps.authenticate(context);
      admit(principal, policy, this.#deps.now());
      if (principal !== null) context.set(PRINCIPAL, principal);
      return next();
    };
  }
}
