import { Link } from 'wouter';
import type { Quarantine } from '../../api.ts';
import { ScrollRegion } from '../shell/page.tsx';
import { Moment } from '../shell/pieces.tsx';
import { recordHref } from '../topics/record-pages.ts';

export function QuarantineTable({ quarantine: { topic, records } }: { readonly quarantine: Quarantine }) {
  return (
    <ScrollRegion label="Quarantined records" className="records">
      <table>
        <thead>
          <tr>
            <th scope="col">Record</th>
            <th scope="col">Time</th>
            <th scope="col">Code</th>
            <th scope="col">Reason</th>
            <th scope="col">Key</th>
            <th scope="col">Raw object</th>
          </tr>
        </thead>
        <tbody>
          {records.map(({ logId, partition, offset, timestamp, code, reason, key, rawKey }) => (
            <tr key={`${logId} ${partition}:${offset}`}>
              <th scope="row">
                <Link href={recordHref({ topic, partition, offset })}>
                  {partition}:{offset}
                </Link>
              </th>
              <td>
                <Moment iso={timestamp} />
              </td>
              <td>
                <code>{code}</code>
              </td>
              <td className="prose">{reason}</td>
              <td>{key ?? <span className="null">null</span>}</td>
              <td className="muted">{rawKey}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}
