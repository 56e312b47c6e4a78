import { GlueClient } from '@aws-sdk/client-glue';
import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { createCatalogViews } from '../../adapters/catalog-views.ts';
import { answerCloudFormation } from '../../adapters/cfn-response.ts';
import { createLogger, describeError } from '../../adapters/log.ts';
import { putView, removeView } from './manage-view.ts';
import { parseProperties } from './properties.ts';

const logger = createLogger('manage-views');
const views = createCatalogViews(new GlueClient({}));

/** Entry for the custom resource Custom::AthenaView. */
export async function handler(event: CloudFormationCustomResourceEvent, context: Context): Promise<void> {
  logger.addContext(context);
  const options = {
    physicalResourceId: event.LogicalResourceId,
    onError: (error: unknown) => {
      logger.error('view not managed', { requestType: event.RequestType, ...describeError(error) });
    },
  };
  await answerCloudFormation(event, context, options, async () => {
    // What was never made, for its properties were bad, must be deletable.
    if (event.RequestType === 'Delete' && event.PhysicalResourceId === event.LogicalResourceId) {
      return { physicalResourceId: event.PhysicalResourceId };
    }
    const name = parseProperties(event.ResourceProperties);
    const result = await (event.RequestType === 'Delete' ? removeView(views, name) : putView(views, name));
    logger.info('view managed', { ...name, requestType: event.RequestType, result });
    return { physicalResourceId: `${name.database}.${name.view}`, data: { Result: result } };
  });
}
