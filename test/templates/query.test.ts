import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { PROJECT_ROOT } from '../../lib/project-root.ts';
import { onlyOne, readable, synthesize } from './synthesize.ts';

const dev = synthesize('dev').stacks.query;
const prod = synthesize('prod').stacks.query;

describe('the workgroup of analysts', () => {
  test.each([
    ['dev', dev, 1_000_000_000],
    ['prod', prod, 100_000_000_000],
  ])('of %s enforces its settings, a scan limit among them', (stage, template, cutoff) => {
    expect(onlyOne(template, 'AWS::Athena::WorkGroup')).toMatchObject({
      Name: `tickerlake-${stage}-analysts`,
      WorkGroupConfiguration: {
        EnforceWorkGroupConfiguration: true,
        PublishCloudWatchMetricsEnabled: true,
        BytesScannedCutoffPerQuery: cutoff,
        EngineVersion: { SelectedEngineVersion: 'Athena engine version 3' },
      },
    });
  });

  test('encrypts results by the key of the lake, in a bucket where they expire', () => {
    const { WorkGroupConfiguration } = onlyOne(dev, 'AWS::Athena::WorkGroup') as {
      WorkGroupConfiguration: { ResultConfiguration: Record<string, unknown> };
    };
    const { ResultConfiguration } = WorkGroupConfiguration;
    expect(ResultConfiguration['EncryptionConfiguration']).toMatchObject({ EncryptionOption: 'SSE_KMS' });
    expect(readable(ResultConfiguration['OutputLocation'])).toMatch(
      /^s3:\/\/\$\{AnalystsResults\w+\}\/results\/$/,
    );
    expect(onlyOne(dev, 'AWS::S3::Bucket')).toMatchObject({
      LifecycleConfiguration: {
        Rules: expect.arrayContaining([
          expect.objectContaining({ Id: 'expire-results', ExpirationInDays: 7, Prefix: 'results/' }),
        ]) as unknown,
      },
    });
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

test('every file of sql/queries is a named query of the workgroup', () => {
  const files = globSync('*.sql', { cwd: join(PROJECT_ROOT, 'sql/queries') }).map((file) =>
    basename(file, '.sql'),
  );
  const queries = Object.values(dev.findResources('AWS::Athena::NamedQuery')).map(
    ({ Properties }) => Properties as Record<string, string>,
  );
  expect(files).not.toEqual([]);
  expect(queries.map(({ Name }) => Name).sort()).toEqual(files.sort());
  for (const { Database, WorkGroup, Description, QueryString } of queries) {
    expect(Database).toBe('tickerlake_dev');
    expect(WorkGroup).toBe('tickerlake-dev-analysts');
    expect(Description).toMatch(/^.+: .+/);
    expect(QueryString).not.toMatch(/^-- (title|description):/m);
  }
});
