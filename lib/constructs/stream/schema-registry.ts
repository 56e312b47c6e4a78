import { RemovalPolicy } from 'aws-cdk-lib';
import { CfnRegistry, CfnSchema, CfnSchemaVersion } from 'aws-cdk-lib/aws-glue';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Grant } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { TickerlakeError } from '../../../core/errors.ts';
import type { AvroRecordSchema } from '../../../core/quote.ts';
import { findBackwardIncompatibility } from '../../../core/schema-compat.ts';

export interface SchemaRegistryProps {
  readonly registryName: string;
}

/** A Glue schema registry. */
export class SchemaRegistry extends Construct {
  readonly registryName: string;
  readonly registryArn: string;

  constructor(scope: Construct, id: string, props: SchemaRegistryProps) {
    super(scope, id);
    const registry = new CfnRegistry(this, 'Resource', {
      name: props.registryName,
      description: 'Schemas of the records in Kafka topics and of the bytes in the lake',
    });
    registry.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    this.registryName = props.registryName;
    this.registryArn = registry.attrArn;
  }
}

export interface TopicSchemaProps {
  readonly registry: SchemaRegistry;
  readonly schemaName: string;
  /** Every published version, oldest first. Only ever appended to: bytes in the lake name them. */
  readonly versions: readonly AvroRecordSchema[];
}

/**
 * The Avro schema of a topic's values, BACKWARD compatible from version to version. Version 1 is the schema resource itself
 * (CloudFormation would replace it on a change); each later one is a resource that waits for the one before it.
 * @throws TickerlakeError SCHEMA_INCOMPATIBLE for a version that cannot read what the one before it wrote: Glue would refuse
 * it in the middle of a deployment, and name no field
 */
export class TopicSchema extends Construct {
  readonly schemaName: string;
  private readonly schemaArn: string;
  private readonly registry: SchemaRegistry;

  constructor(scope: Construct, id: string, props: TopicSchemaProps) {
    super(scope, id);
    const [first, ...later] = props.versions;
    if (first === undefined) throw new RangeError(`schema ${props.schemaName} has no version`);
    checkVersions(props);
    const schema = new CfnSchema(this, 'Resource', {
      name: props.schemaName,
      registry: { arn: props.registry.registryArn },
      dataFormat: 'AVRO',
      compatibility: 'BACKWARD',
      schemaDefinition: JSON.stringify(first),
    });
    schema.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    this.registry = props.registry;
    this.schemaName = props.schemaName;
    this.schemaArn = schema.attrArn;
    later.reduce<CfnSchema | CfnSchemaVersion>((previous, definition, index) => {
      const version = new CfnSchemaVersion(this, `Version${index + 2}`, {
        schema: { schemaArn: schema.attrArn },
        schemaDefinition: JSON.stringify(definition),
      });
      version.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
      version.addResourceDependency(previous);
      return version;
    }, schema);
  }

  /** To frame records: finds the version that a definition was published as. */
  grantFindVersion(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['glue:GetSchemaByDefinition'],
      resourceArns: [this.registry.registryArn, this.schemaArn],
    });
  }

  /** To decode records: reads the definition behind the version id that a record names. Versions have no ARN of their own. */
  grantReadVersions(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({ grantee, actions: ['glue:GetSchemaVersion'], resourceArns: ['*'] });
  }
}

function checkVersions({ schemaName, versions }: TopicSchemaProps): void {
  versions.slice(1).forEach((version, index) => {
    const found = findBackwardIncompatibility(version, versions[index]);
    if (found === undefined) return;
    throw new TickerlakeError(
      'SCHEMA_INCOMPATIBLE',
      `versions[${index + 1}] of schema ${schemaName} changes field ${found.field}: ${found.why}; ` +
        `allowed is a version ${index + 2} that reads what version ${index + 1} wrote`,
      {
        coordinates: { schema: schemaName, version: index + 2, field: found.field },
        hint: 'leave published fields as they are, and give a new one the type ["null", …] and the default null',
      },
    );
  });
}
