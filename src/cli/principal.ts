/** Who a command acts as: whoever may run it on the hub's machine may do what an admin may. */
import type { Principal } from "../identity/principal.ts";

export const commandLine = (tenantId: string): Principal => ({
  tenantId,
  actor: { kind: "system", id: "command line", name: "command line" },
  roles: ["admin"],
  ...{ scopes: null, accounts: "all", mode: "live", steppedUpAt: null, address: null },
});
