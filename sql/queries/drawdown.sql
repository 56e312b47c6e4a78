-- title: Drawdown
-- description: The deepest fall of each symbol's daily close below its highest close before, in percent, with the days of the top and of the bottom, and how far below the top it is now
-- columns: symbol varchar, top_date date, top_close double, bottom_date date, bottom_close double, drawdown_percent double, current_drawdown_percent double
WITH ticks AS (
  SELECT
    symbol,
    trading_date,
    latest_price,
    row_number() OVER (PARTITION BY symbol, trading_date ORDER BY event_time DESC, kafka_offset DESC, log_id DESC) AS recency
  FROM quotes
  -- Not before 09:30 in New York: a quote then still has yesterday's price.
  -- Reads the whole lake: a condition on dt here reads some days alone.
  WHERE latest_price IS NOT NULL
    AND 60 * hour(at_timezone(with_timezone(event_time, 'UTC'), 'America/New_York')) + minute(event_time) >= 570
),
closes AS (
  SELECT
    symbol,
    trading_date,
    latest_price AS close,
    max(latest_price) OVER (PARTITION BY symbol ORDER BY trading_date ROWS UNBOUNDED PRECEDING) AS top_close
  FROM ticks
  WHERE recency = 1
),
tops AS (
  SELECT
    *,
    -- The last day on which the top was reached, up to this one.
    max(CASE WHEN close = top_close THEN trading_date END) OVER (
      PARTITION BY symbol ORDER BY trading_date ROWS UNBOUNDED PRECEDING
    ) AS top_date,
    round(1e2 * (close - top_close) / nullif(top_close, 0e0), 4) AS drawdown_percent
  FROM closes
),
ranked AS (
  SELECT
    *,
    row_number() OVER (PARTITION BY symbol ORDER BY drawdown_percent, trading_date) AS depth,
    first_value(drawdown_percent) OVER (PARTITION BY symbol ORDER BY trading_date DESC) AS current_drawdown_percent
  FROM tops
)
SELECT
  symbol,
  top_date,
  top_close,
  trading_date AS bottom_date,
  close AS bottom_close,
  round(drawdown_percent, 2) AS drawdown_percent,
  round(current_drawdown_percent, 2) AS current_drawdown_percent
FROM ranked
WHERE depth = 1
ORDER BY symbol
