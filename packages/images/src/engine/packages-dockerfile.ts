import { configError, type DockerSettings } from '@sidestep/core/component'

/** Packages that are installed by running something in the image. */
export type SystemPackages = Required<Pick<DockerSettings, 'aptPackages' | 'pipRequirements'>>

const APT = /^[a-z0-9][a-z0-9+.-]*(?::[a-z0-9-]+)?(?:[=/][\w.+:~-]+)?$/u

/** What of the settings is installed. Throws `IMAGE_INVALID` for what is no package, such as an option. */
export function packagesOf({ aptPackages = [], pipRequirements = [] }: DockerSettings): SystemPackages {
  const apt = aptPackages.find((name) => !APT.test(name))
  if (apt !== undefined) {
    const message = `docker.aptPackages has ${JSON.stringify(apt)}, which is no Debian package`
    throw configError('IMAGE_INVALID', message, 'Write a name, or name=version.')
  }
  const pip = pipRequirements.find((line) => !/^[A-Za-z0-9][^\p{Cc}]*$/u.test(line))
  if (pip !== undefined) {
    const message = `docker.pipRequirements has ${JSON.stringify(pip)}, which is no requirement`
    throw configError(
      'IMAGE_INVALID',
      message,
      'Write name==version. What needs options of pip goes into a dockerfile.',
    )
  }
  return { aptPackages, pipRequirements }
}

/** The Dockerfile of packages on top of an image, which runs as the same user after it. Pure. */
export function packagesDockerfile(
  { aptPackages, pipRequirements }: SystemPackages,
  { parent, user }: { readonly parent: string; readonly user: string },
): string {
  const lines = [`FROM ${parent}`, 'USER root']
  if (aptPackages.length > 0) {
    const install = 'DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends'
    lines.push(`RUN apt-get update && ${install} ${aptPackages.join(' ')} && rm -rf /var/lib/apt/lists/*`)
  }
  if (pipRequirements.length > 0) {
    // The image has one purpose, so that packages may lie beside those of its distribution.
    const variables = 'PIP_BREAK_SYSTEM_PACKAGES=1 PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1'
    lines.push(`RUN ${variables} python3 -m pip install --no-cache-dir ${pipRequirements.map(quoted).join(' ')}`)
  }
  lines.push(`USER ${user === '' ? 'root' : user}`)
  return `${lines.join('\n')}\n`
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
