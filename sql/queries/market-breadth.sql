-- title: Market breadth
-- description: How many symbols rose and fell from one trading day's last price to the next one's, by day, and how many made a new high or low of 52 weeks
-- columns: trading_date date, symbols bigint, advancing bigint, declining bigint, unchanged bigint, advance_decline_line bigint, new_highs bigint, new_lows bigint
WITH ticks AS (
  SELECT
    symbol,
    trading_date,
    latest_price,
    week52_high,
    week52_low,
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
    week52_high,
    week52_low,
    lag(latest_price) OVER (PARTITION BY symbol ORDER BY trading_date) AS previous_close
  FROM ticks
  WHERE recency = 1
),
days AS (
  SELECT
    trading_date,
    count(*) AS symbols,
    count(*) FILTER (WHERE close > previous_close) AS advancing,
    count(*) FILTER (WHERE close < previous_close) AS declining,
    count(*) FILTER (WHERE close = previous_close) AS unchanged,
    count(*) FILTER (WHERE close >= week52_high) AS new_highs,
    count(*) FILTER (WHERE close <= week52_low) AS new_lows
  FROM closes
  GROUP BY trading_date
)
SELECT
  trading_date,
  symbols,
  advancing,
  declining,
  unchanged,
  sum(advancing - declining) OVER (ORDER BY trading_date ROWS UNBOUNDED PRECEDING) AS advance_decline_line,
  new_highs,
  new_lows
FROM days
ORDER BY trading_date
