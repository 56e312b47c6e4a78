/** Services whose actions are called like their operations and take one resource each. */
import { meaningfulTokens } from '../athena/sql-tokens.ts';
import type { ApiCall, Derive, Permission, Surroundings } from './call.ts';
import { record, text } from './call.ts';

type Resource = (call: ApiCall, around: Surroundings) => string | Promise<string>;

const none: Resource = () => '*';

function table(prefix: string, resources: Readonly<Record<string, Resource>>): Derive {
  return async (call, around): Promise<Permission[] | undefined> => {
    if (!Object.hasOwn(resources, call.operation)) return undefined;
    const resource = await resources[call.operation]?.(call, around);
    return [{ action: `${prefix}:${call.operation}`, resource: resource ?? '*' }];
  };
}

const arn = (service: string, resource: string, { account, region }: Surroundings): string =>
  `arn:aws:${service}:${region}:${account}:${resource}`;

const secret: Resource = ({ parameters }, around) => around.secretArn(text(parameters, 'SecretId') ?? '*');

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html */
const secrets = table('secretsmanager', {
  CreateSecret: ({ parameters }, around) =>
    arn('secretsmanager', `secret:${text(parameters, 'Name') ?? '*'}-??????`, around),
  DeleteSecret: secret,
  DescribeSecret: secret,
  GetSecretValue: secret,
  ListSecrets: none,
  PutSecretValue: secret,
  UpdateSecret: secret,
  TagResource: secret,
});

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html */
const SECRET_KEY_ACTIONS: Readonly<Record<string, readonly string[]>> = {
  GetSecretValue: ['kms:Decrypt'],
  PutSecretValue: ['kms:GenerateDataKey', 'kms:Decrypt'],
  UpdateSecret: ['kms:GenerateDataKey', 'kms:Decrypt'],
};

export const deriveSecrets: Derive = async (call, around) => {
  const permissions = await secrets(call, around);
  const ofSecret = permissions?.map(({ action, resource }) => ({
    action,
    resource,
    context: {
      'secretsmanager:SecretId': resource,
      'secretsmanager:VersionStage':
        call.operation === 'GetSecretValue'
          ? (text(call.parameters, 'VersionStage') ?? 'AWSCURRENT')
          : text(call.parameters, 'VersionStage'),
    },
  }));
  const [{ resource: secretArn } = { resource: '' }] = permissions ?? [];
  const secretKey = around.secretKey(secretArn);
  if (ofSecret === undefined || secretKey === undefined) return ofSecret;
  const ofKey = (SECRET_KEY_ACTIONS[call.operation] ?? []).map((action) => ({
    action,
    resource: secretKey,
    context: {
      'kms:CallerAccount': around.account,
      'kms:ViaService': `secretsmanager.${around.region}.amazonaws.com`,
      'kms:EncryptionContext:SecretARN': secretArn,
    },
  }));
  return [...ofSecret, ...ofKey];
};

const parameterArn = (name: string, around: Surroundings): string =>
  name.startsWith('arn:') ? name : arn('ssm', `parameter/${name.replace(/^\//, '')}`, around);
const parameter: Resource = ({ parameters }, around) => parameterArn(text(parameters, 'Name') ?? '*', around);

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html */
const ssm = table('ssm', {
  GetParameter: parameter,
  PutParameter: parameter,
  DeleteParameter: parameter,
  GetParametersByPath: ({ parameters }, around) => parameterArn(text(parameters, 'Path') ?? '*', around),
  DescribeParameters: none,
});

export const deriveSsm: Derive = (call, around) => {
  if (call.operation !== 'GetParameters') return ssm(call, around);
  const names = call.parameters['Names'];
  return (Array.isArray(names) ? names : []).map((name) => ({
    action: 'ssm:GetParameters',
    resource: parameterArn(String(name), around),
  }));
};

const key: Resource = ({ parameters }, around) => {
  const id = text(parameters, 'KeyId') ?? text(parameters, 'TargetKeyId') ?? keyIdOfCiphertext(parameters);
  return id === undefined ? '*' : around.keyArn(id);
};

