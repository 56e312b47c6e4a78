/** What is planted into records, and looked for in every log afterwards: logs carry no payload and no secret. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  GetSecretValueCommand,
  ListSecretsCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { Lake } from '../../local/lake.ts';

/** Part of a key, a value, a header and a company's name, in no other place. */
export const PLANTED = 'zq7-planted-payload-zq7';
/** What is shorter, such as a user's name, stands in logs rightly. */
const SECRET_CHARS = 12;

/** The marker as it is, in hexadecimal, as JSON has a Buffer, and within base64, which depends on where in a value a text begins. */
export function payloadMarkers(): readonly (readonly [what: string, text: string])[] {
  const encoded = [0, 1, 2].map(
    (shift) => [`a planted payload as base64, ${shift} bytes in`, base64Within(shift)] as const,
  );
  const bytes = Buffer.from(PLANTED);
  return [
    ['a planted payload', PLANTED],
    ['a planted payload in hexadecimal', bytes.toString('hex')],
    ['a planted payload as numbers', bytes.join(',')],
    ...encoded,
  ];
}

/** Texts that no log of this lake may hold, by what they are. */
export async function forbiddenTexts(lake: Lake): Promise<ReadonlyMap<string, string>> {
  const forbidden = new Map([
    ...payloadMarkers(),
    ['the operator’s secret access key', lake.operator.secretAccessKey],
  ]);
  const secrets = new SecretsManagerClient({
    endpoint: lake.endpoint,
    region: lake.region,
    credentials: lake.operator,
  });
  try {
    const { SecretList: list = [] } = await secrets.send(new ListSecretsCommand({}));
    for (const { ARN: SecretId, Name: name } of list) {
      const { SecretString: text = '' } = await secrets.send(new GetSecretValueCommand({ SecretId }));
      for (const [field, value] of secretFields(text)) forbidden.set(`${name} ${field}`, value);
    }
  } finally {
    secrets.destroy();
  }
  return forbidden;
}

/** What of the marker's base64 is the same whatever comes before and after it. */
function base64Within(shift: number): string {
  const encoded = Buffer.from(`${'-'.repeat(shift)}${PLANTED}`)
    .toString('base64')
    .replace(/=+$/, '');
  return encoded.slice(shift === 0 ? 0 : 4, -4);
}

function secretFields(text: string): readonly (readonly [string, string])[] {
  const parsed = parseOrNone(text);
  if (parsed === undefined) return [['value', text]];
  return Object.entries(parsed).flatMap(([field, value]) =>
    /password|token|key/i.test(field) && typeof value === 'string' && value.length >= SECRET_CHARS
      ? [[field, value] as const]
      : [],
  );
}

function parseOrNone(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

export interface LogSearch {
  /** Files, relative to the folder of the run. */
  readonly searched: readonly string[];
  /** `file: what it holds` */
  readonly leaks: readonly string[];
}

/**
 * Looks through every log of a run: of functions, jobs, engines and the gateway. The broker's and the emulator's lie beside what they
 * keep, which holds payloads rightly.
 * @param runDir folder of the run
 */
export function searchLogs(runDir: string, forbidden: ReadonlyMap<string, string>): LogSearch {
  const searched = ['logs', 'kafka', 'moto']
    .flatMap((folder) => globSync(`${folder}/*.log`, { cwd: runDir }))
    .toSorted();
  return {
    searched,
    leaks: searched.flatMap((file) => {
      const bytes = readFileSync(join(runDir, file));
      return [...forbidden].filter(([, text]) => bytes.includes(text)).map(([what]) => `${file}: ${what}`);
    }),
  };
}
