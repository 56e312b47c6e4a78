/** Athena workgroups: what cdk-nag asks nothing about, beyond encryption. */
import { dig } from './deployment.ts';
import type { Guardrail } from './guardrail.ts';

const ATHENA_GUIDE = 'https://docs.aws.amazon.com/athena/latest/ug';

/** 10 MB, the least that Athena takes. */
const LEAST_CUTOFF_BYTES = 10_000_000;

const ENFORCED: Guardrail = {
  id: 'athena-workgroup-enforced',
  forbids: 'a workgroup whose settings a client may override',
  why: 'results would go, unencrypted, to where a client likes, and the cutoff would hold for those who want it',
  source: `${ATHENA_GUIDE}/workgroups-settings-override.html`,
  *check(deployment) {
    for (const resource of deployment.ofType('AWS::Athena::WorkGroup')) {
      const property = 'WorkGroupConfiguration.EnforceWorkGroupConfiguration';
      const value = dig(resource.properties, property);
      if (value !== true)
        yield { resource, property, value, allowed: 'true', fix: 'set enforceWorkGroupConfiguration' };
    }
  },
};

const CUTOFF: Guardrail = {
  id: 'athena-scan-cutoff',
  forbids: 'a workgroup without a cutoff of bytes scanned by a query, or with one below 10 MB',
  why: 'one forgotten condition scans the whole lake; and Athena refuses less than 10 MB',
  source: `${ATHENA_GUIDE}/workgroups-setting-control-limits-cloudwatch.html`,
  *check(deployment) {
    for (const resource of deployment.ofType('AWS::Athena::WorkGroup')) {
      const property = 'WorkGroupConfiguration.BytesScannedCutoffPerQuery';
      const value = dig(resource.properties, property);
      if (!Number.isInteger(value) || Number(value) < LEAST_CUTOFF_BYTES)
        yield {
          resource,
          property,
          value,
          allowed: `${LEAST_CUTOFF_BYTES} bytes or more`,
          fix: 'set workgroups.<audience>.scanCutoffMB to 10 or more',
        };
    }
  },
};

const RESULTS: Guardrail = {
  id: 'athena-results-encrypted',
  forbids: 'a workgroup whose results have no place or no KMS key',
  why: 'a query without a place for its results fails, and results are copies of what the lake encrypts',
  source: `${ATHENA_GUIDE}/encrypting-query-results-stored-in-s3.html`,
  *check(deployment) {
    for (const resource of deployment.ofType('AWS::Athena::WorkGroup')) {
      const result = 'WorkGroupConfiguration.ResultConfiguration';
      const option = dig(resource.properties, `${result}.EncryptionConfiguration.EncryptionOption`);
      if (option !== 'SSE_KMS' && option !== 'CSE_KMS')
        yield {
          resource,
          property: `${result}.EncryptionConfiguration.EncryptionOption`,
          value: option,
          allowed: 'SSE_KMS or CSE_KMS',
          fix: "encrypt results with the lake's key",
        };
      const location = dig(resource.properties, `${result}.OutputLocation`);
      if (!deployment.text(location, resource.stack).startsWith('s3://'))
        yield {
          resource,
          property: `${result}.OutputLocation`,
          value: location,
          allowed: 's3://bucket/prefix/',
          fix: 'name a prefix of the results bucket',
        };
    }
  },
};

export const WORKGROUP_GUARDRAILS: readonly Guardrail[] = [ENFORCED, CUTOFF, RESULTS];
