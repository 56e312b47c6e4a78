/** Decoders of the versions of a topic's schema, each made once a process. */
import { createQuoteDecoder, type QuoteDecoder } from '../core/codec.ts';
import { type ColumnPlan, planColumns } from '../core/columns/column-plan.ts';
import { TickerlakeError } from '../core/errors.ts';
import type { SchemaVersions } from './schema-registry.ts';

export class QuoteDecoders {
  readonly #schemas: SchemaVersions;
  readonly #decoders = new Map<string, QuoteDecoder | undefined>();
  readonly #plans = new Map<string, ColumnPlan | undefined>();

  constructor(schemas: SchemaVersions) {
    this.#schemas = schemas;
  }

  /**
   * Makes sure that decoders of these versions are known, if there are such versions: asks the registry only if one is not.
   * @throws TickerlakeError REGISTRY_UNAVAILABLE
   */
  async learn(schemaVersionIds: Iterable<string>): Promise<void> {
    if ([...schemaVersionIds].every((id) => this.#decoders.has(id))) return;
    for (const [id, text] of await this.#schemas.load()) {
      if (this.#decoders.has(id)) continue;
      const decoder = decoderOrNone(text);
      this.#decoders.set(id, decoder);
      this.#plans.set(id, decoder && planColumns(text));
    }
  }

  /** Undefined if the schema has no such version, or none that the current one can read. */
  readonly find = (schemaVersionId: string): QuoteDecoder | undefined => this.#decoders.get(schemaVersionId);

  /** How it is read by column; undefined too if its records are to be decoded one by one. */
  readonly findPlan = (schemaVersionId: string): ColumnPlan | undefined => this.#plans.get(schemaVersionId);
}

/** A version that the current schema cannot read counts as unknown: its records wait in quarantine for newer code. */
function decoderOrNone(schemaText: string): QuoteDecoder | undefined {
  try {
    return createQuoteDecoder(schemaText);
  } catch (error) {
    if (error instanceof TickerlakeError && error.code === 'SCHEMA_INCOMPATIBLE') return undefined;
    throw error;
  }
}
