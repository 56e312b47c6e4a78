import { RetentionDays } from 'aws-cdk-lib/aws-logs';

const PERIODS: ReadonlyMap<number, RetentionDays> = new Map(
  Object.values(RetentionDays)
    .filter((each) => typeof each === 'number')
    .map((each) => [each, each]),
);

/** The configuration allows only the numbers of days that CloudWatch Logs, and so CDK's enum, knows. */
export function logRetention(days: number): RetentionDays {
  const found = PERIODS.get(days);
  if (found === undefined) throw new RangeError(`CloudWatch Logs keeps no log for ${days} days`);
  return found;
}
