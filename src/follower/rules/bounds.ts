/** How much a rule may hold: no setting is without a limit. */
export const POINTS_MAX = 10_000_000;
export const LIST_MAX = 1_000;
export const DAY_MS = 86_400_000;
export const MINUTES_MAX = 1_440;
/** Layers that each bring their own, of what cannot be merged into one. */
export const SEVERAL_MAX = 16;
