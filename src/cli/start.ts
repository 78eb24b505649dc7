/**
 * `lockstep start`, which is what `npm start` runs: everything in this process until it is told to
 * stop. Lines for people go to standard output, the log to standard error.
 * Invariants: the first SIGINT or SIGTERM stops in order and ends with 0, another one ends the
 * process at once; npm passes on the very Ctrl-C that the terminal has sent to us too, so what
 * comes within half a second of the first is the same wish.
 */
import { Command } from "commander";
import { pino } from "pino";
import { createLogger } from "../platform/logger.ts";
import { Lockstep } from "../start.ts";
import { type CliIo, settingsOf } from "./io.ts";

const SAME_WISH_MS = 500;
/** How long what is left over (a timer, a socket) may keep the process from ending. */
const LINGER_MS = 1_000;
const KILLED_BY_SIGNAL = 130;
const SIGNALS = ["SIGINT", "SIGTERM"] as const;

export function startCommand(io: CliIo): Command {
  return new Command("start")
    .description("run the hub with its demo and serve the live page")
    .action(() => run(io));
}

async function run(io: CliIo): Promise<void> {
  const settings = settingsOf(io);
  const log = createLogger(settings.config.logLevel, pino.destination({ fd: 2, sync: true }));
  const lockstep = new Lockstep({ settings, log, say: (line) => io.out(line) });
  const asked = askedToStop();
  try {
    const starting = lockstep.start();
    // Once it is told to stop, what the start came to is nobody's concern.
    starting.catch(() => {});
    const url = await Promise.race([starting, asked.stop]);
    if (url !== null) {
      io.out("Ready. Ctrl-C stops it; everything is kept.");
      io.out(url);
      await asked.stop;
    }
    io.out("Stopping …");
    await lockstep.stop();
    io.out("Stopped.");
  } finally {
    asked.forget();
    setTimeout(() => process.exit(), LINGER_MS).unref();
  }
}

/** Resolves with null at the first signal; a later one ends the process. */
function askedToStop(): { readonly stop: Promise<null>; forget(): void } {
  let first: number | null = null;
  let resolveStop: (value: null) => void = () => {};
  const stop = new Promise<null>((resolve) => {
    resolveStop = resolve;
  });
  const hear = (): void => {
    const now = performance.now();
    first ??= now;
    resolveStop(null);
    if (now - first > SAME_WISH_MS) process.exit(KILLED_BY_SIGNAL);
  };
  for (const signal of SIGNALS) process.on(signal, hear);
  return {
    stop,
    forget: () => {
      for (const signal of SIGNALS) process.off(signal, hear);
    },
  };
}
