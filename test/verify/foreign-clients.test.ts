/** Kafka clients that are not ours, in Python and Java, read the topic as a role of the templates may, and not otherwise. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetSchemaVersionCommand } from '@aws-sdk/client-glue';
import { STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import avro from 'avsc';
import { assumeRole } from '../../cli/lake/clients.ts';
import { HashSum, quoteHash } from '../../core/hash.ts';
import { type FunctionPart, functionName } from '../../core/names.ts';
import type { ProduceResult } from '../../core/produce-contract.ts';
import { QUOTE_FIELDS, type Quote } from '../../core/quote.ts';
import { TOPICS } from '../../core/topics.ts';
import { frameBody, frameSchemaVersionId } from '../../core/wire.ts';
import type { Lake } from '../../local/lake.ts';
import { kafkaClientPaths, testToolPaths } from '../../local/tools.ts';
import { LakeClient } from '../helpers/lake-client.ts';
import { assemblyOf, startTestLake, TestFolders } from '../helpers/local-lake.ts';
import { type ProgramResult, runProgram } from '../helpers/run-program.ts';

const RECORDS = 2000;
const TOPIC = TOPICS.quotes.name;
const folders = new TestFolders();
let lake: Lake;
let client: LakeClient;
let sts: STSClient;
let produced: ProduceResult;

beforeAll(async () => {
  lake = await startTestLake(folders, 'dev', await assemblyOf('dev'));
  client = new LakeClient(lake);
  const { endpoint, region, operator: credentials } = lake;
  sts = new STSClient({ endpoint, region, credentials });
  produced = (await client.produce(RECORDS)) as unknown as ProduceResult;
}, 120_000);

afterAll(async () => {
  (client as LakeClient | undefined)?.close();
  (sts as STSClient | undefined)?.destroy();
  await (lake as Lake | undefined)?.stop();
  folders.remove();
}, 60_000);

/** What `tickerlake credentials` tells a foreign client, and nothing else that it could find credentials in. */
function environment(variables: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: folders.create('home'),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_REGION: lake.region,
    AWS_DEFAULT_REGION: lake.region,
    AWS_ENDPOINT_URL: lake.endpoint,
    KAFKA_BOOTSTRAP_SERVERS: lake.bootstrapIam,
    KAFKA_CA_FILE: lake.caFile,
    TOPIC,
    ...variables,
  };
}

const inEnvironment = (credentials: Lake['operator'] | Awaited<ReturnType<typeof assumeRole>>) => ({
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_SESSION_TOKEN: credentials.sessionToken,
});

const roleOf = (name: FunctionPart): string => {
  const found = lake.functions.describe(functionName('dev', name))?.['Role'];
  if (typeof found !== 'string') throw new Error(`function ${name} has no role`);
  return found;
};

const credentialsOf = async (name: FunctionPart): Promise<Record<string, string>> =>
  inEnvironment(await assumeRole(sts, roleOf(name), 'reader'));

/** Of the right shape, issued by nobody. */
const MADE_UP = {
  AWS_ACCESS_KEY_ID: 'ASIAIOSFODNN7EXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  AWS_SESSION_TOKEN: 'a token of nobody',
};

function runPython(variables: Readonly<Record<string, string>>): Promise<ProgramResult> {
  const script = join(import.meta.dirname, 'clients/read_topic.py');
  const registry = { REGISTRY_ROLE_ARN: roleOf('curate-quotes') };
  return runProgram(testToolPaths().python, [script], { env: environment({ ...registry, ...variables }) });
}

/** The console consumer on one partition, which needs no right to a group; values are printed with escapes. */
function runConsole(
  partition: number,
  variables: Readonly<Record<string, string>>,
  { maxMessages = RECORDS, sasl = true } = {},
): Promise<ProgramResult> {
  const folder = folders.create('console');
  const [config, log] = [join(folder, 'client.properties'), join(folder, 'log4j.properties')];
  const handler = 'software.amazon.msk.auth.iam.IAMOAuthBearerLoginCallbackHandler';
  const login = [
    'security.protocol=SASL_SSL',
    'sasl.mechanism=OAUTHBEARER',
    'sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;',
    `sasl.login.callback.handler.class=${handler}`,
    `sasl.client.callback.handler.class=${handler}`,
  ];
  const trust = ['ssl.truststore.type=PEM', `ssl.truststore.location=${lake.caFile}`];
  writeFileSync(config, [...(sasl ? login : ['security.protocol=SSL']), ...trust].join('\n'));
  writeFileSync(
    log,
    [
      'log4j.rootLogger=ERROR, stderr',
      'log4j.appender.stderr=org.apache.log4j.ConsoleAppender',
      'log4j.appender.stderr.target=System.err',
      'log4j.appender.stderr.layout=org.apache.log4j.PatternLayout',
      'log4j.appender.stderr.layout.ConversionPattern=%p %m%n',
    ].join('\n'),
  );
  const { java, classpath } = kafkaClientPaths();
  return runProgram(
    java,
    [
      ...[`-Dlog4j.configuration=file:${log}`, '-XX:TieredStopAtLevel=1', '-cp', classpath],
      ...['org.apache.kafka.tools.consumer.ConsoleConsumer', '--bootstrap-server', lake.bootstrapIam],
      ...['--consumer.config', config, '--topic', TOPIC, '--partition', String(partition)],
      ...[
        '--offset',
        'earliest',
        '--max-messages',
        String(maxMessages),
        '--timeout-ms',
        sasl ? '20000' : '8000',
      ],
      ...['--property', 'print.offset=true', '--property', 'print.key=true'],
      ...['--property', 'value.deserializer=org.apache.kafka.common.serialization.BytesDeserializer'],
    ],
    { env: environment(variables) },
  );
}

