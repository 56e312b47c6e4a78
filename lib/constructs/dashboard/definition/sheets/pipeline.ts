/** The lake itself: how fresh it is, and what it keeps in quarantine. */
import { FRESHNESS, QUARANTINE } from '../../../../../core/dashboard/pipeline-data-sets.ts';
import { category, cell, fieldId, measure, newest, period } from '../fields.ts';
import type { SheetParts } from '../sheet.ts';
import { grid } from '../sheet.ts';
import { barChart, byField, comboChart, kpi, table } from '../visuals.ts';

export function pipelineSheet(): SheetParts {
  return {
    sheet: {
      sheetId: 'pipeline',
      name: 'Pipeline',
      contentType: 'INTERACTIVE',
      visuals: [newestQuote(), quarantinedRecords(), freshness(), quarantine(), quarantineTable()],
      layouts: [
        grid([
          { height: 5, visuals: { 'newest-quote': 18, 'quarantined-records': 18 } },
          { height: 10, visuals: { freshness: 36 } },
          { height: 10, visuals: { quarantine: 18, 'quarantine-table': 18 } },
        ]),
      ],
    },
  };
}

function newestQuote() {
  return kpi({
    id: 'newest-quote',
    title: 'Newest quote',
    subtitle: 'UTC, as of the last import',
    value: newest(FRESHNESS, 'last_event_time'),
  });
}

function quarantinedRecords() {
  return kpi({
    id: 'quarantined-records',
    title: 'Records in quarantine',
    subtitle: 'Of the cluster that is running, all topics',
    value: measure(QUARANTINE, 'records', 'SUM', 'count'),
  });
}

function freshness() {
  return comboChart({
    id: 'freshness',
    title: 'Freshness',
    subtitle: "Quotes by hour, and the time from a quote's own to its record's in Kafka, in seconds",
    category: period(FRESHNESS, 'hour', 'HOUR'),
    bars: [measure(FRESHNESS, 'quotes', 'SUM', 'count')],
    lines: [
      measure(FRESHNESS, 'median_lag_seconds', 'MAX', 'seconds'),
      measure(FRESHNESS, 'p95_lag_seconds', 'MAX', 'seconds'),
    ],
    sort: [byField(fieldId(FRESHNESS, 'hour'), 'ASC')],
  });
}

function quarantine() {
  return barChart({
    id: 'quarantine',
    title: 'Quarantine',
    subtitle: 'Records that broke a quality rule, by the day they came and the rule',
    orientation: 'VERTICAL',
    category: period(QUARANTINE, 'hour', 'DAY'),
    values: [measure(QUARANTINE, 'records', 'SUM', 'count')],
    colors: category(QUARANTINE, 'code'),
    sort: [byField(fieldId(QUARANTINE, 'hour'), 'ASC')],
  });
}

function quarantineTable() {
  return table({
    id: 'quarantine-table',
    title: 'Quarantine by rule',
    subtitle: 'The last seen first, with one to start looking at',
    columns: [
      cell(QUARANTINE, 'last_seen'),
      cell(QUARANTINE, 'topic'),
      cell(QUARANTINE, 'code'),
      cell(QUARANTINE, 'records', 'count'),
      cell(QUARANTINE, 'example_reason'),
    ],
    sort: [byField(fieldId(QUARANTINE, 'last_seen'), 'DESC')],
  });
}
