/** Changes a copy of cdk.out and sees the change in what runs: the templates, and nothing beside them, are what is started. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetTableCommand } from '@aws-sdk/client-glue';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withReader } from '../../cli/serving/reader.ts';
import type { Lake } from '../../local/lake.ts';
import { LakeClient } from '../helpers/lake-client.ts';
import type { EditableTemplate } from '../helpers/local-lake.ts';
import {
  assemblyOf,
  changedAssembly,
  failureToStart,
  removeResource,
  startTestLake,
  stateIn,
  TestFolders,
  theResource,
} from '../helpers/local-lake.ts';
import { until } from '../helpers/until.ts';

const SYMBOLS = ['AAPL', 'MSFT'];
const BATCH_SIZE = 25;
const RECORDS = 100;
const CONNECTIONS = 33;
const folders = new TestFolders();
let original: string;

beforeAll(async () => {
  original = await assemblyOf('dev');
}, 120_000);

afterAll(() => {
  folders.remove();
});

interface TableInput {
  readonly Name: string;
  readonly StorageDescriptor: { readonly Columns: { Name: string; Type: string }[] };
}

/** One thing of each kind, in one lake: none of them touches another. */
function change(template: (part: 'pipeline' | 'lake' | 'serving') => EditableTemplate): void {
  const pipeline = template('pipeline');
  const isNamed = (name: string) => (properties: Record<string, unknown>) =>
    properties['FunctionName'] === `tickerlake-dev-${name}`;
  const produce = theResource(pipeline, 'AWS::Lambda::Function', isNamed('produce-quotes')).Properties;
  (produce['Environment'] as { Variables: Record<string, unknown> }).Variables['SYMBOLS'] = SYMBOLS.join(',');

  const sourceOf = (name: string): ReturnType<typeof theResource> => {
    const { id } = theResource(pipeline, 'AWS::Lambda::Function', isNamed(name));
    return theResource(pipeline, 'AWS::Lambda::EventSourceMapping', ({ FunctionName }) =>
      JSON.stringify(FunctionName).includes(id),
    );
  };
  sourceOf('land-quotes').Properties['BatchSize'] = BATCH_SIZE;
  removeResource(pipeline, sourceOf('curate-quotes').id);

  const inputOf = (properties: Record<string, unknown>): TableInput => properties['TableInput'] as TableInput;
  const curated = theResource(
    template('lake'),
    'AWS::Glue::Table',
    (p) => inputOf(p).Name === 'quotes_curated',
  );
  for (const column of inputOf(curated.Properties).StorageDescriptor.Columns) {
    if (column.Name === 'latest_price') column.Type = 'decimal(9,2)';
  }

  const group = theResource(template('serving'), 'AWS::RDS::DBParameterGroup').Properties;
  (group['Parameters'] as Record<string, unknown>)['max_connections'] = String(CONNECTIONS);
  theResource(pipeline, 'AWS::SSM::Parameter').Properties['Value'] = JSON.stringify({ symbols: ['MSFT'] });
}

