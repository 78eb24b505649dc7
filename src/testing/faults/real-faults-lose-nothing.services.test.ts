import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../../platform/package-root.ts";
import { footings } from "../redis.ts";

const ROUNDS = 2;
const ROUND_MS_MAX = 60_000;

/** A short run with short leases; what is long is `npm run faults`. */
function play(seed: number): Promise<{ code: number | null; out: string; said: string }> {
  const program = join(packageRoot(), "dist", "src", "testing", "faults", "run.js");
  const redis = footings().includes("redis") ? ["--redis"] : [];
  const short = ["--lease", "1500", "--quarantine", "3500"];
  const args = ["--rounds", String(ROUNDS), "--seed", String(seed), ...short, ...redis, "--json"];
  const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  return new Promise((resolve) => {
    child.once("close", (code) => resolve({ code, out, said }));
  });
}

test("a few rounds of real faults", { timeout: ROUNDS * ROUND_MS_MAX }, async () => {
  const seed = Math.floor(Math.random() * 1_000_000);
  const { code, out, said } = await play(seed);
  const again = `npm run faults -- --rounds ${ROUNDS} --seed ${seed} --lease 1500 --quarantine 3500`;
  expect(code, `${again}\n${said}`).toBe(0);
  const found = { rounds: ROUNDS, lost: 0, duplicate: 0, unexplained: 0, neverQuiet: 0 };
  expect(JSON.parse(out)).toMatchObject(found);
});
