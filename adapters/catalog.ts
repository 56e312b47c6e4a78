/** The curated table's partitions in the Glue catalog: a day that is not registered is not queried. */
import {
  BatchCreatePartitionCommand,
  GetPartitionCommand,
  GetTableCommand,
  type GlueClient,
  type StorageDescriptor,
} from '@aws-sdk/client-glue';
import { TickerlakeError } from '../core/errors.ts';

export interface DayPartitions {
  /**
   * Makes sure that each day (yyyy-mm-dd) is a partition at its own location; what this process did before costs nothing.
   * @throws TickerlakeError CATALOG_UNAVAILABLE, or PARTITION_LOCATION_DIFFERS if somebody registered it elsewhere
   */
  register(days: readonly string[]): Promise<void>;
}

export interface DayPartitionsOptions {
  readonly database: string;
  readonly table: string;
  /** s3:// URL of a day's files. */
  readonly locationOf: (day: string) => string;
}

/** https://docs.aws.amazon.com/glue/latest/webapi/API_BatchCreatePartition.html takes 100 */
const MAX_PARTITIONS_A_CALL = 100;

export function createDayPartitions(glue: GlueClient, options: DayPartitionsOptions): DayPartitions {
  const { database, table, locationOf } = options;
  const registered = new Set<string>();
  const coordinates = { database, table };

  const unavailable = (what: string, cause: unknown): TickerlakeError =>
    new TickerlakeError('CATALOG_UNAVAILABLE', `the Glue catalog cannot ${what}`, { coordinates, cause });

  const describeStorage = async (): Promise<StorageDescriptor> => {
    try {
      const { Table } = await glue.send(new GetTableCommand({ DatabaseName: database, Name: table }));
      return Table?.StorageDescriptor ?? {};
    } catch (error) {
      throw unavailable('describe the table', error);
    }
  };

  /** Somebody else was first: fine if it is the same place. */
  const checkLocation = async (day: string): Promise<void> => {
    let location: string | undefined;
    try {
      const { Partition } = await glue.send(
        new GetPartitionCommand({ DatabaseName: database, TableName: table, PartitionValues: [day] }),
      );
      location = Partition?.StorageDescriptor?.Location;
    } catch (error) {
      throw unavailable('read a partition', error);
    }
    if (withoutSlash(location) === withoutSlash(locationOf(day))) return;
    throw new TickerlakeError(
      'PARTITION_LOCATION_DIFFERS',
      `partition dt=${day} points to ${location ?? 'nowhere'}, not to ${locationOf(day)}`,
      { coordinates: { ...coordinates, dt: day }, hint: 'delete the partition: it is registered again' },
    );
  };

  const registerSome = async (days: readonly string[], storage: StorageDescriptor): Promise<void> => {
    const answer = await glue
      .send(
        new BatchCreatePartitionCommand({
          DatabaseName: database,
          TableName: table,
          PartitionInputList: days.map((day) => ({
            Values: [day],
            StorageDescriptor: { ...storage, Location: locationOf(day) },
          })),
        }),
      )
      .catch((error: unknown) => {
        throw unavailable('create partitions', error);
      });
    for (const { PartitionValues, ErrorDetail } of answer.Errors ?? []) {
      const day = PartitionValues?.[0];
      if (day === undefined || ErrorDetail?.ErrorCode !== 'AlreadyExistsException') {
        const code = ErrorDetail?.ErrorCode ?? 'unknown error';
        throw unavailable(`create partition dt=${day ?? '?'} (${code})`, undefined);
      }
      await checkLocation(day);
    }
    for (const day of days) registered.add(day);
  };

  return {
    async register(days) {
      const missing = days.filter((day) => !registered.has(day));
      if (missing.length === 0) return;
      const storage = await describeStorage();
      for (let index = 0; index < missing.length; index += MAX_PARTITIONS_A_CALL) {
        await registerSome(missing.slice(index, index + MAX_PARTITIONS_A_CALL), storage);
      }
    },
  };
}

function withoutSlash(location: string | undefined): string | undefined {
  return location?.replace(/\/+$/, '');
}
