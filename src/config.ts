/**
 * The environment is read once, here, into typed and frozen values. What is wrong is listed all at
 * once, each with the variable and an example; a value is never echoed, since it may be a secret.
 * Invariant: `config` holds nothing secret, so that it may be logged whole; `secrets` never is.
 */
import { hostname } from "node:os";
import { resolve } from "node:path";
import { z } from "zod";
import { LockstepError } from "./domain/errors.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

type Config = {
  /** Absolute. Holds the embedded database and whatever else outlives a process. */
  readonly dataDir: string;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly logLevel: LogLevel;
  /** The process's stable name: whose doorbell it answers. */
  readonly slot: string;
  /** The seed of the demo and of everything else that is random by design; null: a new one. */
  readonly seed: number | null;
  /** Where MetaTrader terminals connect; a port of null: not there. */
  readonly terminals: {
    readonly host: string;
    readonly port: number | null;
    readonly httpPort: number | null;
    /** By which name terminals reach this process, where another one sends them here. */
    readonly address: string;
    /** Files; both or none. */
    readonly certFile: string | null;
    readonly keyFile: string | null;
  };
  /** How people reach the portal, without a slash at the end; null: where it listens. */
  readonly baseUrl: string | null;
  /** Whether strangers may make themselves an account. */
  readonly signUp: "invitation" | "open";
  /** Who mails come from. */
  readonly mailFrom: string | null;
  /** Who may read the figures at /metrics. */
  readonly metrics: "off" | "on" | "token";
  /** How long what is under way may take to end once the process is told to stop. */
  readonly drainMs: number;
  /** Shows the design page; nothing else depends on it. */
  readonly development: boolean;
  readonly database: "embedded" | "external";
  readonly queue: "postgres" | "redis";
};

type Secrets = {
  /** null: the embedded database. */
  readonly databaseUrl: string | null;
  /** null: doorbells on Postgres. */
  readonly redisUrl: string | null;
  /** null: the hub sends no mail. */
  readonly smtpUrl: string | null;
  /** null: no token is asked for. */
  readonly metricsToken: string | null;
};

export type Settings = { readonly config: Config; readonly secrets: Secrets };

const SEED_MAX = 0xffff_ffff;
const PORT_MAX = 65_535;
const DRAIN_SECONDS_MAX = 300;

const EXAMPLES = {
  DATABASE_URL: "postgres://lockstep:password@127.0.0.1:5432/lockstep",
  REDIS_URL: "redis://:password@127.0.0.1:6379/0",
  LOCKSTEP_DATA_DIR: "/var/lib/lockstep",
  LOCKSTEP_HOST: "127.0.0.1",
  LOCKSTEP_PORT: "8420",
  LOCKSTEP_LOG_LEVEL: "info",
  LOCKSTEP_SLOT: "a",
  LOCKSTEP_DEVELOPMENT: "1",
  LOCKSTEP_SEED: "42",
  LOCKSTEP_BASE_URL: "https://hub.example.org",
  LOCKSTEP_SIGN_UP: "open",
  LOCKSTEP_SMTP_URL: "smtps://user:password@mail.example.org:465",
  LOCKSTEP_MAIL_FROM: "lockstep@example.org",
  LOCKSTEP_METRICS: "token",
  LOCKSTEP_METRICS_TOKEN: "the output of `openssl rand -hex 16`",
  LOCKSTEP_DRAIN_SECONDS: "5",
  LOCKSTEP_TERMINAL_HOST: "0.0.0.0",
  LOCKSTEP_TERMINAL_ADDRESS: "a.hub.example.com",
  LOCKSTEP_TERMINAL_PORT: "8421",
  LOCKSTEP_TERMINAL_HTTP_PORT: "8422",
  LOCKSTEP_TERMINAL_CERT: "/etc/lockstep/terminals.crt",
  LOCKSTEP_TERMINAL_KEY: "/etc/lockstep/terminals.key",
} as const;

type Variable = keyof typeof EXAMPLES;

