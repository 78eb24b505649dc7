/**
 * /healthz: the process answers. /readyz: it may be given work, 503 with what keeps it from that
 * where not. /metrics: figures for Prometheus, to whom the configuration lets in.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { Context } from "hono";
import type { Guard } from "../identity/policy.ts";
import type { HealthCheck } from "./checks.ts";

export type HealthRoutes = {
  ready(): Promise<readonly HealthCheck[]>;
  exposition(): Promise<string>;
  /** Who may read the figures: nobody, everybody, or who bears the token. */
  readonly metrics: "off" | "on" | { readonly token: string };
};

export function addHealth(guard: Guard, health: HealthRoutes): void {
  guard.on("GET", "/healthz", "public", (context) => fresh(context).json({ status: "ok" }));
  guard.on("GET", "/readyz", "public", async (context) => {
    const checks = await health.ready();
    const ok = checks.every((check) => check.ok);
    return fresh(context).json({ status: ok ? "ready" : "not ready", checks }, ok ? 200 : 503);
  });
  if (health.metrics === "off") return;
  guard.on("GET", "/metrics", "public", async (context) => {
    if (!isLetIn(context, health.metrics)) {
      context.header("WWW-Authenticate", "Bearer");
      return context.text("The token of LOCKSTEP_METRICS_TOKEN is needed.", 401);
    }
    const text = await health.exposition();
    return fresh(context).body(text, 200, { "Content-Type": "text/plain; version=0.0.4" });
  });
}

function fresh(context: Context): Context {
  context.header("Cache-Control", "no-store");
  return context;
}

function isLetIn(context: Context, metrics: HealthRoutes["metrics"]): boolean {
  if (typeof metrics === "string") return metrics === "on";
  const [, given = ""] = /^Bearer (.+)$/.exec(context.req.header("authorization") ?? "") ?? [];
  return timingSafeEqual(hashOf(given), hashOf(metrics.token));
}

const hashOf = (text: string): Buffer => createHash("sha256").update(text).digest();
