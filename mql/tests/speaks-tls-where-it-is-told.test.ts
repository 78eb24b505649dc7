import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Certified } from "./line-hub.ts";
import { canCompile, eventually, instruction, Table } from "./table.ts";

let folder: string;
let path: string;
let certified: Certified;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "lockstep-ea-tls-"));
  const keyPath = join(folder, "key.pem");
  path = join(folder, "cert.pem");
  const args = [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
    ...["-days", "1", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
    ...["-keyout", keyPath, "-out", path],
  ];
  execFileSync("openssl", args, { stdio: "ignore" });
  certified = { cert: readFileSync(path, "utf8"), key: readFileSync(keyPath, "utf8") };
});
afterAll(() => rmSync(folder, { recursive: true }));

const secure = (host: string) => [`input InpHub ${host}`, "input InpTls 1"];

describe.skipIf(!canCompile).each(["mt5", "mt4"] as const)("%s", (platform) => {
  test("by a certificate that is trusted it is welcomed and trades", async () => {
    const env = { SHIM_ROOT_CERTIFICATE: path };
    const table = await Table.set({ platform, env, script: secure("localhost") }, certified);
    await table.welcomed(1);
    expect(await table.outcome(instruction("open", 1))).toMatchObject({ status: "done" });
    // More than one record, both ways.
    await table.answer({ t: "symbols", id: 4, sym: "" }, "end");
    expect(table.hub.talk.faults).toEqual([]);
    await table.cleared();
  });

  test.each([
    ["one that nobody trusts", "localhost", {}],
    ["one for another host", "127.0.0.1", { trusted: true }],
  ])(
    "by %s it says nothing to the hub, and tells on the panel",
    async (_, host, { trusted = false }: { trusted?: boolean }) => {
      const env = trusted ? { SHIM_ROOT_CERTIFICATE: path } : {};
      const table = await Table.set({ platform, env, script: secure(host) }, certified);
      const words =
        platform === "mt5" ? /certificate is not trusted/ : /does not answer|not trusted/;
      await eventually(() => words.test(table.terminal.panel()), `the panel: ${words}`);
      expect(table.hub.talk.heard).toEqual([]);
      await table.cleared();
    },
  );

  test("from a hub that speaks plainly it does not take an answer", async () => {
    const env = { SHIM_ROOT_CERTIFICATE: path };
    const table = await Table.set({ platform, env, script: secure("localhost") });
    const words = /certificate is not trusted|does not answer/;
    await eventually(() => words.test(table.terminal.panel()), `the panel: ${words}`);
    expect(table.hub.talk.sessions).toBe(0);
    await table.cleared();
  });
});
