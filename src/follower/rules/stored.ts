/**
 * A version of a subscription's rules as the ledger holds it: its own layer, and those of others
 * that it was in force with. Without others, its own layer is all there is.
 */
import { parseRules, type Rules } from "../rules.ts";
import { LAYER_KINDS, type Layer, type LayerKind, mergeLayers } from "./layers.ts";

export type StoredLayer = {
  readonly kind: LayerKind;
  readonly name: string;
  /** Of this layer's own versions. */
  readonly version: number;
  readonly rules: unknown;
};

export type StoredRules = {
  readonly rules: unknown;
  readonly layers: readonly StoredLayer[];
};

/** In the order in which they merge; `name`: what people call the subscription. */
export function layersOf({ rules, layers }: StoredRules, name: string): readonly Layer[] {
  const own: Layer = { kind: "subscription", name, rules };
  const place = ({ kind }: Layer): number => LAYER_KINDS.indexOf(kind);
  return [...layers, own].sort((a, b) => place(a) - place(b));
}

/** BAD_RULES with the faults of all layers, or of what they come to. */
export function rulesInForce(stored: StoredRules): Rules {
  if (stored.layers.length === 0) return parseRules(stored.rules);
  return mergeLayers(layersOf(stored, "its own")).rules;
}
