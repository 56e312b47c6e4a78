/** What each operation takes: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html */
import { describe, expect, test } from '@jest/globals';
import type { ApiCall, Permission, Surroundings } from '../../../local/gateway/actions/call.ts';
import { derivePermissions } from '../../../local/gateway/actions/derive.ts';
import { readRestOperation } from '../../../local/gateway/actions/rest.ts';
import { deriveS3 } from '../../../local/gateway/actions/s3.ts';
import { readS3Request } from '../../../local/gateway/s3/operation.ts';

const KEY = 'arn:aws:kms:us-east-1:123456789012:key/k';
const around: Surroundings = {
  account: '123456789012',
  region: 'us-east-1',
  bucketKey: (bucket) => (bucket === 'sealed' ? KEY : undefined),
  queueKey: (arn) => (arn.endsWith(':sealed') ? KEY : undefined),
  secretKey: (arn) => (arn.includes(':secret:sealed-') ? KEY : undefined),
  workgroupOf: (id) => (id === 'q-1' ? 'analysts' : undefined),
  workgroupOfNamedQuery: (id) => (id === 'n-1' ? 'analysts' : undefined),
  hasPreparedStatement: (group, name) => group === 'analysts' && name === 'top',
  secretArn: (id) => Promise.resolve(`arn:aws:secretsmanager:us-east-1:123456789012:secret:${id}-AbCdEf`),
  keyArn: () => Promise.resolve(KEY),
};

const shown = (permissions: readonly Permission[] | undefined): string[] | undefined =>
  permissions?.map(
    ({ action, resource }) => `${action} ${resource.replace(/^arn:aws:\w+:us-east-1:123456789012:/, '')}`,
  );

