import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { runKey } from '../artifact/layout.ts'
import { configError, type SidestepError } from '../errors.ts'
import type { ComponentDescription } from '../stack/stack-description.ts'

/** How a store is opened by its uri alone: the scheme names the flavor. */
const OPENERS: Readonly<Record<string, (uri: string) => ComponentDescription>> = {
  'file:': (uri) => ({
    type: 'artifact_store',
    flavor: 'local',
    source: { package: '@sidestep/local' },
    config: { path: fileURLToPath(uri) },
  }),
}

/**
 * The artifact store at a uri, where its scheme is one that a flavor answers for. Throws `CONFIG_INVALID` with the
 * flavors that are known for any other.
 */
export function describeStoreAt(uri: string): ComponentDescription {
  const open = URL.canParse(uri) ? OPENERS[new URL(uri).protocol] : undefined
  if (open !== undefined) return open(uri)
  throw configError(
    'CONFIG_INVALID',
    `no artifact store is known for ${uri}`,
    `A store is opened by its uri where that begins with: ${knownSchemes()}.`,
  )
}

/** Whether a store can be opened by its uri alone. */
export function canOpenStoreAt(uri: string): boolean {
  return URL.canParse(uri) && OPENERS[new URL(uri).protocol] !== undefined
}

function knownSchemes(): string {
  return Object.entries(OPENERS)
    .map(([scheme, open]) => `${scheme}// (flavor ${open(`${scheme}///`).flavor})`)
    .join(', ')
}

/** Splits `<store uri>/runs/<run id>`, as a run's record lies there. Throws `CONFIG_INVALID` for anything else. */
export function parseRunUri(uri: string): { readonly storeUri: string; readonly runId: string } {
  const match = /^([a-z][a-z0-9+.-]*:.+)\/runs\/([a-z0-9-]+)(?:\/(?:run\.json)?)?$/.exec(uri)
  const [, storeUri, runId] = match ?? []
  if (storeUri !== undefined && runId !== undefined) return { storeUri, runId }
  throw configError(
    'CONFIG_INVALID',
    `${uri} is not where a run is kept`,
    'Give the uri of its folder in the artifact store: file:///path/of/the/store/runs/<run id>.',
  )
}

/** Throws `RUN_UNKNOWN` where there is no such folder: a store makes its own when it is opened. Elsewhere nothing is asked. */
export function refuseMissingStore(storeUri: string, runId: string): void {
  const isFolder = URL.canParse(storeUri) && new URL(storeUri).protocol === 'file:'
  if (isFolder && !existsSync(fileURLToPath(storeUri))) throw noSuchRun(storeUri, runId)
}

/** The error of a run that is not in its store. */
export function noSuchRun(storeUri: string, runId: string): SidestepError {
  return configError(
    'RUN_UNKNOWN',
    `there is no ${storeUri}/${runKey(runId)}`,
    'See whether the uri is right, and whether it can be read from here.',
  )
}
