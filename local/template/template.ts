/** The parts of a CloudFormation template that the runner reads. Source: the template anatomy in the CloudFormation user guide. */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** One entry of a template's `Resources`. */
export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: JsonObject;
  readonly DependsOn?: string | readonly string[];
  readonly Condition?: string;
  readonly Metadata?: JsonObject;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

export interface TemplateParameter {
  readonly Type: string;
  readonly Default?: Json;
}

export interface TemplateOutput {
  readonly Value: Json;
  readonly Condition?: string;
  readonly Export?: { readonly Name: Json };
}

export interface Template {
  readonly Resources: Readonly<Record<string, TemplateResource>>;
  readonly Parameters: Readonly<Record<string, TemplateParameter>>;
  readonly Conditions: Readonly<Record<string, Json>>;
  readonly Mappings: JsonObject;
  readonly Outputs: Readonly<Record<string, TemplateOutput>>;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads a template document; sections that it lacks are empty. */
export function parseTemplate(document: unknown): Template {
  const sections = isObject(document) ? document : {};
  const section = (name: string): unknown => sections[name] ?? {};
  return {
    Resources: section('Resources') as Template['Resources'],
    Parameters: section('Parameters') as Template['Parameters'],
    Conditions: section('Conditions') as Template['Conditions'],
    Mappings: section('Mappings') as Template['Mappings'],
    Outputs: section('Outputs') as Template['Outputs'],
  };
}

/** The construct path that CDK wrote into a resource's metadata (what its author would recognise), else undefined. */
export function constructPath(resource: TemplateResource): string | undefined {
  const path = resource.Metadata?.['aws:cdk:path'];
  return typeof path === 'string' ? path : undefined;
}