describe('S3', () => {
  const derive = (method: string, url: string, headers: Record<string, string> = {}) => {
    const [path = '', query = ''] = url.split('?');
    const parameters = new URLSearchParams(query);
    const s3 = readS3Request(method, path, parameters, headers);
    const call = {
      service: 's3',
      protocol: 's3',
      parameters: {},
      method,
      path,
      headers,
      query: parameters,
    } as const;
    return { s3, permissions: deriveS3({ ...call, operation: s3.operation ?? '' }, s3, around) };
  };

  test.each([
    ['GET', '/', {}, ['s3:ListAllMyBuckets *']],
    ['GET', '/b?list-type=2&prefix=a', {}, ['s3:ListBucket arn:aws:s3:::b']],
    ['HEAD', '/b', {}, ['s3:ListBucket arn:aws:s3:::b']],
    ['GET', '/b?location', {}, ['s3:GetBucketLocation arn:aws:s3:::b']],
    ['GET', '/b/', {}, ['s3:ListBucket arn:aws:s3:::b']],
    ['GET', '/b/a/b%20c', {}, ['s3:GetObject arn:aws:s3:::b/a/b c']],
    ['GET', '/b/k?versionId=1', {}, ['s3:GetObjectVersion arn:aws:s3:::b/k']],
    ['HEAD', '/b/k', {}, ['s3:GetObject arn:aws:s3:::b/k']],
    ['PUT', '/b/k?x-id=PutObject', {}, ['s3:PutObject arn:aws:s3:::b/k']],
    [
      'PUT',
      '/b/k',
      { 'x-amz-tagging': 'a=b' },
      ['s3:PutObject arn:aws:s3:::b/k', 's3:PutObjectTagging arn:aws:s3:::b/k'],
    ],
    [
      'PUT',
      '/b/k',
      { 'x-amz-acl': 'private' },
      ['s3:PutObject arn:aws:s3:::b/k', 's3:PutObjectAcl arn:aws:s3:::b/k'],
    ],
    ['PUT', '/b/k?tagging', {}, ['s3:PutObjectTagging arn:aws:s3:::b/k']],
    [
      'PUT',
      '/b/k',
      { 'x-amz-copy-source': '/c/x%20y?versionId=1' },
      ['s3:PutObject arn:aws:s3:::b/k', 's3:GetObject arn:aws:s3:::c/x y'],
    ],
    ['POST', '/b/k?uploads', {}, ['s3:PutObject arn:aws:s3:::b/k']],
    ['PUT', '/b/k?partNumber=1&uploadId=u', {}, ['s3:PutObject arn:aws:s3:::b/k']],
    ['POST', '/b/k?uploadId=u', {}, ['s3:PutObject arn:aws:s3:::b/k']],
    ['DELETE', '/b/k?uploadId=u', {}, ['s3:AbortMultipartUpload arn:aws:s3:::b/k']],
    ['DELETE', '/b/k', {}, ['s3:DeleteObject arn:aws:s3:::b/k']],
    ['DELETE', '/b/k?versionId=1', {}, ['s3:DeleteObjectVersion arn:aws:s3:::b/k']],
    ['GET', '/b?uploads', {}, ['s3:ListBucketMultipartUploads arn:aws:s3:::b']],
  ])('%s %s', (method, url, headers, expected) => {
    expect(shown(derive(method, url, headers).permissions)).toEqual(expected);
  });

  /** https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html */
  test.each([
    ['PUT', '/sealed/k', {}, ['kms:GenerateDataKey']],
    ['GET', '/sealed/k', {}, ['kms:Decrypt']],
    ['POST', '/sealed/k?uploads', {}, ['kms:GenerateDataKey']],
    ['PUT', '/sealed/k?partNumber=1&uploadId=u', {}, ['kms:GenerateDataKey', 'kms:Decrypt']],
    ['POST', '/sealed/k?uploadId=u', {}, ['kms:Decrypt']],
    ['PUT', '/open/k', { 'x-amz-copy-source': 'sealed/x' }, ['kms:Decrypt']],
    ['PUT', '/sealed/k', { 'x-amz-server-side-encryption': 'AES256' }, []],
    [
      'PUT',
      '/open/k',
      { 'x-amz-server-side-encryption': 'aws:kms', 'x-amz-server-side-encryption-aws-kms-key-id': KEY },
      ['kms:GenerateDataKey'],
    ],
    ['GET', '/sealed?list-type=2', {}, []],
  ])('%s %s %j takes of the key', (method, url, headers, expected) => {
    const ofKey = derive(method, url, headers).permissions?.filter(({ resource }) => resource === KEY);
    expect(ofKey?.map(({ action }) => action)).toEqual(expected);
  });

  /** https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html */
  test.each([
    ['PUT', '/b/k', 'true'],
    ['POST', '/b/k?uploadId=u', 'true'],
    ['POST', '/b/k?uploads', 'false'],
    ['PUT', '/b/k?partNumber=1&uploadId=u', 'false'],
  ])('%s %s creates an object: %s', (method, url, expected) => {
    expect(derive(method, url).permissions?.[0]?.context?.['s3:ObjectCreationOperation']).toBe(expected);
  });

  test('conditional headers, prefix and request tags are condition keys', () => {
    const put = derive('PUT', '/b/k', { 'if-none-match': '*', 'x-amz-tagging': 'team=a%20b' })
      .permissions?.[0]?.context;
    expect(put).toMatchObject({ 's3:if-none-match': '*', 's3:RequestObjectTag/team': 'a b' });
    expect(derive('GET', '/b?list-type=2&prefix=a/&max-keys=3').permissions?.[0]?.context).toMatchObject({
      's3:prefix': 'a/',
      's3:max-keys': '3',
    });
  });

  test.each([
    ['PATCH', '/b/k'],
    ['PUT', '/'],
    ['PUT', '/b?notification'],
    ['POST', '/b/k?select&select-type=2'],
    ['GET', '/b?inventory'],
    ['PUT', '/b?analytics&id=x'],
    ['PUT', '/b/k?retention'],
  ])('%s %s is no operation that is modelled', (method, url) => {
    expect(derive(method, url).s3.operation).toBeUndefined();
  });
});

