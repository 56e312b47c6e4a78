-- title: Gap at the open
-- description: How far each symbol opened from its previous close on the last trading day, in percent, and whether the price has closed the gap since
-- columns: symbol varchar, company_name varchar, previous_close double, open double, gap_percent double, latest_price double, filled boolean
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
    open,
    close,
    calculation_price,
    latest_price,
    60 * hour(at_timezone(with_timezone(event_time, 'UTC'), 'America/New_York')) + minute(event_time) AS new_york_minute,
    row_number() OVER (PARTITION BY symbol ORDER BY event_time, kafka_offset, log_id) AS tick
  FROM quotes
  JOIN last_day
    ON quotes.trading_date = last_day.trading_date
    -- A trading day lies in the dt of its date and, after 19:00 in New York, in the next.
    AND quotes.dt BETWEEN CAST(last_day.trading_date AS varchar) AND CAST(date_add('day', 1, last_day.trading_date) AS varchar)
),
days AS (
  SELECT
    symbol,
    max_by(company_name, tick) FILTER (WHERE company_name IS NOT NULL) AS company_name,
    -- A quote's close is the previous day's until the final quote, whose price is calculated as 'close', brings the day's own.
    min_by(close, tick) FILTER (WHERE close IS NOT NULL AND calculation_price IS DISTINCT FROM 'close') AS previous_close,
    -- Before 09:30 in New York open still is yesterday's.
    min_by(open, tick) FILTER (WHERE open IS NOT NULL AND new_york_minute >= 570) AS open,
    max_by(latest_price, tick) FILTER (WHERE latest_price IS NOT NULL) AS latest_price,
    min(latest_price) FILTER (WHERE new_york_minute >= 570) AS lowest,
    max(latest_price) FILTER (WHERE new_york_minute >= 570) AS highest
  FROM ticks
  GROUP BY symbol
)
SELECT
  symbol,
  company_name,
  previous_close,
  open,
  round(1e2 * (open - previous_close) / previous_close, 2) AS gap_percent,
  latest_price,
  CASE
    WHEN open > previous_close THEN lowest <= previous_close
    WHEN open < previous_close THEN highest >= previous_close
  END AS filled
FROM days
WHERE open > 0e0
  AND previous_close > 0e0
ORDER BY round(abs(open - previous_close) / previous_close, 6) DESC, symbol
