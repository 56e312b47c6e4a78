/** Workgroups and their settings: https://docs.aws.amazon.com/athena/latest/ug/workgroups-settings-override.html */
import { record, text } from '../actions/call.ts';
import { epochSeconds } from '../http/answer.ts';
import { invalidRequest } from './errors.ts';
import { type Members, requiredName } from './members.ts';

const PRIMARY = 'primary';
const GROUP_NAME = /^[a-zA-Z0-9._-]{1,128}$/;

const NO_LOCATION =
  'No output location provided. You did not provide an output location for  your query results. Either specify an S3 bucket location or enable Athena managed query results in your workgroup settings.';

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
  readonly encryption: Members | undefined;
  /** Account that must own the bucket. */
  readonly bucketOwner: string | undefined;
  /** Whether results come with an ACL that gives them to the bucket's owner. */
  readonly isOwnedByBucket: boolean;
  readonly scanCutoffBytes: number | undefined;
  /** What else ResultConfiguration shows. */
  readonly shown: Members;
}

export class WorkGroups {
  readonly #groups = new Map<string, WorkGroup>();

  constructor() {
    // Every account has it: https://docs.aws.amazon.com/athena/latest/ug/workgroups.html
    this.#put(PRIMARY, undefined, 'ENABLED', { EnforceWorkGroupConfiguration: false });
  }

  create(parameters: Members): void {
    const name = requiredName(parameters, 'Name', GROUP_NAME);
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
    const updates = record(parameters, 'ConfigurationUpdates');
    const { ResultConfigurationUpdates, ResultConfiguration, ...rest } = {
      ...group.configuration,
      ...updates,
    };
    const result = {
      ...(ResultConfiguration as Members | undefined),
      ...(ResultConfigurationUpdates as Members | undefined),
    };
    const state = text(parameters, 'State') ?? group.state;
    const description = text(parameters, 'Description') ?? group.description;
    this.#put(group.name, description, state === 'DISABLED' ? 'DISABLED' : 'ENABLED', {
      ...withoutRemoved(rest),
      ResultConfiguration: withoutRemoved(result),
    });
  }

  delete(name: string): void {
    if (name === PRIMARY) throw invalidRequest('The primary WorkGroup cannot be deleted');
    this.#groups.delete(this.get(name).name);
  }

  get(name = PRIMARY): WorkGroup {
    const group = this.#groups.get(name);
    if (group === undefined) throw invalidRequest('WorkGroup is not found.');
    return group;
  }

  has(name: string): boolean {
    return this.#groups.has(name);
  }

  list(): readonly WorkGroup[] {
    return [...this.#groups.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Enforced settings override what the client asks for; others stand in where it asks for nothing. */
  settingsFor(group: WorkGroup, asked: Members): EffectiveSettings {
    if (group.state === 'DISABLED') throw invalidRequest(`WorkGroup ${group.name} is disabled.`);
    const own = record(group.configuration, 'ResultConfiguration');
    const isEnforced = group.configuration['EnforceWorkGroupConfiguration'] === true;
    const { OutputLocation: location, ...shown } = isEnforced ? own : { ...own, ...asked };
    if (typeof location !== 'string' || location === '') throw invalidRequest(NO_LOCATION);
    if (!/^s3:\/\/[^/]+/.test(location)) throw invalidRequest('outputLocation is not a valid S3 path.');
    const encryption = record(shown, 'EncryptionConfiguration');
    const cutoff = group.configuration['BytesScannedCutoffPerQuery'];
    return {
      outputLocation: location.endsWith('/') ? location : `${location}/`,
      encryption: Object.keys(encryption).length === 0 ? undefined : encryption,
      bucketOwner: text(shown, 'ExpectedBucketOwner'),
      isOwnedByBucket: record(shown, 'AclConfiguration')['S3AclOption'] === 'BUCKET_OWNER_FULL_CONTROL',
      scanCutoffBytes: typeof cutoff === 'number' ? cutoff : undefined,
      shown,
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

/** `RemoveX: true` takes X away: https://docs.aws.amazon.com/athena/latest/APIReference/API_WorkGroupConfigurationUpdates.html */
function withoutRemoved(members: Members): Members {
  const removed = Object.keys(members).filter((member) => member.startsWith('Remove'));
  const gone = new Set([
    ...removed,
    ...removed.filter((member) => members[member] === true).map((member) => member.slice('Remove'.length)),
  ]);
  return Object.fromEntries(Object.entries(members).filter(([member]) => !gone.has(member)));
}

/** The one that queries run on. */
export const ENGINE_VERSION: Members = {
  SelectedEngineVersion: 'AUTO',
  EffectiveEngineVersion: 'Athena engine version 3',
};

/** https://docs.aws.amazon.com/athena/latest/APIReference/API_WorkGroup.html */
export function describeWorkGroup(group: WorkGroup): Members {
  return {
    Name: group.name,
    State: group.state,
    Description: group.description,
    CreationTime: epochSeconds(group.createdAt),
    Configuration: {
      EnableMinimumEncryptionConfiguration: false,
      PublishCloudWatchMetricsEnabled: false,
      RequesterPaysEnabled: false,
      ResultConfiguration: {},
      ...group.configuration,
      EngineVersion: { ...ENGINE_VERSION, ...record(group.configuration, 'EngineVersion') },
    },
  };
}

export function summarizeWorkGroup(group: WorkGroup): Members {
  const { Name, State, Description = '', CreationTime } = describeWorkGroup(group);
  return { Name, State, Description, CreationTime, EngineVersion: ENGINE_VERSION };
}
