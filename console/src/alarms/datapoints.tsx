import type { Alarm } from '../../api.ts';
import { counted, exactNumber } from '../format/numbers.ts';
import { thresholdChart } from './threshold-chart.ts';

const CHART = { width: 220, height: 36 } as const;

/** What was measured, against the threshold. */
export function Datapoints({ alarm }: { readonly alarm: Alarm }) {
  const { points, last, thresholdY } = thresholdChart(alarm, CHART.width, CHART.height);
  const value = alarm.datapoints.at(-1)?.value ?? 0;
  const words = `Last value ${exactNumber(value)}, threshold ${exactNumber(alarm.threshold)}, ${counted(alarm.datapoints.length, 'datapoint')}`;
  return (
    <figure className="datapoints">
      <svg
        width={CHART.width}
        height={CHART.height}
        viewBox={`-4 -4 ${CHART.width + 8} ${CHART.height + 8}`}
        role="img"
        aria-label={words}
      >
        <line className="threshold" x1={0} x2={CHART.width} y1={thresholdY} y2={thresholdY} />
        <polyline points={points} />
        <circle r={3} cx={last.x} cy={last.y} />
      </svg>
      <figcaption className="muted note">
        last {exactNumber(value)}, threshold {exactNumber(alarm.threshold)}
      </figcaption>
    </figure>
  );
}