describe('a lake started from a changed copy of cdk.out', () => {
  let lake: Lake;
  let client: LakeClient;

  beforeAll(async () => {
    lake = await startTestLake(folders, 'dev', changedAssembly(folders, original, 'dev', change));
    client = new LakeClient(lake);
  }, 60_000);

  afterAll(async () => {
    (client as LakeClient | undefined)?.close();
    await (lake as Lake | undefined)?.stop();
  }, 60_000);

  const log = (name: string): string => readFileSync(join(lake.logsDir, `${name}.log`), 'utf8');
  const invocations = (name: string): number => log(name).split('START RequestId').length - 1;

  test('has the environment value in the function', async () => {
    const { produced, next } = await client.produce(RECORDS);
    expect(produced).toBe(RECORDS);
    // A tick looks at each symbol once: with the built-in list, the first would not be over.
    expect(next?.tick).toBe(RECORDS / SYMBOLS.length);
  }, 30_000);

  test('has the batch size in the event source', async () => {
    const raw = client.output('lake', 'RawBucketName');
    const landed = async (): Promise<boolean> => {
      const counts = [...log('land-quotes').matchAll(/"records":(\d+)/g)].map(([, records]) =>
        Number(records),
      );
      return (
        counts.reduce((sum, records) => sum + records, 0) >= RECORDS && (await client.keys(raw)).length > 0
      );
    };
    await until('all records to be landed', landed);
    expect(invocations('land-quotes')).toBeGreaterThanOrEqual(RECORDS / BATCH_SIZE);
  }, 30_000);

  test('has the column’s type in the catalog', async () => {
    const { Table } = await client.glue.send(
      new GetTableCommand({ DatabaseName: client.output('lake', 'DatabaseName'), Name: 'quotes_curated' }),
    );
    const column = Table?.StorageDescriptor?.Columns?.find(({ Name }) => Name === 'latest_price');
    expect(column?.Type).toBe('decimal(9,2)');
  });

  test('has the parameter group’s value in the database, and there what the watchlist’s parameter keeps', async () => {
    await withReader(lake, async (reader) => {
      const { rows } = await reader.query('SHOW max_connections');
      expect(rows).toEqual([{ max_connections: String(CONNECTIONS) }]);
      const sql = "SELECT string_agg(symbol, ',') AS served FROM quotes_filtered";
      const watched = Array<string>(RECORDS / SYMBOLS.length)
        .fill('MSFT')
        .join();
      await until('all of one symbol', async () => {
        const found = await reader.query<{ served: string | null }>(sql);
        return found.rows[0]?.served === watched;
      });
    });
  }, 60_000);

  test('lacks the resource that was removed: its queue is filled and nobody reads it', () => {
    const fed = lake.sources.all.map(({ functionName }) => functionName);
    expect(fed).toContain('tickerlake-dev-land-quotes');
    expect(fed).not.toContain('tickerlake-dev-curate-quotes');
    expect(lake.gateway.eventDeliveries().delivered).toBeGreaterThan(0);
    expect(invocations('curate-quotes')).toBe(0);
  });
});

/** The rule for one of the topics: each has its own. */
function rawObjectCreated(pipeline: EditableTemplate): ReturnType<typeof theResource> {
  return theResource(pipeline, 'AWS::Events::Rule', ({ EventPattern }) =>
    JSON.stringify(EventPattern).includes('"quotes/"'),
  );
}

describe('a copy of cdk.out that cannot run is refused before anything starts', () => {
  async function refusal(edit: (pipeline: EditableTemplate) => void): Promise<unknown> {
    const assembly = changedAssembly(folders, original, 'dev', (template) => {
      edit(template('pipeline'));
    });
    const state = folders.create('refused');
    const error = await failureToStart(startTestLake(folders, 'dev', assembly, { state: stateIn(state) }));
    expect(existsSync(join(state, 'run'))).toBe(false);
    return error;
  }

  test('for an unknown resource type, which the error names', async () => {
    const error = await refusal((pipeline) => {
      pipeline.Resources['Rover'] = { Type: 'AWS::Mars::Rover', Properties: {} };
    });
    expect(error).toMatchObject({
      code: 'TEMPLATE_UNSUPPORTED',
      message: 'tickerlake-dev-pipeline/Rover: type AWS::Mars::Rover is not known to the runner',
    });
  });

  test('for an unknown property of a type that runs', async () => {
    const error = await refusal((pipeline) => {
      rawObjectCreated(pipeline).Properties['Colour'] = 'blue';
    });
    expect(error).toMatchObject({ message: expect.stringContaining('property Colour of AWS::Events::Rule') });
  });

  test('for a reference to a resource that was removed', async () => {
    const error = await refusal((pipeline) => {
      removeResource(pipeline, rawObjectCreated(pipeline).id);
    });
    expect(error).toMatchObject({
      message: expect.stringMatching(/there is no parameter or resource \w*RawObjectCreated/),
    });
  });
});
