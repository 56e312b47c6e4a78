/**
 * Where custom resources PUT their answers. Like the presigned URL that CloudFormation hands out, knowing the URL is the right to
 * use it: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html
 */
import { randomUUID } from 'node:crypto';
import { AwsError } from '../http/errors.ts';
import type { CfnResponse, CfnResponseTarget } from '../types.ts';

export const CFN_RESPONSE_PATH = '/_tickerlake/cfn-response/';
/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html */
export const MAX_CFN_RESPONSE_BYTES = 4096;

export class CfnResponses {
  readonly #waiting = new Map<string, (response: CfnResponse) => void>();

  /** Opens a target under the gateway's endpoint. */
  add(endpoint: string): CfnResponseTarget {
    const id = randomUUID();
    const response = new Promise<CfnResponse>((resolve) => {
      this.#waiting.set(id, resolve);
    });
    return { url: `${endpoint}${CFN_RESPONSE_PATH}${id}?X-Amz-Signature=local`, response };
  }

  /** Takes the body that was PUT under an id. The first response counts; a second one finds nobody waiting. */
  accept(id: string, body: Buffer): void {
    const resolve = this.#waiting.get(id);
    if (resolve === undefined) throw new AwsError(403, 'AccessDenied', 'Access Denied');
    const response = parse(body);
    this.#waiting.delete(id);
    resolve(response);
  }
}

function parse(body: Buffer): CfnResponse {
  let value: Partial<CfnResponse>;
  try {
    value = JSON.parse(body.toString('utf8')) as Partial<CfnResponse>;
  } catch (cause) {
    throw malformed((cause as Error).message);
  }
  if (value.Status !== 'SUCCESS' && value.Status !== 'FAILED')
    throw malformed('Status must be SUCCESS or FAILED');
  if (value.Status === 'FAILED' && (value.Reason ?? '') === '')
    throw malformed('Reason is required when Status is FAILED');
  for (const member of ['PhysicalResourceId', 'StackId', 'RequestId', 'LogicalResourceId'] as const)
    if (typeof value[member] !== 'string') throw malformed(`${member} is required`);
  return value as CfnResponse;
}

const malformed = (detail: string): AwsError =>
  new AwsError(400, 'InvalidRequest', `Invalid custom resource response: ${detail}`);
