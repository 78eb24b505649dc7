/**
 * A running Lockstep in one process: database, queue, demo, hub and page, begun in the order in
 * which each needs the one before, and ended in the opposite order.
 * Invariants: the page's address is had before anything is made; whatever was begun is ended, also
 * where a later step fails; the masters stand still before the hub drains.
 */
import { randomInt, randomUUID } from "node:crypto";
import type { Hono } from "hono";
import { fromOwnPages } from "./api/session.ts";
import { Streams } from "./api/stream/hub.ts";
import { streamSockets } from "./api/stream/socket.ts";
import { type AppDeps, createApp } from "./app.ts";
import type { Settings } from "./config.ts";
import { Connecting } from "./connect.ts";
import { DEMO_ACCOUNTS } from "./demo/brokers.ts";
import { DEMO_BROKERS, DEMO_FOLLOWERS, DEMO_MASTERS, DEMO_TENANT } from "./demo/definition.ts";
import type { Demo } from "./demo/demo.ts";
import { addDemoRoom } from "./demo/room.ts";
import { openDemo } from "./demo/service.ts";
import { addDemoVisitor, demoVisitor } from "./demo/visitor.ts";
import { createHub, demoRecords } from "./deps.ts";
import { LockstepError } from "./domain/errors.ts";
import type { Gateway } from "./gateway/gateway.ts";
import { HealthService } from "./health/service.ts";
import { tenantIdOf } from "./hub/enrol.ts";
import type { Hub } from "./hub/hub.ts";
import { observedBy } from "./hub/observed-by.ts";
import { sealAudit } from "./identity/audit/seals.ts";
import type { PeopleDeps } from "./identity/people/deps.ts";
import { LiveView } from "./live/service.ts";
import { openPeople, setupWords, untilSetUp } from "./people.ts";
import { systemClock as clock, systemTimers as timers } from "./platform/clock.ts";
import { type Database, openDatabase } from "./platform/database.ts";
import { within } from "./platform/deadline.ts";
import { embeddedState } from "./platform/embedded-postgres.ts";
import { auditKey } from "./platform/key-file.ts";
import { openSealer, openTokenKeys } from "./platform/key-ring.ts";
import type { Logger } from "./platform/logger.ts";
import { migrate, migrationStatus } from "./platform/migrate.ts";
import { openDoorbells } from "./platform/open-doorbells.ts";
import { openPipes } from "./platform/pipes.ts";
import { APP_ROLE, openPostgres, type Sql } from "./platform/postgres.ts";
import { SessionCookie } from "./portal/identity/cookie.ts";
import { addIdentity } from "./portal/identity/pages.ts";
import { type IdentityParts, sessionsFirst } from "./portal/identity/parts.ts";
import { createRest, openNotify } from "./rest.ts";
import { openRooms } from "./rooms.ts";
import { type Listening, listen } from "./server.ts";
import { NOT_AWAITED, openTerminalBridge, type TerminalBridge } from "./terminal-bridge.ts";

export type StartOptions = {
  readonly settings: Settings;
  readonly log: Logger;
  /** A line for the person who watches. */
  say(line: string): void;
};

const CONNECTIONS = 8;
/** More than what is under way may take: what follows it writes to the ledger. */
const DRAIN_MORE_MS = 5_000;
/** A process that was killed holds its leases for three seconds more. */
const TAKE_OVER_MS_MAX = 10_000;
const LOOK_MS = 50;
const HEALTH_LOOK_MS = 1_000;
const SEED_END = 2 ** 32;
const PAIRED_LOOK_MS = 2_000;
const SEAL_MS = 600_000;

/** What was begun, ended last first. */
class Begun {
  readonly #log: Logger;
  readonly #ends: { readonly what: string; readonly end: () => Promise<unknown> }[] = [];

  constructor(log: Logger) {
    this.#log = log;
  }

  add(what: string, end: () => Promise<unknown>): void {
    this.#ends.push({ what, end });
  }

