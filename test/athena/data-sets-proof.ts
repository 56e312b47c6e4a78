/** What the dashboard's data sets ask of Athena, on both engines; and that their bound on computed days prunes. */
import { logIdOf, outputOf } from '../../cli/lake/connection.ts';
import { DATA_SETS } from '../../core/dashboard/data-sets.ts';
import { QUARANTINE } from '../../core/dashboard/pipeline-data-sets.ts';
import { ask, differenceOf, type Question, sorted } from './answers.ts';
import { type Finding, finding } from './finding.ts';
import { openedBy } from './opened-objects.ts';
import type { ProofLake } from './proof-lake.ts';

/** The market's last day stands for today: it stays where it is. */
const TODAY = "DATE '2026-11-20'";
const DAYS = 5;
/** Days before it hold nothing that a data set of so many days asks for. */
const FIRST_DT = '2026-11-16';

export async function* proveDataSets(proof: ProofLake, signal: AbortSignal): AsyncGenerator<Finding> {
  const { lake } = proof;
  const place = { databaseName: outputOf(lake, 'lake', 'DatabaseName'), logId: logIdOf(lake), days: DAYS };
  for (const { identifier, source, sql, columns } of DATA_SETS) {
    if (source !== 'lake') continue;
    // The dashboard's role may read quarantine beside what its workgroup's policy gives.
    const audience = identifier === QUARANTINE.identifier ? 'analysts' : 'dashboards';
    const question: Question = { sql: sql(place).replaceAll('current_date', TODAY), audience };
    yield await finding(`data set ${identifier}`, signal, async () => {
      const asked = await openedBy(proof, () => ask(proof, 'trino', question, signal));
      const trino = sorted(asked.result);
      const duckdb = sorted(await ask(proof, 'duckdb', question, signal));
      const detail = `${trino.rows.length} rows of ${asked.opened.length} objects`;
      const names = trino.columns.map(({ name }) => name).join(', ');
      const expected = columns.map(({ name }) => name).join(', ');
      if (names !== expected) return { detail, problem: `columns ${names}, not ${expected}` };
      if (trino.rows.length === 0) return { detail, problem: 'no row: nothing is proven' };
      const early = asked.opened.find((key) => (/dt=([\d-]+)/.exec(key)?.[1] ?? FIRST_DT) < FIRST_DT);
      if (early !== undefined) return { detail, problem: `${early} was opened` };
      return { detail, problem: differenceOf(trino, duckdb) };
    });
  }
}
