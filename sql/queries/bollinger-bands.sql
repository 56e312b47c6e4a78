-- title: Bollinger bands
-- description: The average of 20 daily closes, two standard deviations (of the population) above and below it, and where the close stands between (0 the lower, 1 the upper band)
-- columns: symbol varchar, trading_date date, close double, lower_band double, middle_band double, upper_band double, percent_b double
WITH ticks AS (
  SELECT
    symbol,
    trading_date,
    latest_price,
    row_number() OVER (PARTITION BY symbol, trading_date ORDER BY event_time DESC, kafka_offset DESC, log_id DESC) AS recency
  FROM quotes
  -- Not before 09:30 in New York: a quote then still has yesterday's price.
  -- Reads the whole lake: a condition on dt here reads some days alone.
  WHERE latest_price IS NOT NULL
    AND 60 * hour(at_timezone(with_timezone(event_time, 'UTC'), 'America/New_York')) + minute(event_time) >= 570
),
spreads AS (
  SELECT
    symbol,
    trading_date,
    latest_price AS close,
    count(*) OVER days_20 AS days,
    round(avg(latest_price) OVER days_20, 6) AS middle_band,
    round(2e0 * stddev_pop(latest_price) OVER days_20, 6) AS half_width
  FROM ticks
  WHERE recency = 1
  WINDOW days_20 AS (PARTITION BY symbol ORDER BY trading_date ROWS BETWEEN 19 PRECEDING AND CURRENT ROW)
)
SELECT
  symbol,
  trading_date,
  close,
  round(middle_band - half_width, 4) AS lower_band,
  round(middle_band, 4) AS middle_band,
  round(middle_band + half_width, 4) AS upper_band,
  round((close - middle_band + half_width) / nullif(2e0 * half_width, 0e0), 4) AS percent_b
FROM spreads
-- Days are those on which the symbol was quoted; before there are 20 there are no bands.
WHERE days = 20
ORDER BY symbol, trading_date
