import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { openArtifactStore } from '@sidestep/local/runtime'

import type { MatrixFlavor, OperatorJob } from '../flavor.ts'
import { local } from './local.ts'

const run = promisify(execFile)

/** Of an inspection, as far as it is looked at. */
interface Inspected {
  readonly Id: string
  readonly State: { readonly Status: string; readonly FinishedAt: string }
  readonly Config: { readonly Labels: Readonly<Record<string, string>> }
}

/** Jobs are containers of an engine. The stack `containers` of the project runs on it. */
export const docker: MatrixFlavor = {
  name: 'docker',
  stacks: ['containers'],
  without: {},
  openStore: (home) => openArtifactStore({ flavor: 'local', path: join(home, 'store') }),
  jobs: async (home) => (await containersOf(home)).map(readContainer),
  // What answers for a container beside itself is the engine, which all trials share.
  killSupervisor: async () => false,
  killEntrypoint: async (_home, { name }) => {
    try {
      await client(['kill', '--signal', 'KILL', name])
      return true
    } catch (error) {
      if (/is not running|No such container/i.test(String(error))) return false
      throw error
    }
  },
  restart: async (_home, { name }) => {
    // An engine never starts a container of ours anew: this is what somebody may do by hand.
    await client(['restart', '--time', '0', name])
    return () => {}
  },
  killAll: async (home) => {
    await local.killAll(home)
    const ids = (await containersOf(home)).map(({ Id }) => Id)
    if (ids.length > 0) await client(['rm', '--force', '--volumes', ...ids])
  },
}

function readContainer({ Id, State, Config }: Inspected): OperatorJob {
  const label = (name: string): string => Config.Labels[`dev.sidestep.${name}`] ?? ''
  const ended = State.Status === 'exited' || State.Status === 'dead'
  return {
    name: Id,
    runId: label('run'),
    stepRunId: label('step-run'),
    attempt: Number(label('attempt')),
    nonce: label('nonce'),
    alive: !ended && State.Status !== 'created',
    ...(ended ? { endedAt: Date.parse(State.FinishedAt) } : {}),
  }
}

/** Containers of a home carry the mark of its store. */
async function containersOf(home: string): Promise<readonly Inspected[]> {
  const config = JSON.stringify({ flavor: 'local', path: join(home, 'store') })
  const mark = createHash('sha256').update(config).digest('hex').slice(0, 32)
  const ids = await client(['ps', '--all', '--quiet', '--no-trunc', '--filter', `label=dev.sidestep.store=${mark}`])
  if (ids === '') return []
  return JSON.parse(await client(['inspect', ...ids.split('\n')])) as readonly Inspected[]
}

async function client(args: readonly string[]): Promise<string> {
  const { stdout } = await run('docker', [...args], { maxBuffer: 64 * 2 ** 20 })
  return stdout.trim()
}
