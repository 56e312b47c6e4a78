import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parseNamedQuery } from '../../core/named-query.ts';
import type { Audience, Stage } from '../../core/names.ts';
import { AUDIENCES } from '../../core/names.ts';
import { PROJECT_ROOT } from '../../lib/project-root.ts';
import { readable } from '../helpers/readable.ts';
import { onlyOne, synthesize } from './synthesize.ts';

const lakes = {
  dev: synthesize('dev').stacks.query,
  prod: synthesize('prod').stacks.query,
};
const { dev } = lakes;

const FOLDER = join(PROJECT_ROOT, 'sql/queries');
const QUERIES = globSync('*.sql', { cwd: FOLDER })
  .map((file) => parseNamedQuery(basename(file, '.sql'), readFileSync(join(FOLDER, file), 'utf8')))
  .sort((left, right) => left.name.localeCompare(right.name));

const workgroup = (stage: Stage, audience: Audience) =>
  onlyOne(lakes[stage], 'AWS::Athena::WorkGroup', { Name: `tickerlake-${stage}-${audience}` }) as {
    WorkGroupConfiguration: { ResultConfiguration: Record<string, unknown> };
  };

describe('the workgroups', () => {
  test.each<[Stage, Audience, number]>([
    ['dev', 'analysts', 1_000_000_000],
    ['dev', 'dashboards', 1_000_000_000],
    ['dev', 'etl', 10_000_000_000],
    ['prod', 'analysts', 100_000_000_000],
    ['prod', 'dashboards', 20_000_000_000],
    ['prod', 'etl', 1_000_000_000_000],
  ])('of %s: %s enforces its settings, a scan limit among them', (stage, audience, cutoff) => {
    expect(workgroup(stage, audience)).toMatchObject({
      WorkGroupConfiguration: {
        EnforceWorkGroupConfiguration: true,
        PublishCloudWatchMetricsEnabled: true,
        BytesScannedCutoffPerQuery: cutoff,
        EngineVersion: { SelectedEngineVersion: 'Athena engine version 3' },
      },
    });
  });

  test('are those of the audiences, and no others', () => {
    dev.resourceCountIs('AWS::Athena::WorkGroup', AUDIENCES.length);
  });

  test.each(AUDIENCES)('%s encrypts results by a key of their own, under a prefix of its own', (audience) => {
    const { ResultConfiguration } = workgroup('dev', audience).WorkGroupConfiguration;
    const { EncryptionConfiguration, OutputLocation } = ResultConfiguration;
    expect(readable(OutputLocation)).toBe(`s3://\${AnalystsResults37BF94D9}/results/${audience}/`);
    expect(EncryptionConfiguration).toMatchObject({ EncryptionOption: 'SSE_KMS' });
    const { KmsKey } = EncryptionConfiguration as { KmsKey: unknown };
    expect(readable(KmsKey)).toMatch(/^\$\{AnalystsResultsKey\w+\.Arn\}$/);
  });

  test('have their results expire, overwritten and deleted versions too, each after its own time', () => {
    const { LifecycleConfiguration } = onlyOne(lakes.prod, 'AWS::S3::Bucket') as {
      LifecycleConfiguration: { Rules: Record<string, unknown>[] };
    };
    const rule = (audience: Audience, days: number) => ({
      Id: `expire-${audience}`,
      Prefix: `results/${audience}/`,
      Status: 'Enabled',
      ExpirationInDays: days,
      NoncurrentVersionExpiration: { NoncurrentDays: days },
    });
    expect(LifecycleConfiguration.Rules).toEqual([
      expect.objectContaining({ Id: 'housekeeping' }),
      rule('analysts', 30),
      rule('dashboards', 1),
      rule('etl', 7),
    ]);
  });
});

interface Statement {
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string[]>>>>;
}

const policy = (audience: Audience): Statement[] => {
  const { PolicyDocument } = onlyOne(dev, 'AWS::IAM::ManagedPolicy', {
    ManagedPolicyName: `tickerlake-dev-athena-${audience}`,
  }) as { PolicyDocument: { Statement: Statement[] } };
  return PolicyDocument.Statement;
};

/** `action on resource`, with the prefixes that it is limited to. */
const lines = (audience: Audience): string[] =>
  policy(audience).flatMap(({ Action, Resource, Condition }) =>
    [Action].flat().flatMap((action) =>
      [Resource].flat().map((resource) => {
        const prefixes = Condition?.['StringLike']?.['s3:prefix'];
        return `${action} on ${readable(resource)}${prefixes === undefined ? '' : ` under ${[prefixes].flat().join(' ')}`}`;
      }),
    ),
  );

