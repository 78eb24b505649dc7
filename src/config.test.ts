import fc from "fast-check";
import { expect, test } from "vitest";
import { readConfig } from "./config.ts";
import { isLockstepError } from "./domain/errors.ts";

const faultsOf = (env: Record<string, string>): readonly string[] => {
  try {
    readConfig(env, "/srv");
  } catch (error) {
    if (isLockstepError(error, "BAD_CONFIG") && Array.isArray(error.context["faults"])) {
      return error.context["faults"];
    }
    throw error;
  }
  return [];
};

test("needs nothing: the defaults are a hub of its own", () => {
  const { config, secrets } = readConfig({}, "/srv/hub");
  expect(config).toEqual({
    dataDir: "/srv/hub/.lockstep",
    metrics: "on",
    baseUrl: null,
    signUp: "invitation",
    mailFrom: null,
    development: false,
    drainMs: 5_000,
    host: "127.0.0.1",
    port: 8420,
    logLevel: "info",
    slot: "a",
    seed: null,
    terminals: {
      ...{ host: "127.0.0.1", address: "127.0.0.1", port: null, httpPort: null },
      ...{ certFile: null, keyFile: null },
    },
    database: "embedded",
    queue: "postgres",
  });
  expect(secrets).toEqual({ databaseUrl: null, redisUrl: null, smtpUrl: null, metricsToken: null });
  const outside = readConfig({ LOCKSTEP_HOST: "0.0.0.0" }, "/srv").config;
  expect(outside.metrics).toBe("off");
  expect(faultsOf({ LOCKSTEP_METRICS: "token" })).toHaveLength(1);
});

test("lists all faults at once, each with an example", () => {
  const faults = faultsOf({
    DATABASE_URL: "mysql://h/db",
    REDIS_URL: "not a url",
    LOCKSTEP_PORT: "99999",
    LOCKSTEP_LOG_LEVEL: "loud",
    LOCKSTEP_SLOT: "a:b",
    LOCKSTEP_SEED: "-1",
  });
  expect(faults).toHaveLength(6);
  for (const fault of faults)
    expect(fault).toMatch(/^[A-Z_]+ must be .+ \(for example [A-Z_]+=.+\)$/);
});

test("mail is whole or not at all, and strangers come in only where addresses are verified", () => {
  expect(faultsOf({ LOCKSTEP_MAIL_FROM: "a@b.example" })).toHaveLength(1);
  expect(faultsOf({ LOCKSTEP_SIGN_UP: "open" })).toHaveLength(1);
  const { config, secrets } = readConfig(
    {
      LOCKSTEP_SMTP_URL: "smtp://mail.example:25",
      LOCKSTEP_MAIL_FROM: "a@b.example",
      LOCKSTEP_SIGN_UP: "open",
      LOCKSTEP_BASE_URL: "https://hub.example/",
    },
    "/srv",
  );
  expect(config).toMatchObject({ signUp: "open", baseUrl: "https://hub.example" });
  expect(secrets.smtpUrl).toBe("smtp://mail.example:25");
});

test("TLS for terminals is whole or not at all", () => {
  const faults = faultsOf({ LOCKSTEP_TERMINAL_CERT: "a.crt" });
  expect(faults).toEqual([expect.stringContaining("given together")]);
  const both = { LOCKSTEP_TERMINAL_CERT: "a.crt", LOCKSTEP_TERMINAL_KEY: "/k/a.key" };
  const { terminals } = readConfig(both, "/srv").config;
  expect(terminals).toMatchObject({ certFile: "/srv/a.crt", keyFile: "/k/a.key" });
});

test("tells no value of a secret, neither in a fault nor in the config", () => {
  expect(faultsOf({ DATABASE_URL: "http://user:hunter2@h/db" }).join()).not.toContain("hunter2");
  const { config } = readConfig({ DATABASE_URL: "postgres://u:hunter2@h/db" }, "/");
  expect(JSON.stringify(config)).not.toContain("hunter2");
  expect(config.database).toBe("external");
});

test("an empty variable counts as absent", () => {
  expect(readConfig({ REDIS_URL: " ", LOCKSTEP_PORT: "" }, "/").config).toMatchObject({
    queue: "postgres",
    port: 8420,
  });
});

test("what was read cannot be changed", () => {
  const settings = readConfig({}, "/");
  expect([settings, settings.config, settings.secrets].every(Object.isFrozen)).toBe(true);
});

test("any text in any variable is read or refused, never a crash", () => {
  const names = ["DATABASE_URL", "REDIS_URL", "LOCKSTEP_PORT", "LOCKSTEP_SEED", "LOCKSTEP_HOST"];
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.string(), (name, text) => {
      expect(faultsOf({ [name]: text }).length).toBeLessThanOrEqual(1);
    }),
  );
});
