-- title: Top movers
-- description: The twenty symbols whose price moved most since the open of the last trading day, in percent
-- columns: symbol varchar, company_name varchar, sector varchar, open double, latest_price double, change_percent double, latest_volume double
WITH last_day AS (
  -- The last day with a quote from 09:30 in New York on, Monday to Friday, within a week of the last dt: what comes before the open,
  -- or on a Saturday, makes no trading day. All files are opened to find it: where the day is known, SELECT DATE '2026-11-20'
  -- AS trading_date in the place of this reads that day alone.
  SELECT max(trading_date) AS trading_date
  FROM quotes
  WHERE latest_price IS NOT NULL
    AND day_of_week(trading_date) <= 5
    AND 60 * hour(at_timezone(with_timezone(event_time, 'UTC'), 'America/New_York')) + minute(event_time) >= 570
    AND dt >= (SELECT CAST(date_add('day', -7, CAST(max(dt) AS date)) AS varchar) FROM quotes)
),
ticks AS (
  SELECT
    symbol,
    company_name,
    sector,
    open,
    latest_price,
    latest_volume,
    row_number() OVER (PARTITION BY symbol ORDER BY event_time, kafka_offset, log_id) AS tick
  FROM quotes
  JOIN last_day
    ON quotes.trading_date = last_day.trading_date
    -- A trading day lies in the dt of its date and, after 19:00 in New York, in the next.
    AND quotes.dt BETWEEN CAST(last_day.trading_date AS varchar) AND CAST(date_add('day', 1, last_day.trading_date) AS varchar)
  WHERE latest_price IS NOT NULL
    -- Before 09:30 in New York quotes say what the day before was.
    AND 60 * hour(at_timezone(with_timezone(event_time, 'UTC'), 'America/New_York')) + minute(event_time) >= 570
),
last_quotes AS (
  SELECT
    symbol,
    max_by(company_name, tick) FILTER (WHERE company_name IS NOT NULL) AS company_name,
    max_by(sector, tick) FILTER (WHERE sector IS NOT NULL) AS sector,
    max_by(open, tick) FILTER (WHERE open > 0e0) AS open,
    max_by(latest_price, tick) AS latest_price,
    max(latest_volume) AS latest_volume
  FROM ticks
  GROUP BY symbol
)
SELECT
  symbol,
  company_name,
  sector,
  open,
  latest_price,
  round(1e2 * (latest_price - open) / open, 2) AS change_percent,
  latest_volume
FROM last_quotes
WHERE open IS NOT NULL
ORDER BY round(abs(latest_price - open) / open, 6) DESC, symbol
LIMIT 20
