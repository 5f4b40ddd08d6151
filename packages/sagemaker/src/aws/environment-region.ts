/** The region that the launcher's environment says, for configurations without one: as the SDK and the AWS CLI read it. */
export function environmentRegion(): { readonly region?: string } {
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env
  const region = [AWS_REGION, AWS_DEFAULT_REGION].find((name) => name !== undefined && name !== '')
  return region === undefined ? {} : { region }
}
