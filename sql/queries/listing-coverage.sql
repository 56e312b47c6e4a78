-- title: Listing and quotes
-- description: By market tier of the NASDAQ listing: symbols listed, those quoted on the last trading day, their turnover (volume times last price), and what was quoted but is in no listing
-- needs: listing
-- columns: market_tier varchar, listed bigint, of_them_etfs bigint, quoted bigint, quoted_percent double, volume double, turnover double
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
quoted AS (
  SELECT
    symbol,
    -- The count goes from the open on: its largest is the day's volume.
    max(latest_volume) AS volume,
    max_by(latest_price, tick) AS latest_price
  FROM ticks
  GROUP BY symbol
),
joined AS (
  SELECT
    CAST(
      CASE
        WHEN listing.symbol IS NULL THEN 'Not listed'
        WHEN listing.market_category = 'Q' THEN 'Global Select Market'
        WHEN listing.market_category = 'G' THEN 'Global Market'
        WHEN listing.market_category = 'S' THEN 'Capital Market'
        ELSE 'Other'
      END AS varchar
    ) AS market_tier,
    listing.symbol AS listed_symbol,
    listing.etf,
    quoted.symbol AS quoted_symbol,
    quoted.volume,
    quoted.volume * quoted.latest_price AS turnover
  FROM nasdaq_listed AS listing
  FULL JOIN quoted ON quoted.symbol = listing.symbol
)
SELECT
  market_tier,
  count(listed_symbol) AS listed,
  count(*) FILTER (WHERE etf) AS of_them_etfs,
  count(quoted_symbol) AS quoted,
  round(1e2 * count(CASE WHEN listed_symbol IS NOT NULL THEN quoted_symbol END) / nullif(count(listed_symbol), 0), 2) AS quoted_percent,
  round(sum(volume), 2) AS volume,
  round(sum(turnover), 2) AS turnover
FROM joined
GROUP BY market_tier
ORDER BY market_tier
