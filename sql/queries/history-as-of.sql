-- title: History as it was
-- description: What compacted history held at a moment, by day: change the moment in the statement, which may be as far back as snapshots are kept (it can be no parameter, Trino takes none there)
-- needs: history
-- columns: dt varchar, quotes bigint, symbols bigint, first_event_time timestamp(3), last_event_time timestamp(3)
SELECT
  dt,
  count(*) AS quotes,
  count(DISTINCT symbol) AS symbols,
  -- Iceberg keeps microseconds.
  CAST(min(event_time) AS timestamp(3)) AS first_event_time,
  CAST(max(event_time) AS timestamp(3)) AS last_event_time
-- Such as TIMESTAMP '2026-11-20 06:30:00 UTC'; query history-snapshots lists what there is to choose from.
FROM quotes_history FOR TIMESTAMP AS OF current_timestamp - interval '1' second
GROUP BY dt
ORDER BY dt
