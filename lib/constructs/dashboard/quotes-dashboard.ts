import { Stack } from 'aws-cdk-lib';
import { CfnAnalysis, CfnDashboard } from 'aws-cdk-lib/aws-quicksight';
import { Construct } from 'constructs';
import { findBrokenNames } from '../../../core/dashboard/broken-names.ts';
import type { DataSetDefinition } from '../../../core/dashboard/data-set.ts';
import { TickerlakeError } from '../../../core/errors.ts';
import type { Stage } from '../../../core/names.ts';
import { dashboardAssetId } from '../../../core/names.ts';
import type { Principals } from './principals.ts';

export interface QuotesDashboardProps {
  readonly stage: Stage;
  readonly definition: CfnDashboard.DashboardVersionDefinitionProperty;
  /** What the definition may name. */
  readonly dataSets: readonly DataSetDefinition[];
  readonly themeArn: string;
  readonly principals: Principals;
}

/** One definition, twice: the dashboard that people look at, and the analysis in which authors try what it could become. */
export class QuotesDashboard extends Construct {
  readonly dashboardId: string;
  readonly analysisId: string;

  /** @throws TickerlakeError DASHBOARD_INVALID if the definition names a column, data set, parameter or id that is not there */
  constructor(scope: Construct, id: string, props: QuotesDashboardProps) {
    super(scope, id);
    const { stage, definition, themeArn, principals } = props;
    requireSoundNames(props);
    const awsAccountId = Stack.of(this).account;
    this.analysisId = dashboardAssetId(stage, 'quotes');
    this.dashboardId = dashboardAssetId(stage, 'quotes');
    const name = `Quotes (${stage})`;
    new CfnAnalysis(this, 'Analysis', {
      awsAccountId,
      analysisId: this.analysisId,
      name,
      definition,
      themeArn,
      permissions: principals.analysis,
    });
    new CfnDashboard(this, 'Dashboard', {
      awsAccountId,
      dashboardId: this.dashboardId,
      name,
      definition,
      themeArn,
      permissions: principals.dashboard,
      dashboardPublishOptions: {
        adHocFilteringOption: { availabilityStatus: 'ENABLED' },
        exportToCsvOption: { availabilityStatus: 'ENABLED' },
        sheetControlsOption: { visibilityState: 'EXPANDED' },
      },
    });
  }
}

function requireSoundNames({ definition, dataSets }: QuotesDashboardProps): void {
  const columns = new Map(dataSets.map((each) => [each.identifier, each.columns]));
  const broken = findBrokenNames(asCloudFormation(definition), columns);
  if (broken.length === 0) return;
  throw new TickerlakeError(
    'DASHBOARD_INVALID',
    `the dashboard names what is not there: ${broken.join('; ')}`,
    {
      hint: 'correct the name in lib/constructs/dashboard/definition/, or add it to its data set in core/dashboard/',
    },
  );
}

/** `sheetId` -> `SheetId`, all the way down: what CDK does to the names of properties. */
function asCloudFormation(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asCloudFormation);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]: [string, unknown]) => [
      `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`,
      asCloudFormation(item),
    ]),
  );
}
