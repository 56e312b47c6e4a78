-- Who may do what. quotes_writer and quotes_reader have no password: role rds_iam lets them in with an IAM token.
-- https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.DBAccounts.html

DO $$
DECLARE
  name text;
BEGIN
  -- Users belong to the instance, not to the database: they may be there already.
  FOREACH name IN ARRAY ARRAY['quotes_writer', 'quotes_reader', 'glue_crawler'] LOOP
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = name) THEN
      EXECUTE format('CREATE ROLE %I LOGIN', name);
    END IF;
  END LOOP;
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO quotes_writer, quotes_reader, glue_crawler', current_database());
END
$$;

GRANT rds_iam TO quotes_writer, quotes_reader;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO quotes_writer, quotes_reader, glue_crawler;

-- A row of quotes_filtered never changes.
GRANT SELECT, INSERT ON quotes_filtered TO quotes_writer;
GRANT SELECT, INSERT, UPDATE ON latest_quotes, stream_offsets TO quotes_writer;
GRANT SELECT ON quotes_filtered, latest_quotes, stream_offsets TO quotes_reader, glue_crawler;

-- Limits belong to users, not to connections: RDS Proxy takes no command-line options, and a SET would pin the session.
-- https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-pinning.html
ALTER ROLE quotes_writer SET statement_timeout = '15s';
ALTER ROLE quotes_writer SET lock_timeout = '5s';
-- A function that was killed in the middle of a transaction must not hold its locks for long.
ALTER ROLE quotes_writer SET idle_in_transaction_session_timeout = '15s';

ALTER ROLE quotes_reader SET default_transaction_read_only = on;
ALTER ROLE quotes_reader SET statement_timeout = '60s';
ALTER ROLE quotes_reader SET idle_in_transaction_session_timeout = '60s';
-- People and tools must not use up the connections that serve-quotes needs.
ALTER ROLE quotes_reader CONNECTION LIMIT 20;

ALTER ROLE glue_crawler SET default_transaction_read_only = on;
ALTER ROLE glue_crawler SET statement_timeout = '5min';
ALTER ROLE glue_crawler SET idle_in_transaction_session_timeout = '60s';
ALTER ROLE glue_crawler CONNECTION LIMIT 5;
