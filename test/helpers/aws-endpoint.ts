/** A gateway over a fresh emulator, for tests that call it with the AWS SDK's own clients. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMoto } from '../../local/engines/moto.ts';
import {
  type AwsCredentials,
  type Gateway,
  type PolicyDocument,
  type PolicyStatement,
  startGateway,
} from '../../local/gateway/index.ts';
import { startGuard } from '../../local/supervisor/index.ts';

export const ACCOUNT = '123456789012';
export const REGION = 'us-east-1';

/** What every SDK client needs to talk to the endpoint. */
export interface ClientOptions {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: AwsCredentials;
  readonly maxAttempts: number;
}

export interface TestEndpoint {
  readonly gateway: Gateway;
  readonly motoEndpoint: string;
  readonly warnings: readonly string[];
  /** Client options of the operator, or of a new session of a role with these statements. */
  as(credentials?: AwsCredentials): ClientOptions;
  role(name: string, statements: readonly PolicyStatement[], trust?: PolicyDocument): ClientOptions;
  stop(): Promise<void>;
}

export async function startTestEndpoint(): Promise<TestEndpoint> {
  const dir = await mkdtemp(join(tmpdir(), 'tickerlake-gateway-'));
  const guard = await startGuard();
  const moto = await startMoto(guard, { dir });
  const warnings: string[] = [];
  const gateway = await startGateway({
    motoEndpoint: moto.endpoint,
    account: ACCOUNT,
    region: REGION,
    onWarning: (line) => warnings.push(line),
  });
  const as = (credentials = gateway.operator): ClientOptions => ({
    endpoint: gateway.endpoint,
    region: REGION,
    credentials,
    maxAttempts: 1,
  });
  return {
    gateway,
    motoEndpoint: moto.endpoint,
    warnings,
    as,
    role: (name, statements, trust = { Statement: [] }) => {
      const document = { Version: '2012-10-17', Statement: statements };
      const arn = `arn:aws:iam::${ACCOUNT}:role/${name}`;
      gateway.putRole({ name, arn, trust, policies: [{ name: 'policy', document }] });
      return as(gateway.issueCredentials(name));
    },
    stop: async () => {
      await gateway.stop();
      await moto.stop();
      await guard.stopAll();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export const allow = (Action: string | string[], Resource: string | string[]): PolicyStatement => ({
  Effect: 'Allow',
  Action,
  Resource,
});
