import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Stack } from 'aws-cdk-lib';
import { findBrokenNames } from '../../core/dashboard/broken-names.ts';
import { ColumnsOf } from '../../core/dashboard/columns.ts';
import { DATA_SETS } from '../../core/dashboard/data-sets.ts';
import { CURATED_COLUMNS } from '../../core/quote.ts';
import { quotesDefinition } from '../../lib/constructs/dashboard/definition/definition.ts';
import { grid } from '../../lib/constructs/dashboard/definition/sheet.ts';
import { Principals } from '../../lib/constructs/dashboard/principals.ts';
import { QuotesDashboard } from '../../lib/constructs/dashboard/quotes-dashboard.ts';
import { dataSetsOf, resolveStack } from '../helpers/dashboard-stack.ts';
import { readable } from '../helpers/readable.ts';
import { grants } from './grants.ts';
import { onlyOne, synthesize, synthesizeApp, WITH_DASHBOARD } from './synthesize.ts';

const { authors, readers } = WITH_DASHBOARD.dashboard;
const lakes = {
  dev: synthesize('dev', { overrides: WITH_DASHBOARD }),
  prod: synthesize('prod', { overrides: WITH_DASHBOARD }),
};
const dev = lakes.dev.stacks.dashboard;
const prod = lakes.prod.stacks.dashboard;
const STAGES = [
  ['dev', dev],
  ['prod', prod],
] as const;

/** The quarantine of this cluster is shown. */
const CLUSTER = { Cluster: 'arn:aws:kafka:us-east-1:123456789012:cluster/tickerlake/L1' };

type Properties = Readonly<Record<string, unknown>>;

const propertiesOf = (template: typeof dev, type: string): Properties[] =>
  Object.values(template.findResources(`AWS::QuickSight::${type}`)).map(
    ({ Properties }) => Properties as Properties,
  );

describe('without anybody who may see it', () => {
  const plain = synthesize('dev');

  test('there is no dashboard, and no login for one', () => {
    expect(Object.keys(plain.stacks)).not.toContain('dashboard');
    plain.stacks.serving.resourceCountIs('AWS::SecretsManager::Secret', 1);
    expect(onlyOne(plain.stacks.serving, 'Custom::DatabaseMigrations')).not.toHaveProperty(
      'DashboardSecretArn',
    );
  });

  test('the synthesis says what to set', () => {
    const file = join(plain.directory, 'tickerlake-dev-query.metadata.json');
    const told = JSON.stringify(JSON.parse(readFileSync(file, 'utf8')));
    expect(told).toMatch(
      /"aws:cdk:info".*no tickerlake-dev-dashboard: to have one, set tickerlake\.dev\.dashboard\.authors/,
    );
  });
});