  async end(): Promise<void> {
    for (const { what, end } of this.#ends.splice(0).reverse()) {
      await end().catch((error: unknown) => this.#log.warn({ error }, `could not end ${what}`));
    }
  }
}

export class Lockstep {
  readonly #options: StartOptions;
  readonly #begun: Begun;
  readonly #stopping = new AbortController();
  readonly #live = new LiveView({
    ...{ tenantId: tenantIdOf(DEMO_TENANT), environment: "DEMO", clock, timers },
  });
  #starting: Promise<string> | null = null;
  #api: Hono | null = null;
  #hub: Hub | null = null;
  readonly #streams: Streams;
  #people: PeopleDeps | null = null;
  #sql: Sql | null = null;
  #demo: Demo | null = null;
  readonly #connecting: Connecting;
  readonly #health = new HealthService(clock);

  constructor(options: StartOptions) {
    this.#options = options;
    this.#begun = new Begun(options.log);
    this.#connecting = new Connecting(options.settings);
    const log = (words: string, context: object): void => options.log.error(context, words);
    const deps = { hub: () => this.#hub, now: () => clock.now(), timers, log };
    this.#streams = new Streams(deps);
  }

  /** Resolves with the page's address once everything runs. To be called once. */
  start(): Promise<string> {
    this.#starting = this.#start();
    return this.#starting;
  }

  /** Lets what is under way end, for as long as is configured, and gives everything back. */
  async stop(): Promise<void> {
    this.#health.drain();
    this.#stopping.abort();
    await this.#starting?.catch(() => {});
    await this.#begun.end();
  }

  async #start(): Promise<string> {
    const { signal } = this.#stopping;
    try {
      const page = await this.#page();
      const database = await this.#database();
      signal.throwIfAborted();
      await this.#runDemo(database, page.url);
      return page.url;
    } catch (error) {
      this.#stopping.abort();
      await this.#begun.end();
      throw error;
    }
  }

  async #page(): Promise<Listening> {
    const { settings, log } = this.#options;
    const { host, port, metrics, baseUrl } = settings.config;
    const { metricsToken } = settings.secrets;
    const warn = (words: string, context: object): void => log.warn(context, words);
    const tenantId = tenantIdOf(DEMO_TENANT);
    const rooms = openRooms({
      ...{ live: this.#live, tenantId, clock, timers, log: warn, sql: () => this.#sql },
      ...this.#connecting.rooms(() => this.#health.ready()),
    });
    const identity = this.#identity();
    const { app, stream } = createApp({
      source: this.#live,
      timers,
      log: warn,
      finders: rooms.finders,
      api: () => this.#api,
      health: {
        ready: () => this.#health.ready(),
        exposition: () => this.#health.exposition(),
        metrics: metrics === "token" ? { token: metricsToken ?? "" } : metrics,
      },
      ...hostsOf(host, baseUrl),
      ...identity,
      pages: [
        ...rooms.pages,
        ...identity.pages,
        (portal) => addDemoRoom(portal, () => this.#demo, isLoopback(host)),
      ],
      clock,
      environment: "DEMO",
      development: settings.config.development,
      baseUrl,
    });
    const page = await listen(app, { host, port, upgrades: streamSockets(app) });
    this.#begun.add("the page", () => page.close());
    this.#begun.add("the streams", async () => {
      stream.close();
      rooms.close();
    });
    this.#begun.add("the API's streams", async () => this.#streams.close());
    return page;
  }

  #identityParts(): IdentityParts {
    const { host, port, baseUrl } = this.#options.settings.config;
    return {
      people: () => this.#people,
      cookie: new SessionCookie(baseUrl ?? `http://${host}:${port}`),
      tenantId: tenantIdOf(DEMO_TENANT),
      fault: (error, doing) => this.#options.log.error({ error }, `fault while ${doing}`),
    };
  }

  #identity(): Pick<AppDeps, "authenticate" | "formToken" | "ownLinks"> & {
    readonly pages: NonNullable<AppDeps["pages"]>;
  } {
    const parts = this.#identityParts();
    const visitor = untilSetUp(
      demoVisitor(() => clock.now()),
      parts.people,
      parts.tenantId,
    );
    const demo = isLoopback(this.#options.settings.config.host);
    return {
      authenticate: sessionsFirst(parts, demo ? visitor : undefined),
      formToken: (context) => parts.cookie.formToken(context),
      pages: [(portal) => addIdentity(portal, parts), ...(demo ? [addDemoVisitor] : [])],
      ownLinks: [
        { href: "/security", label: "Security" },
        { href: "/sign-out", label: "Sign out" },
      ],
    };
  }

  async #database(): Promise<Database> {
    const { settings, say } = this.#options;
    say(await databaseWords(settings));
    const database = await openDatabase(settings);
    this.#begun.add("the database", () => database.close());
    const { files, to } = await migrate(database.url);
    if (files.length > 0) say(`Brought the database to version ${to}: ${files.join(", ")}.`);
    return database;
  }

  async #runDemo({ url }: Database, pageUrl: string): Promise<void> {
    const { settings, log, say } = this.#options;
    const { config, secrets } = settings;
    const doorbells = await openDoorbells({
      databaseUrl: url,
      redisUrl: secrets.redisUrl,
      onError: (error) => log.warn({ error }, "the queue is away"),
    });
    this.#begun.add("the queue", () => doorbells.close());
    const sql = openPostgres(url, { max: CONNECTIONS, role: APP_ROLE });
    this.#begun.add("the connections", () => sql.end({ timeout: 2 }));
    this.#sql = sql;
    const sealer = await openSealer(config.dataDir);
    const notify = openNotify(sql, sealer);
    const { signal } = this.#stopping;
    void notify.run(timers, signal, (error) => log.error({ error }, "sending webhooks"));
    this.#api = createRest({
      ...{ sql, clock, withPage: true, streams: this.#streams, notify, sealer },
      session: fromOwnPages(sessionsFirst(this.#identityParts()), config.baseUrl),
      tokens: await openTokenKeys(config.dataDir),
      sandbox: () => this.#demo?.sandbox ?? null,
      log: (words, context) => log.error(context, words),
    });
    const orders = openPipes(url);
    this.#begun.add("the order path's connections", () => orders.end());
    const seed = config.seed ?? randomInt(SEED_END);
    say(demoWords(seed));
    const fault = (error: unknown, doing: string): void =>
      log.error({ error }, `fault while ${doing}`);
    const { demo, fillPast, close } = await openDemo({
      ...{ sql, databaseUrl: url, dataDir: config.dataDir, seed, clock, timers, fault },
    });
    this.#begun.add("the brokers", close);
    const served = { sql, sealer, clock, notify, doorbells, openings: demo.openings };
    await this.#connecting.serve(served);
    for (const { path, mb } of demo.largeLogs) {
      say(`${path} has grown to ${mb} MB; \`lockstep reset --yes\` begins the demo anew.`);
    }
    const owner = randomUUID();
    const bridge = await openTerminalBridge(settings, sql, { owner, fault });
    if (bridge !== null) this.#begun.add("the terminals", () => bridge.close());
    await this.#live.read(sql);
    this.#people = await openPeople(settings, { sql, url: pageUrl, fault });
    const setup = await setupWords(this.#people, tenantIdOf(DEMO_TENANT));
    if (setup !== null) say(setup);
    const gateways = new Map<string, Gateway>([...demo.gateways, ...(bridge?.gateways ?? [])]);
    const hub = createHub({
      ...{ sql, orders, doorbells, log, gateways, slot: config.slot, owner },
      observer: observedBy(
        this.#live.observer,
        this.#health.metrics.observer,
        this.#streams.source.observer,
      ),
      drainMs: config.drainMs,
    });
    this.#health.attach({ hub, sql, doorbells, schema: () => schemaOf(url) });
    this.#live.attach(hub);
    this.#hub = hub;
    bridge?.serve(hub);
    this.#demo = demo;
    demo.start();
    this.#begun.add("the hub", () => drained(hub, config.drainMs));
    this.#begun.add("the market", () => demo.halt());
    await hub.start();
    void this.#live.run(this.#stopping.signal);
    void this.#watchHealth();
    void this.#sealAudit(sql);
    for (const line of bridge?.words ?? [NOT_AWAITED]) say(line);
    if (bridge !== null) void this.#newTerminals(bridge, { hub, gateways });
    await this.#owned(hub);
    demo.open();
    const past = fillPast(demoRecords(sql, hub), signal).catch((error: unknown) =>
      fault(error, "filling in the demo's past"),
    );
    this.#begun.add("the demo's past", () => past);
  }

  /** So that what was written until then cannot be written anew unseen. */
  async #sealAudit(sql: Sql): Promise<void> {
    const { settings, log } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await sealAudit(sql, await auditKey(settings.config.dataDir), new Date(clock.now()));
      } catch (error) {
        log.warn({ error }, "could not seal the audit");
      }
      await timers.sleep(SEAL_MS, signal).catch(() => {});
    }
  }

  /** Accounts that are paired while the hub runs are served without a new start. */
  async #newTerminals(
    bridge: TerminalBridge,
    { hub, gateways }: { readonly hub: Hub; readonly gateways: Map<string, Gateway> },
  ): Promise<void> {
    const { signal } = this.#stopping;
    let known = (await bridge.look()).accounts;
    while (!signal.aborted) {
      await timers.sleep(PAIRED_LOOK_MS, signal).catch(() => {});
      try {
        const { added, accounts } = await bridge.look();
        for (const gateway of added) {
          gateways.set(gateway.brokerId, gateway);
          await gateway.start((event) => hub.receive(event), signal);
        }
        if (accounts !== known && !signal.aborted) await hub.reload();
        known = accounts;
      } catch (error) {
        if (!signal.aborted) this.#options.log.error({ error }, "looking for new terminals");
      }
    }
  }

  /** Waits until the hub has every account: a killed process's leases have to end first. */
  async #owned(hub: Hub): Promise<void> {
    const end = performance.now() + TAKE_OVER_MS_MAX;
    let told = false;
    while (!isComplete(hub) && performance.now() < end && !this.#stopping.signal.aborted) {
      if (!told) this.#options.say("Waiting for the accounts that another process owned …");
      told = true;
      await timers.sleep(LOOK_MS);
    }
  }

  async #watchHealth(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      this.#health.look();
      await timers.sleep(HEALTH_LOOK_MS, signal).catch(() => {});
    }
  }
}

