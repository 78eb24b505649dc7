/** What has happened to a divergence, from every row that tells of it, and how many stood open when. */
import { LockstepError } from "../../domain/errors.ts";
import { inTenant, type Sql } from "../../platform/postgres.ts";
import { type DivergenceView, readDivergences } from "../desk/ledger.ts";

export type HistoryEntry = {
  readonly at: Date;
  /** asked and answered: of people; sent: an instruction of the way back, with its last answer. */
  readonly what: "opened" | "returned" | "asked" | "answered" | "sent" | "ended";
  /** An action, a resolution, an instruction's key. */
  readonly subject: string;
  readonly words: string;
  readonly by: string | null;
};

export type DivergenceDetail = {
  readonly divergence: DivergenceView;
  /** Oldest first. */
  readonly history: readonly HistoryEntry[];
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Over or not; NOT_FOUND where there is none of this id. */
export function getDivergence(sql: Sql, tenantId: string, id: string): Promise<DivergenceDetail> {
  return inTenant(sql, tenantId, async (tx) => {
    const filter = { ids: [id], closed: true, ignored: true };
    const [divergence] = UUID.test(id) ? await readDivergences(tx, filter) : [];
    if (divergence === undefined) {
      throw new LockstepError("NOT_FOUND", { id, expected: "a divergence's id" });
    }
    const history = await tx<HistoryEntry[]>`
      with lines as (
        select at, what, coalesce(resolution, '') as subject, '' as words, null as by_whom, 1 as n
          from divergence_events where divergence_id = ${id}
        union all
        select at, 'asked', action, reason, by_whom, 2 from divergence_requests
          where divergence_id = ${id}
        union all
        select a.at, 'answered', case when a.is_done then 'done' else 'refused' end, a.words, null, 4
          from divergence_answers a join divergence_requests r using (request_id)
          where r.divergence_id = ${id}
        union all
        select at, 'sent', key, concat_ws(' ', kind, side, trim_scale(volume), symbol) || ': ' ||
            concat_ws(' ', state, code), null, 3
          from instruction_states where origin = 'realign' and origin_id = ${id})
      select at, what, subject, words, by_whom as by from lines order by at, n`;
    return { divergence, history: [...history] };
  });
}

export type OpenAt = { readonly at: Date; readonly open: number };

const POINTS_MAX = 500;

/** How many stood open at each of so many instants from one to another; at most 500. */
export async function openOverTime(
  sql: Sql,
  tenantId: string,
  { from, to, points }: { readonly from: Date; readonly to: Date; readonly points: number },
): Promise<readonly OpenAt[]> {
  const steps = Math.max(1, Math.min(points, POINTS_MAX) - 1);
  const rows = await inTenant(
    sql,
    tenantId,
    (tx) => tx<OpenAt[]>`
      with t as (select ${from}::timestamptz + n * (${to}::timestamptz - ${from}::timestamptz) / ${steps} as at
        from generate_series(0, ${steps}) n)
      select t.at, (select count(*) from divergences d where d.opened_at <= t.at
        and (d.closed_at is null or d.closed_at > t.at))::int as open
      from t order by t.at`,
  );
  return [...rows];
}
