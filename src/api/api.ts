/** The API as one Hono app under /v1: its routes, its document, and a problem for all else. */
import { type Context, Hono } from "hono";
import { ApiError } from "./errors.ts";
import { openApi } from "./openapi.ts";
import type { Route } from "./route.ts";
import { refused, requestIdOf, type ServeDeps, serve } from "./serve.ts";

/** `page`: the reference, as HTML; absent: there is none. */
export function createApi(
  routes: readonly Route[],
  deps: ServeDeps & { readonly page?: string },
): Hono {
  const api = new Hono().basePath(BASE);
  const document = JSON.stringify(openApi(routes));
  api.get("/openapi.json", (context) => context.body(document, 200, JSON_HEADERS));
  const { page } = deps;
  if (page !== undefined) api.get("/reference", (context) => context.html(page));
  const methods = new Map<string, string[]>();
  for (const route of routes) {
    const address = route.path.replace(/\{(\w+)\}/g, ":$1");
    api.on(route.method.toUpperCase(), address, (context) => serve(route, context, deps));
    methods.set(address, [...(methods.get(address) ?? []), route.method.toUpperCase()]);
  }
  for (const [address, known] of methods) {
    api.all(address, (context) => problem(context, deps, methodNotAllowed(known)));
  }
  api.all("*", (context) =>
    problem(context, deps, new ApiError("NOT_FOUND", "There is no such address in the API.")),
  );
  api.onError((error, context) => problem(context, deps, error));
  return api;
}

const BASE = "/v1";
const JSON_HEADERS = { "Content-Type": "application/json", "Cache-Control": "no-cache" };

function methodNotAllowed(methods: readonly string[]): ApiError {
  const headers = { Allow: methods.join(", ") };
  return new ApiError("METHOD_NOT_ALLOWED", `It offers ${methods.join(", ")}.`, { headers });
}

function problem(context: Context, deps: ServeDeps, error: unknown): Response {
  const requestId = requestIdOf(context);
  return refused(error, context, { deps, requestId, headers: {} });
}
