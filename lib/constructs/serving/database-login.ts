import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Grant } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { DatabaseUser } from '../../../core/serving.ts';
import { DATABASE_USERS } from '../../../core/serving.ts';

export interface DatabaseLoginProps {
  readonly user: DatabaseUser;
  readonly description: string;
  readonly encryptionKey: IKey;
}

/** Name and password of a user that cannot log in with an IAM token. Nobody knows the password; the migrations set it. */
export class DatabaseLogin extends Construct {
  readonly secretArn: string;
  private readonly key: IKey;

  constructor(scope: Construct, id: string, { user, description, encryptionKey }: DatabaseLoginProps) {
    super(scope, id);
    const secret = new Secret(this, 'Resource', {
      description,
      encryptionKey,
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ username: DATABASE_USERS[user] }),
        generateStringKey: 'password',
        passwordLength: 48,
        excludePunctuation: true,
      },
    });
    this.key = encryptionKey;
    this.secretArn = secret.secretArn;
  }

  grantRead(grantee: IGrantable): Grant {
    return this.key.grant(grantee, 'kms:Decrypt').combine(
      Grant.addToPrincipal({
        grantee,
        actions: ['secretsmanager:GetSecretValue'],
        resourceArns: [this.secretArn],
      }),
    );
  }
}
