/**
 * What every request to a route passes through, in this order: who asks, how often, whether that
 * may be, what exactly is asked, whether it was asked before; then the work, and the answer as the
 * route's schema says.
 */
import { hash } from "node:crypto";
import type { Context } from "hono";
import { LockstepError } from "../domain/errors.ts";
import type { IdempotencyService } from "../idempotency/service.ts";
import { type Authenticate, admit } from "../identity/policy.ts";
import type { Principal } from "../identity/principal.ts";
import type { Clock } from "../platform/clock.ts";
import { asResponse, type Written, writeAnswer, writeProblem } from "./answer.ts";
import type { BrokerBudget } from "./broker-budget.ts";
import { ApiError } from "./errors.ts";
import { etagOf, names, refuseOther } from "./etag.ts";
import { withKey } from "./once.ts";
import type { RateLimiter } from "./rate-limit.ts";
import { checkBody, readBody, readParams, readQuery } from "./request.ts";
import type { Call, Route } from "./route.ts";
import { textFault } from "./strict-json.ts";
import { VERSION, VERSION_HEADER, versionOf } from "./version.ts";

export type ServeDeps = {
  readonly authenticate: Authenticate;
  readonly clock: Clock;
  readonly limiter: RateLimiter;
  readonly brokers?: BrokerBudget;
  readonly idempotency: IdempotencyService;
  readonly log: (words: string, context: Record<string, unknown>) => void;
};

const KEY_LENGTH_MAX = 255;

export async function serve(route: Route, context: Context, deps: ServeDeps): Promise<Response> {
  const requestId = requestIdOf(context);
  const headers: Record<string, string> = { [VERSION_HEADER]: VERSION };
  try {
    versionOf(context.req.header(VERSION_HEADER));
    const principal = await deps.authenticate(context);
    if (principal !== null) Object.assign(headers, deps.limiter.take(principal.actor.id));
    admit(principal, route.permission, deps.clock.now());
    if (principal === null) throw new LockstepError("UNAUTHENTICATED");
    const written = await answer(route, context, { deps, principal, requestId });
    if (written instanceof Response) return withHeaders(written, headers);
    return withTag(route, context, { written, headers });
  } catch (error) {
    return refused(error, context, { deps, requestId, headers });
  }
}

/** As the app around gives it; a request that came another way has none. */
export const requestIdOf = (context: Context): string =>
  String((context.env as { readonly requestId?: string } | undefined)?.requestId ?? "");

export function refused(
  error: unknown,
  context: Context,
  {
    deps,
    requestId,
    headers,
  }: {
    readonly deps: Pick<ServeDeps, "log">;
    readonly requestId: string;
    readonly headers: Readonly<Record<string, string>>;
  },
): Response {
  const { path } = context.req;
  const written = writeProblem(error, { requestId, path });
  if (written.status >= 500) deps.log("a request failed", { error, path, requestId });
  return asResponse(written, headers);
}

type Asked = {
  readonly deps: ServeDeps;
  readonly principal: Principal;
  readonly requestId: string;
};

async function answer(route: Route, context: Context, asked: Asked): Promise<Written | Response> {
  const { deps, principal, requestId } = asked;
  const { req } = context;
  const params = readParams(route, req.param() as Record<string, string>) as object;
  const query = readQuery(route, req.url);
  const text = route.method === "get" ? "" : await readBody(req.raw);
  const body =
    route.method === "get" ? undefined : checkBody(route, text, req.header("content-type"));
  const idempotencyKey = keyOf(route, req.header("idempotency-key"));
  const match = (present: unknown): void => {
    if (route.answer === undefined) return;
    refuseOther(req.header("if-match"), etagOf(JSON.stringify(route.answer.parse(present))));
  };
  if (route.method !== "get") await deps.brokers?.take(principal, { ...params, ...Object(body) });
  const header = (name: string): string | undefined => req.header(name);
  const call = { principal, params, query, body, requestId, header, idempotencyKey, match };
  if (route.raw !== undefined)
    return (await route.run(call as Call<never, never, never>)) as Response;
  const work = async (): Promise<Written> =>
    writeAnswer(route, await route.run(call as Call<never, never, never>));
  if (idempotencyKey === null) return work();
  const place = { tenantId: principal.tenantId, owner: principal.actor.id, key: idempotencyKey };
  const requestHash = hash(
    "sha256",
    `${route.name}\n${req.path}\n${req.url}\n${text}`,
    "base64url",
  );
  const isSecret = route.secret ?? false;
  const told = { place, requestHash, requestId, path: req.path, isSecret };
  return withKey(deps.idempotency, told, work);
}

function keyOf(route: Route, key: string | undefined): string | null {
  if (route.idempotency === undefined) return null;
  if (key === undefined) {
    if (route.idempotency === "accepted") return null;
    const detail = "Send an Idempotency-Key of your own, a new one for each thing to be done.";
    throw new ApiError("IDEMPOTENCY_KEY_NEEDED", detail);
  }
  if (key.length > 0 && key.length <= KEY_LENGTH_MAX && textFault(key) === null) return key;
  throw new ApiError("MALFORMED", `An Idempotency-Key has 1 to ${KEY_LENGTH_MAX} characters.`);
}

function withHeaders(response: Response, headers: Readonly<Record<string, string>>): Response {
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return response;
}

function withTag(
  route: Route,
  context: Context,
  { written, headers }: { readonly written: Written; readonly headers: Record<string, string> },
): Response {
  if (written.status !== 200 || route.method !== "get") return asResponse(written, headers);
  const etag = etagOf(written.body);
  const known = context.req.header("if-none-match");
  const tagged = { ...headers, ETag: etag };
  if (known === undefined || !names(known, etag)) return asResponse(written, tagged);
  return asResponse({ status: 304, body: "", type: "" }, tagged);
}
