/** What the analysis and the dashboard show: the sheets, one file each, put together. */
import type { CfnDashboard } from 'aws-cdk-lib/aws-quicksight';
import { marketSheet } from './sheets/market.ts';
import { pipelineSheet } from './sheets/pipeline.ts';
import { pricesSheet } from './sheets/prices.ts';
import { watchlistSheet } from './sheets/watchlist.ts';

/** @param dataSetArns by the identifier that visuals know each by */
export function quotesDefinition(
  dataSetArns: ReadonlyMap<string, string>,
): CfnDashboard.DashboardVersionDefinitionProperty {
  const parts = [pricesSheet(), marketSheet(), pipelineSheet(), watchlistSheet()];
  return {
    dataSetIdentifierDeclarations: [...dataSetArns].map(([identifier, dataSetArn]) => ({
      identifier,
      dataSetArn,
    })),
    sheets: parts.map(({ sheet }) => sheet),
    calculatedFields: parts.flatMap(({ calculatedFields = [] }) => calculatedFields),
    parameterDeclarations: parts.flatMap(({ parameters = [] }) => parameters),
    filterGroups: parts.flatMap(({ filterGroups = [] }) => filterGroups),
    // Times of the lake have no zone and are UTC.
    options: { timezone: 'UTC' },
  };
}
