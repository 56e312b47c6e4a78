/** Views as deployments and others change them: the custom resource's events, and updates past it. */
import assert from 'node:assert/strict';
import { GetTableCommand, type TableInput, UpdateTableCommand } from '@aws-sdk/client-glue';
import { outputOf } from '../../cli/lake/connection.ts';
import { functionName } from '../../core/names.ts';
import { parseViewCut, renderView, type ViewState } from '../../core/view.ts';
import type { FaultStand } from './stand.ts';

/** A view's text with SQL that says the same in other words, as an older release might have rendered it. */
export function withOtherSql(text: string): string {
  const [prefix = '', encoded = '', suffix = ''] = text.split(/(?<=Presto View: )|(?= \*\/$)/);
  const view = JSON.parse(Buffer.from(encoded, 'base64').toString()) as { readonly originalSql: string };
  const changed = JSON.stringify({ ...view, originalSql: `SELECT * FROM (${view.originalSql})` });
  return `${prefix}${Buffer.from(changed).toString('base64')}${suffix}`;
}

/** Puts a view as it is said, whatever its version. */
export async function updateView({ client, lake }: FaultStand, input: TableInput): Promise<void> {
  const DatabaseName = outputOf(lake, 'lake', 'DatabaseName');
  await client.glue.send(new UpdateTableCommand({ DatabaseName, TableInput: input }));
}

/** Changes nothing of a view but its version. */
export async function touchView(stand: FaultStand, viewName: string): Promise<void> {
  const database = outputOf(stand.lake, 'lake', 'DatabaseName');
  await updateView(stand, renderView({ database, viewName, ...(await viewStateOf(stand, viewName)) }));
}

export async function viewStateOf({ client, lake }: FaultStand, viewName: string): Promise<ViewState> {
  const DatabaseName = outputOf(lake, 'lake', 'DatabaseName');
  const { Table } = await client.glue.send(new GetTableCommand({ DatabaseName, Name: viewName }));
  return parseViewCut(Table ?? {});
}

/** What CloudFormation sends for the custom resource; it must succeed. */
export async function deployView(
  stand: FaultStand,
  viewName: string,
  requestType: 'Create' | 'Update' | 'Delete' = 'Update',
): Promise<void> {
  const database = outputOf(stand.lake, 'lake', 'DatabaseName');
  const { url, response } = stand.lake.gateway.addCfnResponseTarget();
  await stand.client.invoke(functionName(stand.lake.stage, 'manage-views'), {
    RequestType: requestType,
    RequestId: 'fault',
    ResponseURL: url,
    StackId: `arn:aws:cloudformation:${stand.lake.region}:${stand.lake.account}:stack/faults/1`,
    LogicalResourceId: 'QuotesView',
    ...(requestType !== 'Create' && { PhysicalResourceId: `${database}.${viewName}` }),
    ResourceType: 'Custom::AthenaView',
    ResourceProperties: { DatabaseName: database, ViewName: viewName },
    ...(requestType === 'Update' && {
      OldResourceProperties: { DatabaseName: database, ViewName: viewName },
    }),
  });
  const { Status: status, Reason: reason } = await response;
  assert.equal(status, 'SUCCESS', reason);
}
