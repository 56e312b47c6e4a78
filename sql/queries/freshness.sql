-- title: Freshness
-- description: Rows, symbols and lag by hour of event time; the lag is from the quote's own time to its record's time in Kafka
-- columns: hour timestamp(3), quotes bigint, symbols bigint, last_event_time timestamp(3), median_lag_seconds double, p95_lag_seconds double
SELECT
  date_trunc('hour', event_time) AS hour,
  count(*) AS quotes,
  count(DISTINCT symbol) AS symbols,
  max(event_time) AS last_event_time,
  approx_percentile(date_diff('millisecond', event_time, kafka_timestamp) / 1e3, 0.5) AS median_lag_seconds,
  approx_percentile(date_diff('millisecond', event_time, kafka_timestamp) / 1e3, 0.95) AS p95_lag_seconds
FROM quotes
GROUP BY 1
ORDER BY 1
