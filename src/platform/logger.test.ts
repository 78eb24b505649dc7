import fc from "fast-check";
import { expect, test } from "vitest";
import { createLogger } from "./logger.ts";

function written(act: (logger: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = [];
  act(createLogger("info", { write: (line) => lines.push(line) }));
  return lines.join("");
}

test("a secret is not written, whatever it is and however deep it stands", () => {
  const text = written((log) => {
    log.info({
      password: { was: "hunter2" },
      a: { token: 424242 },
      b: { c: { secret: "hunter2" } },
    });
    log.info({
      a: { b: { c: { d: { authorization: "Bearer hunter2" } } } },
      newPassword: "hunter2",
    });
    log.info({ stripe_secret_key: 'hunter2"}hunter2' });
  });
  expect(text).not.toMatch(/hunter2|424242/);
  expect(text.trim().split("\n")).toHaveLength(3);
});

test("a URL is written without its credentials, in fields, messages and errors", () => {
  const text = written((log) => {
    log.info({ url: "postgres://u:hunter2@127.0.0.1:5432/db" }, "to redis://:hunter2@h:6379");
    log.error(new Error("connect to postgres://u:hunter2@h/db failed"));
  });
  expect(text).not.toContain("hunter2");
  expect(text).toContain("@127.0.0.1:5432/db");
});

test("an error is written with its code, message and place", () => {
  const text = written((log) => log.error({ error: new TypeError("no such price") }, "fault"));
  expect(JSON.parse(text)).toMatchObject({
    error: { type: "TypeError", message: "no such price" },
  });
  expect(text).toContain("logger.test.ts");
});

test("any message is one line of JSON", () => {
  const lines: string[] = [];
  const log = createLogger("info", { write: (line) => lines.push(line) });
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (message) => {
      log.info({ field: message }, message);
      const text = lines.splice(0).join("");
      expect(text.endsWith("\n")).toBe(true);
      expect(text.slice(0, -1)).not.toMatch(/[\r\n]/);
      expect(JSON.parse(text)).toBeTypeOf("object");
    }),
  );
});

test("says nothing under its level", () => {
  expect(written((log) => log.debug("x"))).toBe("");
});
