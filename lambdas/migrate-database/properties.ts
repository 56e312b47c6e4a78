import type { DatabaseAddress } from '../../adapters/database.ts';
import { TickerlakeError } from '../../core/errors.ts';

/**
 * Properties of Custom::DatabaseMigrations. Its list `Migrations` is for CloudFormation alone, which asks for an update when
 * it changes: what is applied are the files beside this function.
 */
export interface MigrationProperties {
  readonly address: DatabaseAddress;
  readonly adminSecretArn: string;
  readonly crawlerSecretArn: string;
  /** Undefined where there is no dashboard. */
  readonly dashboardSecretArn: string | undefined;
}

/** @throws TickerlakeError EVENT_MALFORMED */
export function parseProperties(properties: Readonly<Record<string, unknown>>): MigrationProperties {
  const port = textOf(properties, 'DatabasePort', /^\d{1,5}$/, 'a port');
  return {
    address: {
      host: textOf(properties, 'DatabaseHost', /^[\w.-]+$/, 'the name of a host'),
      port: Number(port),
      database: textOf(properties, 'DatabaseName', /^[a-z_][a-z0-9_]{0,62}$/, 'the name of a database'),
    },
    adminSecretArn: textOf(properties, 'AdminSecretArn', /^arn:/, 'the ARN of a secret'),
    crawlerSecretArn: textOf(properties, 'CrawlerSecretArn', /^arn:/, 'the ARN of a secret'),
    dashboardSecretArn:
      properties['DashboardSecretArn'] === undefined
        ? undefined
        : textOf(properties, 'DashboardSecretArn', /^arn:/, 'the ARN of a secret'),
  };
}

function textOf(
  properties: Readonly<Record<string, unknown>>,
  name: string,
  pattern: RegExp,
  allowed: string,
): string {
  // CloudFormation hands numbers over as text, most of the time.
  const given = properties[name];
  const text = typeof given === 'number' ? String(given) : given;
  if (typeof text === 'string' && pattern.test(text)) return text;
  throw new TickerlakeError(
    'EVENT_MALFORMED',
    `property ${name} of the migrations is ${JSON.stringify(given)}, not ${allowed}`,
    { hint: 'correct the custom resource in the template' },
  );
}
