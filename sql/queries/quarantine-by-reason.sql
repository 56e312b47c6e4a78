-- title: Quarantine by reason
-- description: Records that broke a quality rule, counted by rule, with one to start looking at; for one log, whose id is the last part of the cluster's ARN
-- parameters: log_id varchar
-- columns: code varchar, records bigint, first_seen timestamp(3), last_seen timestamp(3), example_partition integer, example_offset bigint, example_reason varchar
SELECT
  code,
  count(*) AS records,
  min(kafka_timestamp) AS first_seen,
  max(kafka_timestamp) AS last_seen,
  max_by(kafka_partition, kafka_timestamp) AS example_partition,
  max_by(kafka_offset, kafka_timestamp) AS example_offset,
  max_by(reason, kafka_timestamp) AS example_reason
FROM quotes_quarantine
WHERE log_id = ?
GROUP BY code
ORDER BY records DESC, code
