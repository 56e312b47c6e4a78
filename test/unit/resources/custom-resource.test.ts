import { describe, expect, test } from '@jest/globals';
import type { CfnResponse } from '../../../local/gateway/index.ts';
import type { Cloud } from '../../../local/resources/cloud.ts';
import { provisionCustomResource } from '../../../local/resources/custom-resource.ts';
import { ResourceRequest } from '../../../local/resources/resource-request.ts';
import type { Provisioned } from '../../../local/resources/resource-type.ts';

const identity = { stack: 's', logicalId: 'View', type: 'Custom::View', constructPath: undefined };
const properties = { ServiceToken: 'arn:aws:lambda:r:1:function:f', Count: 4, On: true, List: [1] };

interface Invoked {
  readonly functionError?: string;
  readonly payload: Buffer;
}

/** Provisions with a function that does `invoke`, given its event and a way to respond. */
function provisionWith(
  invoke: (
    event: Record<string, unknown>,
    respond: (response: Partial<CfnResponse>) => void,
  ) => Promise<Invoked>,
  more: Record<string, string> = {},
): Promise<Provisioned> {
  const response = Promise.withResolvers<CfnResponse>();
  const respond = (given: Partial<CfnResponse>): void => {
    response.resolve(given as CfnResponse);
  };
  const cloud = {
    region: 'r',
    account: '1',
    gateway: { addCfnResponseTarget: () => ({ url: 'http://respond.here', response: response.promise }) },
    functions: {
      pool: () => ({
        invoke: (payload: Buffer) =>
          invoke(JSON.parse(payload.toString()) as Record<string, unknown>, respond),
      }),
    },
  } as unknown as Cloud;
  return provisionCustomResource(new ResourceRequest(identity, { ...properties, ...more }), cloud);
}

const done: Invoked = { payload: Buffer.from('null') };

describe('a custom resource', () => {
  test('gets the event of CloudFormation, its values as text, and gives what its function answers', async () => {
    let seen: Record<string, unknown> = {};
    const provisioned = await provisionWith((event, respond) => {
      seen = event;
      respond({ Status: 'SUCCESS', PhysicalResourceId: 'view-1', Data: { Name: 'quotes' } });
      return Promise.resolve(done);
    });
    expect(seen).toMatchObject({
      RequestType: 'Create',
      ResponseURL: 'http://respond.here',
      ResourceType: 'Custom::View',
      LogicalResourceId: 'View',
      ResourceProperties: { ServiceToken: properties.ServiceToken, Count: '4', On: 'true', List: ['1'] },
    });
    expect(provisioned).toEqual({ ref: 'view-1', attributes: { Name: 'quotes' } });
  });

  test('fails with the reason that its function answers', async () => {
    const answer = provisionWith((_event, respond) => {
      respond({ Status: 'FAILED', Reason: 'no such database' });
      return Promise.resolve(done);
    });
    await expect(answer).rejects.toThrow(
      's/View (Custom::View): ServiceToken arn:aws:lambda:r:1:function:f answered FAILED: no such database',
    );
  });

  test('fails at once when its function crashes', async () => {
    const payload = Buffer.from('{"errorType":"Runtime.ExitError"}');
    await expect(
      provisionWith(() => Promise.resolve({ functionError: 'Unhandled', payload })),
    ).rejects.toThrow('Runtime.ExitError');
  });

  test('fails when its time is up and nothing was answered', async () => {
    await expect(provisionWith(() => Promise.resolve(done), { ServiceTimeout: '0.05' })).rejects.toThrow(
      'ServiceTimeout of 0.05 s passed without a response',
    );
  });
});
