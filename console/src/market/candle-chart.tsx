import type { ChartOptions, DeepPartial, IChartApi, ISeriesApi, UTCTimestamp } from 'lightweight-charts';
import { CandlestickSeries, ColorType, createChart, HistogramSeries } from 'lightweight-charts';
import { useEffect, useRef } from 'react';
import type { Candle } from '../../api.ts';
import { newYorkAsUtc } from '../format/times.ts';
import type { Theme } from '../shell/theme.ts';

interface CandleChartProps {
  readonly candles: readonly Candle[];
  readonly theme: Theme;
  /** The candle under the pointer, by its time; undefined where there is none. */
  readonly onPoint: (time: number | undefined) => void;
}

interface Drawn {
  readonly chart: IChartApi;
  readonly prices: ISeriesApi<'Candlestick'>;
  readonly volumes: ISeriesApi<'Histogram'>;
}

/** Candles above their volume, on New York's clock. A canvas: what it shows stands in a table as well. */
export default function CandleChart({ candles, theme, onPoint }: CandleChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const drawn = useRef<Drawn>(undefined);
  const timeOf = useRef(new Map<number, number>());

  useEffect(() => {
    if (frame.current === null) return;
    const chart = createChart(frame.current, {
      autoSize: true,
      // The page is in English, whatever the browser speaks.
      localization: { locale: 'en-US' },
    });
    const prices = chart.addSeries(CandlestickSeries, { borderVisible: false });
    const volumes = chart.addSeries(HistogramSeries, {
      priceScaleId: '',
      priceFormat: { type: 'volume' },
      lastValueVisible: false,
      priceLineVisible: false,
    });
    prices.priceScale().applyOptions({ scaleMargins: { top: 0.06, bottom: 0.24 } });
    volumes.priceScale().applyOptions({ scaleMargins: { top: 0.8, bottom: 0 } });
    drawn.current = { chart, prices, volumes };
    return () => {
      drawn.current = undefined;
      chart.remove();
    };
  }, []);

  useEffect(() => {
    const { current } = drawn;
    const times = timeOf.current;
    if (current === undefined) return;
    const point = ({ time }: { readonly time?: unknown }) => {
      onPoint(typeof time === 'number' ? times.get(time) : undefined);
    };
    current.chart.subscribeCrosshairMove(point);
    return () => {
      current.chart.unsubscribeCrosshairMove(point);
    };
  }, [onPoint]);

  useEffect(() => {
    if (drawn.current === undefined) return;
    const { chart, prices, volumes } = drawn.current;
    const wasEmpty = timeOf.current.size === 0;
    const placed = candles.map((candle) => ({ ...candle, time: placeOf(candle, timeOf.current) }));
    prices.setData(placed);
    volumes.setData(
      placed.map(({ time, volume, open, close }) => ({
        time,
        value: volume ?? 0,
        color: cssColor(close >= open ? '--volume-up' : '--volume-down'),
      })),
    );
    if (wasEmpty && placed.length > 0) chart.timeScale().fitContent();
  }, [candles, theme]);

  useEffect(() => {
    if (drawn.current === undefined) return;
    const { chart, prices } = drawn.current;
    const [up, down] = [cssColor('--good'), cssColor('--bad')];
    chart.applyOptions(chartColors());
    prices.applyOptions({ upColor: up, wickUpColor: up, downColor: down, wickDownColor: down });
  }, [theme]);

  return <div ref={frame} className="candle-chart" data-testid="candle-chart" />;
}

/** Where a candle stands on the axis, which knows UTC only; the way back is kept. */
function placeOf({ time }: Candle, timeOf: Map<number, number>): UTCTimestamp {
  const place = newYorkAsUtc(time);
  timeOf.set(place, time);
  return place as UTCTimestamp;
}

function chartColors(): DeepPartial<ChartOptions> {
  const border = cssColor('--border');
  return {
    layout: {
      background: { type: ColorType.Solid, color: cssColor('--surface') },
      textColor: cssColor('--muted'),
      fontFamily: getComputedStyle(document.body).fontFamily,
      // The licence of lightweight-charts asks for it.
      attributionLogo: true,
    },
    grid: { vertLines: { color: border }, horzLines: { color: border } },
    rightPriceScale: { borderColor: border },
    timeScale: { borderColor: border, timeVisible: true, secondsVisible: false, rightOffset: 3 },
  };
}

function cssColor(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
