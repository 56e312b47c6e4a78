-- title: Top movers
-- description: The twenty symbols whose price moved most since the open of the last trading day, in percent
-- columns: symbol varchar, company_name varchar, sector varchar, open double, latest_price double, change_percent double, latest_volume double
WITH last_day AS (
  SELECT
    symbol,
    max_by(company_name, event_time) AS company_name,
    max_by(sector, event_time) AS sector,
    max_by(open, event_time) AS open,
    max_by(latest_price, event_time) AS latest_price,
    max(latest_volume) AS latest_volume
  FROM quotes
  WHERE trading_date = (SELECT max(trading_date) FROM quotes)
    AND latest_price IS NOT NULL
    AND open > 0
  GROUP BY symbol
)
SELECT
  symbol,
  company_name,
  sector,
  open,
  latest_price,
  round(100 * (latest_price - open) / open, 2) AS change_percent,
  latest_volume
FROM last_day
ORDER BY abs(latest_price - open) / open DESC, symbol
LIMIT 20
