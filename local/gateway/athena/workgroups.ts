/** Workgroups and their settings: https://docs.aws.amazon.com/athena/latest/ug/workgroups-settings-override.html */
import { record, text } from '../actions/call.ts';
import { epochSeconds } from '../http/answer.ts';
import { invalidRequest } from './errors.ts';

type Members = Readonly<Record<string, unknown>>;

/** https://docs.aws.amazon.com/athena/latest/APIReference/API_WorkGroupConfiguration.html */
const MIN_SCAN_CUTOFF_BYTES = 10_000_000;

export interface WorkGroup {
  readonly name: string;
  readonly description: string | undefined;
  readonly state: 'ENABLED' | 'DISABLED';
  readonly configuration: Members;
  readonly createdAt: Date;
}

/** Settings that a query runs under. */
export interface EffectiveSettings {
  /** s3://bucket/prefix/ */
  readonly outputLocation: string;
  /** ResultConfiguration as the answer shows it. */
  readonly encryption: Members | undefined;
  readonly scanCutoffBytes: number | undefined;
}

export class WorkGroups {
  readonly #groups = new Map<string, WorkGroup>();

  constructor() {
    // Every account has it: https://docs.aws.amazon.com/athena/latest/ug/workgroups.html
    this.#put('primary', undefined, 'ENABLED', { EnforceWorkGroupConfiguration: false });
  }

  create(parameters: Members): void {
    const name = text(parameters, 'Name') ?? '';
    if (!/^[\w.-]{1,128}$/.test(name)) throw invalidRequest(`WorkGroup name ${name} is not valid`);
    if (this.#groups.has(name)) throw invalidRequest('WorkGroup is already created');
    const configuration = record(parameters, 'Configuration');
    this.#put(name, text(parameters, 'Description'), 'ENABLED', {
      EnforceWorkGroupConfiguration: true,
      ...configuration,
    });
  }

  /** Members of ConfigurationUpdates replace their namesakes; ResultConfigurationUpdates merges into ResultConfiguration. */
  update(parameters: Members): void {
    const group = this.get(text(parameters, 'WorkGroup'));
    const { ResultConfigurationUpdates, ...updates } = record(parameters, 'ConfigurationUpdates');
    const result = {
      ...record(group.configuration, 'ResultConfiguration'),
      ...(ResultConfigurationUpdates as Members | undefined),
    };
    const state =
      text(parameters, 'State') === 'DISABLED'
        ? 'DISABLED'
        : text(parameters, 'State') === 'ENABLED'
          ? 'ENABLED'
          : group.state;
    const description = text(parameters, 'Description') ?? group.description;
    this.#put(group.name, description, state, {
      ...group.configuration,
      ...updates,
      ResultConfiguration: result,
    });
  }

  delete(name: string | undefined): void {
    this.#groups.delete(this.get(name).name);
  }

  get(name = 'primary'): WorkGroup {
    const group = this.#groups.get(name);
    if (group === undefined) throw invalidRequest(`WorkGroup ${name} is not found.`);
    return group;
  }

  list(): readonly WorkGroup[] {
    return [...this.#groups.values()];
  }

  /** Enforced settings override what the client asks for. */
  settingsFor(group: WorkGroup, asked: Members): EffectiveSettings {
    if (group.state === 'DISABLED') throw invalidRequest(`WorkGroup ${group.name} is disabled.`);
    const own = record(group.configuration, 'ResultConfiguration');
    const enforced = group.configuration['EnforceWorkGroupConfiguration'] === true;
    const location = enforced
      ? text(own, 'OutputLocation')
      : (text(asked, 'OutputLocation') ?? text(own, 'OutputLocation'));
    if (location === undefined || !/^s3:\/\/[^/]+/.test(location))
      throw invalidRequest(
        'No output location provided. An output location is required either through the Workgroup result configuration setting or as an API input.',
      );
    const encryption = record(enforced ? own : asked, 'EncryptionConfiguration');
    const cutoff = group.configuration['BytesScannedCutoffPerQuery'];
    return {
      outputLocation: location.endsWith('/') ? location : `${location}/`,
      encryption: Object.keys(encryption).length === 0 ? undefined : encryption,
      scanCutoffBytes: typeof cutoff === 'number' ? cutoff : undefined,
    };
  }

  #put(
    name: string,
    description: string | undefined,
    state: WorkGroup['state'],
    configuration: Members,
  ): void {
    const cutoff = configuration['BytesScannedCutoffPerQuery'];
    if (typeof cutoff === 'number' && cutoff < MIN_SCAN_CUTOFF_BYTES)
      throw invalidRequest(
        `BytesScannedCutoffPerQuery ${cutoff} is below the minimum of ${MIN_SCAN_CUTOFF_BYTES} bytes`,
      );
    const createdAt = this.#groups.get(name)?.createdAt ?? new Date();
    this.#groups.set(name, { name, description, state, configuration, createdAt });
  }
}

const ENGINE = { SelectedEngineVersion: 'AUTO', EffectiveEngineVersion: 'Athena engine version 3' };

/** https://docs.aws.amazon.com/athena/latest/APIReference/API_WorkGroup.html */
export function describeWorkGroup(group: WorkGroup): Members {
  return {
    Name: group.name,
    State: group.state,
    Description: group.description,
    CreationTime: epochSeconds(group.createdAt),
    Configuration: { EngineVersion: ENGINE, ...group.configuration },
  };
}

export function summarizeWorkGroup(group: WorkGroup): Members {
  const { Name, State, Description, CreationTime } = describeWorkGroup(group);
  return { Name, State, Description, CreationTime, EngineVersion: ENGINE };
}