describe('the policy to query through a workgroup', () => {
  test.each(AUDIENCES)('%s: is attached to nobody, and fits into a managed policy', (audience) => {
    const properties = onlyOne(dev, 'AWS::IAM::ManagedPolicy', {
      ManagedPolicyName: `tickerlake-dev-athena-${audience}`,
    });
    for (const principals of ['Roles', 'Users', 'Groups']) expect(properties).not.toHaveProperty(principals);
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html; references are longer here than what they become.
    expect(JSON.stringify(properties['PolicyDocument']).length).toBeLessThan(6144);
  });

  test.each(AUDIENCES)('%s: is for this workgroup and this one’s results alone', (audience) => {
    const others = AUDIENCES.filter((each) => each !== audience);
    const text = lines(audience).join('\n');
    expect(text).toMatch(
      new RegExp(`^athena:StartQueryExecution on .*:workgroup/tickerlake-dev-${audience}$`, 'm'),
    );
    expect(text).toMatch(new RegExp(`^s3:PutObject on .*/results/${audience}/\\*$`, 'm'));
    for (const other of others) {
      expect(text).not.toContain(`workgroup/tickerlake-dev-${other}`);
      expect(text).not.toContain(`results/${other}/`);
    }
  });

  test.each(AUDIENCES)('%s: writes nothing but results, and changes no table', (audience) => {
    const writing = lines(audience).filter((line) =>
      /:(Put|Delete|Abort|Create|Update|BatchCreate|BatchDelete)/.test(line),
    );
    expect(writing.map((line) => line.replace(/\$\{\w+\.Arn\}/, '<bucket>')).sort()).toEqual([
      `s3:AbortMultipartUpload on <bucket>/results/${audience}/*`,
      `s3:PutObject on <bucket>/results/${audience}/*`,
    ]);
  });

  test.each(AUDIENCES)('%s: lists under the prefixes that it reads, and no others', (audience) => {
    const listed = lines(audience).filter((line) => line.startsWith('s3:ListBucket '));
    const read = lines(audience).flatMap((line) => /^s3:GetObject on .*?\}\/(.*)$/.exec(line)?.[1] ?? []);
    expect(listed.flatMap((line) => line.split(' under ')[1]?.split(' ') ?? []).sort()).toEqual(read.sort());
    expect(listed.every((line) => line.includes(' under '))).toBe(true);
  });

  test('of analysts reads the raw log and what is in quarantine; the others’ do not', () => {
    const reads = (audience: Audience) =>
      lines(audience).flatMap((line) => /^s3:GetObject on \$\{StorageRaw\w+\}\/(.*)$/.exec(line)?.[1] ?? []);
    expect(reads('analysts').sort()).toEqual(['quarantine/*', 'quotes/*', 'quotes_filtered/*']);
    expect([...reads('dashboards'), ...reads('etl')]).toEqual([]);
  });

  test('decrypts what is curated and its results, and encrypts results alone; analysts decrypt what is raw, too', () => {
    const keys = (audience: 'etl' | 'analysts'): string[] =>
      lines(audience)
        .filter((line) => line.startsWith('kms:'))
        .map((line) => line.replaceAll(/[0-9A-F]{8}/g, ''))
        .toSorted();
    const common = ['kms:Decrypt on ${AnalystsResultsKey.Arn}', 'kms:Decrypt on ${StorageKeyArn}'];
    const writes = 'kms:GenerateDataKey on ${AnalystsResultsKey.Arn}';
    expect(keys('etl')).toEqual([...common, writes]);
    expect(keys('analysts')).toEqual([...common, 'kms:Decrypt on ${StorageRawKeyArn}', writes]);
  });
});

test('the view is made by a function, for a template resource would put its cut back', () => {
  for (const ViewName of ['quotes', 'quotes_filtered']) {
    expect(onlyOne(dev, 'Custom::AthenaView', { ViewName })).toMatchObject({
      DatabaseName: 'tickerlake_dev',
      Topic: ViewName,
      // A column more is a change of the resource, which CloudFormation has its function make.
      Columns: expect.stringMatching(/^symbol,company_name,.*,trading_date,.*dt$/),
    });
  }
  dev.resourceCountIs('AWS::Glue::Table', 0);
});

const properties = (type: string): Record<string, string>[] =>
  Object.values(dev.findResources(type)).map(({ Properties }) => Properties as Record<string, string>);

test('every file of sql/queries is a named query of the analysts’ workgroup', () => {
  const queries = properties('AWS::Athena::NamedQuery');
  expect(QUERIES).not.toEqual([]);
  expect(queries.map(({ Name }) => Name).sort()).toEqual(QUERIES.map(({ name }) => name));
  for (const { Database, WorkGroup, Description, QueryString } of queries) {
    expect(Database).toBe('tickerlake_dev');
    expect(WorkGroup).toBe('tickerlake-dev-analysts');
    expect(Description).toMatch(/^.+: .+/);
    expect(QueryString).not.toMatch(/^-- (title|description):/m);
  }
});

test('one with parameters is a prepared statement as well', () => {
  const prepared = properties('AWS::Athena::PreparedStatement');
  const expected = QUERIES.filter(({ parameters }) => parameters.length > 0);
  expect(expected).not.toEqual([]);
  expect(prepared.map(({ StatementName }) => StatementName).sort()).toEqual(
    expected.map(({ name }) => name.replaceAll('-', '_')),
  );
  for (const { StatementName, WorkGroup, QueryStatement } of prepared) {
    // https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-athena-preparedstatement.html
    expect(StatementName).toMatch(/^[a-zA-Z_][a-zA-Z0-9_@:]{1,255}$/);
    expect(WorkGroup).toBe('tickerlake-dev-analysts');
    expect(QueryStatement).toContain('?');
  }
});
