-- title: Unusual volume
-- description: The twenty symbols whose volume on the last trading day is largest against the average of up to 20 days before, of which there must be 5; while a session lasts its volume is that so far
-- columns: symbol varchar, trading_date date, volume double, average_volume double, days_before bigint, relative_volume double
WITH last_day AS (
  -- The last day with a quote from 09:30 in New York on, Monday to Friday, within a week of the last dt: what comes before the open,
  -- or on a Saturday, makes no trading day. All files are opened to find it: where the day is known, SELECT DATE '2026-11-20'
  -- AS trading_date in the place of this reads that day alone.
  SELECT max(trading_date) AS trading_date
  FROM quotes
  WHERE latest_volume IS NOT NULL
    AND day_of_week(trading_date) <= 5
    AND 60 * hour(at_timezone(with_timezone(event_time, 'UTC'), 'America/New_York')) + minute(event_time) >= 570
    AND dt >= (SELECT CAST(date_add('day', -7, CAST(max(dt) AS date)) AS varchar) FROM quotes)
),
days AS (
  -- The count goes from the open on: its largest is the day's volume.
  SELECT
    symbol,
    quotes.trading_date,
    last_day.trading_date AS last_date,
    max(latest_volume) AS volume
  FROM quotes
  JOIN last_day
    -- Twenty trading days lie in 35 of the calendar, holidays included. A trading day lies in the dt of its date and the next.
    ON quotes.dt BETWEEN CAST(date_add('day', -35, last_day.trading_date) AS varchar)
      AND CAST(date_add('day', 1, last_day.trading_date) AS varchar)
    AND quotes.trading_date <= last_day.trading_date
  WHERE 60 * hour(at_timezone(with_timezone(event_time, 'UTC'), 'America/New_York')) + minute(event_time) >= 570
    AND latest_volume IS NOT NULL
  GROUP BY 1, 2, 3
),
compared AS (
  SELECT
    symbol,
    trading_date,
    last_date,
    volume,
    round(avg(volume) OVER days_before, 2) AS average_volume,
    count(*) OVER days_before AS days_before
  FROM days
  WINDOW days_before AS (PARTITION BY symbol ORDER BY trading_date ROWS BETWEEN 20 PRECEDING AND 1 PRECEDING)
)
SELECT
  symbol,
  trading_date,
  volume,
  average_volume,
  days_before,
  round(volume / nullif(average_volume, 0e0), 2) AS relative_volume
FROM compared
WHERE trading_date = last_date
  AND days_before >= 5
ORDER BY relative_volume DESC, symbol
LIMIT 20
