/** Offsets of one partition, both ends included. */
export interface CoordinateRange {
  readonly topic: string;
  readonly logId: string;
  readonly partition: number;
  readonly first: number;
  readonly last: number;
}
