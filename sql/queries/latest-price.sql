-- title: Latest price
-- description: The last quote of every symbol: price, change since the day's open in percent, cumulative volume and when it was
-- columns: symbol varchar, company_name varchar, latest_price double, change_percent double, latest_volume double, event_time timestamp(3)
WITH ranked AS (
  SELECT
    symbol,
    company_name,
    latest_price,
    open,
    latest_volume,
    event_time,
    -- Of equal time, the later record of the log: all quotes of a symbol are in one partition.
    row_number() OVER (PARTITION BY symbol ORDER BY event_time DESC, kafka_offset DESC, log_id DESC) AS recency
  FROM quotes
  -- Reads the whole lake, since a symbol's last quote may be of any day: a condition on dt here looks less far back.
  WHERE latest_price IS NOT NULL
)
SELECT
  symbol,
  company_name,
  latest_price,
  round(1e2 * (latest_price - open) / nullif(open, 0e0), 2) AS change_percent,
  latest_volume,
  event_time
FROM ranked
WHERE recency = 1
ORDER BY symbol