interface Sample {
  readonly offset: number;
  readonly quote: Quote;
}

interface PartitionRead {
  readonly records: number;
  readonly hash: string;
  readonly sample: readonly Sample[];
}

const acknowledged = (): Record<string, Omit<PartitionRead, 'sample'>> =>
  Object.fromEntries(
    produced.partitions.map(({ partition, records }) => [
      partition,
      { records, hash: produced.accepted.hashes[partition] },
    ]),
  ) as Record<string, Omit<PartitionRead, 'sample'>>;

describe('with the role of land-quotes', () => {
  let byPython: Record<string, PartitionRead>;

  test('kafka-python reads every record, and fastavro decodes it by the registry’s schema to the values produced', async () => {
    const { code, stdout, stderr } = await runPython({
      ...inEnvironment(lake.operator),
      READER_ROLE_ARN: roleOf('land-quotes'),
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    byPython = JSON.parse(stdout) as typeof byPython;
    const sums = Object.entries(byPython).map(([partition, { records, hash }]) => [
      partition,
      { records, hash },
    ]);
    expect(Object.fromEntries(sums)).toEqual(acknowledged());
  }, 90_000);

  test('Java’s console consumer reads the same', async () => {
    const reader = await credentialsOf('land-quotes');
    const decode = registryDecoder(client);
    const byJava: Record<string, PartitionRead> = {};
    for (const { partition, records } of produced.partitions) {
      const { code, stdout, stderr } = await runConsole(partition, reader, { maxMessages: records });
      expect({ code, stderr }).toEqual({ code: 0, stderr: `Processed a total of ${records} messages\n` });
      const sum = new HashSum();
      const sample: Sample[] = [];
      for (const line of stdout.trimEnd().split('\n')) {
        const [offset = '', key, value = ''] = line.split('\t');
        const quote = await decode(unescapeBytes(value));
        expect(key).toBe(quote.symbol);
        sum.add(quoteHash(quote));
        if (sample.length < 3) sample.push({ offset: Number(offset.replace('Offset:', '')), quote });
      }
      byJava[partition] = { records, hash: sum.toString(), sample };
    }
    expect(byJava).toEqual(byPython);
  }, 120_000);
});

/** `\xNN` for a byte that is not printable ASCII, and for the backslash: Kafka's `Bytes.toString`. */
function unescapeBytes(text: string): Buffer {
  const plain = text.replaceAll(/\\x([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(plain, 'latin1');
}

/** Decodes by whatever schema the registry holds under the id in the value, as a consumer that knows nothing else. */
function registryDecoder({ glue }: LakeClient): (value: Buffer) => Promise<Quote> {
  const types = new Map<string, Promise<avro.Type>>();
  const load = async (id: string): Promise<avro.Type> => {
    const { SchemaDefinition = '' } = await glue.send(new GetSchemaVersionCommand({ SchemaVersionId: id }));
    return avro.Type.forSchema(JSON.parse(SchemaDefinition) as avro.Schema);
  };
  return async (value) => {
    const id = frameSchemaVersionId(value);
    const type = types.get(id) ?? load(id);
    types.set(id, type);
    const record = (await type).fromBuffer(frameBody(value)) as Quote;
    return Object.fromEntries(QUOTE_FIELDS.map(({ name }) => [name, record[name]])) as unknown as Quote;
  };
}

describe('is refused', () => {
  interface Refusal {
    readonly who: string;
    readonly variables: () => Record<string, string> | Promise<Record<string, string>>;
    readonly pythonSays: RegExp;
    readonly javaSays: RegExp;
    /** The reason, which the broker logs and does not tell. */
    readonly brokerLogs?: RegExp;
  }
  const disconnected = /KafkaTimeoutError: Unable to bootstrap/;
  const invalidToken = /SaslAuthenticationException: \{"status":"invalid_token"\}/;
  const refusals: readonly Refusal[] = [
    {
      who: 'whoever shows no credentials',
      variables: () => ({ SASL: 'none' }),
      pythonSays: disconnected,
      javaSays: /errors\.TimeoutException/,
    },
    {
      who: 'whoever makes them up',
      variables: () => MADE_UP,
      pythonSays: disconnected,
      javaSays: invalidToken,
      brokerLogs: /token refused \(403\): the token is signed with unknown credentials/,
    },
    {
      who: 'the role of curate-quotes, which may not connect',
      variables: () => credentialsOf('curate-quotes'),
      pythonSays: disconnected,
      javaSays: invalidToken,
      brokerLogs: /CurateQuotesR\S*\/reader is not authorized to perform: kafka-cluster:Connect on resource/,
    },
    {
      who: 'the role of produce-quotes, which may connect and write, but not read',
      variables: () => credentialsOf('produce-quotes'),
      pythonSays: /TopicAuthorizationFailedError.*quotes/,
      javaSays: /TopicAuthorizationException: Not authorized to access topics: \[quotes\]/,
    },
  ];
  const python: Promise<ProgramResult>[] = [];

  // They wait more than they work: kafka-python tries again until its time is over.
  beforeAll(() => {
    for (const { variables } of refusals) python.push(Promise.resolve(variables()).then(runPython));
  });

  test.each(refusals.map((refusal, index) => ({ ...refusal, index })))(
    '$who',
    async ({ variables, pythonSays, javaSays, brokerLogs, index }) => {
      const shown = await variables();
      const java = await runConsole(0, shown, { sasl: shown['SASL'] !== 'none' });
      expect(java.stderr).toMatch(javaSays);
      expect(java.stdout).toBe('');
      expect(await python[index]).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(pythonSays),
      });
      if (brokerLogs !== undefined) expect(readFileSync(lake.broker.logFile, 'utf8')).toMatch(brokerLogs);
    },
    90_000,
  );
});
