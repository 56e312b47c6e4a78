-- Whom QuickSight logs in as. It knows no IAM token, so this user is no member of rds_iam; migrate-database gives it the password of
-- its secret where there is a dashboard. Without one it has no password, and nobody can log in as it.

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'quicksight_reader') THEN
    CREATE ROLE quicksight_reader LOGIN;
  END IF;
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO quicksight_reader', current_database());
END
$$;

GRANT USAGE ON SCHEMA public TO quicksight_reader;
GRANT SELECT ON quotes_filtered, latest_quotes TO quicksight_reader;

ALTER ROLE quicksight_reader SET default_transaction_read_only = on;
ALTER ROLE quicksight_reader SET statement_timeout = '60s';
ALTER ROLE quicksight_reader SET idle_in_transaction_session_timeout = '60s';
-- Each visual asks on a connection of its own; those of serve-quotes must not be used up.
ALTER ROLE quicksight_reader CONNECTION LIMIT 10;
