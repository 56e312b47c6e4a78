/** STS: https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html */
import { text } from '../actions/call.ts';
import type { Authorizer } from '../authorizer.ts';
import { type Answer, xml } from '../http/answer.ts';
import { AwsError, accessDenied, escapeXml, notImplemented } from '../http/errors.ts';
import { type Identities, OPERATOR } from '../identity.ts';
import type { LocalService, ServiceCall } from './service.ts';

const NAMESPACE = 'xmlns="https://sts.amazonaws.com/doc/2011-06-15/"';

export function stsService(identities: Identities, authorizer: Authorizer, account: string): LocalService {
  return (request) => {
    switch (request.call.operation) {
      case 'GetCallerIdentity':
        return callerIdentity(request, account);
      case 'AssumeRole':
        return assumeRole(request, identities, authorizer);
      default:
        throw notImplemented(
          'query',
          `STS operation ${request.call.operation} is not modelled by the local gateway`,
        );
    }
  };
}

/** Takes no permission: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html */
function callerIdentity({ caller, requestId }: ServiceCall, account: string): Answer {
  const members = `<Arn>${escapeXml(caller.arn)}</Arn><UserId>${escapeXml(caller.userId)}</UserId><Account>${account}</Account>`;
  return result('GetCallerIdentity', members, requestId);
}

/** The operator may assume any role, which is a local extension: people look at the lake through a role's eyes with it. */
function assumeRole(
  { call, caller, facts, requestId }: ServiceCall,
  identities: Identities,
  authorizer: Authorizer,
): Answer {
  const roleArn = text(call.parameters, 'RoleArn') ?? '';
  const sessionName = text(call.parameters, 'RoleSessionName') ?? '';
  const seconds = Number(text(call.parameters, 'DurationSeconds') ?? 3600);
  if (!/^[\w+=,.@-]{2,64}$/.test(sessionName))
    throw invalid('RoleSessionName must be 2 to 64 characters of letters, digits and +=,.@-_');
  if (!Number.isInteger(seconds) || seconds < 900 || seconds > 43_200)
    throw invalid('DurationSeconds must be between 900 and 43200');
  const known = identities.role(roleArn.slice(roleArn.lastIndexOf('/') + 1));
  const permission = {
    action: 'sts:AssumeRole',
    resource: roleArn,
    context: { 'sts:RoleSessionName': sessionName, 'sts:ExternalId': text(call.parameters, 'ExternalId') },
  };
  // A role that is not there is refused in the same words as one that is closed.
  if (known?.role.arn !== roleArn)
    throw accessDenied(
      'query',
      `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
    );
  if (caller.role !== OPERATOR) {
    const refused = authorizer.decideTrust(caller, known.trust, permission, facts);
    if (refused !== undefined) throw accessDenied('query', refused);
  }
  const session = identities.open(known.role.name, sessionName, seconds);
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = session.credentials;
  const credentials = `<Credentials><AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${secretAccessKey}</SecretAccessKey><SessionToken>${sessionToken}</SessionToken><Expiration>${expiration.toISOString()}</Expiration></Credentials>`;
  const user = `<AssumedRoleUser><Arn>${escapeXml(session.arn)}</Arn><AssumedRoleId>${escapeXml(session.userId)}</AssumedRoleId></AssumedRoleUser>`;
  return result('AssumeRole', credentials + user, requestId);
}

const invalid = (message: string): AwsError => new AwsError(400, 'ValidationError', message);

function result(operation: string, members: string, requestId: string): Answer {
  return xml(
    `<${operation}Response ${NAMESPACE}><${operation}Result>${members}</${operation}Result><ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${operation}Response>`,
  );
}
