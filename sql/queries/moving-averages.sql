-- title: Moving averages
-- description: Simple moving averages of 20 and 50 trading days over each symbol's daily closes, and whether the shorter crossed the longer that day
-- columns: symbol varchar, trading_date date, close double, sma_20 double, sma_50 double, crossing varchar
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
averages AS (
  SELECT
    symbol,
    trading_date,
    -- A day's close is its last price; of the day that still goes on, the last so far.
    latest_price AS close,
    -- None before there are so many days. Days are those on which the symbol was quoted.
    CASE WHEN count(*) OVER days_20 = 20 THEN round(avg(latest_price) OVER days_20, 4) END AS sma_20,
    CASE WHEN count(*) OVER days_50 = 50 THEN round(avg(latest_price) OVER days_50, 4) END AS sma_50
  FROM ticks
  WHERE recency = 1
  WINDOW
    days_20 AS (PARTITION BY symbol ORDER BY trading_date ROWS BETWEEN 19 PRECEDING AND CURRENT ROW),
    days_50 AS (PARTITION BY symbol ORDER BY trading_date ROWS BETWEEN 49 PRECEDING AND CURRENT ROW)
),
compared AS (
  SELECT
    *,
    lag(sma_20) OVER (PARTITION BY symbol ORDER BY trading_date) AS sma_20_before,
    lag(sma_50) OVER (PARTITION BY symbol ORDER BY trading_date) AS sma_50_before
  FROM averages
)
SELECT
  symbol,
  trading_date,
  close,
  sma_20,
  sma_50,
  CAST(
    CASE
      WHEN sma_20 > sma_50 AND sma_20_before <= sma_50_before THEN 'golden'
      WHEN sma_20 < sma_50 AND sma_20_before >= sma_50_before THEN 'death'
    END AS varchar
  ) AS crossing
FROM compared
ORDER BY symbol, trading_date
