/** Amazon Athena: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_Athena.html */
import type { ResourceType } from './resource-type.ts';

export const athenaTypes: readonly ResourceType[] = [
  {
    type: 'AWS::Athena::WorkGroup',
    level: 'run',
    behind: 'the gateway’s Athena API over DuckDB: location, enforcement and scan cutoff hold',
    effective: ['Name', 'Description', 'State', 'WorkGroupConfiguration'],
    inert: ['RecursiveDeleteOption', 'Tags'],
    provision: async (request, cloud) => {
      const name = request.text('Name');
      await cloud.api.json('athena', 'CreateWorkGroup', {
        Name: name,
        Description: request.optionalText('Description'),
        Configuration: request.optionalObject('WorkGroupConfiguration') ?? {},
      });
      return { ref: name, attributes: { CreationTime: '0' } };
    },
  },
  {
    type: 'AWS::Athena::NamedQuery',
    level: 'run',
    behind: 'the gateway’s Athena API',
    effective: ['Name', 'Description', 'Database', 'QueryString', 'WorkGroup'],
    provision: async (request, cloud) => {
      const created = await cloud.api.json('athena', 'CreateNamedQuery', {
        Name: request.optionalText('Name') ?? request.identity.logicalId,
        Description: request.optionalText('Description'),
        Database: request.text('Database'),
        QueryString: request.text('QueryString'),
        WorkGroup: request.optionalText('WorkGroup'),
      });
      const id = String(created['NamedQueryId']);
      return { ref: id, attributes: { NamedQueryId: id } };
    },
  },
  {
    type: 'AWS::Athena::PreparedStatement',
    level: 'run',
    behind: 'the gateway’s Athena API',
    effective: ['StatementName', 'Description', 'QueryStatement', 'WorkGroup'],
    provision: async (request, cloud) => {
      const name = request.text('StatementName');
      await cloud.api.json('athena', 'CreatePreparedStatement', {
        StatementName: name,
        Description: request.optionalText('Description'),
        QueryStatement: request.text('QueryStatement'),
        WorkGroup: request.text('WorkGroup'),
      });
      return { ref: name };
    },
  },
];
