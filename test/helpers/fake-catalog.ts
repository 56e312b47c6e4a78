import type { DayPartitions } from '../../adapters/catalog.ts';
import type { SchemaVersions } from '../../adapters/schema-registry.ts';
import { QUOTE_SCHEMA_TEXT } from '../../core/codec.ts';
import { SCHEMA_ID } from './records.ts';

export class FakePartitions implements DayPartitions {
  readonly days = new Set<string>();
  failure: Error | undefined;

  async register(days: readonly string[]): Promise<void> {
    await Promise.resolve();
    if (this.failure !== undefined) throw this.failure;
    for (const day of days) this.days.add(day);
  }
}

export class FakeSchemas implements SchemaVersions {
  readonly versions = new Map([[SCHEMA_ID, QUOTE_SCHEMA_TEXT]]);
  loads = 0;
  failure: Error | undefined;

  async load(): Promise<ReadonlyMap<string, string>> {
    await Promise.resolve();
    this.loads += 1;
    if (this.failure !== undefined) throw this.failure;
    return this.versions;
  }
}
