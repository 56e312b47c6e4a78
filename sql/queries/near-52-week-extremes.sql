-- title: Near the 52-week high or low
-- description: Symbols whose last price of the last trading day is within 2 percent of the high or the low of 52 weeks, the nearest first
-- columns: symbol varchar, company_name varchar, latest_price double, week52_low double, week52_high double, below_high_percent double, above_low_percent double, near varchar
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
    week52_low,
    week52_high,
    row_number() OVER (PARTITION BY symbol ORDER BY event_time DESC, kafka_offset DESC, log_id DESC) AS recency
  FROM quotes
  JOIN last_day
    ON quotes.trading_date = last_day.trading_date
    -- A trading day lies in the dt of its date and, after 19:00 in New York, in the next.
    AND quotes.dt BETWEEN CAST(last_day.trading_date AS varchar) AND CAST(date_add('day', 1, last_day.trading_date) AS varchar)
  WHERE latest_price IS NOT NULL
    -- Before 09:30 in New York quotes say what the day before was.
    AND 60 * hour(at_timezone(with_timezone(event_time, 'UTC'), 'America/New_York')) + minute(event_time) >= 570
),
distances AS (
  SELECT
    symbol,
    company_name,
    latest_price,
    week52_low,
    week52_high,
    round(1e2 * (week52_high - latest_price) / nullif(week52_high, 0e0), 2) AS below_high_percent,
    round(1e2 * (latest_price - week52_low) / nullif(week52_low, 0e0), 2) AS above_low_percent
  FROM ticks
  WHERE recency = 1
),
nearest AS (
  SELECT
    *,
    -- Without one of the two the other decides.
    CAST(IF(coalesce(below_high_percent, 1e9) <= coalesce(above_low_percent, 1e9), 'high', 'low') AS varchar) AS near,
    least(coalesce(below_high_percent, 1e9), coalesce(above_low_percent, 1e9)) AS distance
  FROM distances
)
SELECT
  symbol,
  company_name,
  latest_price,
  week52_low,
  week52_high,
  below_high_percent,
  above_low_percent,
  near
FROM nearest
WHERE distance <= 2e0
ORDER BY distance, symbol