describe.each(STAGES)('data sources of %s', (stage, template) => {
  test('the lake is Athena in the workgroup of dashboards, by a role of its own', () => {
    const lake = onlyOne(template, 'AWS::QuickSight::DataSource', { Type: 'ATHENA' });
    const { AthenaParameters } = lake['DataSourceParameters'] as { AthenaParameters: Properties };
    expect(AthenaParameters['WorkGroup']).toBe(`tickerlake-${stage}-dashboards`);
    expect(
      onlyOne(lakes[stage].stacks.query, 'AWS::Athena::WorkGroup', { Name: AthenaParameters['WorkGroup'] }),
    ).toBeDefined();
    expect(readable(AthenaParameters['RoleArn'])).toMatch(/^\$\{LakeRole\w+\.Arn\}$/);
  });

  test('only QuickSight of this account may take on the role', () => {
    const [role] = Object.entries(template.findResources('AWS::IAM::Role')).filter(([id]) =>
      id.startsWith('LakeRole'),
    );
    expect(role?.[1]).toMatchObject({
      Properties: {
        AssumeRolePolicyDocument: {
          Statement: [
            {
              Principal: { Service: 'quicksight.amazonaws.com' },
              Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
            },
          ],
        },
      },
    });
  });

  test('of the raw bucket the role reads quarantine alone', () => {
    expect(grants(template, 'LakeRole').filter((line) => /^s3:GetObject on .*StorageRaw/.test(line))).toEqual(
      [expect.stringMatching(/\/quarantine\/\*$/)],
    );
  });

  test('the serving database is read by its readers’ host, over TLS, with a secret', () => {
    const serving = onlyOne(template, 'AWS::QuickSight::DataSource', { Type: 'POSTGRESQL' });
    expect(serving).toMatchObject({
      DataSourceParameters: { PostgreSqlParameters: { Database: 'tickerlake' } },
      SslProperties: { DisableSsl: false },
      VpcConnectionProperties: { VpcConnectionArn: { 'Fn::GetAtt': [expect.any(String), 'Arn'] } },
    });
    expect(readable((serving['Credentials'] as Properties)['SecretArn'])).toMatch(/DashboardLogin/);
    expect(serving['Credentials']).not.toHaveProperty('CredentialPair');
    const host = stage === 'prod' ? 'DatabaseReplica' : 'DatabaseInstance';
    expect(readable(serving['DataSourceParameters'])).toContain(host);
  });

  test('QuickSight’s role for secrets may read that secret, by its key', () => {
    const lines = grants(template, 'ServingSecretsRole');
    expect(lines.map((line) => line.split(' ')[0]).sort()).toEqual([
      'kms:Decrypt',
      'secretsmanager:GetSecretValue',
    ]);
    expect(lines.join()).toMatch(/DashboardLogin/);
  });

  test('the migrations set the password that the secret holds', () => {
    const { serving } = lakes[stage].stacks;
    expect(
      onlyOne(serving, 'AWS::SecretsManager::Secret', {
        GenerateSecretString: { SecretStringTemplate: '{"username":"quicksight_reader"}' },
      }),
    ).toMatchObject({ KmsKeyId: expect.anything() as unknown });
    expect(readable(onlyOne(serving, 'Custom::DatabaseMigrations')['DashboardSecretArn'])).toMatch(
      /DashboardLogin/,
    );
    expect(grants(serving, 'MigrationsMigrateDatabaseRole').join()).toMatch(
      /GetSecretValue on \$\{DashboardLogin/,
    );
  });
});

describe.each(STAGES)('the VPC connection of %s', (stage, template) => {
  test('reaches the port of the database, and is reached by its answers alone', () => {
    const rules = [
      ...Object.values(template.findResources('AWS::EC2::SecurityGroupIngress')),
      ...Object.values(template.findResources('AWS::EC2::SecurityGroupEgress')),
    ].map(({ Type, Properties }) => {
      const { FromPort, ToPort, Description } = Properties as Properties;
      return `${String(Type).replace('AWS::EC2::SecurityGroup', '')} ${String(FromPort)}-${String(ToPort)}: ${String(Description)}`;
    });
    expect(rules.sort()).toEqual([
      'Egress 5432-5432: QuickSight to PostgreSQL',
      'Ingress 0-65535: Answers of PostgreSQL to QuickSight',
      'Ingress 5432-5432: PostgreSQL from QuickSight',
    ]);
    expect(onlyOne(template, 'AWS::EC2::SecurityGroup')).not.toHaveProperty('SecurityGroupEgress');
  });

  test('has its interfaces in the private subnets', () => {
    const { SubnetIds } = onlyOne(template, 'AWS::QuickSight::VPCConnection') as { SubnetIds: unknown[] };
    expect(SubnetIds).toHaveLength(stage === 'prod' ? 3 : 2);
    expect(SubnetIds.map(readable).filter((id) => !id.includes('PrivateSubnet'))).toEqual([]);
  });

  test('makes interfaces in no other subnet and with no other group', () => {
    const lines = grants(template, 'ServingVpcConnectionRole').filter((line) =>
      line.startsWith('ec2:CreateNetworkInterface'),
    );
    expect(
      lines.map((line) => /:(network-interface|security-group|subnet)\/(.*)$/.exec(line)?.slice(1)),
    ).toEqual([
      ['network-interface', '*'],
      ['security-group', expect.stringContaining('ServingVpcConnectionGroup')],
      ...Array.from({ length: stage === 'prod' ? 3 : 2 }, () => [
        'subnet',
        expect.stringContaining('PrivateSubnet'),
      ]),
    ]);
  });
});

describe.each(STAGES)('data sets of %s', (stage, template) => {
  test('have the columns of their definitions', () => {
    const deployed = dataSetsOf(resolveStack(template.toJSON(), { outputs: CLUSTER }));
    expect(
      deployed.map(({ columns }) => columns.map(({ Name, Type }) => ({ name: Name, type: Type }))),
    ).toEqual(DATA_SETS.map(({ columns }) => columns.map(({ name, type }) => ({ name, type }))));
  });

  test('that are imported have numbers as floats and a schedule, the others neither', () => {
    const schedules = propertiesOf(template, 'RefreshSchedule');
    for (const { identifier, importMode } of DATA_SETS) {
      const { PhysicalTableMap, ImportMode } = onlyOne(template, 'AWS::QuickSight::DataSet', {
        DataSetId: `tickerlake-${stage}-${identifier}`,
      });
      expect(ImportMode).toBe(importMode);
      expect(JSON.stringify(PhysicalTableMap).includes('"SubType":"FLOAT"')).toBe(
        importMode === 'SPICE' && identifier !== 'quarantine',
      );
      expect(
        schedules.filter(({ DataSetId }) => DataSetId === `tickerlake-${stage}-${identifier}`),
      ).toHaveLength(importMode === 'SPICE' ? 1 : 0);
    }
  });

  test('are imported as often as the stage says', () => {
    const expected = stage === 'prod' ? { Interval: 'HOURLY' } : { Interval: 'DAILY', TimeOfTheDay: '06:00' };
    for (const { Schedule } of propertiesOf(template, 'RefreshSchedule'))
      expect(Schedule).toMatchObject({ RefreshType: 'FULL_REFRESH', ScheduleFrequency: expected });
  });

  test('of the lake are bounded by dt, that of quarantine by its log', () => {
    for (const { logicalId, sql, source } of dataSetsOf(
      resolveStack(template.toJSON(), { outputs: CLUSTER }),
    )) {
      if (!source.startsWith('Lake')) continue;
      expect(sql).toMatch(
        logicalId.includes('quarantine')
          ? /WHERE log_id = '[^']+'/
          : /dt >= CAST\(current_date - interval '\d+' day AS varchar\)/,
      );
    }
  });
});

