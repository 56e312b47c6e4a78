/** Errors in the shape of the protocol that the caller speaks, so that its SDK raises what AWS would raise. */
import type { SignatureProblem } from './sigv4.ts';

/** `s3` is REST-XML as S3 has it; `json` the X-Amz-Target protocols; `query` form-encoded with XML answers. */
export type Protocol = 's3' | 'json' | 'query' | 'rest-json';

/** An answer other than success, with the code as the protocol in question spells it. */
export class AwsError extends Error {
  override readonly name = 'AwsError';
  readonly status: number;
  readonly code: string;
  /** Further members of the error, such as AthenaErrorCode. */
  readonly members: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, members: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.members = members;
  }
}

/** [status, code] per protocol: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html and each service's CommonErrors page. */
type Spelling = Readonly<Record<Protocol, readonly [number, string]>>;

const same = (s3: string, json: string, query: string, s3Status = 403): Spelling => ({
  s3: [s3Status, s3],
  json: [400, json],
  query: [403, query],
  'rest-json': [403, json],
});

const ACCESS_DENIED = same('AccessDenied', 'AccessDeniedException', 'AccessDenied');
const UNKNOWN_KEY = same('InvalidAccessKeyId', 'UnrecognizedClientException', 'InvalidClientTokenId');
const ANONYMOUS = same('AccessDenied', 'MissingAuthenticationTokenException', 'MissingAuthenticationToken');
const EXPIRED_TOKEN = same('ExpiredToken', 'ExpiredTokenException', 'ExpiredToken', 400);
const INVALID_TOKEN = same('InvalidToken', 'UnrecognizedClientException', 'InvalidClientTokenId', 400);
const NOT_IMPLEMENTED: Spelling = {
  s3: [501, 'NotImplemented'],
  json: [400, 'NotImplementedException'],
  query: [400, 'NotImplemented'],
  'rest-json': [501, 'NotImplementedException'],
};
const MISMATCH = same('SignatureDoesNotMatch', 'InvalidSignatureException', 'SignatureDoesNotMatch');
const MALFORMED = same(
  'AuthorizationHeaderMalformed',
  'IncompleteSignatureException',
  'IncompleteSignature',
  400,
);
const SKEWED = same('RequestTimeTooSkewed', 'InvalidSignatureException', 'SignatureDoesNotMatch');

const SIGNATURE_PROBLEMS: Readonly<Record<SignatureProblem, { spelling: Spelling; message: string }>> = {
  malformed: { spelling: MALFORMED, message: 'The authorization of the request is malformed.' },
  skewed: {
    spelling: SKEWED,
    message: 'The difference between the request time and the current time is too large.',
  },
  expired: { spelling: ACCESS_DENIED, message: 'Request has expired' },
  'unsigned-header': {
    spelling: ACCESS_DENIED,
    message: 'There were headers present in the request which were not signed',
  },
  mismatch: {
    spelling: MISMATCH,
    message:
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.',
  },
};

const spelled = (spelling: Spelling, protocol: Protocol, message: string): AwsError =>
  new AwsError(...spelling[protocol], message);

export const accessDenied = (protocol: Protocol, message: string): AwsError =>
  spelled(ACCESS_DENIED, protocol, message);

export const anonymous = (protocol: Protocol): AwsError =>
  spelled(ANONYMOUS, protocol, protocol === 's3' ? 'Access Denied' : 'Missing Authentication Token');

export const unknownKey = (protocol: Protocol): AwsError =>
  spelled(
    UNKNOWN_KEY,
    protocol,
    protocol === 's3'
      ? 'The AWS Access Key Id you provided does not exist in our records.'
      : 'The security token included in the request is invalid.',
  );

export const expiredToken = (protocol: Protocol): AwsError =>
  spelled(EXPIRED_TOKEN, protocol, 'The security token included in the request is expired');

export const invalidToken = (protocol: Protocol): AwsError =>
  spelled(INVALID_TOKEN, protocol, 'The security token included in the request is invalid.');

/** The gateway does not model something; the message names it and where to add it. */
export const notImplemented = (protocol: Protocol, message: string): AwsError =>
  spelled(NOT_IMPLEMENTED, protocol, message);

export function signatureError(problem: SignatureProblem, protocol: Protocol): AwsError {
  const { spelling, message } = SIGNATURE_PROBLEMS[problem];
  return spelled(spelling, protocol, message);
}

export interface RenderedError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export const escapeXml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    // S3 answers hold control characters of keys as references.
    // eslint-disable-next-line no-control-regex
    .replaceAll(/[\u0000-\u001f]/g, (character) => `&#${character.charCodeAt(0)};`);

/** @param target of the X-Amz-Target protocols: service and operation */
export function renderError(
  error: AwsError,
  protocol: Protocol,
  requestId: string,
  resource: string,
  target = '',
): RenderedError {
  const { status, code, message, members } = error;
  if (protocol === 'json' || protocol === 'rest-json')
    return {
      status,
      headers: {
        'content-type': protocol === 'json' ? 'application/x-amz-json-1.1' : 'application/json',
        'x-amzn-errortype': code,
        'x-amzn-requestid': requestId,
        // Of services that once spoke the query protocol, and of no other: boto3 takes its code before the body's.
        // https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#aws-protocols-awsquerycompatible-trait
        ...(target.startsWith('AmazonSQS.') && {
          'x-amzn-query-error': `${code.replace(/Exception$/, '')};Sender`,
        }),
      },
      body: JSON.stringify({ __type: code, message, Message: message, ...members }),
    };
  const inner = `<Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message>`;
  const body =
    protocol === 's3'
      ? `<Error>${inner}<Resource>${escapeXml(resource)}</Resource><RequestId>${requestId}</RequestId></Error>`
      : `<ErrorResponse><Error><Type>Sender</Type>${inner}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
  return {
    status,
    headers: {
      'content-type': protocol === 's3' ? 'application/xml' : 'text/xml',
      'x-amz-request-id': requestId,
    },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
  };
}
