import { replace, rewrite, set } from '../draft.ts';
import type { Mistake } from '../mistake.ts';

const DASHBOARD = 'AWS::QuickSight::Dashboard';
const DATA_SET = 'AWS::QuickSight::DataSet';

export const QUICKSIGHT_MISTAKES: readonly Mistake[] = [
  {
    id: 'data-set-without-name',
    stage: 'dev',
    rule: 'quicksight-name',
    make: (draft) => {
      set(draft.of(DATA_SET), 'Name', undefined);
    },
  },
  {
    id: 'visual-on-undeclared-data-set',
    stage: 'dev',
    rule: 'quicksight-definition-names',
    make: (draft) => {
      rewrite(
        draft.of(DASHBOARD),
        'Definition',
        '"DataSetIdentifier":"candles"',
        '"DataSetIdentifier":"bars"',
      );
    },
  },
  {
    id: 'visual-on-lost-column',
    stage: 'prod',
    rule: 'quicksight-definition-names',
    make: (draft) => {
      const candles = draft.of(DATA_SET, 'DataSetscandles');
      replace(candles, 'PhysicalTableMap', 'candle_start', 'candle_begin');
    },
  },
  {
    id: 'dashboard-for-a-role',
    stage: 'dev',
    rule: 'quicksight-principal',
    make: (draft) => {
      set(draft.of(DATA_SET), 'Permissions.0.Principal', 'arn:aws:iam::123456789012:role/analysts');
    },
  },
  {
    id: 'spice-that-nothing-refreshes',
    stage: 'dev',
    rule: 'quicksight-refresh',
    make: (draft) => {
      draft.remove('AWS::QuickSight::RefreshSchedule');
    },
  },
  {
    id: 'data-set-on-a-source-of-elsewhere',
    stage: 'prod',
    rule: 'quicksight-data-source',
    make: (draft) => {
      const table = draft.of(DATA_SET, 'DataSetsticks');
      set(
        table,
        'PhysicalTableMap.ticks.CustomSql.DataSourceArn',
        'arn:aws:quicksight:us-east-1:1:datasource/other',
      );
    },
  },
];
