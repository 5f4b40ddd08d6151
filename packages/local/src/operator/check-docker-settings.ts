import { configError, type DockerSettings } from '@sidestep/core'

/** Settings of an image, of which a local job has none. `requirements` and `environment` need no image. */
const NEED_AN_IMAGE = [
  'parentImage',
  'dockerfile',
  'aptPackages',
  'pipRequirements',
  'files',
  'user',
  'workdir',
  'targetRepository',
  'skipBuild',
] as const satisfies readonly (keyof DockerSettings)[]

/** Throws where a step's environment cannot be had without an image. */
export function checkDockerSettings(docker: DockerSettings, platform: string, stepName: string): void {
  const refused = NEED_AN_IMAGE.filter((name) => asksForSomething(docker[name])).map((name) => `docker.${name}`)
  if (refused.length > 0) {
    throw configError(
      'CONFIG_INVALID',
      `the step ${stepName} has ${refused.join(', ')}, which needs an image, and the step operator local uses none`,
      'Remove it, or use the step operator docker with an image builder. npm packages go into docker.requirements.',
    )
  }
  if (docker.platform !== undefined && docker.platform !== platform) {
    throw configError(
      'CONFIG_INVALID',
      `the step ${stepName} has docker.platform ${docker.platform}, and this machine is ${platform}`,
      'Remove it, or use a step operator that has such machines.',
    )
  }
}

function asksForSomething(value: unknown): boolean {
  return value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0)
}
