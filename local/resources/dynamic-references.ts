/**
 * `{{resolve:…}}` in a property, which CloudFormation replaces when it calls the service, so that the value stands in no template:
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html
 */
import type { Json, JsonObject } from '../template/template.ts';
import type { Cloud } from './cloud.ts';
import { ResourceRequest } from './resource-request.ts';

const REFERENCE = /\{\{resolve:([^}]*)\}\}/g;
/** After the secret's id, which may be an ARN and so hold colons itself: what of it, a key of its JSON, a stage, a version. */
const SECRET = /^secretsmanager:(.+?)(?::SecretString(?::([^:]*)(?::([^:]*)(?::([^:]*))?)?)?)?$/;

/** The request with every reference to a secret replaced. Throws RESOURCE_FAILED for any other reference. */
export async function resolveReferences(request: ResourceRequest, cloud: Cloud): Promise<ResourceRequest> {
  if (!JSON.stringify(request.properties).includes('{{resolve:')) return request;
  const properties = await resolveIn(request.properties, request, cloud);
  return new ResourceRequest(request.identity, properties as JsonObject);
}

async function resolveIn(value: Json, request: ResourceRequest, cloud: Cloud): Promise<Json> {
  if (typeof value === 'string') return resolveText(value, request, cloud);
  if (Array.isArray(value))
    return Promise.all((value as readonly Json[]).map((item) => resolveIn(item, request, cloud)));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(
    async ([key, item]) => [key, await resolveIn(item, request, cloud)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

async function resolveText(text: string, request: ResourceRequest, cloud: Cloud): Promise<string> {
  let resolved = '';
  let end = 0;
  for (const found of text.matchAll(REFERENCE)) {
    resolved += text.slice(end, found.index) + (await secretValue(found[1] ?? '', request, cloud));
    end = found.index + found[0].length;
  }
  return resolved + text.slice(end);
}

async function secretValue(reference: string, request: ResourceRequest, cloud: Cloud): Promise<string> {
  const [, id, key, stage, version] = SECRET.exec(reference) ?? [];
  const problem = (what: string) =>
    request.error('(some property)', `holds the dynamic reference {{resolve:${reference}}}, ${what}`);
  if (id === undefined) throw problem('which the runner does not resolve');
  const secret = await cloud.api.json('secretsmanager', 'GetSecretValue', {
    SecretId: id,
    ...(stage ? { VersionStage: stage } : {}),
    ...(version ? { VersionId: version } : {}),
  });
  const text = String(secret['SecretString']);
  if (!key) return text;
  const value = (JSON.parse(text) as Record<string, unknown>)[key];
  if (typeof value !== 'string') throw problem('and the secret has no such key');
  return value;
}
