/** What the runner refuses of QuickSight, tried on the stack as it is synthesized and on the same with one thing broken. */
import { describe, expect, test } from '@jest/globals';
import { checkPlan, type ProvisionResult, provision } from '../../../local/provision.ts';
import type { Cloud } from '../../../local/resources/cloud.ts';
import { RoleBook } from '../../../local/resources/role-book.ts';
import type { Stack } from '../../../local/template/assembly.ts';
import { plan } from '../../../local/template/plan.ts';
import { parseTemplate } from '../../../local/template/template.ts';
import { synthesize, WITH_DASHBOARD } from '../../templates/synthesize.ts';

const region = { name: 'us-east-1', account: '123456789012' };
const TEMPLATE = JSON.stringify(synthesize('dev', { overrides: WITH_DASHBOARD }).stacks.dashboard.toJSON());

/** Stacks with whatever the dashboard asks of them. */
function producers(): Stack[] {
  const outputs = new Map<string, Record<string, { Value: string }>>();
  for (const [, stack = '', name = ''] of TEMPLATE.matchAll(
    /\{"Fn::GetStackOutput":\{"StackName":"([^"]+)".*?"OutputName":"([^"]+)"\}\}/g,
  )) {
    const value = name.includes('Cluster')
      ? 'arn:aws:kafka:us-east-1:123456789012:cluster/tickerlake-dev/L1'
      : name.includes('EndpointPort')
        ? '5432'
        : name;
    outputs.set(stack, { ...outputs.get(stack), [name]: { Value: value } });
  }
  return [...outputs].map(([name, Outputs]) => ({
    name,
    template: parseTemplate({ Resources: {}, Outputs }),
    dependsOn: [],
  }));
}

async function deploy(template = TEMPLATE): Promise<ProvisionResult> {
  const roles = new RoleBook({ putRole: () => undefined } as unknown as Cloud['gateway']);
  const cloud = { region: region.name, account: region.account, roles } as unknown as Cloud;
  const dashboard = { name: 'dashboard', template: parseTemplate(JSON.parse(template)), dependsOn: [] };
  const planned = plan({ directory: '', stacks: [...producers(), dashboard], assets: new Map() }, region);
  checkPlan(planned);
  return provision(planned, region, cloud);
}

test('the stack is taken as it is', async () => {
  const { resources } = await deploy();
  const quicksight = resources.filter(({ type }) => type.startsWith('AWS::QuickSight::'));
  expect(new Set(quicksight.map(({ level }) => level))).toEqual(new Set(['checked']));
  expect(quicksight.length).toBeGreaterThan(10);
});

describe('it is refused with', () => {
  test.each([
    [
      'a principal that is none of QuickSight’s',
      '"Principal":"arn:aws:quicksight:us-east-1:123456789012:group/default/analysts"',
      '"Principal":"arn:aws:iam::123456789012:role/analysts"',
      /Principal is arn:aws:iam::123456789012:role\/analysts, which is no user or group of QuickSight/,
    ],
    [
      'an action of another service',
      '"quicksight:PassDataSource"',
      '"athena:StartQueryExecution"',
      /Actions has athena:StartQueryExecution, which is none of QuickSight's/,
    ],
    [
      'a role that QuickSight cannot take on',
      '"Service":"quicksight.amazonaws.com"',
      '"Service":"glue.amazonaws.com"',
      /RoleArn is .*, which does not trust quicksight\.amazonaws\.com/,
    ],
    [
      'a data source of another kind',
      '"Type":"ATHENA"',
      '"Type":"S3"',
      /Type is S3; the runner knows ATHENA and POSTGRESQL/,
    ],
    ['plain text', '"DisableSsl":false', '"DisableSsl":true', /DisableSsl is true/],
    [
      'a data source without a secret',
      /"Credentials":\{"SecretArn":\{.*?\}\}\},/,
      '',
      /SecretArn needs text, got nothing/,
    ],
    [
      'a data source that is not there',
      /"DataSourceArn":\{"Fn::GetAtt":\["Lake\w+","Arn"\]\}/,
      '"DataSourceArn":"arn:aws:quicksight:us-east-1:123456789012:datasource/other"',
      /DataSourceArn is \S+datasource\/other, which is not in these stacks/,
    ],
    [
      'a data set that is not there',
      /"DataSetArn":\{"Fn::GetAtt":\["DataSetsticks\w+","Arn"\]\}/,
      '"DataSetArn":"arn:aws:quicksight:us-east-1:123456789012:dataset/other"',
      /DataSetArn is \S+dataset\/other, which is not in these stacks/,
    ],
    [
      'a theme that is not there',
      /"ThemeArn":\{"Fn::GetAtt":\["Theme\w+","Arn"\]\}/,
      '"ThemeArn":"arn:aws:quicksight:us-east-1:123456789012:theme/other"',
      /ThemeArn is \S+theme\/other, which is not in these stacks/,
    ],
    [
      'a way of import that there is not',
      '"ImportMode":"SPICE"',
      '"ImportMode":"SUGAR"',
      /ImportMode is SUGAR/,
    ],
    ['a type that there is not', '"Type":"DECIMAL"', '"Type":"double"', /Type is double; allowed is STRING/],
    [
      'a column twice',
      '{"Name":"high","SubType":"FLOAT","Type":"DECIMAL"}',
      '{"Name":"low","SubType":"FLOAT","Type":"DECIMAL"}',
      /PhysicalTableMap has column low twice/,
    ],
    [
      'a schedule of what is not imported',
      '"ImportMode":"SPICE"',
      '"ImportMode":"DIRECT_QUERY"',
      /DataSetId is tickerlake-dev-candles, which is not imported into SPICE/,
    ],
    [
      'a schedule of nothing',
      /("Type":"AWS::QuickSight::RefreshSchedule","Properties":\{.*?"DataSetId":)"[^"]+"/,
      '$1"other"',
      /DataSetId is other, which is not in these stacks/,
    ],
    [
      'a full import every quarter of an hour',
      '"Interval":"DAILY"',
      '"Interval":"MINUTE15"',
      /Interval is MINUTE15, which is for incremental refreshes alone/,
    ],
    [
      'a definition that names what is not there',
      '"ColumnName":"latest_price","DataSetIdentifier":"ticks"',
      '"ColumnName":"latest_prise","DataSetIdentifier":"ticks"',
      /Definition names what is not there: sheet "prices": visual "price-line": column "latest_prise"/,
    ],
    [
      'a VPC connection in one subnet',
      /("SubnetIds":\[\{.*?\}\}),\{.*?\}\}\]/,
      '$1]',
      /SubnetIds needs two subnets or more/,
    ],
  ])('%s', async (_what, there, broken, said) => {
    const template = TEMPLATE.replace(there, broken);
    expect(template).not.toBe(TEMPLATE);
    await expect(deploy(template)).rejects.toMatchObject({
      code: 'RESOURCE_FAILED',
      message: expect.stringMatching(said) as unknown,
    });
  });
});
