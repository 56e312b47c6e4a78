import { useState } from 'react';
import { useLocation } from 'wouter';
import type { Movers } from '../../api.ts';
import { useMovers } from '../api/use-answer.ts';
import { Page } from '../shell/page.tsx';
import { Age, Command } from '../shell/pieces.tsx';
import { Answered, Empty } from '../shell/states.tsx';
import { useSearchParam } from '../shell/use-search-param.ts';
import { CandlesPanel, INTERVALS } from './candles-panel.tsx';
import { MoversTable } from './movers-table.tsx';

const DEFAULT_MINUTES = 5;

/** `/market/AAPL?minutes=5`: what moved, and the candles of one symbol. */
export function MarketPage({ symbol }: { readonly symbol: string | undefined }) {
  const movers = useMovers();
  const newest = movers.data?.movers.reduce((last, { at }) => (at > last ? at : last), '');
  return (
    <Page
      title={symbol === undefined ? 'Market' : `Market: ${symbol}`}
      aside={
        newest === undefined || newest === '' ? undefined : (
          <p className="muted">
            last quote <Age iso={newest} />
          </p>
        )
      }
    >
      <Answered answer={movers} waitingFor="the topic’s last quotes">
        {(data) => (data.movers.length === 0 ? <NoQuotes /> : <MarketView movers={data} asked={symbol} />)}
      </Answered>
    </Page>
  );
}

function MarketView({ movers, asked }: { readonly movers: Movers; readonly asked: string | undefined }) {
  const [, navigate] = useLocation();
  const [minutesText] = useSearchParam('minutes');
  const minutes = INTERVALS.find((each) => String(each) === minutesText) ?? DEFAULT_MINUTES;
  // What moved most when the page was opened: the first of the list changes, the chart should not.
  const [first] = useState(movers.movers[0]?.symbol ?? '');
  const symbol = asked ?? first;
  const hrefOf = (each: string) =>
    `/market/${encodeURIComponent(each)}${minutes === DEFAULT_MINUTES ? '' : `?minutes=${minutes}`}`;
  return (
    <div className="market">
      <CandlesPanel
        symbol={symbol}
        minutes={minutes}
        mover={movers.movers.find((mover) => mover.symbol === symbol)}
        onMinutes={(chosen) => {
          navigate(`/market/${encodeURIComponent(symbol)}?minutes=${chosen}`, { replace: true });
        }}
      />
      <MoversTable movers={movers} symbol={symbol} hrefOf={hrefOf} />
    </div>
  );
}

function NoQuotes() {
  return (
    <Empty title="No quotes yet.">
      <p>In New York market hours they come each minute. At any hour you may stream the last session’s:</p>
      <Command text="npm run -s tickerlake -- produce --records 5000" />
    </Empty>
  );
}
