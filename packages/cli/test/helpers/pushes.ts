/** A request as a registry logs it. */
export interface Logged {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly status: number
}

/** What was put into a registry. */
export interface Pushes {
  /** The digests of blobs, those included that were mounted and not sent. */
  readonly blobs: readonly string[]
  /** The tags or digests of manifests. */
  readonly manifests: readonly string[]
}

/** What requests have put into a registry. */
export function pushesOf(requests: readonly Logged[]): Pushes {
  const made = requests
    .filter(({ method, status }) => (method === 'PUT' || method === 'POST') && status === 201)
    .map(({ path }) => new URL(path, 'http://registry'))
  return {
    blobs: made
      .filter(({ pathname }) => pathname.includes('/blobs/uploads/'))
      .map(({ searchParams }) => searchParams.get('digest') ?? searchParams.get('mount') ?? 'unknown'),
    manifests: made.flatMap(({ pathname }) => /\/manifests\/([^/]+)$/u.exec(pathname)?.[1] ?? []),
  }
}

/** The digests of an image's parts: of its configuration, and of its layers from the lowest to the highest. */
export async function partsOf(image: string): Promise<{ readonly config: string; readonly layers: readonly string[] }> {
  const [, host = '', repository = '', digest = ''] = /^([^/]+)\/(.+)@(.+)$/u.exec(image) ?? []
  const answer = await fetch(`http://${host}/v2/${repository}/manifests/${digest}`, {
    headers: {
      accept: 'application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json',
    },
  })
  if (!answer.ok) throw new Error(`${image}: ${answer.status}`)
  const { config, layers } = (await answer.json()) as Record<'config', Part> & Record<'layers', Part[]>
  return { config: config.digest, layers: layers.map((it) => it.digest) }
}

interface Part {
  readonly digest: string
}