async function schemaOf(url: string) {
  const { from: at, to: needed } = await migrationStatus(url);
  return { at, needed };
}

function drained(hub: Hub, drainMs: number): Promise<void> {
  const ms = drainMs + DRAIN_MORE_MS;
  return within(ms, hub.stop(), () => new LockstepError("LIMIT_REACHED", { what: "draining", ms }));
}

function isComplete(hub: Hub): boolean {
  return hub.accounts.size >= DEMO_ACCOUNTS.length;
}

const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"];

const isLoopback = (host: string): boolean => [...LOOPBACK, "::1"].includes(host);

/** On a loopback address only its own names are answered to, and the one it is reached by. */
function hostsOf(host: string, baseUrl: string | null): { readonly hosts?: readonly string[] } {
  const reached = baseUrl === null ? [] : [new URL(baseUrl).hostname];
  return isLoopback(host) ? { hosts: [...LOOPBACK, ...reached] } : {};
}

async function databaseWords({ config }: Settings): Promise<string> {
  if (config.database === "external") return "Connecting to the database of DATABASE_URL …";
  const { initialised, root } = await embeddedState(config.dataDir);
  return initialised
    ? `Starting the database in ${root} …`
    : `Making a database in ${root}, this once …`;
}

function demoWords(seed: number): string {
  const [brokers, masters, followers] = [DEMO_BROKERS, DEMO_MASTERS, DEMO_FOLLOWERS];
  const parts = `${brokers.length} simulated brokers, ${masters.length} masters`;
  return `Starting the demo: ${parts} and ${followers.length} followers (seed ${seed}) …`;
}
