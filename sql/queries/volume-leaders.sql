-- title: Volume leaders
-- description: The twenty symbols with the largest turnover on the last trading day, which is volume times last price, and each one's share of all turnover in percent
-- columns: symbol varchar, company_name varchar, volume double, latest_price double, turnover double, share_percent double
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
    latest_price,
    latest_volume,
    row_number() OVER (PARTITION BY symbol ORDER BY event_time, kafka_offset, log_id) AS tick
  FROM quotes
  JOIN last_day
    ON quotes.trading_date = last_day.trading_date
    -- A trading day lies in the dt of its date and, after 19:00 in New York, in the next.
    AND quotes.dt BETWEEN CAST(last_day.trading_date AS varchar) AND CAST(date_add('day', 1, last_day.trading_date) AS varchar)
  WHERE 60 * hour(at_timezone(with_timezone(event_time, 'UTC'), 'America/New_York')) + minute(event_time) >= 570
),
turnovers AS (
  SELECT
    symbol,
    max_by(company_name, tick) FILTER (WHERE company_name IS NOT NULL) AS company_name,
    -- The count goes from the open on: its largest is the day's volume.
    max(latest_volume) AS volume,
    max_by(latest_price, tick) FILTER (WHERE latest_price IS NOT NULL) AS latest_price
  FROM ticks
  GROUP BY symbol
)
SELECT
  symbol,
  company_name,
  volume,
  latest_price,
  round(volume * latest_price, 2) AS turnover,
  round(1e2 * volume * latest_price / nullif(sum(volume * latest_price) OVER (), 0e0), 2) AS share_percent
FROM turnovers
WHERE volume IS NOT NULL
  AND latest_price IS NOT NULL
ORDER BY turnover DESC, symbol
LIMIT 20