describe('JSON services', () => {
  const derive = async (service: string, operation: string, parameters: Record<string, unknown>) => {
    const call: ApiCall = {
      service,
      operation,
      parameters,
      protocol: 'json',
      method: 'POST',
      path: '/',
      query: new URLSearchParams(),
      headers: {},
    };
    return shown(await derivePermissions(call, around));
  };

  test.each([
    [
      'glue',
      'GetTable',
      { DatabaseName: 'd', Name: 't' },
      ['glue:GetTable catalog', 'glue:GetTable database/d', 'glue:GetTable table/d/t'],
    ],
    [
      'glue',
      'UpdateTable',
      { DatabaseName: 'd', TableInput: { Name: 't' } },
      ['glue:UpdateTable catalog', 'glue:UpdateTable database/d', 'glue:UpdateTable table/d/t'],
    ],
    [
      'glue',
      'BatchCreatePartition',
      { DatabaseName: 'd', TableName: 't' },
      [
        'glue:BatchCreatePartition catalog',
        'glue:BatchCreatePartition database/d',
        'glue:BatchCreatePartition table/d/t',
      ],
    ],
    [
      'glue',
      'GetTables',
      { DatabaseName: 'd' },
      ['glue:GetTables catalog', 'glue:GetTables database/d', 'glue:GetTables table/d/*'],
    ],
    ['glue', 'GetSchemaVersion', { SchemaVersionId: 'x' }, ['glue:GetSchemaVersion *']],
    [
      'glue',
      'GetSchemaByDefinition',
      { SchemaId: { RegistryName: 'r', SchemaName: 's' } },
      ['glue:GetSchemaByDefinition registry/r', 'glue:GetSchemaByDefinition schema/r/s'],
    ],
    [
      'glue',
      'RegisterSchemaVersion',
      { SchemaId: { SchemaArn: 'arn:aws:glue:us-east-1:123456789012:schema/r/s' } },
      ['glue:RegisterSchemaVersion registry/r', 'glue:RegisterSchemaVersion schema/r/s'],
    ],
    ['sqs', 'SendMessageBatch', { QueueUrl: 'http://x/123456789012/q' }, ['sqs:SendMessage q']],
    ['sqs', 'DeleteMessageBatch', { QueueUrl: 'http://x/123456789012/q' }, ['sqs:DeleteMessage q']],
    [
      'sqs',
      'SendMessage',
      { QueueUrl: 'http://x/123456789012/sealed' },
      ['sqs:SendMessage sealed', 'kms:GenerateDataKey key/k', 'kms:Decrypt key/k'],
    ],
    [
      'sqs',
      'ReceiveMessage',
      { QueueUrl: 'http://x/123456789012/sealed' },
      ['sqs:ReceiveMessage sealed', 'kms:Decrypt key/k'],
    ],
    [
      'secretsmanager',
      'GetSecretValue',
      { SecretId: 'api' },
      ['secretsmanager:GetSecretValue secret:api-AbCdEf'],
    ],
    [
      'secretsmanager',
      'GetSecretValue',
      { SecretId: 'sealed' },
      ['secretsmanager:GetSecretValue secret:sealed-AbCdEf', 'kms:Decrypt key/k'],
    ],
    [
      'secretsmanager',
      'DescribeSecret',
      { SecretId: 'sealed' },
      ['secretsmanager:DescribeSecret secret:sealed-AbCdEf'],
    ],
    ['ssm', 'GetParameter', { Name: '/lake/x' }, ['ssm:GetParameter parameter/lake/x']],
    [
      'ssm',
      'GetParameters',
      { Names: ['/a', 'b'] },
      ['ssm:GetParameters parameter/a', 'ssm:GetParameters parameter/b'],
    ],
    ['kms', 'Decrypt', { KeyId: 'alias/x' }, ['kms:Decrypt key/k']],
    [
      'athena',
      'StartQueryExecution',
      { WorkGroup: 'analysts' },
      ['athena:StartQueryExecution workgroup/analysts'],
    ],
    ['athena', 'StartQueryExecution', {}, ['athena:StartQueryExecution workgroup/primary']],
    [
      'athena',
      'StartQueryExecution',
      { WorkGroup: 'analysts', QueryString: 'execute top USING 1' },
      ['athena:StartQueryExecution workgroup/analysts', 'athena:GetPreparedStatement workgroup/analysts'],
    ],
    [
      'athena',
      'StartQueryExecution',
      { WorkGroup: 'analysts', QueryString: '-- again\nPREPARE top FROM SELECT 1' },
      ['athena:StartQueryExecution workgroup/analysts', 'athena:UpdatePreparedStatement workgroup/analysts'],
    ],
    [
      'athena',
      'StartQueryExecution',
      { WorkGroup: 'analysts', QueryString: 'PREPARE low FROM SELECT 1' },
      ['athena:StartQueryExecution workgroup/analysts', 'athena:CreatePreparedStatement workgroup/analysts'],
    ],
    [
      'athena',
      'StartQueryExecution',
      { WorkGroup: 'analysts', QueryString: 'DEALLOCATE PREPARE top' },
      ['athena:StartQueryExecution workgroup/analysts', 'athena:DeletePreparedStatement workgroup/analysts'],
    ],
    [
      'athena',
      'GetTableMetadata',
      { CatalogName: 'awsdatacatalog', DatabaseName: 'lake', TableName: 'quotes' },
      ['athena:GetTableMetadata datacatalog/AwsDataCatalog'],
    ],
    ['athena', 'GetQueryResults', { QueryExecutionId: 'q-1' }, ['athena:GetQueryResults workgroup/analysts']],
    [
      'athena',
      'BatchGetNamedQuery',
      { NamedQueryIds: ['n-1', 'n-1'] },
      ['athena:BatchGetNamedQuery workgroup/analysts'],
    ],
    [
      'logs',
      'PutLogEvents',
      { logGroupName: 'g', logStreamName: 's' },
      ['logs:PutLogEvents log-group:g:log-stream:s'],
    ],
    ['events', 'PutEvents', { Entries: [{ Source: 'a' }] }, ['events:PutEvents event-bus/default']],
    ['monitoring', 'PutMetricData', { Namespace: 'n' }, ['cloudwatch:PutMetricData *']],
  ])('%s %s %j', async (service, operation, parameters, expected) => {
    expect(await derive(service, operation, parameters)).toEqual(expected);
  });

  test.each([
    ['glue', 'StartBlueprintRun'],
    ['glue', 'constructor'],
    ['sqs', 'AddPermission'],
    ['dynamodb', 'GetItem'],
    ['events', 'PutRule'],
  ])('%s %s is in no table', async (service, operation) => {
    expect(await derive(service, operation, {})).toBeUndefined();
  });
});

