import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Grant } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { DATABASE_USERS } from '../../../core/serving.ts';

export interface CrawlerLoginProps {
  readonly encryptionKey: IKey;
}

/** Name and password that Glue's crawler logs in to the database with: a JDBC connection knows no IAM token. */
export class CrawlerLogin extends Construct {
  readonly secretArn: string;
  private readonly key: IKey;

  constructor(scope: Construct, id: string, { encryptionKey }: CrawlerLoginProps) {
    super(scope, id);
    const secret = new Secret(this, 'Resource', {
      description: 'How Glue logs in to the serving database; the migrations set it there',
      encryptionKey,
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ username: DATABASE_USERS.crawler }),
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
