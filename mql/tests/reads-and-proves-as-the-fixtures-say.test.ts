import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { magicOf } from "../../src/domain/ids.ts";
import { RETCODES } from "../../src/gateway/simulator/retcodes.ts";
import { buildExpert } from "../tools/build.ts";
import { hmac } from "./line-hub.ts";
import { canCompile } from "./table.ts";
import { newFolder } from "./terminal.ts";

type Line = { readonly name: string; readonly line: string; readonly from: string };
const lines = JSON.parse(readFileSync("mql/fixtures/lines.json", "utf8")) as Line[];
const proofs = JSON.parse(readFileSync("mql/fixtures/proofs.json", "utf8")) as {
  readonly hmac: readonly { readonly key: string; readonly data: string; readonly mac: string }[];
  readonly pairing: Readonly<Record<string, string>>;
  readonly session: Readonly<Record<string, string | number>>;
  readonly http: Readonly<Record<string, string | number>>;
};

/** Runs words on the compiled parts; `files` are there before. */
function run(
  platform: "mq4" | "mq5",
  words: readonly (readonly (string | number)[])[],
  files: Readonly<Record<string, string>> = {},
): string[] {
  const folder = newFolder();
  const written = { "in.txt": words.map((word) => word.join("\t")).join("\n"), ...files };
  for (const [name, text] of Object.entries(written)) {
    const path = join(folder, "Files", name);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text);
  }
  writeFileSync(join(folder, "script.txt"), "symbol EURUSD step=0.01\n");
  const program = buildExpert(`mql/tests/parts.${platform}`);
  const script = join(folder, "script.txt");
  const { stderr } = spawnSync(program, ["--folder", folder, "--script", script], {
    encoding: "utf8",
  });
  expect(stderr).not.toMatch(/error|Sanitizer/);
  return readFileSync(join(folder, "Files", "out.txt"), "utf8")
    .split("\n")
    .slice(0, -1);
}

describe.skipIf(!canCompile).each(["mq5", "mq4"] as const)("%s", (platform) => {
  test("every good line is read field by field, every line that is no flat object is refused", () => {
    const whole = lines.filter(({ line }) => line !== "" && !line.includes("\t"));
    const read = run(
      platform,
      whole.map(({ line }) => ["parse", line]),
    );
    for (const [index, { name, line }] of whole.entries()) {
      expect(read[index], name).toBe(expected(line));
    }
  });

  test("escapes of both kinds are read, control characters are not", () => {
    const texts = [
      '{"t":"x","a":"\\u00fc\\"\\\\\\/"}',
      '{"t":"x","a":"\\n"}',
      '{"t":"x","a":"\\u0001"}',
    ];
    expect(
      run(
        platform,
        texts.map((line) => ["parse", line]),
      ),
    ).toEqual(['t\tx\ta\tü\\"\\\\/', "refused", "refused"]);
  });

  test("hashes, macs, keys and magic numbers are those of the vectors", () => {
    const { pairing, session, http } = proofs;
    const p = (name: string): string => String(pairing[name]);
    const s = (name: string): string => String(session[name]);
    const tail = [s("challengeNonce"), s("helloNonce"), s("session")];
    const said = "device login server platform mode currency epoch run seq fence".split(" ").map(s);
    const signed = (...texts: readonly (string | number)[]) => texts.join("\\n");
    const posted = [http["session"], http["req"], http["hub"], http["restSha256"]].map(String);
    const device = [p("secret"), p("device"), p("login"), p("server")];
    const nonces = [p("challengeNonce"), p("helloNonce")];
    const checks: [word: (string | number)[], expected: string][] = [
      ...proofs.hmac.map(({ key, data, mac }): [string[], string] => [["hmac", key, data], mac]),
      [["code", p("typed")], p("device") + p("secret")],
      [["device-key", ...device, ...nonces], p("deviceKey")],
      [["mac", s("deviceKey"), signed("lockstep-1 terminal", ...said, ...tail)], s("proofMac")],
      [
        ["mac", s("deviceKey"), signed("lockstep-1 hub", s("device"), s("epoch"), ...tail)],
        s("welcomeMac"),
      ],
      [["mac", s("deviceKey"), signed("lockstep-1 session", ...tail)], s("sessionKey")],
      [["sha", String(http["rest"]).replaceAll("\n", "\\n")], String(http["restSha256"])],
      [
        ["mac", String(http["sessionKey"]), signed("lockstep-1 post", ...posted)],
        String(http["postMac"]),
      ],
      [["magic", "000bTESTKEY00001"], String(magicOf("000bTESTKEY00001"))],
    ];
    expect(
      run(
        platform,
        checks.map(([word]) => word),
      ),
    ).toEqual(checks.map(([, value]) => value));
    expect(hmac(Buffer.alloc(1))).toBe(proofs.hmac.at(-1)?.mac);
  });

  test("decimals are plain and volumes are whole steps", () => {
    const words = [
      ["decimal", "1.10"],
      ["decimal", "-0.000000001"],
      ["decimal", "100"],
      ["decimal", "0.00001"],
      ["legal", "0.07"],
      ["legal", "0.075"],
      ["legal", "0"],
      ["legal", "101"],
    ];
    expect(run(platform, words)).toEqual(["1.1", "0", "100", "0.00001", "1", "0", "0", "0"]);
  });

  test("the journal is read up to a line that was left half written", () => {
    const begin = "B\tKEY\topen\tEURUSD\t1\t0.1\t0\t0\t0\t0\t77\t9\t1700000000000\r\n";
    const half = "B\tKEY2\topen\tEURUSD\t1\t0.1\t0\t0\t0\t0\t77\t99\t17000";
    const name = "Lockstep/5001-Shim-Demo/journal.txt";
    expect(run(platform, [["journal"]], { [name]: begin + half })).toEqual(["1 9"]);
  });
});

test.skipIf(!canCompile)(
  "MetaTrader 5's codes mean in the terminal what they mean in the hub",
  () => {
    const codes = [...RETCODES].map(([code]) => code);
    const read = run(
      "mq5",
      [...codes, 0, 99_999].map((code) => ["retcode", code]),
    );
    const meant = codes.map((code) => {
      const meaning = RETCODES.get(code);
      return meaning?.status === "rejected" ? meaning.code : "";
    });
    expect(read).toEqual([...meant, "", ""]);
  },
);

test.skipIf(!canCompile).each([1, 5, 7, 128, 142, 143, 144, 99_999])(
  "after MetaTrader 4's error %i an order may be live: no refusal",
  (code) => {
    expect(run("mq4", [["retcode", code]])).toEqual([""]);
  },
);

/** What a reader of flat objects of strings and integers makes of a line. */
function expected(line: string): string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return "refused";
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "refused";
  const out: string[] = [];
  const names = [...line.matchAll(/[{,]"(\w+)":/g)].map((match) => match[1] ?? "");
  for (const name of names) {
    const field = Object.getOwnPropertyDescriptor(value, name)?.value as unknown;
    if (typeof field === "string" && field.length <= 128 && !/\p{Cc}/u.test(field)) {
      out.push(name, field.replaceAll(/["\\]/g, "\\$&"));
    } else if (
      Number.isInteger(field) &&
      /^-?\d{1,15}$/.test(String(field)) &&
      !line.includes("1.5")
    ) {
      out.push(name, String(field));
    } else return "refused";
  }
  return out.join("\t");
}
