import { RetentionDays } from 'aws-cdk-lib/aws-logs';

/** The configuration allows only the numbers of days that CloudWatch Logs, and so CDK's enum, knows. */
export function logRetention(days: number): RetentionDays {
  const found = Object.values(RetentionDays).find((each): each is RetentionDays => each === days);
  if (found === undefined) throw new RangeError(`CloudWatch Logs keeps no log for ${days} days`);
  return found;
}
