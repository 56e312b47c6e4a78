import { type Finding, finding } from '../finding.ts';
import { at, listOf, plainText } from '../plain-values.ts';
import type { Entry, ResourcePairs } from '../resource-pairs.ts';

/** Findings for topics with fewer partitions than before: Kafka takes none away, so the deployment fails. */
export function partitionFindings({ pairs }: ResourcePairs): readonly Finding[] {
  return pairs.flatMap(({ before, after }) => {
    const now = partitionsOf(after);
    const details = [...partitionsOf(before)].flatMap(([topic, old]) => {
      const partitions = now.get(topic);
      // A resource of one topic that gets another name is a replacement.
      if (partitions === undefined) return after.type === LIST ? [`Topic ${topic} is no longer listed.`] : [];
      return partitions < old ? [`Topic ${topic} has ${partitions} partitions instead of ${old}.`] : [];
    });
    if (details.length === 0) return [];
    return [
      finding('partitions-lowered', after, {
        what: 'A topic loses partitions. Kafka has no such change, so the deployment fails.',
        details,
        instead:
          'Keep the number. For fewer partitions make a topic of another name, and let consumers drain the old one.',
      }),
    ];
  });
}

/** Of several topics, on a cluster that CloudFormation makes none on. */
const LIST = 'Custom::KafkaTopics';

function partitionsOf({ type, properties }: Entry): ReadonlyMap<string, number> {
  if (type === 'AWS::MSK::Topic') {
    return new Map([[plainText(properties['TopicName']), Number(properties['PartitionCount'])]]);
  }
  if (type !== LIST) return new Map();
  return new Map(
    listOf(properties['Topics']).map((topic) => [
      plainText(at(topic, 'name')),
      Number(at(topic, 'partitions')),
    ]),
  );
}
