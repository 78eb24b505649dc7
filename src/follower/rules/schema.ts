/**
 * The one schema of a subscription's rules: what each setting may be, what it is when absent, and
 * what it does, in words. Decimals are text, points and milliseconds are whole numbers.
 * A value that belongs to another mode (`volume` under `equity-ratio`) is kept and not used, so
 * that changing the mode back and forth loses nothing; a value that no mode could use is refused.
 */
import { z } from "zod";
import { behaviour, symbolMap } from "./behaviour.ts";
import { filters } from "./filters.ts";
import { guards } from "./guards.ts";
import { limits } from "./limits.ts";
import { type Setting, settingsOf } from "./settings.ts";
import { sizing } from "./sizing.ts";
import { stops } from "./stops.ts";

export const RULES_SCHEMA = z.strictObject({
  sizing,
  ...filters,
  guards,
  stops,
  symbolMap,
  ...behaviour,
  limits,
});

export type Parsed = z.output<typeof RULES_SCHEMA>;

/** Every documented setting: path, help in plain words, default, merge rule, and whether built. */
export const SETTINGS: readonly Setting[] = settingsOf(RULES_SCHEMA);
