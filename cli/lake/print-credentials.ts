import { TickerlakeError } from '../../core/errors.ts';
import { FUNCTIONS, functionName, type Stage } from '../../core/names.ts';
import type { CommandContext } from '../context.ts';
import { closest } from '../terminal/closest.ts';
import { assumeRole, type LakeClients, roleOfFunction } from './clients.ts';
import type { Credentials, LakeConnection } from './connection.ts';
import { withRunningLake } from './running-lake.ts';
import { TOPIC_NAMES } from './stations.ts';

/** `credentials`: lines for a shell's `eval`, after which any AWS or Kafka client acts as that role. */
export async function printCredentials(
  context: CommandContext,
  options: { readonly role: string | undefined; readonly json: boolean },
): Promise<void> {
  await withRunningLake(context, async (lake, clients) => {
    const credentials =
      options.role === undefined ? lake.operator : await credentialsOf(lake, clients, options.role);
    const variables = environmentOf(lake, credentials);
    if (options.json) {
      context.terminal.print(JSON.stringify(variables, undefined, 2));
      return;
    }
    for (const [name, value] of Object.entries(variables)) {
      context.terminal.print(`export ${name}='${value.replaceAll("'", String.raw`'\''`)}'`);
    }
  });
}

/** What foreign clients read from their environment; the last two are for Kafka clients' configuration. */
function environmentOf(lake: LakeConnection, credentials: Credentials): Readonly<Record<string, string>> {
  return {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    AWS_REGION: lake.region,
    AWS_DEFAULT_REGION: lake.region,
    AWS_ENDPOINT_URL: lake.endpoint,
    KAFKA_BOOTSTRAP_SERVERS: lake.bootstrapIam,
    KAFKA_CA_FILE: lake.caFile,
  };
}

/** A role by ARN, by the function that has it, or by its own name. */
async function credentialsOf(lake: LakeConnection, clients: LakeClients, role: string): Promise<Credentials> {
  const name = functionNames(lake.stage).find(
    (each) => each === role || each.endsWith(`-${lake.stage}-${role}`),
  );
  let arn = `arn:aws:iam::${lake.account}:role/${role}`;
  if (role.startsWith('arn:')) arn = role;
  try {
    if (name !== undefined) arn = await roleOfFunction(clients.lambda, name);
    return await assumeRole(clients.sts, arn, 'tickerlake-cli');
  } catch (cause) {
    throw new TickerlakeError('USAGE', `no credentials for role "${role}"`, {
      cause,
      hint: `the role of a function: ${closest(role, FUNCTIONS).join(', ')}`,
    });
  }
}

/** Every name that a function may have: some are there once a topic. */
function functionNames(stage: Stage): readonly string[] {
  return FUNCTIONS.flatMap((part) => TOPIC_NAMES.map((topic) => functionName(stage, part, topic)));
}
