-- title: Snapshots of history
-- description: The states that compacted history can be read in, newest first: when each was committed, by what operation, and how many rows and files it holds
-- needs: history
-- columns: committed_at timestamp(3), snapshot_id bigint, operation varchar, added_rows bigint, total_rows bigint, total_files bigint
SELECT
  CAST(at_timezone(committed_at, 'UTC') AS timestamp(3)) AS committed_at,
  snapshot_id,
  operation,
  CAST(element_at(summary, 'added-records') AS bigint) AS added_rows,
  CAST(element_at(summary, 'total-records') AS bigint) AS total_rows,
  CAST(element_at(summary, 'total-data-files') AS bigint) AS total_files
FROM "quotes_history$snapshots"
ORDER BY committed_at DESC, snapshot_id DESC
