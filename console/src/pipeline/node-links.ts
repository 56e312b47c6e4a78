import type { LakeInfo, LogFile, PipelineNode } from '../../api.ts';

export interface NodeLink {
  readonly title: string;
  readonly href: string;
}

interface Known {
  readonly topics: LakeInfo['topics'];
  readonly logs: readonly LogFile[];
}

/** Where there is more about a node. */
export function nodeLinks(node: PipelineNode, { topics, logs }: Known): readonly NodeLink[] {
  const links: NodeLink[] = [];
  const log = logs.find(({ name }) => name === node.title || node.physicalId.endsWith(`-${name}`));
  if (log !== undefined) links.push({ title: `Log of ${log.name}`, href: `/logs/${log.name}` });
  const topic = [...topics]
    .sort((a, b) => b.length - a.length)
    .find((name) => node.title.split('/').at(-1) === name);
  if (node.kind === 'topic') links.push({ title: 'Its records', href: `/topics/${topic ?? node.title}` });
  if (isQuarantine(node))
    links.push({
      title: 'Quarantined records',
      href: `/quarantine${topic === undefined ? '' : `?topic=${topic}`}`,
    });
  if (node.kind === 'view')
    links.push({
      title: 'Query it',
      href: `/sql?sql=${encodeURIComponent(`SELECT *\nFROM ${node.title}\nORDER BY event_time DESC\nLIMIT 100`)}`,
    });
  return links;
}

/** Whether a node holds quarantined records: `raw/quarantine/quotes`. */
export function isQuarantine({ kind, title }: Pick<PipelineNode, 'kind' | 'title'>): boolean {
  return kind === 'objects' && title.split('/').includes('quarantine');
}
