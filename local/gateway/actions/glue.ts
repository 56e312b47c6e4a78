/**
 * Permissions of Glue operations: a table's take the catalog and the database above it too.
 * https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html#non-catalog-resource-arns
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsglue.html
 */
import type { ApiCall, Derive, Permission } from './call.ts';
import { record, text, texts } from './call.ts';

type Parameters = ApiCall['parameters'];
/** Resource parts after `arn:aws:glue:region:account:`; `*` alone for an action without a resource. */
type Resources = (parameters: Parameters) => readonly string[];

const any: Resources = () => ['*'];
const catalog: Resources = () => ['catalog'];
const database =
  (name: (parameters: Parameters) => string | undefined): Resources =>
  (parameters) => ['catalog', `database/${name(parameters) ?? '*'}`];
const table =
  (name: (parameters: Parameters) => string | undefined): Resources =>
  (parameters) => {
    const db = text(parameters, 'DatabaseName') ?? '*';
    return ['catalog', `database/${db}`, `table/${db}/${name(parameters) ?? '*'}`];
  };
const byDatabaseName = database((parameters) => text(parameters, 'DatabaseName'));
const byName = database((parameters) => text(parameters, 'Name'));
const byTableName = table((parameters) => text(parameters, 'TableName'));
const inputName = (parameters: Parameters, member: string): string | undefined =>
  text(record(parameters, member), 'Name');

/** What is named by one member: `job/<JobName>`. */
const named =
  (kind: string, member = 'Name'): Resources =>
  (parameters) => [`${kind}/${text(parameters, member) ?? '*'}`];
const job = named('job', 'JobName');
const workflow = named('workflow');
const trigger = named('trigger');

const crawler: Resources = (parameters) => [`crawler/${text(parameters, 'Name') ?? '*'}`];

const registryArn = (parameters: Parameters): string => {
  const id = record(parameters, 'RegistryId');
  return (
    text(id, 'RegistryArn') ??
    `registry/${text(id, 'RegistryName') ?? text(parameters, 'RegistryName') ?? 'default-registry'}`
  );
};
const registry: Resources = (parameters) => [registryArn(parameters)];
/** A schema's actions take its registry too. A version asked for by its id alone has no resource to name. */
const schema: Resources = (parameters) => {
  if (text(parameters, 'SchemaVersionId') !== undefined) return ['*'];
  const id = record(parameters, 'SchemaId');
  const arn = text(id, 'SchemaArn');
  if (arn !== undefined) {
    const parts = arn.split('/');
    return [`registry/${parts.at(-2) ?? '*'}`, arn];
  }
  const registryName = text(id, 'RegistryName') ?? 'default-registry';
  return [`registry/${registryName}`, `schema/${registryName}/${text(id, 'SchemaName') ?? '*'}`];
};
const newSchema: Resources = (parameters) => {
  const registryPart = registryArn(parameters);
  const registryName = registryPart.slice(registryPart.lastIndexOf('/') + 1);
  return [registryPart, `schema/${registryName}/${text(parameters, 'SchemaName') ?? '*'}`];
};
const tagged: Resources = (parameters) => [text(parameters, 'ResourceArn') ?? '*'];

