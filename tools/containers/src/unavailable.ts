/**
 * Why tests with containers are skipped, or `undefined`. Throws it where `SIDESTEP_CONTAINERS` is `required`: what has to run
 * them must not pass because it could not.
 */
export function unavailable(reason: string | undefined): string | undefined {
  if (reason === undefined || process.env['SIDESTEP_CONTAINERS'] !== 'required') return reason
  throw new Error(`SIDESTEP_CONTAINERS=required, but ${reason}. Start them with \`pnpm containers start\`.`)
}
