/**
 * The verdict on a round, from the ledger and the brokers' own logs: what the auditor found, what
 * was filled after a kill switch was acknowledged or too late, each counted as lost, done twice, or
 * not explained.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FileBrokerLog, parseBrokerLog } from "../../gateway/simulator/broker-log.ts";
import type { LogRecord } from "../../gateway/simulator/records.ts";
import { audit } from "../audit.ts";
import { createWorld } from "../harness.ts";
import type { Scene } from "./scene.ts";

export type Verdict = {
  readonly signals: number;
  readonly orders: number;
  readonly found: readonly string[];
};

/** What was with the broker before the switch was acknowledged may still be filled. */
const UNDER_WAY_MS = 500;
/** The rules' default, and what an order may travel. */
const AGE_MS_MAX = 60_000 + 5_000;

export async function judge(scene: Scene): Promise<Verdict> {
  const { dir, followers, brokers } = scene.options;
  const records = { alpha: read(dir, "alpha"), beta: read(dir, "beta") };
  const logs = {
    alpha: new FileBrokerLog(join(dir, "alpha.log")),
    beta: new FileBrokerLog(join(dir, "beta.log")),
  };
  const positionMode = brokers.positionMode ?? "hedging";
  const world = createWorld({ followers, logs, positionMode });
  logs.alpha.close();
  logs.beta.close();
  const found = [
    ...(await audit(scene.admin, world, records)),
    ...openedAfterKill(records.beta, scene.notes["killedAt"]),
    ...(await openedTooLate(scene, records.beta)),
    ...(await heldUp(scene)),
  ];
  const [row] = await scene.admin`select count(*)::int as n from signals`;
  const orders = records.beta.filter(({ type }) => type === "request").length;
  return { signals: Number(row?.["n"]), orders, found };
}

const read = (dir: string, name: string): readonly LogRecord[] =>
  parseBrokerLog(readFileSync(join(dir, `${name}.log`))).records;

function openedAfterKill(beta: readonly LogRecord[], killedAt: number | undefined): string[] {
  if (killedAt === undefined) return [];
  return beta.flatMap((record) =>
    record.type === "request" &&
    record.kind === "open" &&
    record.key !== null &&
    record.at > killedAt + UNDER_WAY_MS
      ? [`${record.key} was opened ${record.at - killedAt} ms after the kill switch was known`]
      : [],
  );
}

async function openedTooLate(scene: Scene, beta: readonly LogRecord[]): Promise<string[]> {
  const rows = await scene.admin<{ key: string; at: Date }[]>`
    select i.key, s.at from instructions i join signals s on s.signal_id = i.origin_id
    where i.kind = 'open'`;
  const begun = new Map(rows.map(({ key, at }) => [key, at.getTime()]));
  return beta.flatMap((record) => {
    if (record.type !== "deal" || record.deal.key === null) return [];
    const from = begun.get(record.deal.key);
    return from !== undefined && record.at - from > AGE_MS_MAX
      ? [`${record.deal.key} was opened ${record.at - from} ms after its signal`]
      : [];
  });
}

/** Beside an account that its broker keeps waiting, nobody else waits. */
async function heldUp(scene: Scene): Promise<string[]> {
  const { slowMs = 0 } = scene.options.brokers;
  if (slowMs === 0) return [];
  const rows = await scene.admin<{ key: string; ms: number }[]>`
    select i.key, (extract(epoch from o.at - s.received_at) * 1000)::int as ms
    from instructions i join signals s on s.signal_id = i.origin_id join outcomes o using (key)
      join accounts a on a.account_id = i.account_id
    where i.attempt = 1 and o.status = 'done' and a.login not like '%00001'
      and o.at - s.received_at > ${slowMs} * interval '1 ms'`;
  return rows.map(({ key, ms }) => `${key} waited ${ms} ms beside a slow account`);
}

export type Count = { lost: number; duplicate: number; unexplained: number };

export function counted(found: readonly string[]): Count {
  const count = { lost: 0, duplicate: 0, unexplained: 0 };
  for (const words of found) {
    if (/is no signal|has no decision| is (queued|sent|working|unknown)$/.test(words))
      count.lost += 1;
    else if (/orders were executed|was never instructed|under fence/.test(words))
      count.duplicate += 1;
    else count.unexplained += 1;
  }
  return count;
}
