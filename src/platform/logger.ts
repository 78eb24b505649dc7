/**
 * Logs as one JSON object per line, so that a line break in a message cannot forge a line.
 * Invariant: nothing under a name that speaks of a secret is written, at any depth where it is
 * text, and no URL is written with its credentials, wherever they stand in the line.
 */
import { type DestinationStream, type Logger, pino } from "pino";
import type { LogLevel } from "../config.ts";

export type { Logger } from "pino";

const SECRET_NAMES = ["password", "secret", "token", "authorization", "cookie", "apiKey"];
const CENSOR = "[redacted]";

/** What a secret is made of may be an object or a number too: pino removes those whole. */
const PATHS = SECRET_NAMES.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

const SECRET_TEXT = new RegExp(
  `("[\\w-]*(?:${SECRET_NAMES.join("|")})[\\w-]*":)"(?:[^"\\\\]|\\\\.)*"`,
  "gi",
);
const URL_CREDENTIALS = /:\/\/[^\s/?#"]*@/g;

/** Writes to standard output unless told otherwise. */
export function createLogger(level: LogLevel, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    // Under this name the hub logs what was thrown; without it all that is written of it is {}.
    serializers: { error: pino.stdSerializers.err },
    redact: { paths: PATHS, censor: CENSOR },
    hooks: { streamWrite: scrub },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** Removes what must not be written from text that may hold it. */
export function scrub(line: string): string {
  return line.replace(SECRET_TEXT, `$1"${CENSOR}"`).replace(URL_CREDENTIALS, `://${CENSOR}@`);
}