/** The emulator's ciphertexts begin with the id of their key. */
function keyIdOfCiphertext(parameters: ApiCall['parameters']): string | undefined {
  const blob = text(parameters, 'CiphertextBlob');
  if (blob === undefined) return undefined;
  const id = Buffer.from(blob, 'base64').toString('latin1', 0, 36);
  return /^[0-9a-f-]{36}$/.test(id) ? id : undefined;
}

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html */
const kms = table('kms', {
  CreateAlias: key,
  CreateKey: none,
  Decrypt: key,
  DescribeKey: key,
  EnableKeyRotation: key,
  Encrypt: key,
  GenerateDataKey: key,
  GenerateDataKeyWithoutPlaintext: key,
  GetKeyPolicy: key,
  GetKeyRotationStatus: key,
  ListAliases: none,
  ListKeys: none,
  ListResourceTags: key,
  PutKeyPolicy: key,
  ScheduleKeyDeletion: key,
});

export const deriveKms: Derive = async (call, around) => {
  const permissions = await kms(call, around);
  const encryption: Record<string, string> = {};
  for (const [name, value] of Object.entries(record(call.parameters, 'EncryptionContext')))
    encryption[`kms:EncryptionContext:${name}`] = String(value);
  return permissions?.map(({ action, resource }) => ({
    action,
    resource,
    context: { 'kms:CallerAccount': around.account, ...encryption },
  }));
};

const workgroup =
  (member: string): Resource =>
  ({ parameters }, around) =>
    arn('athena', `workgroup/${text(parameters, member) ?? 'primary'}`, around);
const ofExecution: Resource = ({ parameters }, around) =>
  arn(
    'athena',
    `workgroup/${around.workgroupOf(text(parameters, 'QueryExecutionId') ?? '') ?? 'primary'}`,
    around,
  );
const ofNamedQuery: Resource = ({ parameters }, around) =>
  arn(
    'athena',
    `workgroup/${around.workgroupOfNamedQuery(text(parameters, 'NamedQueryId') ?? '') ?? 'primary'}`,
    around,
  );

const GLUE_CATALOG = 'AwsDataCatalog';
/** Athena takes the name of the account's own catalog in any case: drivers write it small. */
const dataCatalog =
  (member: string): Resource =>
  ({ parameters }, around) => {
    const name = text(parameters, member) ?? GLUE_CATALOG;
    const isGlue = name.toLowerCase() === GLUE_CATALOG.toLowerCase();
    return arn('athena', `datacatalog/${isGlue ? GLUE_CATALOG : name}`, around);
  };
const tagged: Resource = ({ parameters }) => text(parameters, 'ResourceARN') ?? '*';

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonathena.html */
const athena = table('athena', {
  BatchGetPreparedStatement: workgroup('WorkGroup'),
  CreateNamedQuery: workgroup('WorkGroup'),
  CreatePreparedStatement: workgroup('WorkGroup'),
  CreateWorkGroup: workgroup('Name'),
  DeleteNamedQuery: ofNamedQuery,
  DeletePreparedStatement: workgroup('WorkGroup'),
  DeleteWorkGroup: workgroup('WorkGroup'),
  GetDataCatalog: dataCatalog('Name'),
  GetDatabase: dataCatalog('CatalogName'),
  GetNamedQuery: ofNamedQuery,
  GetPreparedStatement: workgroup('WorkGroup'),
  GetQueryExecution: ofExecution,
  GetQueryResults: ofExecution,
  GetQueryRuntimeStatistics: ofExecution,
  GetTableMetadata: dataCatalog('CatalogName'),
  GetWorkGroup: workgroup('WorkGroup'),
  ListDataCatalogs: none,
  ListDatabases: dataCatalog('CatalogName'),
  ListEngineVersions: none,
  ListNamedQueries: workgroup('WorkGroup'),
  ListPreparedStatements: workgroup('WorkGroup'),
  ListQueryExecutions: workgroup('WorkGroup'),
  ListTableMetadata: dataCatalog('CatalogName'),
  ListTagsForResource: tagged,
  ListWorkGroups: none,
  StartQueryExecution: workgroup('WorkGroup'),
  StopQueryExecution: ofExecution,
  TagResource: tagged,
  UntagResource: tagged,
  UpdateNamedQuery: ofNamedQuery,
  UpdatePreparedStatement: workgroup('WorkGroup'),
  UpdateWorkGroup: workgroup('WorkGroup'),
});