const RESOURCES: Readonly<Record<string, Resources>> = {
  GetCatalogImportStatus: catalog,
  GetDatabase: byName,
  GetDatabases: database(() => '*'),
  CreateDatabase: database((parameters) => inputName(parameters, 'DatabaseInput')),
  UpdateDatabase: byName,
  DeleteDatabase: byName,
  GetTable: table((parameters) => text(parameters, 'Name')),
  GetTables: table(() => '*'),
  GetTableVersion: byTableName,
  GetTableVersions: byTableName,
  DeleteTableVersion: byTableName,
  CreateTable: table((parameters) => inputName(parameters, 'TableInput')),
  UpdateTable: table((parameters) => inputName(parameters, 'TableInput')),
  DeleteTable: table((parameters) => text(parameters, 'Name')),
  BatchDeleteTable: (parameters) => {
    const db = text(parameters, 'DatabaseName') ?? '*';
    const tables = texts(parameters, 'TablesToDelete').map((name) => `table/${db}/${name}`);
    return ['catalog', `database/${db}`, ...tables];
  },
  GetPartition: byTableName,
  GetPartitions: byTableName,
  BatchGetPartition: byTableName,
  GetPartitionIndexes: byTableName,
  CreatePartition: byTableName,
  BatchCreatePartition: byTableName,
  UpdatePartition: byTableName,
  BatchUpdatePartition: byTableName,
  DeletePartition: byTableName,
  BatchDeletePartition: byTableName,
  GetColumnStatisticsForTable: byTableName,
  GetColumnStatisticsForPartition: byTableName,
  UpdateColumnStatisticsForTable: byTableName,
  UpdateColumnStatisticsForPartition: byTableName,
  DeleteColumnStatisticsForTable: byTableName,
  DeleteColumnStatisticsForPartition: byTableName,
  GetUserDefinedFunctions: byDatabaseName,
  GetConnection: (parameters) => ['catalog', `connection/${text(parameters, 'Name') ?? '*'}`],
  GetClassifier: any,
  GetCrawler: crawler,
  GetCrawlers: any,
  StartCrawler: crawler,
  StopCrawler: crawler,
  GetJob: job,
  GetJobs: any,
  ListJobs: any,
  StartJobRun: job,
  GetJobRun: job,
  GetJobRuns: job,
  BatchStopJobRun: job,
  GetTrigger: trigger,
  GetTriggers: any,
  StartTrigger: trigger,
  StopTrigger: trigger,
  ListWorkflows: any,
  GetWorkflow: workflow,
  GetWorkflowRun: workflow,
  GetWorkflowRuns: workflow,
  GetWorkflowRunProperties: workflow,
  StartWorkflowRun: workflow,
  StopWorkflowRun: workflow,
  GetDataQualityRuleset: named('dataQualityRuleset'),
  CreateTableOptimizer: byTableName,
  GetTableOptimizer: byTableName,
  UpdateTableOptimizer: byTableName,
  DeleteTableOptimizer: byTableName,
  CreateRegistry: (parameters) => [`registry/${text(parameters, 'RegistryName') ?? '*'}`],
  GetRegistry: registry,
  UpdateRegistry: registry,
  DeleteRegistry: registry,
  ListRegistries: any,
  CreateSchema: newSchema,
  GetSchema: schema,
  UpdateSchema: schema,
  DeleteSchema: schema,
  ListSchemas: registry,
  ListSchemaVersions: schema,
  GetSchemaVersion: schema,
  GetSchemaByDefinition: schema,
  RegisterSchemaVersion: schema,
  DeleteSchemaVersions: schema,
  CheckSchemaVersionValidity: any,
  PutSchemaVersionMetadata: schema,
  QuerySchemaVersionMetadata: schema,
  RemoveSchemaVersionMetadata: schema,
  GetTags: tagged,
  TagResource: tagged,
  UntagResource: tagged,
};

/** Who hands a role to Glue must be allowed to: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html */
function passedRole(parameters: Parameters): readonly Permission[] {
  const role = text(record(parameters, 'TableOptimizerConfiguration'), 'roleArn');
  if (role === undefined) return [];
  return [
    { action: 'iam:PassRole', resource: role, context: { 'iam:PassedToService': 'glue.amazonaws.com' } },
  ];
}

export const deriveGlue: Derive = ({ operation, parameters }, { account, region }) => {
  if (!Object.hasOwn(RESOURCES, operation)) return undefined;
  const resources = RESOURCES[operation]?.(parameters) ?? [];
  return [
    ...resources.map(
      (resource): Permission => ({
        action: `glue:${operation}`,
        resource:
          resource === '*' || resource.startsWith('arn:')
            ? resource
            : `arn:aws:glue:${region}:${account}:${resource}`,
      }),
    ),
    ...passedRole(parameters),
  ];
};
