-- title: Quarantine by reason
-- description: Records that broke a quality rule, counted by rule, with the newest to start looking at; for one log, whose id is the last part of the cluster's ARN
-- parameters: log_id varchar
-- example: {log_id}
-- columns: code varchar, records bigint, first_seen timestamp(3), last_seen timestamp(3), example_partition integer, example_offset bigint, example_reason varchar
WITH ranked AS (
  SELECT
    *,
    row_number() OVER (PARTITION BY code ORDER BY kafka_timestamp DESC, kafka_partition DESC, kafka_offset DESC) AS recency
  FROM quotes_quarantine
  -- The partitions are projected: only those of one log are looked for.
  WHERE log_id = ?
)
SELECT
  code,
  count(*) AS records,
  min(kafka_timestamp) AS first_seen,
  max(kafka_timestamp) AS last_seen,
  max(CASE WHEN recency = 1 THEN kafka_partition END) AS example_partition,
  max(CASE WHEN recency = 1 THEN kafka_offset END) AS example_offset,
  max(CASE WHEN recency = 1 THEN reason END) AS example_reason
FROM ranked
GROUP BY code
ORDER BY records DESC, code
