/**
 * Table optimizers of the Data Catalog, kept and shown. Nothing is optimized here: a table keeps its files and snapshots.
 * https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-table-optimizers.html
 */
import { record, text } from '../actions/call.ts';
import { amzJson } from '../http/answer.ts';
import { AwsError } from '../http/errors.ts';
import type { Upstream } from '../http/upstream.ts';
import type { LocalService } from './service.ts';

type Members = Readonly<Record<string, unknown>>;

/** Type -> the member of its configuration, and within its `icebergConfiguration` the numbers and their bounds. */
const TYPES: Readonly<Record<string, { member: string; bounds: Readonly<Record<string, Bounds>> }>> = {
  // https://docs.aws.amazon.com/glue/latest/webapi/API_IcebergCompactionConfiguration.html
  compaction: {
    member: 'compactionConfiguration',
    bounds: { minInputFiles: [1], deleteFileThreshold: [1] },
  },
  // https://docs.aws.amazon.com/glue/latest/webapi/API_IcebergRetentionConfiguration.html
  retention: {
    member: 'retentionConfiguration',
    bounds: { snapshotRetentionPeriodInDays: [1], numberOfSnapshotsToRetain: [1], runRateInHours: [3, 168] },
  },
  // https://docs.aws.amazon.com/glue/latest/webapi/API_IcebergOrphanFileDeletionConfiguration.html
  orphan_file_deletion: {
    member: 'orphanFileDeletionConfiguration',
    bounds: { orphanFileRetentionPeriodInDays: [1], runRateInHours: [3, 168] },
  },
};
type Bounds = readonly [least: number, most?: number];

const OPERATIONS = new Set([
  'CreateTableOptimizer',
  'DeleteTableOptimizer',
  'GetTableOptimizer',
  'UpdateTableOptimizer',
]);

export class TableOptimizers {
  readonly #upstream: Upstream;
  readonly #configurations = new Map<string, Members>();

  constructor(upstream: Upstream) {
    this.#upstream = upstream;
  }

  /** Answers its own operations, and leaves the others to the rest of Glue. */
  before(rest: LocalService): LocalService {
    return async (request) => {
      const { operation, parameters } = request.call;
      if (!OPERATIONS.has(operation)) return rest(request);
      return amzJson(await this.#answer(operation, parameters));
    };
  }

  async #answer(operation: string, parameters: Members): Promise<object> {
    const [catalog = '', database = '', table = '', type = ''] = [
      'CatalogId',
      'DatabaseName',
      'TableName',
      'Type',
    ].map((name) => required(parameters, name));
    if (!Object.hasOwn(TYPES, type))
      throw invalid(`Type is ${type}, not one of ${Object.keys(TYPES).join(', ')}`);
    const key = [database, table, type].join('/');
    const known = this.#configurations.get(key);
    if (operation === 'CreateTableOptimizer') {
      if (known !== undefined)
        throw new AwsError(400, 'AlreadyExistsException', `Table ${table} has an optimizer of type ${type}`);
      await this.#requireIceberg(database, table);
      this.#configurations.set(key, configuration(type, parameters));
      return {};
    }
    if (known === undefined)
      throw new AwsError(400, 'EntityNotFoundException', `Table ${table} has no optimizer of type ${type}`);
    if (operation === 'DeleteTableOptimizer') this.#configurations.delete(key);
    else if (operation === 'UpdateTableOptimizer')
      this.#configurations.set(key, configuration(type, parameters));
    else {
      return {
        CatalogId: catalog,
        DatabaseName: database,
        TableName: table,
        TableOptimizer: { type, configuration: known },
      };
    }
    return {};
  }

  /** https://docs.aws.amazon.com/glue/latest/dg/table-optimizers.html: Iceberg tables only. */
  async #requireIceberg(database: string, name: string): Promise<void> {
    const { Table: table } = await this.#upstream
      .callJson('glue', 'AWSGlue.GetTable', { DatabaseName: database, Name: name })
      .catch(() => {
        throw new AwsError(400, 'EntityNotFoundException', `Table ${name} not found.`);
      });
    const kind = text(record((table ?? {}) as Members, 'Parameters'), 'table_type');
    if (kind?.toUpperCase() !== 'ICEBERG') throw invalid(`Table ${name} is no Iceberg table`);
  }
}

function configuration(type: string, parameters: Members): Members {
  const given = record(parameters, 'TableOptimizerConfiguration');
  if (!/^arn:aws[a-z-]*:iam::\d{12}:role\/.+/.test(text(given, 'roleArn') ?? ''))
    throw invalid('TableOptimizerConfiguration.roleArn is no role');
  if (typeof given['enabled'] !== 'boolean')
    throw invalid('TableOptimizerConfiguration.enabled is neither true nor false');
  const { member = '', bounds = {} } = TYPES[type] ?? {};
  for (const [other, { member: foreign }] of Object.entries(TYPES))
    if (other !== type && given[foreign] !== undefined)
      throw invalid(`TableOptimizerConfiguration.${foreign} is not of type ${type}`);
  const iceberg = record(record(given, member), 'icebergConfiguration');
  for (const [name, [least, most = Number.POSITIVE_INFINITY]] of Object.entries(bounds)) {
    const value = iceberg[name];
    if (value === undefined) continue;
    if (!Number.isInteger(value) || Number(value) < least || Number(value) > most)
      throw invalid(`${member}.icebergConfiguration.${name} is ${JSON.stringify(value)}, out of its bounds`);
  }
  return given;
}

function required(parameters: Members, name: string): string {
  const value = text(parameters, name);
  if (value === undefined || value === '') throw invalid(`${name} is required`);
  return value;
}

const invalid = (message: string): AwsError => new AwsError(400, 'InvalidInputException', message);
