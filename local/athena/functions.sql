-- Functions of Athena that DuckDB lacks or answers differently, as macros that the translator calls.
-- Each is tried in test/unit/athena/functions.test.ts.

-- The failing cast says it: error() would be the plain way, but TRY() takes no volatile function.
CREATE MACRO athena_divide(a, b) AS CASE WHEN b = 0 THEN CAST('Division by zero' AS TINYINT) ELSE a // b END;
CREATE MACRO athena_decimal_divide(a, b) AS CASE WHEN b = 0 THEN CAST('Division by zero' AS TINYINT) ELSE a / b END;
CREATE MACRO athena_modulo(a, b) AS CASE WHEN b = 0 THEN CAST('Division by zero' AS TINYINT) ELSE a % b END;
CREATE MACRO athena_random(low, high) AS CAST(floor(low + random() * (high - low)) AS BIGINT);
CREATE MACRO athena_infinity() AS CAST('inf' AS DOUBLE);
CREATE MACRO athena_nan() AS CAST('nan' AS DOUBLE);
CREATE MACRO athena_e() AS exp(1.0::DOUBLE);
CREATE MACRO athena_is_finite(x) AS isfinite(CAST(x AS DOUBLE));
CREATE MACRO athena_is_infinite(x) AS isinf(CAST(x AS DOUBLE));
-- Trino numbers the buckets 0 (below) to n + 1 (above), and counts down when the bounds do.
CREATE MACRO athena_width_bucket(x, low, high, n) AS CAST(
  CASE WHEN low < high THEN CASE WHEN x < low THEN 0 WHEN x >= high THEN n + 1 ELSE floor((x - low) * 1.0::DOUBLE * n / (high - low)) + 1 END
       ELSE CASE WHEN x > low THEN 0 WHEN x <= high THEN n + 1 ELSE floor((low - x) * 1.0::DOUBLE * n / (low - high)) + 1 END END AS BIGINT);

CREATE MACRO athena_date_add(unit, n, t) AS t + CASE unit
  WHEN 'millisecond' THEN to_milliseconds(n) WHEN 'second' THEN to_seconds(n) WHEN 'minute' THEN to_minutes(n)
  WHEN 'hour' THEN to_hours(n) WHEN 'day' THEN to_days(CAST(n AS INTEGER)) WHEN 'week' THEN to_weeks(CAST(n AS INTEGER))
  WHEN 'month' THEN to_months(CAST(n AS INTEGER)) WHEN 'quarter' THEN to_months(CAST(3 * n AS INTEGER))
  WHEN 'year' THEN to_years(CAST(n AS INTEGER)) ELSE error('''' || unit || ''' is not a valid Timestamp field') END;
-- The wall clock of the zone: hour(), date() and date_trunc() of it are the zone's, as in Trino.
CREATE MACRO athena_at_timezone(t, zone) AS timezone(zone, CAST(t AS TIMESTAMPTZ));
CREATE MACRO athena_millisecond(t) AS date_part('millisecond', t) % 1000;
CREATE MACRO athena_to_iso8601(t) AS CASE typeof(t) WHEN 'DATE' THEN CAST(t AS VARCHAR)
  WHEN 'TIMESTAMP WITH TIME ZONE' THEN strftime(timezone('UTC', CAST(t AS TIMESTAMPTZ)), '%Y-%m-%dT%H:%M:%S.%gZ')
  ELSE strftime(CAST(t AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S.%g') END;

CREATE MACRO athena_split_part(s, d, n) AS CASE WHEN n <= len(string_split(s, d)) THEN split_part(s, d, n) END;
CREATE MACRO athena_codepoint(s) AS unicode(s);
CREATE MACRO athena_hamming_distance(a, b) AS hamming(a, b);
-- As forms are encoded: a blank is a plus.
CREATE MACRO athena_url_decode(s) AS url_decode(replace(s, '+', ' '));
CREATE MACRO athena_url_encode(s) AS replace(replace(replace(url_encode(s), '%20', '+'), '%2A', '*'), '~', '%7E');
CREATE MACRO athena_regexp_extract(s, p) AS CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p) END,
  (s, p, g) AS CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p, g) END;
CREATE MACRO athena_regexp_split(s, p) AS regexp_split_to_array(s, p);

-- Objects and arrays are no scalars; what is no JSON at all has none either.
CREATE MACRO athena_json_extract_scalar(j, p) AS CASE WHEN json_valid(CAST(j AS VARCHAR)) THEN
  CASE WHEN json_type(CAST(j AS JSON), p) IN ('OBJECT', 'ARRAY') THEN NULL ELSE json_extract_string(CAST(j AS JSON), p) END END;
CREATE MACRO athena_json_array_length(j) AS CASE WHEN json_type(CAST(j AS JSON)) = 'ARRAY' THEN CAST(json_array_length(CAST(j AS JSON)) AS BIGINT) END;
CREATE MACRO athena_json_array_get(j, i) AS json_extract(CAST(j AS JSON), '$[' || CASE WHEN i < 0 THEN '#' || i ELSE CAST(i AS VARCHAR) END || ']');
CREATE MACRO athena_json_array_contains(j, x) AS json_contains(CAST(j AS JSON), to_json(x));
CREATE MACRO athena_json_size(j, p) AS CAST(CASE json_type(CAST(j AS JSON), p) WHEN 'ARRAY' THEN json_array_length(CAST(j AS JSON), p)
  WHEN 'OBJECT' THEN len(json_keys(CAST(j AS JSON), p)) ELSE 0 END AS BIGINT);

CREATE MACRO athena_slice(a, start, n) AS list_slice(a, start, start + n - 1);
CREATE MACRO athena_repeat(x, n) AS list_transform(range(n), lambda _i: x);
CREATE MACRO athena_arrays_overlap(a, b) AS list_has_any(a, b);

CREATE MACRO athena_every(x) AS bool_and(x);
-- Trino's is that of the population, DuckDB's that of a sample.
CREATE MACRO athena_skewness(x) AS CASE WHEN count(x) > 2 THEN skewness(x) * (count(x) - 2) / sqrt(count(x) * (count(x) - 1.0::DOUBLE)) END;
CREATE MACRO athena_map_agg(k, v) AS map(list(k) FILTER (k IS NOT NULL), list(v) FILTER (k IS NOT NULL));
-- Independent of the rows' order, as Trino's; the bytes differ from Trino's.
CREATE MACRO athena_checksum(x) AS CASE WHEN count(*) > 0 THEN unhex(printf('%016x', CAST(sum(CAST(hash(x) AS HUGEINT)) % 9223372036854775807 AS BIGINT))) END;