describe('permissions', () => {
  const principalsOf = (type: string) =>
    new Set(
      propertiesOf(dev, type).flatMap(({ Permissions }) =>
        (Permissions as { Principal: string }[]).map(({ Principal }) => Principal),
      ),
    );

  test('authors have all, readers the dashboard and its theme', () => {
    for (const type of ['DataSource', 'DataSet', 'Analysis'])
      expect(principalsOf(type)).toEqual(new Set([authors]));
    for (const type of ['Dashboard', 'Theme'])
      expect(principalsOf(type)).toEqual(new Set([authors, readers]));
  });

  test('nobody may change by hand what a deployment sets again, but for the analysis', () => {
    const changing = /(Create|Delete|Put|Restore|Update)/;
    for (const type of ['DataSource', 'DataSet', 'Dashboard', 'Theme'])
      for (const { Permissions } of propertiesOf(dev, type))
        for (const { Actions } of Permissions as { Actions: string[] }[])
          expect(Actions.filter((action) => changing.test(action))).toEqual([]);
  });

  test('name a principal once, though a stage names it twice', () => {
    const { dashboard } = new Principals({ authors: 'a,b', readers: 'b', importDays: 1, refresh: 'daily' });
    expect(dashboard.map(({ principal }) => principal)).toEqual(['a', 'b']);
  });
});

test.each(STAGES)(
  'the analysis and the dashboard of %s are one definition in one theme',
  (_stage, template) => {
    const analysis = onlyOne(template, 'AWS::QuickSight::Analysis');
    const dashboard = onlyOne(template, 'AWS::QuickSight::Dashboard');
    expect(dashboard['Definition']).toEqual(analysis['Definition']);
    expect(dashboard['ThemeArn']).toEqual(analysis['ThemeArn']);
    const { Sheets } = dashboard['Definition'] as { Sheets: { Name: string }[] };
    expect(Sheets.map(({ Name }) => Name)).toEqual(['Prices', 'Market', 'Pipeline', 'Watchlist']);
  },
);

