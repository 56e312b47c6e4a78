-- title: Realised volatility
-- description: Volatility of each symbol and trading day from log returns of five minutes within the session, annualised: the root of the sum of their squares times 252 days, in percent
-- columns: symbol varchar, trading_date date, returns bigint, realised_volatility_percent double
WITH ticks AS (
  SELECT
    symbol,
    trading_date,
    date_trunc('hour', event_time) + interval '1' minute * (5 * (minute(event_time) / 5)) AS candle_start,
    latest_price,
    row_number() OVER (PARTITION BY symbol, trading_date ORDER BY event_time, kafka_offset, log_id) AS tick
  FROM quotes
  -- The session alone, its closing print at 16:00 included. No logarithm of a price of nothing.
  -- Reads the whole lake: a condition on dt here reads some days alone. A session lies in the dt of its date.
  WHERE latest_price > 0e0
    AND 60 * hour(at_timezone(with_timezone(event_time, 'UTC'), 'America/New_York')) + minute(event_time) BETWEEN 570 AND 960
),
candles AS (
  SELECT symbol, trading_date, candle_start, max_by(latest_price, tick) AS close
  FROM ticks
  GROUP BY 1, 2, 3
),
log_returns AS (
  -- Within the day: the night's move is no part of it. Where candles lack, a return spans them.
  SELECT
    symbol,
    trading_date,
    ln(close / lag(close) OVER (PARTITION BY symbol, trading_date ORDER BY candle_start)) AS log_return
  FROM candles
)
SELECT
  symbol,
  trading_date,
  count(*) AS returns,
  round(1e2 * sqrt(252e0 * sum(log_return * log_return)), 4) AS realised_volatility_percent
FROM log_returns
WHERE log_return IS NOT NULL
GROUP BY symbol, trading_date
ORDER BY symbol, trading_date
