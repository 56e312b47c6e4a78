/** Tags of workgroups: https://docs.aws.amazon.com/athena/latest/ug/tags.html. No policy is decided by them. */
import { text, texts } from '../actions/call.ts';
import { invalidRequest, resourceNotFound } from './errors.ts';
import { type Members, requiredText } from './members.ts';
import type { Operations } from './operations.ts';
import type { WorkGroups } from './workgroups.ts';

export class Tags {
  readonly #groups: WorkGroups;
  readonly #tags = new Map<string, Map<string, string>>();

  constructor(groups: WorkGroups) {
    this.#groups = groups;
  }

  /** Tags as they come with a new workgroup. */
  put(group: string, list: unknown): void {
    const tags = this.#tags.get(group) ?? new Map<string, string>();
    for (const tag of Array.isArray(list) ? (list as Members[]) : [])
      tags.set(requiredText(tag, 'Key'), text(tag, 'Value') ?? '');
    this.#tags.set(group, tags);
  }

  delete(group: string): void {
    this.#tags.delete(group);
  }

  readonly operations: Operations = {
    TagResource: ({ call: { parameters } }) => {
      this.put(this.#groupOf(parameters), parameters['Tags']);
      return {};
    },
    UntagResource: ({ call: { parameters } }) => {
      const tags = this.#tags.get(this.#groupOf(parameters));
      for (const key of texts(parameters, 'TagKeys')) tags?.delete(key);
      return {};
    },
    ListTagsForResource: ({ call: { parameters } }) => {
      const tags = this.#tags.get(this.#groupOf(parameters)) ?? [];
      return { Tags: [...tags].map(([Key, Value]) => ({ Key, Value })) };
    },
  };

  #groupOf(parameters: Members): string {
    const arn = requiredText(parameters, 'ResourceARN');
    const [, name] = /:workgroup\/([^/]+)$/.exec(arn) ?? [];
    if (name === undefined) throw invalidRequest(`${arn} is no ARN of a workgroup`);
    if (!this.#groups.has(name)) throw resourceNotFound(`Resource ${arn} was not found`, arn);
    return name;
  }
}
