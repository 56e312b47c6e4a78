import { describe, expect, test } from '@jest/globals';
import { checkPlan, type ProvisionResult, provision } from '../../../local/provision.ts';
import type { Cloud } from '../../../local/resources/cloud.ts';
import type { Stack } from '../../../local/template/assembly.ts';
import { plan } from '../../../local/template/plan.ts';
import { parseTemplate } from '../../../local/template/template.ts';

const region = { name: 'eu-west-1', account: '123456789012' };
/** Checked types ask nothing of it but where they are. */
const nowhere = { region: region.name, account: region.account } as Cloud;

function stack(name: string, document: unknown): Stack {
  return { name, template: parseTemplate(document), dependsOn: [] };
}

function run(stacks: readonly Stack[], seen: string[] = []): Promise<ProvisionResult> {
  const planned = plan({ directory: '', stacks, assets: new Map() }, region);
  checkPlan(planned);
  return provision(planned, region, nowhere, ({ done, total, resource }) => {
    seen.push(`${done}/${total} ${resource.logicalId}`);
  });
}

const vpc = { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } };
const subnetOf = (target: unknown): object => ({ Type: 'AWS::EC2::Subnet', Properties: { VpcId: target } });

describe('provisioning', () => {
  test('gives a resource what it refers to, and reports each', async () => {
    const seen: string[] = [];
    const document = {
      Resources: { Subnet: subnetOf({ Ref: 'Vpc' }), Vpc: vpc },
      Outputs: { InVpc: { Value: { 'Fn::GetAtt': ['Subnet', 'VpcId'] } } },
    };
    const { outputs, resources } = await run([stack('s', document)], seen);
    expect(seen).toEqual(['1/2 Vpc', '2/2 Subnet']);
    expect(outputs['s']?.['InVpc']).toMatch(/^vpc-[0-9a-f]{17}$/);
    expect(resources.map(({ level }) => level)).toEqual(['checked', 'checked']);
  });

  test('hands outputs across stacks, weakly and by export', async () => {
    const producer = stack('producer', {
      Resources: { Vpc: vpc },
      Outputs: {
        Weak: { Value: { Ref: 'Vpc' } },
        Strong: { Value: { Ref: 'Vpc' }, Export: { Name: 'the-vpc' } },
      },
    });
    const consumer = stack('consumer', {
      Resources: {
        A: subnetOf({ 'Fn::GetStackOutput': { StackName: 'producer', OutputName: 'Weak' } }),
        B: subnetOf({ 'Fn::ImportValue': 'the-vpc' }),
      },
      Outputs: { A: { Value: { 'Fn::GetAtt': 'A.VpcId' } }, B: { Value: { 'Fn::GetAtt': 'B.VpcId' } } },
    });
    const { outputs } = await run([consumer, producer]);
    expect(outputs['consumer']).toEqual({
      A: outputs['producer']?.['Weak'],
      B: outputs['producer']?.['Weak'],
    });
  });

  test('names what is made by CloudFormation alike in every run', async () => {
    const logs = stack('s', { Resources: { Log: { Type: 'AWS::Logs::LogGroup', Properties: {} } } });
    const [first, second] = await Promise.all([run([logs]), run([logs])]);
    expect(first.resources[0]?.physicalId).toMatch(/^s-Log-[0-9a-f]{12}$/);
    expect(second.resources).toEqual(first.resources);
  });

  test('leaves out outputs whose condition is false', async () => {
    const document = {
      Conditions: { Never: { 'Fn::Equals': [1, 2] } },
      Resources: { Vpc: vpc },
      Outputs: { Gone: { Value: 'x', Condition: 'Never' } },
    };
    expect((await run([stack('s', document)])).outputs).toEqual({ s: {} });
  });
});

describe('a failure', () => {
  test('names stack, resource, type and property, and what needs it is not begun', async () => {
    const seen: string[] = [];
    const document = {
      Resources: { Vpc: { Type: 'AWS::EC2::VPC', Properties: {} }, Subnet: subnetOf({ Ref: 'Vpc' }) },
    };
    await expect(run([stack('s', document)], seen)).rejects.toMatchObject({
      code: 'RESOURCE_FAILED',
      message: 's/Vpc (AWS::EC2::VPC): CidrBlock needs text, got nothing',
      coordinates: { stack: 's', resource: 'Vpc', property: 'CidrBlock' },
    });
    expect(seen).toEqual([]);
  });

  test('of an attribute that the type does not have names the place', async () => {
    const document = { Resources: { Vpc: vpc, Subnet: subnetOf({ 'Fn::GetAtt': ['Vpc', 'Colour'] }) } };
    await expect(run([stack('s', document)])).rejects.toThrow(
      's/Subnet.Properties.VpcId.Fn::GetAtt: there is no attribute Colour of a resource Vpc',
    );
  });

  test('is given for a dynamic reference, which would reach a function as it stands', async () => {
    const document = { Resources: { Subnet: subnetOf('{{resolve:ssm:/vpc}}') } };
    await expect(run([stack('s', document)])).rejects.toThrow('dynamic reference');
  });
});
