/** `lockstep start` as a process of its own, as a user runs it: the built CLI, a data directory, a port. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { processEnvironment } from "../config.ts";
import { packageRoot } from "../platform/package-root.ts";

export type LockstepProcess = {
  /** Its lines so far. */
  readonly out: readonly string[];
  readonly err: readonly string[];
  /** The page's address; rejects where the process ends or says nothing for a minute. */
  readonly url: Promise<string>;
  /** The exit code, or null where a signal ended it. */
  readonly ended: Promise<number | null>;
  kill(signal: NodeJS.Signals): void;
};

const URL_MS_MAX = 60_000;

/** Needs dist/ to be of these sources: `npm test` builds first. */
export function startLockstep(env: Readonly<Record<string, string>>): LockstepProcess {
  const cli = join(packageRoot(), "dist", "src", "cli.js");
  const { PATH = "" } = processEnvironment();
  const child = spawn(process.execPath, [cli, "start"], { env: { PATH, ...env }, cwd: "/" });
  const out = linesOf(child, "stdout");
  const err = linesOf(child, "stderr");
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  return {
    out,
    err,
    url: urlIn(out, err, ended),
    ended,
    kill: (signal) => void child.kill(signal),
  };
}

function linesOf(child: ChildProcess, name: "stdout" | "stderr"): readonly string[] {
  const lines: string[] = [];
  let rest = "";
  child[name]?.on("data", (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts);
  });
  return lines;
}

async function urlIn(
  out: readonly string[],
  err: readonly string[],
  ended: Promise<unknown>,
): Promise<string> {
  let over = false;
  void ended.then(() => {
    over = true;
  });
  const end = performance.now() + URL_MS_MAX;
  while (!over && performance.now() < end) {
    const url = out.find((line) => /^https?:\/\/\S+$/.test(line));
    if (url !== undefined) return url;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`no address was printed:\n${[...out, ...err].join("\n")}`);
}
