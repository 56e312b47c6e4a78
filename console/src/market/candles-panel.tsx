import { lazy, Suspense, useCallback, useState } from 'react';
import type { Mover } from '../../api.ts';
import { useCandleEvents } from '../api/events.ts';
import { useCandles } from '../api/use-answer.ts';
import { Choice } from '../shell/choice.tsx';
import { Answered, Empty, Loading } from '../shell/states.tsx';
import { useTheme } from '../shell/theme.ts';
import { CandleLegend } from './candle-legend.tsx';
import { CandleTable } from './candle-table.tsx';

const CandleChart = lazy(() => import('./candle-chart.tsx'));

export const INTERVALS = [1, 5, 15, 60] as const;

interface CandlesPanelProps {
  readonly symbol: string;
  readonly minutes: number;
  readonly mover: Mover | undefined;
  readonly onMinutes: (minutes: number) => void;
}

export function CandlesPanel({ symbol, minutes, mover, onMinutes }: CandlesPanelProps) {
  useCandleEvents(symbol, minutes);
  const answer = useCandles(symbol, minutes);
  const theme = useTheme();
  const [pointed, setPointed] = useState<number>();
  const point = useCallback((time: number | undefined) => {
    setPointed(time);
  }, []);
  return (
    <section className="candles" aria-label={`Candles of ${symbol}`}>
      <div className="candles-head">
        <h2>
          {symbol} <span className="muted">{mover?.companyName}</span>
        </h2>
        <Choice
          label="Candle length"
          options={INTERVALS.map((each) => ({ value: each, title: `${each} min` }))}
          value={minutes}
          onChange={onMinutes}
        />
      </div>
      <Answered answer={answer} waitingFor={`the candles of ${symbol}`}>
        {({ candles }) =>
          candles.length === 0 ? (
            <Empty title={`The topic holds no quote of ${symbol} with a price.`}>
              <p>Choose another symbol from the list.</p>
            </Empty>
          ) : (
            <>
              <CandleLegend candle={candles.find(({ time }) => time === pointed) ?? candles.at(-1)} />
              <Suspense fallback={<Loading waitingFor="the chart" />}>
                <CandleChart key={`${symbol} ${minutes}`} candles={candles} theme={theme} onPoint={point} />
              </Suspense>
              <CandleTable symbol={symbol} candles={candles} />
            </>
          )
        }
      </Answered>
    </section>
  );
}
