/** The engine for tests whose queries read no table, so that nothing has to answer at its endpoint. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDuckDbEngine } from '../../../local/athena/index.ts';
import type { AthenaColumn } from '../../../local/gateway/types.ts';
import { type ManagedProcess, startGuard } from '../../../local/supervisor/index.ts';
import { toolPaths } from '../../../local/tools.ts';

export interface TestEngine {
  /** Columns and printed rows. */
  run(sql: string): Promise<{ columns: readonly AthenaColumn[]; rows: (string | null)[][] }>;
  /** The only value of a query of one row and column. */
  value(sql: string): Promise<string | null | undefined>;
  /** The message that the query fails with. */
  failure(sql: string): Promise<string>;
  /** Every translator that was started. */
  readonly translators: readonly ManagedProcess[];
  stop(): Promise<void>;
}

export async function startTestEngine(): Promise<TestEngine> {
  const dir = await mkdtemp(join(tmpdir(), 'tickerlake-athena-'));
  const guard = await startGuard();
  const translators: ManagedProcess[] = [];
  const engine = createDuckDbEngine({
    guard: {
      spawn: async (options) => {
        const process = await guard.spawn(options);
        translators.push(process);
        return process;
      },
    },
    tools: toolPaths(),
    logs: dir,
    tempDirectory: join(dir, 'spill'),
  });
  const run: TestEngine['run'] = async (sql) => {
    const result = await engine.execute({
      sql,
      database: 'nowhere',
      // Nothing listens there.
      endpoint: 'http://127.0.0.1:9',
      region: 'us-east-1',
      credentials: { accessKeyId: 'A', secretAccessKey: 'S', sessionToken: 'T', expiration: new Date() },
      signal: new AbortController().signal,
    });
    const rows: (string | null)[][] = [];
    for await (const batch of result.rows) rows.push(...batch.map((row) => [...row]));
    return { columns: result.columns, rows };
  };
  return {
    run,
    translators,
    value: async (sql) => (await run(sql)).rows[0]?.[0],
    failure: async (sql) => {
      try {
        await run(sql);
        return 'it succeeded';
      } catch (error) {
        return (error as Error).message;
      }
    },
    stop: async () => {
      await engine.close();
      await guard.stopAll();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
