/** Where a copy's stop-loss and take-profit go: the settings under `stops`. */
import { z } from "zod";
import { POINTS_MAX } from "./bounds.ts";
import { oneOf, section, setting, whole } from "./settings.ts";

const STOP_MODES = ["copy-price", "copy-distance", "fixed-points", "none"] as const;

const stop = (what: string) =>
  section({
    mode: setting(
      oneOf(STOP_MODES),
      "copy-distance",
      `Where the ${what} goes: copy-distance keeps the master's distance from the own price, copy-price takes the master's price, fixed-points keeps an own distance, none sets none.`,
    ),
    points: setting(
      whole(0, POINTS_MAX),
      0,
      `Distance of the ${what} from the own opening price in the follower's points, for fixed-points.`,
    ),
    offsetPoints: setting(
      whole(-POINTS_MAX, POINTS_MAX),
      0,
      `Added to the distance of the ${what} in the follower's points: above zero is further from the price.`,
    ),
  });

export const stops = section({
  stopLoss: stop("stop-loss"),
  takeProfit: stop("take-profit"),
  lockAfterOpen: setting(
    z.boolean(),
    false,
    "Leave the stops alone after the open, whatever the master changes.",
  ),
  illegal: setting(
    oneOf(["widen", "skip"]),
    "widen",
    "A stop closer to the market than the broker allows: move it to the nearest legal price, or skip.",
  ),
});
