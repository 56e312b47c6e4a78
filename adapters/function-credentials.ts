/**
 * What stands in every bundle in place of the SDK's chain of credential providers, @aws-sdk/credential-provider-node: Lambda gives
 * a function its role's keys in its environment, and nothing of a profile, a single sign-on or an instance's metadata applies there.
 * The chain would be a third of a small bundle, and its `import()`s keep esbuild from leaving out what nobody calls.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
import { requireVariable } from '../core/config.ts';

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** As the SDK's own of this name; keys of an environment last as long as it does. @throws TickerlakeError CONFIG_INVALID */
export function defaultProvider(): () => Promise<Credentials> {
  // What is missing rejects the call that needed it.
  return () =>
    new Promise((resolve) => {
      resolve({
        accessKeyId: requireVariable(process.env, 'AWS_ACCESS_KEY_ID'),
        secretAccessKey: requireVariable(process.env, 'AWS_SECRET_ACCESS_KEY'),
        sessionToken: requireVariable(process.env, 'AWS_SESSION_TOKEN'),
      });
    });
}
