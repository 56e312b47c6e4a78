/**
 * Every saved query as it is shipped: it runs with its own examples, by the grants of its workgroup's policy alone, and returns the
 * columns that it declares.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Audience } from '../../../core/names.ts';
import type { AwsCredentials, PolicyStatement } from '../../../local/gateway/index.ts';
import { ACCOUNT, REGION } from '../../helpers/aws-endpoint.ts';
import {
  exampleValues,
  historyRow,
  QUERIES,
  QuoteLake,
  type Tick,
  withValues,
} from '../../helpers/quote-lake.ts';
import { readable } from '../../helpers/readable.ts';
import { onlyOne, synthesize } from '../../templates/synthesize.ts';

/** Three weeks of two symbols, the last two days with some minutes and gaps between, the last with more volume. */
const TICKS: readonly Tick[] = Array.from({ length: 21 }, (_, index) => index).flatMap((index) => {
  const day = new Date(Date.UTC(2026, 10, 20) - (20 - index) * 86_400_000).toISOString().slice(0, 10);
  return ['AAPL', 'MSFT'].flatMap((symbol, other) =>
    (index < 19 ? [0] : [0, 1, 3, 7]).map((minute) => ({
      symbol,
      at: `${day}T14:${30 + minute}:00Z`,
      latestPrice: 100 + index + other * 50 + minute * minute * (other + 1),
      open: 100 + index,
      close: 99 + index,
      latestVolume: index < 20 ? 100 : 1000,
      week52High: 168,
    })),
  );
});

interface Statement {
  readonly Effect: 'Allow';
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string[]>>>>;
}

/** The policy of dev's template, with the one bucket and the database of this lake in the place of the stage's. */
function policyOf(audience: Audience): PolicyStatement[] {
  const { PolicyDocument } = onlyOne(template, 'AWS::IAM::ManagedPolicy', {
    ManagedPolicyName: `tickerlake-dev-athena-${audience}`,
  }) as { PolicyDocument: { Statement: Statement[] } };
  const here = (resource: unknown): string =>
    readable(resource)
      .replace(/^\$\{Storage(?:Lake|Raw)\w+\}/, 'arn:aws:s3:::lake')
      .replace(/^\$\{\w+\.Arn\}/, 'arn:aws:s3:::results')
      .replace(/^\$\{StorageKey\w+\}/, `arn:aws:kms:${REGION}:${ACCOUNT}:key/lake`)
      .replace('${AWS::Partition}', 'aws')
      .replace('${AWS::Region}', REGION)
      .replace('${AWS::AccountId}', ACCOUNT)
      .replace('tickerlake_dev', 'lake');
  return PolicyDocument.Statement.map(({ Resource, ...statement }) => ({
    ...statement,
    Resource: [Resource].flat().map(here),
  }));
}

const template = synthesize('dev').stacks.query;
let lake: QuoteLake;
let analyst: AwsCredentials;
beforeAll(async () => {
  lake = await QuoteLake.start(TICKS);
  await lake.quarantine([
    {
      code: 'price_invalid',
      reason: 'negative',
      kafka_offset: 7,
      kafka_timestamp: '2026-11-20 14:30:00.123',
    },
  ]);
  const history = await lake.history();
  await history.commit([await history.write([historyRow('AAPL', '2026-11-19T14:30:00Z', 1)])]);
  await lake.athena.createTable('nasdaq_listed', {
    columns: { symbol: 'string', market_category: 'string', etf: 'boolean' },
    location: 's3://lake/dimensions/nasdaq_listed/',
    format: 'json',
  });
  await lake.athena.put('dimensions/nasdaq_listed/listed.json', '{"symbol":"AAPL","market_category":"Q"}\n');
  analyst = lake.athena.role('analyst', policyOf('analysts'));
}, 120_000);
afterAll(async () => {
  await lake.athena.stop();
});

test.each(QUERIES.map((query) => [query.name, query] as const))(
  '%s returns the columns that it declares',
  async (_, query) => {
    // History is of 2026 here, whenever this runs.
    const sql = query.sql.replace(
      "current_timestamp - interval '1' second",
      "TIMESTAMP '2026-11-21 00:00:00 UTC'",
    );
    const { columns, rows } = await lake.athena.answer(
      withValues(sql, exampleValues(query, { log_id: 'L1' })),
      { credentials: analyst },
    );
    expect(columns).toEqual(query.columns);
    expect(rows.length).toBeGreaterThan(0);
  },
  30_000,
);

test.each(['dashboards', 'etl'] as const)(
  '%s read quotes, and nothing of the raw bucket',
  async (audience) => {
    // Here the raw bucket's prefixes are in the same bucket as the lake's.
    const credentials = lake.athena.role(audience, policyOf(audience));
    expect(await lake.athena.rows('SELECT count(*) > 0 FROM quotes', { credentials })).toEqual([['true']]);
    expect(
      await lake.athena.failure("SELECT count(code) FROM quotes_quarantine WHERE log_id = 'L1'", {
        credentials,
      }),
    ).toMatch(/^PERMISSION_DENIED: Permission denied on S3 path: s3:\/\/lake\/quarantine\//);
  },
  30_000,
);

test('each reads what it says that it needs, and no more', () => {
  for (const { name, sql, needs } of QUERIES) {
    const read = [sql.includes('quotes_history') && 'history', sql.includes('nasdaq_listed') && 'listing'];
    expect({ name, needs }).toEqual({ name, needs: read.filter((each) => each !== false) });
  }
});

test('each result has one order', () => {
  // But for what is one row.
  const single = new Set(['correlation', 'price-of-symbol']);
  for (const { name, sql } of QUERIES)
    expect({ name, ordered: /\nORDER BY [^\n]+(\nLIMIT \d+)?$/.test(sql) || single.has(name) }).toEqual({
      name,
      ordered: true,
    });
});
