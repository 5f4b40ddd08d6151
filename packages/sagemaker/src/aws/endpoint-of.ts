/** Where calls of a service go: what the configuration says, else what the SDK reads. `undefined`: to AWS. */
export function endpointOf(given: string | undefined, service: 'SAGEMAKER' | 'STS'): string | undefined {
  const { [`AWS_ENDPOINT_URL_${service}`]: own, AWS_ENDPOINT_URL: all } = process.env
  return [given, own, all].find((endpoint) => endpoint !== undefined && endpoint !== '')
}
