/**
 * The rooms of the portal, in the order in which they stand. A room is shown to whom its policy
 * admits; the letter opens it after `g`.
 */
import { allows } from "../identity/permissions.ts";
import type { Policy } from "../identity/policy.ts";
import type { Principal } from "../identity/principal.ts";

type Room = {
  readonly href: string;
  readonly label: string;
  /** Of templates/assets/icons.svg. */
  readonly icon: string;
  readonly letter: string;
  readonly policy: Policy;
};

type Group = { readonly title: string; readonly rooms: readonly Room[] };

const NAVIGATION: readonly Group[] = [
  {
    title: "Watch",
    rooms: [
      { href: "/", label: "Live", icon: "live", letter: "l", policy: "copies:read" },
      {
        href: "/control",
        label: "Control room",
        icon: "grid",
        letter: "c",
        policy: "accounts:read",
      },
      {
        href: "/subscriptions",
        label: "Subscriptions",
        icon: "copy",
        letter: "f",
        policy: "copies:read",
      },
    ],
  },
  {
    title: "Follow",
    rooms: [
      {
        href: "/strategies",
        label: "Strategies",
        icon: "store",
        letter: "m",
        policy: "strategies:read",
      },
      {
        href: "/connect",
        label: "Connect an account",
        icon: "plug",
        letter: "n",
        policy: "accounts:write",
      },
    ],
  },
  {
    title: "Act",
    rooms: [
      {
        href: "/reconciliation",
        label: "Reconciliation",
        icon: "scales",
        letter: "r",
        policy: "divergences:read",
      },
      { href: "/kill", label: "Kill switch", icon: "stop", letter: "x", policy: "kill:engage" },
    ],
  },
  {
    title: "Hub",
    rooms: [
      {
        href: "/notices",
        label: "Notifications",
        icon: "bell",
        letter: "i",
        policy: "accounts:read",
      },
      { href: "/people", label: "People", icon: "people", letter: "p", policy: "people:read" },
      { href: "/keys", label: "API keys", icon: "key", letter: "k", policy: "keys:write" },
      {
        href: "/webhooks",
        label: "Webhooks",
        icon: "chart",
        letter: "w",
        policy: "webhooks:write",
      },
      { href: "/jobs", label: "Jobs", icon: "gear", letter: "j", policy: "jobs:read" },
      { href: "/audit", label: "Audit", icon: "list", letter: "a", policy: "audit:read" },
      { href: "/security", label: "Security", icon: "shield", letter: "s", policy: "signed-in" },
    ],
  },
];

const DEMO: Group = {
  title: "Demo",
  rooms: [
    { href: "/demo", label: "Break something", icon: "gear", letter: "d", policy: "trades:write" },
  ],
};

const DESIGN: Group = {
  title: "Development",
  rooms: [{ href: "/design", label: "Design", icon: "brush", letter: "e", policy: "public" }],
};

export type ShownRoom = Omit<Room, "policy"> & { readonly current: boolean };
export type ShownGroup = { readonly title: string; readonly rooms: readonly ShownRoom[] };

export type WhichRooms = {
  readonly here: string;
  readonly demo?: boolean;
  readonly design?: boolean;
};

/** `here` is the path of the page: a room is current on its own page and on those below it. */
export function roomsFor(
  principal: Principal | null,
  { here, demo = false, design = false }: WhichRooms,
): readonly ShownGroup[] {
  return [...NAVIGATION, ...(demo ? [DEMO] : []), ...(design ? [DESIGN] : [])]
    .map(({ title, rooms }) => ({
      title,
      rooms: rooms
        .filter(({ policy }) => isOpen(principal, policy))
        .map(({ policy: _, ...room }) => ({ ...room, current: isWithin(here, room.href) })),
    }))
    .filter(({ rooms }) => rooms.length > 0);
}

function isOpen(principal: Principal | null, policy: Policy): boolean {
  if (policy === "public") return true;
  if (principal === null) return false;
  return policy === "signed-in" || allows(principal, policy);
}

const isWithin = (here: string, href: string): boolean =>
  here === href || (href !== "/" && here.startsWith(`${href}/`));
