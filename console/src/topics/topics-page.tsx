import { Link } from 'wouter';
import type { Topic } from '../../api.ts';
import { useTopics } from '../api/use-answer.ts';
import { counted, exactNumber } from '../format/numbers.ts';
import { Page, ScrollRegion } from '../shell/page.tsx';
import { Answered, Empty } from '../shell/states.tsx';

export function TopicsPage() {
  const topics = useTopics();
  return (
    <Page title="Topics">
      <Answered answer={topics} waitingFor="the broker">
        {(data) =>
          data.length === 0 ? (
            <Empty title="The broker has no topics.">
              <p>The lake is still being set up: they come with its custom resources.</p>
            </Empty>
          ) : (
            <div className="topics">
              {data.map((topic) => (
                <TopicCard key={topic.topic} topic={topic} />
              ))}
            </div>
          )
        }
      </Answered>
    </Page>
  );
}

function TopicCard({ topic }: { readonly topic: Topic }) {
  const total = topic.partitions.reduce(
    (sum, { startOffset, endOffset }) => sum + endOffset - startOffset,
    0,
  );
  const href = `/topics/${encodeURIComponent(topic.topic)}`;
  return (
    <section className="card" aria-label={`Topic ${topic.topic}`}>
      <h2>
        <Link href={href}>{topic.topic}</Link>
      </h2>
      <p className="muted">{counted(total, 'record')} on the broker</p>
      <PartitionTable topic={topic} />
    </section>
  );
}

export function PartitionTable({ topic }: { readonly topic: Topic }) {
  return (
    <ScrollRegion label={`Partitions of ${topic.topic}`}>
      <table>
        <thead>
          <tr>
            <th scope="col">Partition</th>
            <th scope="col" className="number">
              First offset
            </th>
            <th scope="col" className="number">
              Next offset
            </th>
            <th scope="col" className="number">
              Held
            </th>
          </tr>
        </thead>
        <tbody>
          {topic.partitions.map(({ partition, startOffset, endOffset }) => (
            <tr key={partition}>
              <th scope="row">
                <Link href={`/topics/${encodeURIComponent(topic.topic)}?partition=${partition}`}>
                  {partition}
                </Link>
              </th>
              <td className="number">{exactNumber(startOffset)}</td>
              <td className="number">{exactNumber(endOffset)}</td>
              <td className="number">{exactNumber(endOffset - startOffset)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}
