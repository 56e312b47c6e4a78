-- title: Missing minutes
-- description: Spans of one day's session in which a symbol that was quoted that day had no quote; the day is a dt, and the session is looked at up to the newest quote of any symbol
-- parameters: day varchar
-- example: '2026-11-20'
-- columns: symbol varchar, first_missing timestamp(3), last_missing timestamp(3), minutes bigint
WITH session_ticks AS (
  SELECT
    symbol,
    -- Minutes since the open: 09:30 in New York is 0, the last full minute 389. A session lies in the dt of its date.
    60 * hour(at_timezone(with_timezone(event_time, 'UTC'), 'America/New_York')) + minute(event_time) - 570 AS session_minute,
    event_time
  FROM quotes
  WHERE dt = ?
    AND trading_date = CAST(dt AS date)
),
-- The open in UTC, read off any quote: New York's distance from UTC does not change on a day of trading.
session AS (
  SELECT
    min(date_trunc('minute', event_time) - interval '1' minute * session_minute) AS open_time,
    least(max(session_minute), 389) AS last_minute
  FROM session_ticks
),
expected AS (
  SELECT symbols.symbol, session.open_time, minutes.session_minute
  FROM (SELECT DISTINCT symbol FROM session_ticks) AS symbols
  CROSS JOIN session
  CROSS JOIN UNNEST(sequence(0, 389)) AS minutes(session_minute)
  WHERE minutes.session_minute <= session.last_minute
),
missing AS (
  SELECT
    expected.symbol,
    expected.session_minute,
    expected.open_time + interval '1' minute * expected.session_minute AS missing_minute,
    -- Minutes that follow each other have the same distance from their rank.
    expected.session_minute - row_number() OVER (PARTITION BY expected.symbol ORDER BY expected.session_minute) AS span
  FROM expected
  LEFT JOIN (SELECT DISTINCT symbol, session_minute FROM session_ticks) AS seen
    ON seen.symbol = expected.symbol
    AND seen.session_minute = expected.session_minute
  WHERE seen.symbol IS NULL
)
SELECT
  symbol,
  min(missing_minute) AS first_missing,
  max(missing_minute) AS last_missing,
  count(*) AS minutes
FROM missing
GROUP BY symbol, span
ORDER BY symbol, first_missing
