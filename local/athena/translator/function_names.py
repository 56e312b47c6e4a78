"""Which functions an analyst may call: those of Athena engine version 3 (Trino's) and no others.

A function that only DuckDB has would work here and fail on Athena, so it is refused as Athena would refuse it. One that only
Athena has is refused by name too, so that nothing is answered wrongly: dialect-gaps.md lists those.
Source: https://trino.io/docs/current/functions/list-by-topic.html
"""

from sqlglot.tokens import TokenType

from failure import QueryFailure

SUPPORTED = frozenset(
    """
    abs acos all_match any_match any_value approx_distinct approx_percentile arbitrary array_agg array_distinct array_except
    array_intersect array_join array_max array_min array_position array_remove array_sort array_union
    arrays_overlap asin at_timezone atan atan2 avg bit_count bitwise_and bitwise_and_agg bitwise_left_shift bitwise_not
    bitwise_or bitwise_or_agg bitwise_right_shift bitwise_xor bitwise_xor_agg bool_and bool_or cardinality cast cbrt ceil
    ceiling checksum chr coalesce codepoint concat concat_ws contains corr cos cosh count count_if covar_pop covar_samp
    cume_dist current_catalog current_date current_schema current_time current_timestamp current_timezone date date_add
    date_diff date_format date_parse date_trunc day day_of_month day_of_week day_of_year degrees dense_rank dow doy e
    element_at every exp extract filter first_value flatten floor format_datetime from_base64 from_hex
    from_iso8601_date from_iso8601_timestamp from_unixtime from_utf8 geometric_mean greatest grouping hamming_distance
    histogram hour if infinity is_finite is_infinite is_nan json_array_contains json_array_get json_array_length json_extract
    json_extract_scalar json_format json_parse json_size kurtosis lag last_day_of_month last_value lead least length
    levenshtein_distance listagg ln localtime localtimestamp log log10 log2 lower lpad ltrim map map_agg map_concat
    map_entries map_filter map_from_entries map_keys map_values max max_by md5 millisecond min min_by minute mod month nan
    none_match now nth_value ntile nullif parse_datetime percent_rank pi position pow power quarter radians rand random rank
    reduce regexp_count regexp_extract regexp_extract_all regexp_like regexp_replace regexp_split regr_intercept regr_slope
    repeat replace reverse round row row_number rpad rtrim second sequence sha1 sha256 sign sin sinh skewness slice split
    split_part sqrt starts_with stddev stddev_pop stddev_samp strpos substr substring sum tan tanh to_base64 to_hex
    to_iso8601 to_unixtime to_utf8 transform transform_keys transform_values translate trim truncate try try_cast typeof upper url_decode
    url_encode uuid var_pop var_samp variance week week_of_year width_bucket with_timezone year year_of_week yow
    """.split()
)

GAPS = frozenset(
    """
    approx_most_frequent approx_set array_histogram bar beta_cdf bing_tile bing_tile_at bing_tile_coordinates
    bing_tile_polygon bing_tile_quadkey bing_tile_zoom_level bing_tiles_around bitwise_right_shift_arithmetic char2hexint
    classifier classify color combinations convex_hull_agg cosine_distance cosine_similarity crc32 empty_approx_set entropy
    evaluate_classifier_predictions features format format_number from_base from_base32 from_base64url from_big_endian_32
    from_big_endian_64 from_encoded_polyline from_geojson_geometry from_ieee754_32 from_ieee754_64 from_unixtime_nanos
    geometry_from_hadoop_shape geometry_invalid_reason geometry_nearest_points geometry_to_bing_tiles geometry_union
    geometry_union_agg great_circle_distance hash_counts hmac_md5 hmac_sha1 hmac_sha256 hmac_sha512 human_readable_seconds
    index intersection_cardinality inverse_beta_cdf inverse_normal_cdf is_json_scalar jaccard_index json_array json_exists
    json_object json_query json_value learn_classifier learn_libsvm_classifier learn_libsvm_regressor learn_regressor
    line_interpolate_point line_interpolate_points line_locate_point luhn_check make_set_digest map_union map_zip_with
    match_number merge merge_set_digest multimap_agg multimap_from_entries murmur3 ngrams normal_cdf normalize
    numeric_histogram parse_data_size parse_duration parse_presto_data_size qdigest_agg reduce_agg regexp_position regress
    render rgb sha512 shuffle simplify_geometry soundex spatial_partitioning spatial_partitions split_to_map
    split_to_multimap spooky_hash_v2_32 spooky_hash_v2_64 tdigest_agg timezone timezone_hour timezone_minute to_base
    to_base32 to_base64url to_big_endian_32 to_big_endian_64 to_char to_date to_encoded_polyline to_geojson_geometry
    to_geometry to_ieee754_32 to_ieee754_64 to_milliseconds to_spherical_geography to_timestamp trim_array
    url_extract_fragment url_extract_host url_extract_parameter url_extract_path url_extract_port url_extract_protocol
    url_extract_query value_at_quantile values_at_quantiles version wilson_interval_lower wilson_interval_upper word_stem
    xxhash64 zip zip_with
    """.split()
)

# Words that stand before a parenthesis without being called.
_SYNTAX = frozenset(
    """
    all and any array as between bernoulli by case char cube day decimal distinct double else end escape except exists
    explain for from full group grouping having hour in inner intersect interval into is join lateral left like limit
    minute month not null numeric offset on or order outer over partition precision preceding range recursive right rollup
    rows second select sets some system table tablesample then time timestamp union unnest using values varbinary varchar
    when where window with within year
    """.split()
)


def check_functions(sql: str, tokens: list, own_names: set[str]) -> None:
    """Raises FUNCTION_NOT_FOUND or NOT_SUPPORTED for the first call of a function that is not run here.

    own_names: relations that the query names itself, whose column lists look like calls: WITH t (a, b), AS t (a, b)."""
    for token, after in zip(tokens, tokens[1:]):
        if after.token_type != TokenType.L_PAREN:
            continue
        name = token.text.lower()
        if not name.isidentifier() or token.token_type == TokenType.STRING:
            continue
        if name in SUPPORTED or name in _SYNTAX or name in own_names:
            continue
        if name == "match_recognize":
            raise QueryFailure(
                "NOT_SUPPORTED", "MATCH_RECOGNIZE is run by Athena but not by the local engine", token.start
            )
        if name in GAPS or name.startswith("st_"):
            raise QueryFailure(
                "NOT_SUPPORTED",
                f"Function '{name}' is run by Athena but not by the local engine: local/athena/dialect-gaps.md lists such functions",
                token.start,
            )
        raise QueryFailure("FUNCTION_NOT_FOUND", f"Function '{name}' not registered", token.start)