test('a data set cannot take a column that the contract does not have', () => {
  expect(() => new ColumnsOf(CURATED_COLUMNS).plain('latest_prise')).toThrow(
    'there is no column latest_prise',
  );
});

test('a row of visuals cannot be wider than the grid', () => {
  expect(() => grid([{ height: 1, visuals: { a: 18, b: 19 } }])).toThrow('row of a, b is 37 of 36 wide');
});

describe('names in a definition', () => {
  const columns = new Map(DATA_SETS.map((each) => [each.identifier, each.columns]));
  const { Definition } = onlyOne(dev, 'AWS::QuickSight::Dashboard');
  const text = JSON.stringify(Definition);

  test('of the template all stand for something', () => {
    expect(findBrokenNames(Definition, columns)).toEqual([]);
  });

  /** What breaks one name: text of the definition, what stands there instead, and what is said of it. */
  test.each([
    [
      'a column of a visual',
      '"Column":{"ColumnName":"latest_price","DataSetIdentifier":"ticks"}',
      '"Column":{"ColumnName":"latest_prise","DataSetIdentifier":"ticks"}',
      /^sheet "prices": visual "price-line": column "latest_prise" is not in data set "ticks", which has event_time, symbol/,
    ],
    [
      'a data set of a visual',
      '"Column":{"ColumnName":"latest_price","DataSetIdentifier":"ticks"}',
      '"Column":{"ColumnName":"latest_price","DataSetIdentifier":"tics"}',
      /^sheet "prices": visual "price-line": data set "tics" is not declared; there are ticks, candles/,
    ],
    [
      'a data set that is declared',
      '"Identifier":"candles"',
      '"Identifier":"candels"',
      /^data set "candels" is declared, and there is none: ticks, candles/,
    ],
    [
      'the column of a filter',
      '"Column":{"ColumnName":"days_before_last"',
      '"Column":{"ColumnName":"days_before"',
      /^filter group "last-trading-day-group": filter "last-trading-day": column "days_before" is not in data set/,
    ],
    [
      'the parameter of a filter',
      '"ParameterName":"symbol"',
      '"ParameterName":"ticker"',
      /^filter group "ticks-symbol-group": filter "ticks-symbol": parameter "ticker" is not declared; there are symbol/,
    ],
    [
      'the visual that a filter applies to',
      '"VisualIds":["candles"]',
      '"VisualIds":["candels"]',
      /^filter group "candles-symbol-group": visual "candels" is not on sheet "prices", which has price-line, candles/,
    ],
    [
      'the sheet that a filter applies to',
      '"Scope":"SELECTED_VISUALS","SheetId":"market"',
      '"Scope":"SELECTED_VISUALS","SheetId":"markets"',
      /sheet "markets" is not there; there are prices, market/,
    ],
    [
      'the parameter of a control',
      '"SourceParameterName":"symbol"',
      '"SourceParameterName":"ticker"',
      /^sheet "prices": parameter control "symbol-picker": parameter "ticker" is not declared/,
    ],
    [
      'the column of a control',
      '"LinkToDataSetColumn":{"ColumnName":"symbol"',
      '"LinkToDataSetColumn":{"ColumnName":"ticker"',
      /^sheet "prices": parameter control "symbol-picker": column "ticker" is not in data set "trading-days"/,
    ],
    [
      'the filter of a control',
      '"SourceFilterId":"candle-period"',
      '"SourceFilterId":"period"',
      /^sheet "prices": filter control "candle-period-picker": filter "period" is not there; there are ticks-symbol/,
    ],
    [
      'a parameter’s declaration',
      '"Name":"symbol","ParameterValueType"',
      '"Name":"ticker","ParameterValueType"',
      /parameter "symbol" is not declared; there are ticker/,
    ],
    [
      'a column of a calculated field',
      '({last_price} - {open})',
      '({last_prise} - {open})',
      /^calculated field "change_percent": there is no column or calculated field "last_prise" in trading-days/,
    ],
    [
      'a calculated field of a calculated field',
      'abs({change_percent})',
      'abs({change})',
      /^calculated field "move_percent": there is no column or calculated field "change" in trading-days/,
    ],
    [
      'the data set of a calculated field',
      '"DataSetIdentifier":"trading-days","Expression":"abs',
      '"DataSetIdentifier":"days","Expression":"abs',
      /^data set "days" is not declared/,
    ],
    [
      'a calculated field that a visual shows',
      '"Name":"move_percent"',
      '"Name":"moved_percent"',
      /visual "movers": column "move_percent" is not in data set "trading-days"/,
    ],
    [
      'the field that a visual sorts by',
      '"FieldSort":{"Direction":"ASC","FieldId":"ticks.event_time"}',
      '"FieldSort":{"Direction":"ASC","FieldId":"ticks.time"}',
      /^sheet "prices": visual "price-line": field "ticks.time" is in none of its field wells, which have ticks.event_time/,
    ],
    [
      'what a layout places',
      '"ElementId":"movers-table"',
      '"ElementId":"mover-table"',
      /^sheet "market": its layout places "mover-table", which is not on the sheet: it has movers/,
    ],
    [
      'what a layout of controls places',
      '"ElementId":"symbol-picker"',
      '"ElementId":"picker"',
      /^sheet "prices": its layout places "picker", which is not on the sheet/,
    ],
    [
      'a column of another type',
      '"Column":{"ColumnName":"latest_price","DataSetIdentifier":"ticks"}',
      '"Column":{"ColumnName":"symbol","DataSetIdentifier":"ticks"}',
      /^sheet "prices": visual "price-line": column "symbol" is STRING, and a NumericalMeasureField takes INTEGER or DECIMAL/,
    ],
    [
      'an id that is taken',
      '"VisualId":"movers-table"',
      '"VisualId":"movers"',
      /^visual "movers" is there twice/,
    ],
    [
      'a parameter in a title',
      '"PlainText":"Price"',
      '"PlainText":"Price of <<$ticker>>"',
      /^sheet "prices": visual "price-line": parameter "ticker" is not declared/,
    ],
  ])('%s is found when it stands for nothing', (_what, there, broken, said) => {
    expect(text).toContain(there);
    const found = findBrokenNames(JSON.parse(text.replace(there, broken)), columns);
    expect(found).toContainEqual(expect.stringMatching(said));
  });

  test('text in an expression is no name, and its parameters are looked up', () => {
    const definition = {
      DataSetIdentifierDeclarations: [{ Identifier: 'ticks' }],
      CalculatedFields: [
        {
          DataSetIdentifier: 'ticks',
          Name: 'a',
          Expression: "ifelse({symbol} = '{no} ${name}', ${what}, 0)",
        },
      ],
    };
    expect(findBrokenNames(definition, columns)).toEqual([
      'calculated field "a": parameter "what" is not declared; there are none',
    ]);
  });

  test('stop a synthesis, with where to mend them', () => {
    const definition = quotesDefinition(
      new Map(DATA_SETS.map(({ identifier }) => [identifier, `arn:${identifier}`])),
    );
    const build = (calculatedFields: typeof definition.calculatedFields) =>
      synthesizeApp((app) => {
        new QuotesDashboard(new Stack(app, 'Broken'), 'Quotes', {
          stage: 'dev',
          definition: { ...definition, ...(calculatedFields !== undefined && { calculatedFields }) },
          dataSets: DATA_SETS,
          themeArn: 'arn:theme',
          principals: new Principals({ authors, readers: '', importDays: 1, refresh: 'daily' }),
        });
      });
    expect(() => build(undefined)).not.toThrow();
    expect(() => build([])).toThrow(
      expect.objectContaining({
        code: 'DASHBOARD_INVALID',
        message: expect.stringContaining('column "change_percent" is not in data set "trading-days"'),
        hint: expect.stringContaining('lib/constructs/dashboard/definition/'),
      }),
    );
  });
});
