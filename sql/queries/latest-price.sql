-- title: Latest price
-- description: The last quote of every symbol: price, change since the day's open in percent, cumulative volume and age
-- columns: symbol varchar, company_name varchar, latest_price double, change_percent double, latest_volume double, event_time timestamp(3)
WITH ranked AS (
  SELECT
    symbol,
    company_name,
    latest_price,
    open,
    latest_volume,
    event_time,
    row_number() OVER (PARTITION BY symbol ORDER BY event_time DESC, kafka_offset DESC) AS recency
  FROM quotes
  WHERE latest_price IS NOT NULL
)
SELECT
  symbol,
  company_name,
  latest_price,
  round(100 * (latest_price - open) / nullif(open, 0), 2) AS change_percent,
  latest_volume,
  event_time
FROM ranked
WHERE recency = 1
ORDER BY symbol
