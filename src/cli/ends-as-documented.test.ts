import { expect, test } from "vitest";
import { ERROR_CODES, type ErrorCode, LockstepError } from "../domain/errors.ts";
import { InputError } from "../domain/input-fault.ts";
import { runCli } from "../testing/cli.ts";
import { EXIT_CODES, exitOf } from "./exit-codes.ts";
import { tell } from "./tell.ts";

test("help and version of what is asked end with 0, on standard output", async () => {
  const { exit, out, err } = await runCli(["--help"]);
  expect([exit, err]).toEqual([0, ""]);
  expect(out).toContain("migrate");
  expect((await runCli(["doctor", "--help"])).exit).toBe(0);
});

test("a wrong command line ends with 64 and says what is wrong", async () => {
  for (const args of [["no-such-command"], ["migrate", "--no-such-option"], ["reset", "extra"]]) {
    const { exit, out, err } = await runCli(args);
    expect([args, exit, out]).toEqual([args, 64, ""]);
    expect(err).toContain("error:");
  }
});

test("a faulty configuration ends with 78, one line per fault, without a stack", async () => {
  const { exit, err } = await runCli(["migrate"], { LOCKSTEP_PORT: "x", LOCKSTEP_SLOT: "?" });
  expect(exit).toBe(78);
  expect(err.split("\n")).toHaveLength(3);
  expect(err).toMatch(/LOCKSTEP_PORT .+LOCKSTEP_PORT=8420/);
  expect(err).not.toMatch(/\bat .+\.ts/);
});

test("every error code has an exit code of its kind", () => {
  const codes = Object.keys(ERROR_CODES).filter((code): code is ErrorCode => code in ERROR_CODES);
  for (const code of codes) {
    const exit = exitOf(new LockstepError(code));
    expect(EXIT_CODES[exit].number).toBeGreaterThan(0);
    if (ERROR_CODES[code].retry) expect(exit).toBe("UNAVAILABLE");
  }
  expect(exitOf(new TypeError("x"))).toBe("INTERNAL");
});

test("faults of an input are told with file and line; secrets are not told", () => {
  const fault = { file: "a.csv", line: 3, wrong: "w", found: '"f"', expected: "e" };
  expect(tell(new InputError([fault, { ...fault, line: null }]))).toEqual([
    'a.csv:3: w: found "f", expected e',
    'a.csv: w: found "f", expected e',
  ]);
  const lines = tell(new Error("connect postgres://u:hunter2@h/db")).join("\n");
  expect(lines).not.toContain("hunter2");
  expect(lines).toContain("fault of Lockstep");
});
