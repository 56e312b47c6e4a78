-- title: Correlation of two symbols
-- description: How the log returns of two symbols go together (Pearson, -1 to 1), by the minutes in which both were quoted, from one day (dt) to another, both included
-- parameters: symbol varchar, other_symbol varchar, first_day varchar, last_day varchar
-- example: 'AAPL', 'MSFT', '2026-11-19', '2026-11-20'
-- columns: symbol varchar, other_symbol varchar, returns bigint, correlation double
WITH ticks AS (
  SELECT
    symbol,
    trading_date,
    date_trunc('minute', event_time) AS quote_minute,
    latest_price,
    row_number() OVER (PARTITION BY symbol, trading_date ORDER BY event_time, kafka_offset, log_id) AS tick
  FROM quotes
  WHERE symbol IN (?, ?)
    AND latest_price > 0e0
    AND dt BETWEEN ? AND ?
    -- Not before 09:30 in New York: prices then are yesterday's.
    AND 60 * hour(at_timezone(with_timezone(event_time, 'UTC'), 'America/New_York')) + minute(event_time) >= 570
),
closes AS (
  SELECT symbol, trading_date, quote_minute, max_by(latest_price, tick) AS close
  FROM ticks
  GROUP BY 1, 2, 3
),
log_returns AS (
  -- From one common minute to the next of the same day, so that both returns are of the same time.
  SELECT
    one.symbol,
    other.symbol AS other_symbol,
    ln(one.close / lag(one.close) OVER (PARTITION BY one.trading_date ORDER BY one.quote_minute)) AS x,
    ln(other.close / lag(other.close) OVER (PARTITION BY one.trading_date ORDER BY one.quote_minute)) AS y
  FROM closes AS one
  JOIN closes AS other
    ON one.trading_date = other.trading_date
    AND one.quote_minute = other.quote_minute
    AND one.symbol < other.symbol
),
deviations AS (
  SELECT
    symbol,
    other_symbol,
    x - avg(x) OVER () AS x,
    y - avg(y) OVER () AS y
  FROM log_returns
  WHERE x IS NOT NULL
)
SELECT
  symbol,
  other_symbol,
  count(*) AS returns,
  -- None where a price did not move: there is nothing to go together with.
  round(sum(x * y) / nullif(sqrt(sum(x * x) * sum(y * y)), 0e0), 4) AS correlation
FROM deviations
GROUP BY symbol, other_symbol
