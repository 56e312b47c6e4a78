import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { TickerlakeError } from '../../core/errors.ts';

/** What a change of a property does to the resource. */
export type ChangeEffect = 'update' | 'replace' | 'may-replace';

/** What AWS says of resource types: the port to whoever knows. */
export interface ResourceTypes {
  /** Effect of a change at a path of properties; of a type that is not known, an update. */
  effectOf(type: string, path: readonly string[]): ChangeEffect;
  /** Whether AWS counts the type among those that hold data. */
  isStateful(type: string): boolean;
}

/**
 * Where AWS's own pages are surer than its schema, which calls these conditional.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatereplacepolicy.html
 */
const SURELY_REPLACED: Readonly<Record<string, readonly string[]>> = { 'AWS::RDS::DBInstance': ['Engine'] };

/** A part of AWS's service specification, as far as it matters here. */
export interface ServiceSpec {
  readonly schema: {
    readonly resource: { readonly entities: readonly SpecResource[] };
    readonly typeDefinition: { readonly entities: readonly SpecDefinition[] };
  };
}

interface SpecResource {
  readonly cloudFormationType: string;
  readonly isStateful?: boolean;
  readonly properties: SpecProperties;
}

interface SpecDefinition {
  readonly $id: string;
  readonly properties: SpecProperties;
}

type SpecProperties = Readonly<Record<string, SpecProperty>>;

interface SpecProperty {
  readonly type: SpecType;
  readonly causesReplacement?: 'yes' | 'maybe' | 'no';
}

interface SpecType {
  readonly type: string;
  readonly element?: SpecType;
  readonly types?: readonly SpecType[];
  readonly reference?: { readonly $ref: string };
}

/** Answers from AWS's service specification, which states of each property whether a change of it replaces the resource. */
export function resourceTypesOf(spec: ServiceSpec): ResourceTypes {
  const resources = new Map(
    spec.schema.resource.entities.map((entity) => [entity.cloudFormationType, entity]),
  );
  const definitions = new Map(
    spec.schema.typeDefinition.entities.map((entity) => [entity.$id, entity.properties]),
  );

  /** Properties of the object, or of the objects in the list or map, that a type stands for. */
  function propertiesOf(type: SpecType | undefined): SpecProperties {
    if (type === undefined) return {};
    if (type.reference !== undefined) return definitions.get(type.reference.$ref) ?? {};
    return Object.assign(
      {},
      propertiesOf(type.element),
      ...(type.types ?? []).map(propertiesOf),
    ) as SpecProperties;
  }

  return {
    effectOf: (type, path) => {
      if (SURELY_REPLACED[type]?.includes(path[0] ?? '') === true) return 'replace';
      let properties = resources.get(type)?.properties ?? {};
      let effect: ChangeEffect = 'update';
      for (const key of path) {
        const property = properties[key];
        if (property?.causesReplacement === 'yes') return 'replace';
        if (property?.causesReplacement === 'maybe') effect = 'may-replace';
        // A key of a map is no property: what it leads to is of the map's element type.
        if (property !== undefined) properties = propertiesOf(property.type);
      }
      return effect;
    },
    isStateful: (type) => resources.get(type)?.isStateful === true,
  };
}

/** AWS's service specification as `cdk diff` reads it: it comes with the CDK command, of the version that is pinned here. */
export async function readServiceSpec(): Promise<ResourceTypes> {
  const require = createRequire(import.meta.url);
  try {
    const file = join(dirname(require.resolve('aws-cdk/package.json')), 'db.json.gz');
    const text = (await promisify(gunzip)(await readFile(file))).toString('utf8');
    const spec = JSON.parse(text) as ServiceSpec;
    // Another layout would answer `update` to everything, and nothing would be found.
    const types = resourceTypesOf(spec);
    if (types.effectOf('AWS::S3::Bucket', ['BucketName']) !== 'replace')
      throw new Error('its layout is another');
    return types;
  } catch (error) {
    throw new TickerlakeError(
      'PREREQUISITE_MISSING',
      'which changes replace a resource stands in db.json.gz of package aws-cdk, and that cannot be read',
      { cause: error, hint: 'npm ci, which installs the pinned version' },
    );
  }
}
