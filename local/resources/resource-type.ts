/** How one CloudFormation type is provisioned. Each type has one entry; a type without one stops the start. */
import type { Json } from '../template/template.ts';
import type { Cloud } from './cloud.ts';
import type { ResourceRequest } from './resource-request.ts';

/**
 * - `run`: a real engine does the work.
 * - `emulated`: an API emulator, ours or moto, stands in for the service.
 * - `checked`: read and validated only; allowed only off a record's path.
 */
export type Level = 'run' | 'emulated' | 'checked';

/** What other resources can refer to. */
export interface Provisioned {
  /** Value of Ref. */
  readonly ref: string;
  /** Values of Fn::GetAtt. */
  readonly attributes?: Readonly<Record<string, Json>>;
}

export interface ResourceType {
  /** Type name; one that ends in `::` stands for all types that begin with it. */
  readonly type: string;
  readonly level: Level;
  /** What stands behind it locally, in a few words for docs/local.md. */
  readonly behind: string;
  /** Properties that take effect locally. */
  readonly effective: readonly string[];
  /** Properties that are accepted and have no effect locally; each is listed in docs/local.md. `*` accepts any. */
  readonly inert?: readonly string[];
  readonly provision: (request: ResourceRequest, cloud: Cloud) => Promise<Provisioned> | Provisioned;
}

/** A type of which only identity and attributes matter locally. */
export function checkedType(
  type: string,
  behind: string,
  provision: (request: ResourceRequest, cloud: Cloud) => Provisioned,
): ResourceType {
  return { type, level: 'checked', behind, effective: [], inert: ['*'], provision };
}
