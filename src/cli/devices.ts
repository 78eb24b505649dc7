/** `lockstep devices`: the terminals that are paired, and the end of a pairing. */
import { Command } from "commander";
import type { Settings } from "../config.ts";
import { DEMO_TENANT } from "../demo/definition.ts";
import { formatInstant } from "../domain/instant.ts";
import { tenantIdOf } from "../hub/enrol.ts";
import { type PairedTerminal, PairingService } from "../pairing/service.ts";
import { systemClock } from "../platform/clock.ts";
import { openDatabase } from "../platform/database.ts";
import { openSealer } from "../platform/key-ring.ts";
import { APP_ROLE, openPostgres } from "../platform/postgres.ts";
import { type CliIo, settingsOf } from "./io.ts";
import { commandLine } from "./principal.ts";

type Options = { readonly tenant: string; readonly json?: true };

export function devicesCommand(io: CliIo): Command {
  const list = new Command("list")
    .description("the terminals that are or were paired")
    .option("--tenant <name>", "whose", DEMO_TENANT)
    .option("--json", "one line of JSON, a list")
    .action((options: Options) =>
      withPairing(settingsOf(io), async (pairing) => {
        const rows = await pairing.devices(commandLine(tenantIdOf(options.tenant)));
        if (options.json) io.out(JSON.stringify(rows.map(written)));
        else for (const line of table(rows)) io.out(line);
      }),
    );
  const revoke = new Command("revoke")
    .description("end a terminal's pairing for good; a running hub cuts it off within seconds")
    .argument("<device>", "the device, as `lockstep devices list` names it")
    .option("--tenant <name>", "whose", DEMO_TENANT)
    .action((device: string, options: Options) =>
      withPairing(settingsOf(io), async (pairing) => {
        const by = commandLine(tenantIdOf(options.tenant));
        const ended = await pairing.revoke(by, device);
        io.out(`Device ${device} speaks no more for account ${ended.login}.`);
        io.out("Its orders and positions stay at the broker. To link it anew: lockstep pair.");
      }),
    );
  return new Command("devices")
    .description("paired MetaTrader terminals")
    .addCommand(list)
    .addCommand(revoke);
}

async function withPairing(
  settings: Settings,
  work: (pairing: PairingService) => Promise<void>,
): Promise<void> {
  const database = await openDatabase(settings);
  const sql = openPostgres(database.url, { max: 1, role: APP_ROLE, name: "lockstep-devices" });
  try {
    const sealer = await openSealer(settings.config.dataDir);
    await work(new PairingService(sql, sealer, systemClock));
  } finally {
    await sql.end();
    await database.close();
  }
}

function written({ pairedAt, revokedAt, ...rest }: PairedTerminal) {
  const ended = revokedAt === null ? null : formatInstant(revokedAt);
  return { ...rest, pairedAt: formatInstant(pairedAt), revokedAt: ended };
}

function table(rows: readonly PairedTerminal[]): readonly string[] {
  if (rows.length === 0) return ["No terminal was ever paired. To pair one: lockstep pair --help"];
  return rows.map(({ device, broker, login, platform, server, pairedAt, revokedAt }) => {
    const ended = revokedAt === null ? "" : `, revoked ${formatInstant(revokedAt)}`;
    const since = formatInstant(pairedAt);
    return `${device}  ${login} at ${broker} (${platform}, ${server}), paired ${since}${ended}`;
  });
}
