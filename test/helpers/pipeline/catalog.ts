/** The catalog and the schema registry of a schedule: their calls wait as those of the store do. */
import type { DayPartitions } from '../../../adapters/catalog.ts';
import type { SchemaVersions } from '../../../adapters/schema-registry.ts';
import type { StoreGate } from '../memory-object-store.ts';
import { SCHEMA_ID } from '../records.ts';
import { LATE_SCHEMA_ID } from './topic.ts';

export class SteppedCatalog {
  readonly days = new Set<string>();
  isLateSchemaRegistered = false;

  partitionsThrough(gate: StoreGate): DayPartitions {
    return {
      register: (days) =>
        call(gate, 'partitions', () => {
          for (const day of days) this.days.add(day);
        }),
    };
  }

  /** @param schemaText what the caller's code takes the schemas for */
  schemasThrough(gate: StoreGate, schemaText: string): SchemaVersions {
    return {
      load: () =>
        call(gate, 'schemas', () => {
          const ids = this.isLateSchemaRegistered ? [SCHEMA_ID, LATE_SCHEMA_ID] : [SCHEMA_ID];
          return new Map(ids.map((id) => [id, schemaText]));
        }),
    };
  }
}

async function call<T>(gate: StoreGate, key: string, effect: () => T): Promise<T> {
  await gate.before?.({ action: 'get', key });
  const result = effect();
  await gate.after?.({ action: 'get', key });
  return result;
}
