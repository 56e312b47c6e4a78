import { Stack } from 'aws-cdk-lib';
import { CfnTheme } from 'aws-cdk-lib/aws-quicksight';
import { Construct } from 'constructs';
import type { Stage } from '../../../core/names.ts';
import { dashboardAssetId } from '../../../core/names.ts';
import type { Principals } from './principals.ts';

export interface ThemeProps {
  readonly stage: Stage;
  readonly principals: Principals;
}

/** Told apart by people who see few colours: https://jfly.uni-koeln.de/color/ (Okabe and Ito). A palette takes eight or more. */
const SERIES_COLORS = [
  '#0072B2',
  '#D55E00',
  '#009E73',
  '#CC79A7',
  '#56B4E9',
  '#E69F00',
  '#000000',
  '#F0E442',
];

/** Colours and spacing of the dashboard. */
export class Theme extends Construct {
  readonly themeArn: string;

  constructor(scope: Construct, id: string, { stage, principals }: ThemeProps) {
    super(scope, id);
    const theme = new CfnTheme(this, 'Resource', {
      awsAccountId: Stack.of(this).account,
      themeId: dashboardAssetId(stage, 'quotes'),
      name: `tickerlake (${stage})`,
      baseThemeId: 'CLASSIC',
      configuration: {
        dataColorPalette: {
          colors: SERIES_COLORS,
          emptyFillColor: '#EEEEEE',
          minMaxGradient: ['#E1F0FA', '#0072B2'],
        },
        uiColorPalette: {
          primaryForeground: '#1B2733',
          primaryBackground: '#FFFFFF',
          secondaryForeground: '#52606D',
          secondaryBackground: '#F5F7FA',
          accent: '#0072B2',
          accentForeground: '#FFFFFF',
          danger: '#B3261E',
          dangerForeground: '#FFFFFF',
          warning: '#E69F00',
          warningForeground: '#1B2733',
          success: '#00724F',
          successForeground: '#FFFFFF',
        },
        sheet: {
          tile: { border: { show: true } },
          tileLayout: { gutter: { show: true }, margin: { show: true } },
        },
      },
      permissions: principals.theme,
    });
    this.themeArn = theme.attrArn;
  }
}
