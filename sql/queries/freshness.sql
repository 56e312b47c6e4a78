-- title: Freshness
-- description: Rows, symbols and lag by hour of event time; the lag is from the quote's own time to its record's time in Kafka, percentiles by nearest rank
-- columns: hour timestamp(3), quotes bigint, symbols bigint, last_event_time timestamp(3), median_lag_seconds double, p95_lag_seconds double
WITH lags AS (
  SELECT
    date_trunc('hour', event_time) AS hour,
    symbol,
    event_time,
    date_diff('millisecond', event_time, kafka_timestamp) AS lag_ms
  FROM quotes
  -- Reads the whole lake: a condition on dt here reads some days alone.
),
ranked AS (
  -- Exact, unlike approx_percentile, which each engine answers by a sketch of its own.
  SELECT
    *,
    row_number() OVER (PARTITION BY hour ORDER BY lag_ms) AS lag_rank,
    count(*) OVER (PARTITION BY hour) AS quotes_in_hour
  FROM lags
)
SELECT
  hour,
  count(*) AS quotes,
  count(DISTINCT symbol) AS symbols,
  max(event_time) AS last_event_time,
  min(lag_ms) FILTER (WHERE 100 * lag_rank >= 50 * quotes_in_hour) / 1e3 AS median_lag_seconds,
  min(lag_ms) FILTER (WHERE 100 * lag_rank >= 95 * quotes_in_hour) / 1e3 AS p95_lag_seconds
FROM ranked
GROUP BY 1
ORDER BY 1
