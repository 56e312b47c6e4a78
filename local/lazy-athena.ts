/** The Athena engine, loaded with the first query: its database is a large native module that a start need not wait for. */
import type { EngineOptions } from './athena/index.ts';
import type { AthenaEngine, AthenaQuery, AthenaQueryResult } from './gateway/index.ts';

export class LazyAthena implements AthenaEngine {
  private readonly options: EngineOptions;
  private engine: Promise<AthenaEngine> | undefined;

  constructor(options: EngineOptions) {
    this.options = options;
  }

  async execute(query: AthenaQuery): Promise<AthenaQueryResult> {
    this.engine ??= this.load();
    return (await this.engine).execute(query);
  }

  async parse(sql: string): Promise<void> {
    this.engine ??= this.load();
    await (await this.engine).parse?.(sql);
  }

  async close(): Promise<void> {
    await (await this.engine)?.close();
  }

  private async load(): Promise<AthenaEngine> {
    const { createDuckDbEngine } = await import('./athena/index.ts');
    return createDuckDbEngine(this.options);
  }
}
