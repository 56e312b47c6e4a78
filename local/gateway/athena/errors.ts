import { AwsError } from '../http/errors.ts';

/** https://docs.aws.amazon.com/athena/latest/APIReference/API_InvalidRequestException.html. Athena tells its code twice. */
export const invalidRequest = (message: string, athenaErrorCode = 'INVALID_INPUT'): AwsError =>
  new AwsError(400, 'InvalidRequestException', message, {
    AthenaErrorCode: athenaErrorCode,
    ErrorCode: athenaErrorCode,
  });

/** https://docs.aws.amazon.com/athena/latest/APIReference/API_ResourceNotFoundException.html */
export const resourceNotFound = (message: string, resourceName: string): AwsError =>
  new AwsError(400, 'ResourceNotFoundException', message, { ResourceName: resourceName });
