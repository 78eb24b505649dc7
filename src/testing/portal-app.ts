/** The portal over a live state that a test shows it, looked at by somebody with all rights. */
import { type App, type AppDeps, createApp } from "../app.ts";
import type { Principal, Role } from "../identity/principal.ts";
import { liveSource } from "./live-builders.ts";
import { busyLiveState } from "./live-state.ts";
import { manualTimers } from "./manual-timers.ts";

export function somebody(role: Role = "admin", change: Partial<Principal> = {}): Principal {
  return {
    tenantId: "00000000-0000-4000-8000-000000000001",
    actor: { kind: "person", id: "p1", name: "Ada Example" },
    roles: [role],
    scopes: null,
    accounts: "all",
    mode: "live",
    steppedUpAt: Date.now(),
    address: null,
    ...change,
  };
}

export function portalApp(change: Partial<AppDeps> = {}): App {
  return createApp({
    source: liveSource(busyLiveState()),
    timers: manualTimers(),
    log: () => {},
    environment: "DEMO",
    authenticate: async () => somebody(),
    ...change,
  });
}
