import { AwsError } from '../http/errors.ts';

/** https://docs.aws.amazon.com/athena/latest/APIReference/API_InvalidRequestException.html */
export const invalidRequest = (message: string, athenaErrorCode = 'INVALID_INPUT'): AwsError =>
  new AwsError(400, 'InvalidRequestException', message, { AthenaErrorCode: athenaErrorCode });
