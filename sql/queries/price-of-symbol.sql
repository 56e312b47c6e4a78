-- title: Price of one symbol
-- description: The last quote of one symbol, if within a week of the lake's newest: price, changes in percent, the day's range and volume
-- parameters: symbol varchar
-- example: 'AAPL'
-- columns: symbol varchar, company_name varchar, latest_price double, change_since_open_percent double, change_since_close_percent double, low double, high double, latest_volume double, latest_source varchar, event_time timestamp(3)
WITH ranked AS (
  SELECT
    *,
    row_number() OVER (ORDER BY event_time DESC, kafka_offset DESC, log_id DESC) AS recency
  FROM quotes
  WHERE symbol = ?
    AND latest_price IS NOT NULL
    AND dt >= (SELECT CAST(date_add('day', -7, CAST(max(dt) AS date)) AS varchar) FROM quotes)
)
SELECT
  symbol,
  company_name,
  latest_price,
  round(1e2 * (latest_price - open) / nullif(open, 0e0), 2) AS change_since_open_percent,
  -- A quote's close is that of the day before while the session lasts, and after it the day's own.
  round(1e2 * (latest_price - close) / nullif(close, 0e0), 2) AS change_since_close_percent,
  low,
  high,
  latest_volume,
  latest_source,
  event_time
FROM ranked
WHERE recency = 1
