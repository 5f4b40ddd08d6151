import { readFileSync } from 'node:fs'

import { codeOf, messageOf, SidestepError } from '@sidestep/core'

import { placeInContainer } from './place-in-container.ts'

/** Which machine of how many. */
export interface Cluster {
  /** From 0. */
  readonly rank: number
  readonly size: number
}

/** https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html */
const RESOURCE_CONFIG = '/opt/ml/input/config/resourceconfig.json'

/**
 * What SageMaker says of the job's machines; where it says nothing, there is one. Throws where what it says cannot be read: a machine
 * that took itself for the only one would write the result of all.
 */
export function readCluster(): Cluster {
  const path = placeInContainer(RESOURCE_CONFIG)
  const text = readIfThere(path)
  if (text === undefined) return { rank: 0, size: 1 }
  const { current_host: current, hosts } = parse(text, path)
  // By their numbers: sorted as text, algo-10 would come before algo-2.
  const sorted = hosts.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  const rank = sorted.indexOf(current)
  if (rank === -1) throw unreadable(path, `${current} is none of its hosts`)
  return { rank, size: hosts.length }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw unreadable(path, messageOf(error))
  }
}

function parse(text: string, path: string): { readonly current_host: string; readonly hosts: readonly string[] } {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw unreadable(path, messageOf(error))
  }
  const { current_host: current, hosts } = (value ?? {}) as {
    readonly current_host?: unknown
    readonly hosts?: unknown
  }
  const isList = Array.isArray(hosts) && hosts.every((host) => typeof host === 'string')
  if (typeof current !== 'string' || !isList) throw unreadable(path, 'it has no current_host and no list of hosts')
  return { current_host: current, hosts }
}

function unreadable(path: string, why: string): SidestepError {
  return new SidestepError(`${path} does not say which machine of the job this is: ${why}`, {
    code: 'INTERNAL',
    kind: 'infra',
    hint: 'SageMaker writes this file. See that nothing in the image does.',
  })
}