const isVariable = (name: unknown): name is Variable =>
  typeof name === "string" && Object.hasOwn(EXAMPLES, name);

function urlOf(...protocols: readonly string[]) {
  const expected = `must be a URL that begins with ${protocols.map((p) => `${p}//`).join(" or ")}`;
  return z.string().refine((text) => {
    const url = URL.canParse(text) ? new URL(text) : null;
    return url !== null && protocols.includes(url.protocol) && url.hostname !== "";
  }, expected);
}

function wholeNumber(max: number) {
  const expected = `must be a whole number from 0 to ${max}`;
  return z
    .string()
    .regex(/^\d{1,10}$/, expected)
    .transform(Number)
    .refine((value) => value <= max, expected);
}

const host = () =>
  z
    .string()
    .regex(/^[\w.:-]+$/, "must be a host name or an address")
    .default("127.0.0.1");

const schema = z.object({
  DATABASE_URL: urlOf("postgres:", "postgresql:").optional(),
  REDIS_URL: urlOf("redis:", "rediss:").optional(),
  LOCKSTEP_DATA_DIR: z.string().default(".lockstep"),
  LOCKSTEP_HOST: host(),
  LOCKSTEP_PORT: wholeNumber(PORT_MAX).default(8420),
  LOCKSTEP_LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(", ")}`).default("info"),
  LOCKSTEP_SLOT: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,31}$/, "must be a letter, then up to 31 of a-z, 0-9 and -")
    .default("a"),
  LOCKSTEP_DEVELOPMENT: z.enum(["0", "1"], "must be 0 or 1").default("0"),
  LOCKSTEP_SEED: wholeNumber(SEED_MAX).optional(),
  LOCKSTEP_BASE_URL: urlOf("http:", "https:")
    .transform((text) => new URL(text).origin)
    .optional(),
  LOCKSTEP_SIGN_UP: z
    .enum(["invitation", "open"], "must be invitation or open")
    .default("invitation"),
  LOCKSTEP_SMTP_URL: urlOf("smtp:", "smtps:").optional(),
  LOCKSTEP_MAIL_FROM: z.email("must be an address").optional(),
  LOCKSTEP_METRICS: z.enum(["off", "on", "token"], "must be off, on or token").optional(),
  LOCKSTEP_METRICS_TOKEN: z.string().min(16, "must have 16 characters or more").optional(),
  LOCKSTEP_DRAIN_SECONDS: wholeNumber(DRAIN_SECONDS_MAX).default(5),
  LOCKSTEP_TERMINAL_HOST: host(),
  LOCKSTEP_TERMINAL_ADDRESS: z.string().max(253).optional(),
  LOCKSTEP_TERMINAL_PORT: wholeNumber(PORT_MAX).optional(),
  LOCKSTEP_TERMINAL_HTTP_PORT: wholeNumber(PORT_MAX).optional(),
  LOCKSTEP_TERMINAL_CERT: z.string().optional(),
  LOCKSTEP_TERMINAL_KEY: z.string().optional(),
});

/** Plain by oversight would be worse than not at all. */
function refuseHalfTls(read: z.output<typeof schema>): void {
  const { LOCKSTEP_TERMINAL_CERT: cert, LOCKSTEP_TERMINAL_KEY: key } = read;
  if ((cert === undefined) === (key === undefined)) return;
  const words = "LOCKSTEP_TERMINAL_CERT and LOCKSTEP_TERMINAL_KEY must be given together";
  throw new LockstepError("BAD_CONFIG", { faults: [words] });
}

function refuseHalfMail(read: z.output<typeof schema>): void {
  const { LOCKSTEP_SMTP_URL: smtp, LOCKSTEP_MAIL_FROM: from, LOCKSTEP_SIGN_UP: signUp } = read;
  const half = "LOCKSTEP_SMTP_URL and LOCKSTEP_MAIL_FROM must be given together";
  const deaf = "LOCKSTEP_SIGN_UP=open must be given with LOCKSTEP_SMTP_URL: addresses are verified";
  const faults = [
    ...((smtp === undefined) === (from === undefined) ? [] : [half]),
    ...(signUp === "open" && smtp === undefined ? [deaf] : []),
  ];
  if (faults.length > 0) throw new LockstepError("BAD_CONFIG", { faults });
}

/** Unless it is said otherwise, figures are for this machine only. */
function metricsOf(read: z.output<typeof schema>): Config["metrics"] {
  const { LOCKSTEP_METRICS: who, LOCKSTEP_METRICS_TOKEN: token, LOCKSTEP_HOST: host } = read;
  if ((who === "token") !== (token !== undefined)) {
    const words = "LOCKSTEP_METRICS_TOKEN must be given with LOCKSTEP_METRICS=token, and only then";
    throw new LockstepError("BAD_CONFIG", { faults: [words] });
  }
  return who ?? (["127.0.0.1", "localhost", "::1"].includes(host) ? "on" : "off");
}

/** "All networks" is no name to reach anything by. */
function addressOf(host: string): string {
  return host === "0.0.0.0" || host === "::" ? hostname() : host;
}

function terminalsOf(read: z.output<typeof schema>, cwd: string): Config["terminals"] {
  const { LOCKSTEP_TERMINAL_CERT: cert, LOCKSTEP_TERMINAL_KEY: key } = read;
  return Object.freeze({
    host: read.LOCKSTEP_TERMINAL_HOST,
    address: read.LOCKSTEP_TERMINAL_ADDRESS ?? addressOf(read.LOCKSTEP_TERMINAL_HOST),
    port: read.LOCKSTEP_TERMINAL_PORT ?? null,
    httpPort: read.LOCKSTEP_TERMINAL_HTTP_PORT ?? null,
    certFile: cert === undefined ? null : resolve(cwd, cert),
    keyFile: key === undefined ? null : resolve(cwd, key),
  });
}

/** An empty variable counts as absent. BAD_CONFIG with every fault where there are any. */
export function readConfig(env: Environment, cwd: string): Settings {
  const given = Object.fromEntries(
    Object.keys(EXAMPLES).map((name) => [name, env[name]?.trim() || undefined]),
  );
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    throw new LockstepError("BAD_CONFIG", { faults: parsed.error.issues.map(describe) });
  }
  const read = parsed.data;
  refuseHalfTls(read);
  refuseHalfMail(read);
  return Object.freeze({
    config: Object.freeze({
      dataDir: resolve(cwd, read.LOCKSTEP_DATA_DIR),
      host: read.LOCKSTEP_HOST,
      port: read.LOCKSTEP_PORT,
      logLevel: read.LOCKSTEP_LOG_LEVEL,
      slot: read.LOCKSTEP_SLOT,
      seed: read.LOCKSTEP_SEED ?? null,
      terminals: terminalsOf(read, cwd),
      baseUrl: read.LOCKSTEP_BASE_URL ?? null,
      signUp: read.LOCKSTEP_SIGN_UP,
      mailFrom: read.LOCKSTEP_MAIL_FROM ?? null,
      metrics: metricsOf(read),
      drainMs: read.LOCKSTEP_DRAIN_SECONDS * 1_000,
      development: read.LOCKSTEP_DEVELOPMENT === "1",
      database: read.DATABASE_URL === undefined ? "embedded" : "external",
      queue: read.REDIS_URL === undefined ? "postgres" : "redis",
    }),
    secrets: Object.freeze({
      databaseUrl: read.DATABASE_URL ?? null,
      redisUrl: read.REDIS_URL ?? null,
      smtpUrl: read.LOCKSTEP_SMTP_URL ?? null,
      metricsToken: read.LOCKSTEP_METRICS_TOKEN ?? null,
    }),
  });
}

function describe(issue: {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}): string {
  const [name] = issue.path;
  if (!isVariable(name)) return issue.message;
  return `${name} ${issue.message} (for example ${name}=${EXAMPLES[name]})`;
}

/** The one place where the process's environment is read. */
export function processEnvironment(): Environment {
  // biome-ignore lint/style/noProcessEnv: this is the place
  return process.env;
}