describe('REST services', () => {
  const CLUSTER = 'arn:aws:kafka:us-east-1:123456789012:cluster/c/1';
  const derive = async (service: string, method: string, path: string) => {
    const operation = readRestOperation(service, method, path)?.operation ?? '';
    const call = {
      service,
      operation,
      method,
      path,
      protocol: 'rest-json',
      parameters: {},
      headers: {},
    } as const;
    return shown(await derivePermissions({ ...call, query: new URLSearchParams() }, around));
  };

  test.each([
    [
      'kafka',
      'GET',
      `/v1/clusters/${encodeURIComponent(CLUSTER)}/bootstrap-brokers`,
      ['kafka:GetBootstrapBrokers cluster/c/1'],
    ],
    [
      'kafka',
      'GET',
      `/api/v2/clusters/${encodeURIComponent(CLUSTER)}`,
      ['kafka:DescribeClusterV2 cluster/c/1'],
    ],
    ['kafka', 'GET', '/api/v2/clusters', ['kafka:ListClustersV2 *']],
    ['lambda', 'POST', '/2015-03-31/functions/f/invocations', ['lambda:InvokeFunction function:f']],
    [
      'lambda',
      'POST',
      `/2015-03-31/functions/${encodeURIComponent('arn:aws:lambda:us-east-1:123456789012:function:f:live')}/invocations`,
      ['lambda:InvokeFunction function:f'],
    ],
  ])('%s %s %s', async (service, method, path, expected) => {
    expect(await derive(service, method, path)).toEqual(expected);
  });

  test('another path is no operation', () => {
    expect(readRestOperation('kafka', 'DELETE', '/v1/clusters/x')).toBeUndefined();
  });
});
