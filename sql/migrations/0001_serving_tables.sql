-- What the speed path serves. Rows are named by the source record that they repeat, so that writing one again changes nothing.

CREATE TABLE quotes_filtered (
  ts               timestamptz NOT NULL,
  symbol           text COLLATE "C" NOT NULL,
  company_name     text,
  low              double precision,
  high             double precision,
  latest_update    timestamptz,
  latest_price     double precision,
  source_log_id    text COLLATE "C" NOT NULL,
  source_topic     text COLLATE "C" NOT NULL,
  source_partition integer NOT NULL,
  source_offset    bigint NOT NULL,
  PRIMARY KEY (source_log_id, source_topic, source_partition, source_offset)
);
COMMENT ON TABLE quotes_filtered IS 'Every quote that the watchlist kept, once';
COMMENT ON COLUMN quotes_filtered.ts IS 'Event time: latest_update, else the source record''s timestamp';
COMMENT ON COLUMN quotes_filtered.symbol IS 'Ticker symbol, at most 256 characters of it';
COMMENT ON COLUMN quotes_filtered.company_name IS 'Name of the issuer';
COMMENT ON COLUMN quotes_filtered.low IS 'The day''s low so far, US dollars';
COMMENT ON COLUMN quotes_filtered.high IS 'The day''s high so far, US dollars';
COMMENT ON COLUMN quotes_filtered.latest_update IS 'Time of latest_price';
COMMENT ON COLUMN quotes_filtered.latest_price IS 'Most recent price, US dollars';
COMMENT ON COLUMN quotes_filtered.source_log_id IS 'Identity of the Kafka cluster that the record was filtered from';
COMMENT ON COLUMN quotes_filtered.source_topic IS 'Kafka topic that the record was filtered from';
COMMENT ON COLUMN quotes_filtered.source_partition IS 'Kafka partition in the source topic';
COMMENT ON COLUMN quotes_filtered.source_offset IS 'Kafka offset in the source topic';

-- The course of one symbol, newest first.
CREATE INDEX quotes_filtered_symbol_ts ON quotes_filtered (symbol, ts DESC);
-- A span of time over all symbols: rows lie almost in its order, so a block range index of some pages will do.
CREATE INDEX quotes_filtered_ts ON quotes_filtered USING brin (ts) WITH (autosummarize = on);

CREATE TABLE latest_quotes (
  ts               timestamptz NOT NULL,
  symbol           text COLLATE "C" NOT NULL PRIMARY KEY,
  company_name     text,
  low              double precision,
  high             double precision,
  latest_update    timestamptz,
  latest_price     double precision,
  source_log_id    text COLLATE "C" NOT NULL,
  source_topic     text COLLATE "C" NOT NULL,
  source_partition integer NOT NULL,
  source_offset    bigint NOT NULL
) WITH (fillfactor = 70);  -- the same few rows change all the time: room for the next version on the same page
COMMENT ON TABLE latest_quotes IS
  'The newest row of quotes_filtered by symbol: the largest (ts, source_partition, source_offset, source_log_id)';

CREATE TABLE stream_offsets (
  log_id          text COLLATE "C" NOT NULL,
  topic           text COLLATE "C" NOT NULL,
  kafka_partition integer NOT NULL,
  next_offset     bigint NOT NULL,
  updated_at      timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (log_id, topic, kafka_partition)
) WITH (fillfactor = 70);
COMMENT ON TABLE stream_offsets IS 'How far the topic is served. For lag alone: what to serve is never decided by it';
COMMENT ON COLUMN stream_offsets.log_id IS 'Identity of the Kafka cluster';
COMMENT ON COLUMN stream_offsets.topic IS 'Kafka topic that is served';
COMMENT ON COLUMN stream_offsets.next_offset IS 'One above the highest offset of which all is in the database';
COMMENT ON COLUMN stream_offsets.updated_at IS 'When it was last served';
