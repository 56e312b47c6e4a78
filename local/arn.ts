/** Amazon Resource Names: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */

/** `arn:aws:service:region:account:resource` */
export function arn(
  place: { readonly region: string; readonly account: string },
  service: string,
  resource: string,
): string {
  return `arn:aws:${service}:${place.region}:${place.account}:${resource}`;
}

/** The last part of an ARN, after its last `:` or `/`; a bare name is itself. */
export function nameFromArn(value: string): string {
  return value.slice(Math.max(value.lastIndexOf('/'), value.lastIndexOf(':')) + 1);
}
