/** Custom::DatabaseMigrations: brings the serving database to the migrations beside this function's bundle. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { answerCloudFormation } from '../../adapters/cfn-response.ts';
import { connectDatabase } from '../../adapters/database.ts';
import { iamTokens, readStoredLogin } from '../../adapters/database-login.ts';
import { createLogger, describeError } from '../../adapters/log.ts';
import { requireVariable } from '../../core/config.ts';
import { readMigrations } from '../../core/migrations.ts';
import { migrateDatabase } from './migrate-database.ts';
import { parseProperties } from './properties.ts';

const logger = createLogger('migrate-database');
const secrets = new SecretsManagerClient({});
const folder = join(requireVariable(process.env, 'LAMBDA_TASK_ROOT'), 'migrations');

/** Left for the last attempt to end, and for the answer. */
const RESERVE_MS = 20_000;

export async function handler(event: CloudFormationCustomResourceEvent, context: Context): Promise<void> {
  logger.addContext(context);
  const physicalResourceId = `database-migrations-${event.LogicalResourceId}`;
  const options = {
    physicalResourceId,
    onError: (error: unknown) => {
      logger.error('database not migrated', { requestType: event.RequestType, ...describeError(error) });
    },
  };
  await answerCloudFormation(event, context, options, async () => {
    if (event.RequestType === 'Delete') {
      logger.info('database kept', { reason: 'what is served goes with the instance alone' });
      return { physicalResourceId: event.PhysicalResourceId };
    }
    const { address, adminSecretArn, crawlerSecretArn, dashboardSecretArn } = parseProperties(
      event.ResourceProperties,
    );
    const files = readdirSync(folder).map(
      (name) => [name, readFileSync(join(folder, name), 'utf8')] as const,
    );
    const migrations = readMigrations(new Map(files));
    const { pending, ahead } = await migrateDatabase(
      {
        adminLogin: () => readStoredLogin(secrets, adminSecretArn),
        tokenFor: (user) => iamTokens(address, user)(),
        crawlerLogin: () => readStoredLogin(secrets, crawlerSecretArn),
        ...(dashboardSecretArn !== undefined && {
          dashboardLogin: () => readStoredLogin(secrets, dashboardSecretArn),
        }),
        connect: ({ user, password }) =>
          connectDatabase({
            ...address,
            user,
            password: () => Promise.resolve(password),
            applicationName: context.functionName,
          }),
        onWait: (error) => {
          logger.warn('database not ready', describeError(error));
        },
      },
      migrations,
      { wait, remainingMs: () => context.getRemainingTimeInMillis() - RESERVE_MS },
    );
    const applied = pending.map(({ name }) => name);
    logger.info('database migrated', { applied, ahead: ahead.map(({ name }) => name) });
    return {
      // One id for the life of the resource: a new one would make CloudFormation delete the old, to no effect.
      physicalResourceId: event.RequestType === 'Update' ? event.PhysicalResourceId : physicalResourceId,
      data: { Version: String(migrations.length) },
    };
  });
}
