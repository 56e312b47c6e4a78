-- title: Rows by hour
-- description: What each Kafka partition brought into the lake by hour of its records' time: rows, symbols, and between which offsets
-- columns: hour timestamp(3), log_id varchar, kafka_partition integer, quotes bigint, symbols bigint, first_offset bigint, last_offset bigint
SELECT
  date_trunc('hour', kafka_timestamp) AS hour,
  log_id,
  kafka_partition,
  count(*) AS quotes,
  count(DISTINCT symbol) AS symbols,
  min(kafka_offset) AS first_offset,
  max(kafka_offset) AS last_offset
FROM quotes
-- Reads the whole lake, though of few columns: a condition on dt here, which is of event_time, reads some days alone.
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
