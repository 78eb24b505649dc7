/** What the services of people need of the world. */
import type { Instant } from "../../domain/instant.ts";
import type { Sql } from "../../platform/postgres.ts";
import type { Sealer } from "../../platform/sealed.ts";
import type { Attempts } from "./attempts.ts";
import type { HashCost } from "./secrets.ts";

export type Mail = { readonly to: string; readonly subject: string; readonly text: string };

export type PeopleDeps = {
  readonly sql: Sql;
  readonly sealer: Sealer;
  readonly attempts: Attempts;
  readonly hashCost: HashCost;
  now(): Instant;
  random(bytes: number): Buffer;
  newId(): string;
  /** Null where no mail is set up: then whoever makes a link passes it on. */
  readonly mail: ((mail: Mail) => Promise<void>) | null;
  /** Where the portal is, without a slash at the end, such as https://hub.example. */
  readonly baseUrl: string;
  /** Whether strangers may make themselves an account. */
  readonly signUp: "invitation" | "open";
};

/** From where, and with what, something is asked. */
export type From = { readonly address: string | null; readonly agent: string | null };