/** What SQL of prepared statements takes beside its start: https://docs.aws.amazon.com/athena/latest/ug/security-iam-athena-prepared-statements.html */
function preparedAction({ parameters }: ApiCall, around: Surroundings): string | undefined {
  const [verb = '', second = '', third = ''] = meaningfulTokens(text(parameters, 'QueryString') ?? '').map(
    ({ text: word }) => word,
  );
  const group = text(parameters, 'WorkGroup') ?? 'primary';
  if (/^execute$/i.test(verb)) return 'athena:GetPreparedStatement';
  if (/^deallocate$/i.test(verb) && third !== '') return 'athena:DeletePreparedStatement';
  if (!/^prepare$/i.test(verb)) return undefined;
  const isThere = around.hasPreparedStatement(group, second.replaceAll('"', ''));
  return isThere ? 'athena:UpdatePreparedStatement' : 'athena:CreatePreparedStatement';
}

const deriveStart: Derive = async (call, around) => {
  const permissions = (await athena(call, around)) ?? [];
  const action = preparedAction(call, around);
  return action === undefined
    ? permissions
    : [...permissions, ...permissions.map(({ resource }) => ({ action, resource }))];
};

/** The batch operations take their own action on the workgroup of every item. */
export const deriveAthena: Derive = (call, around) => {
  if (call.operation === 'StartQueryExecution') return deriveStart(call, around);
  const batch = { BatchGetNamedQuery: 'NamedQueryIds', BatchGetQueryExecution: 'QueryExecutionIds' }[
    call.operation
  ];
  if (batch === undefined) return athena(call, around);
  const ids = call.parameters[batch];
  const group = (id: string): string | undefined =>
    batch === 'NamedQueryIds' ? around.workgroupOfNamedQuery(id) : around.workgroupOf(id);
  const groups = new Set((Array.isArray(ids) ? ids : []).map((id) => group(String(id)) ?? 'primary'));
  return [...groups].map((name) => ({
    action: `athena:${call.operation}`,
    resource: arn('athena', `workgroup/${name}`, around),
  }));
};

const logGroup: Resource = ({ parameters }, around) =>
  text(parameters, 'resourceArn') ??
  arn('logs', `log-group:${text(parameters, 'logGroupName') ?? '*'}:*`, around);
const logStream: Resource = ({ parameters }, around) =>
  arn(
    'logs',
    `log-group:${text(parameters, 'logGroupName') ?? '*'}:log-stream:${text(parameters, 'logStreamName') ?? '*'}`,
    around,
  );

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html */
export const deriveLogs = table('logs', {
  CreateLogGroup: logGroup,
  CreateLogStream: logGroup,
  DeleteLogGroup: logGroup,
  DescribeLogGroups: logGroup,
  DescribeLogStreams: logGroup,
  FilterLogEvents: logGroup,
  GetLogEvents: logStream,
  PutLogEvents: logStream,
  PutRetentionPolicy: logGroup,
  TagResource: logGroup,
});

/** Metrics have no resources: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html */
export const deriveCloudWatch: Derive = (call) => {
  const actions = [
    'PutMetricData',
    'GetMetricData',
    'GetMetricStatistics',
    'ListMetrics',
    'DescribeAlarms',
    'PutMetricAlarm',
    'SetAlarmState',
  ];
  if (!actions.includes(call.operation)) return undefined;
  const namespace = text(call.parameters, 'Namespace');
  return [
    { action: `cloudwatch:${call.operation}`, resource: '*', context: { 'cloudwatch:namespace': namespace } },
  ];
};

/**
 * Rules are the runner's to register, with the resources of the templates; callers may look at them.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
 */
const events = table('events', { ListRules: none });

export const deriveEvents: Derive = (call, around) => {
  if (call.operation !== 'PutEvents') return events(call, around);
  const entries = call.parameters['Entries'];
  return (Array.isArray(entries) ? (entries as Record<string, unknown>[]) : []).map((entry) => {
    const bus = text(entry, 'EventBusName') ?? 'default';
    return {
      action: 'events:PutEvents',
      resource: bus.startsWith('arn:') ? bus : arn('events', `event-bus/${bus}`, around),
      context: { 'events:source': text(entry, 'Source'), 'events:detail-type': text(entry, 'DetailType') },
    };
  });
};
