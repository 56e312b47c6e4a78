-- title: Relative strength index
-- description: RSI of 14 days over daily closes as Cutler has it, by simple averages: unlike Wilder's smoothing it does not depend on the day that data begin with; above 70 is overbought, below 30 oversold
-- columns: symbol varchar, trading_date date, close double, average_gain double, average_loss double, rsi double
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
changes AS (
  SELECT
    symbol,
    trading_date,
    latest_price AS close,
    latest_price - lag(latest_price) OVER (PARTITION BY symbol ORDER BY trading_date) AS change
  FROM ticks
  WHERE recency = 1
),
averages AS (
  SELECT
    symbol,
    trading_date,
    close,
    -- The first day has no change, so that a symbol's 15th is the first with 14.
    count(change) OVER days_14 AS changes,
    round(avg(greatest(change, 0e0)) OVER days_14, 6) AS average_gain,
    round(avg(greatest(-change, 0e0)) OVER days_14, 6) AS average_loss
  FROM changes
  WINDOW days_14 AS (PARTITION BY symbol ORDER BY trading_date ROWS BETWEEN 13 PRECEDING AND CURRENT ROW)
)
SELECT
  symbol,
  trading_date,
  close,
  average_gain,
  average_loss,
  -- 100 - 100 / (1 + gain / loss), without a division by no loss; none where the price did not move.
  round(1e2 * average_gain / nullif(average_gain + average_loss, 0e0), 2) AS rsi
FROM averages
WHERE changes = 14
ORDER BY symbol, trading_date
