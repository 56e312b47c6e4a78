/**
 * Who may do what with the assets of a dashboard. QuickSight takes the actions of a role on an asset together, or not at all:
 * https://docs.aws.amazon.com/quicksight/latest/developerguide/dashboard-permissions.html has those of dashboards, and the pages
 * beside it the others.
 */
import type { DashboardConfig } from '../../config/stage-config.ts';

/** As each resource of QuickSight takes it. */
export interface Permission {
  readonly principal: string;
  readonly actions: string[];
}

const actions = (...names: readonly string[]): string[] => names.map((name) => `quicksight:${name}`);

const USE_DATA_SOURCE = actions('DescribeDataSource', 'DescribeDataSourcePermissions', 'PassDataSource');
const USE_DATA_SET = actions(
  'DescribeDataSet',
  'DescribeDataSetPermissions',
  'PassDataSet',
  'DescribeIngestion',
  'ListIngestions',
);
const USE_THEME = actions('DescribeTheme', 'DescribeThemeAlias', 'ListThemeAliases', 'ListThemeVersions');
const LOOK_AT_DASHBOARD = actions('DescribeDashboard', 'ListDashboardVersions', 'QueryDashboard');
const OWN_ANALYSIS = actions(
  'DescribeAnalysis',
  'DescribeAnalysisPermissions',
  'QueryAnalysis',
  'UpdateAnalysis',
  'UpdateAnalysisPermissions',
  'RestoreAnalysis',
  'DeleteAnalysis',
);

/** Permissions for the principals that a stage names. What the code makes nobody changes by hand, but for the analysis. */
export class Principals {
  private readonly authors: readonly string[];
  private readonly readers: readonly string[];

  constructor({ authors, readers }: DashboardConfig) {
    this.authors = list(authors);
    this.readers = list(readers);
  }

  get dataSource(): Permission[] {
    return grant(this.authors, USE_DATA_SOURCE);
  }

  get dataSet(): Permission[] {
    return grant(this.authors, USE_DATA_SET);
  }

  /** Whoever sees the dashboard sees it in its theme. */
  get theme(): Permission[] {
    return grant([...this.authors, ...this.readers], USE_THEME);
  }

  get analysis(): Permission[] {
    return grant(this.authors, OWN_ANALYSIS);
  }

  get dashboard(): Permission[] {
    return grant([...this.authors, ...this.readers], LOOK_AT_DASHBOARD);
  }
}

function list(arns: string): string[] {
  return arns.split(',').filter((arn) => arn !== '');
}

/** A principal that is named twice has one entry: QuickSight refuses more. */
function grant(principals: readonly string[], allowed: string[]): Permission[] {
  return [...new Set(principals)].map((principal) => ({ principal, actions: allowed }));
}
