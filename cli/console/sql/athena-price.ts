/** https://aws.amazon.com/athena/pricing/: per TB scanned in us-east-1, rounded up to a megabyte, at least 10 MB a query. */
const USD_PER_TB = 5;
const MB = 1024 ** 2;
const TB = 1024 ** 4;
const LEAST_MB = 10;

/** List price of a query on Athena, US dollars. What failed costs nothing, nor does DDL; what was cancelled costs what it scanned. */
export function athenaUsd(statementType: string | undefined, state: string, scannedBytes: number): number {
  if (state === 'FAILED' || statementType !== 'DML') return 0;
  const megabytes = Math.max(LEAST_MB, Math.ceil(scannedBytes / MB));
  return (megabytes * MB * USD_PER_TB) / TB;
}
