/** A lake of stage dev that does everything its functions can do, and what each role asked for meanwhile. */
import { dirname } from 'node:path';
import { readDecisions } from '../../local/engines/kafka/authorizer-log.ts';
import type { CallRecord, Role } from '../../local/gateway/index.ts';
import { kafkaCalls } from '../../local/gateway/kafka-usage.ts';
import type { Lake } from '../../local/lake.ts';
import { LakeClient } from '../helpers/lake-client.ts';
import { assemblyOf, startTestLake, type TestFolders } from '../helpers/local-lake.ts';
import { forbiddenTexts, type LogSearch, searchLogs } from '../helpers/planted.ts';
import { runEverything } from '../helpers/whole-run.ts';

/** Calls and roles under the names that the templates give the roles. */
export interface RecordedRun {
  readonly calls: readonly CallRecord[];
  readonly roles: readonly Role[];
  /** What was looked for in all logs when everything was done. */
  readonly logs: LogSearch;
}

export async function recordRun(folders: TestFolders): Promise<RecordedRun> {
  const lake = await startTestLake(folders, 'dev', await assemblyOf('dev'));
  const client = new LakeClient(lake);
  try {
    await runEverything(client);
    const recorded = await underTemplateNames(lake, client.output('stream', 'ClusterArn'));
    return { ...recorded, logs: searchLogs(dirname(lake.logsDir), await forbiddenTexts(lake)) };
  } finally {
    client.close();
    await lake.stop();
  }
}

async function underTemplateNames(
  lake: Lake,
  clusterArn: string,
): Promise<Pick<RecordedRun, 'calls' | 'roles'>> {
  const names = new Map(
    lake.resources
      .filter(({ type }) => type === 'AWS::IAM::Role')
      .map(({ physicalId, logicalId }) => [physicalId, logicalId.replace(/[0-9A-F]{8}$/, '')]),
  );
  const renamed = (name: string): string => names.get(name) ?? name;
  const decisions = kafkaCalls(await readDecisions(lake.broker.authorizerLog), clusterArn);
  return {
    calls: [...lake.gateway.calls.all(), ...decisions].map((call) => ({ ...call, role: renamed(call.role) })),
    roles: lake.gateway.roles().map((role) => ({ ...role, name: renamed(role.name) })),
  };
}
