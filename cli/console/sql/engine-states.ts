import type { LakeInfo } from '../../../console/api.ts';
import { TickerlakeError } from '../../../core/errors.ts';
import { trinoToolPaths } from '../../../local/tools.ts';

/** DuckDB is always there; Trino where it was fetched. */
export function engineStates(): LakeInfo['engines'] {
  return [{ name: 'duckdb', isReady: true }, trinoState()];
}

function trinoState(): LakeInfo['engines'][number] {
  try {
    trinoToolPaths();
    return { name: 'trino', isReady: true };
  } catch (error) {
    if (!(error instanceof TickerlakeError) || error.code !== 'PREREQUISITE_MISSING') throw error;
    return { name: 'trino', isReady: false, ...(error.hint === undefined ? {} : { hint: error.hint }) };
  }
}
