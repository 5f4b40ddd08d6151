import { existsSync, readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

import { messageOf } from '@sidestep/core'
import { openArtifactStore } from '@sidestep/local/runtime'
import type { OciRegistry } from '@sidestep/simulators'

import { CannotRun, type MatrixFlavor } from '../flavor.ts'
import type { OperatorJob } from '../operator-under-test.ts'
import { POINTS } from '../points.ts'
import { until } from '../until.ts'
import { ContainerEvents, type ToldContainer } from './container-events.ts'
import { Engine, EngineRefusal } from './engine.ts'
import { BASE, startJobRegistry } from './job-registry.ts'
import { kill, local, pids, readProc } from './local.ts'

/** As much of an id as is a container's host name: by that, user code tells where it ran. */
const NAME_LENGTH = 12

interface ListedContainer {
  readonly Id: string
  readonly State: string
  readonly Labels: Readonly<Record<string, string>>
}

interface Inspected {
  readonly State: { readonly Pid: number; readonly FinishedAt: string }
}

const FAULTY = 'faulty-containers'

/** Jobs are containers of an engine. Rejects with `CannotRun` where there is none, or no base image. */
export async function openDocker(): Promise<MatrixFlavor> {
  const engine = new Engine()
  await engine.get('/info').catch((error: unknown) => {
    throw new CannotRun(`no engine answers: ${messageOf(error)}. \`docker version\` tells more`)
  })
  const registry = await startJobRegistry()
  return dockerFlavor(engine, await ContainerEvents.listen(engine), registry)
}

function dockerFlavor(engine: Engine, events: ContainerEvents, registry: OciRegistry): MatrixFlavor {
  const isRoot = process.getuid?.() === 0
  const containers = async (home: string): Promise<readonly OperatorJob[]> => {
    const runIds = runsIn(home)
    const lists = await Promise.all(runIds.map((runId) => listContainers(engine, `dev.sidestep.run=${runId}`)))
    const there = await Promise.all(lists.flat().map((listed) => readContainer(engine, listed)))
    const removed = events.of(runIds).filter(({ id }) => !there.some((job) => job?.name === shortId(id)))
    return [...there.filter((job) => job !== undefined), ...removed.map(readTold)]
  }
  return {
    name: 'docker',
    stacks: ['containers'],
    scenarios: [],
    insteadOf: { faulty: FAULTY },
    without: {
      'lost-answers': "a container's name is taken once: a second create makes no second job",
      'budget-queue': 'packages are part of the image, which is there before the budgets of a job count',
      'cancel-provisioning': 'packages are part of the image: cancel-build is the same for that',
      ...(isRoot
        ? {}
        : { supervisor: 'what answers for a container is a process of root, and the matrix is not root' }),
    },
    points: POINTS,
    pace: 2,
    restartsUnseen: false,
    killedAs: 'infra',
    begin: async () => {},
    environment: (stack) => ({
      MATRIX_ENGINE: engine.host,
      MATRIX_REGISTRY: registry.host,
      MATRIX_BASE: `${registry.host}/${BASE}`,
      // Of a store of somebody's own the operator does not know whose files it has.
      ...(stack === FAULTY ? { MATRIX_USER: `${process.getuid?.()}:${process.getgid?.()}` } : {}),
    }),
    openStore: (home) => openArtifactStore({ flavor: 'local', path: join(home, 'store') }),
    jobs: containers,
    killSupervisor: async (_home, { name }) => killAllOf(shimsOf(name)),
    killEntrypoint: async (_home, { name }) => killAllOf(entrypointsOf(await pidOf(engine, name))),
    restart: async (_home, { name }) => {
      // An engine never starts a container of ours anew: this is what somebody may do by hand.
      await engine.tell('POST', `/containers/${name}/restart`, { t: '0' })
      return () => {}
    },
    byHand: handsOf(engine),
    killAll: async (home) => {
      await local.killAll(home)
      await removeAll(engine, runsIn(home), `${registry.host}/${basename(dirname(home))}/sidestep`)
    },
    close: async () => {
      events.close()
      await registry.close()
    },
  }
}

function handsOf(engine: Engine): MatrixFlavor['byHand'] {
  const post =
    (action: string, query: Readonly<Record<string, string>> = {}, undoing?: string) =>
    async ({ name }: OperatorJob): Promise<() => Promise<void>> => {
      await engine.tell('POST', `/containers/${name}/${action}`, query)
      return async () => {
        if (undoing !== undefined) await engine.tell('POST', `/containers/${name}/${undoing}`)
      }
    }
  return {
    stop: post('stop'),
    kill: post('kill'),
    restart: post('restart', { t: '0' }),
    // On a busy machine the kernel sometimes does not freeze a container: "unable to freeze".
    pause: async (job) =>
      until('the engine pauses a container', () => post('pause', {}, 'unpause')(job).catch(unlessOwnFault)),
    remove: async ({ name }) => {
      await engine.tell('DELETE', `/containers/${name}`, { force: 'true' })
      return async () => {}
    },
  }
}

function unlessOwnFault(error: unknown): undefined {
  if (!(error instanceof EngineRefusal && error.status === 500)) throw error
}

/** Runs that have begun: their launchers write into the store before anything else. */
function runsIn(home: string): readonly string[] {
  const folder = join(home, 'store', 'runs')
  return existsSync(folder) ? readdirSync(folder) : []
}

async function listContainers(engine: Engine, label: string): Promise<readonly ListedContainer[]> {
  return engine.get('/containers/json', { all: 'true', filters: JSON.stringify({ label: [label] }) })
}

/** `undefined` for one that was removed meanwhile. */
async function readContainer(engine: Engine, { Id, State, Labels }: ListedContainer): Promise<OperatorJob | undefined> {
  const alive = State !== 'exited' && State !== 'dead' && State !== 'created'
  if (alive || State === 'created') return { ...jobOf(Id, Labels), alive }
  const end = await inspect(engine, Id)
  return end === undefined ? undefined : { ...jobOf(Id, Labels), alive, endedAt: Date.parse(end.State.FinishedAt) }
}

/** The operator removes a container only after its end. */
function readTold({ id, labels, endedAt }: ToldContainer): OperatorJob {
  return { ...jobOf(id, labels), alive: false, ...(endedAt === undefined ? {} : { endedAt }) }
}

function jobOf(id: string, labels: Readonly<Record<string, string>>): Omit<OperatorJob, 'alive'> {
  const label = (name: string): string => labels[`dev.sidestep.${name}`] ?? ''
  return {
    name: shortId(id),
    runId: label('run'),
    stepRunId: label('step-run'),
    attempt: Number(label('attempt')),
    nonce: label('nonce'),
  }
}

function shortId(id: string): string {
  return id.slice(0, NAME_LENGTH)
}

async function inspect(engine: Engine, id: string): Promise<Inspected | undefined> {
  try {
    return await engine.get<Inspected>(`/containers/${id}/json`)
  } catch (error) {
    if (error instanceof EngineRefusal && error.status === 404) return undefined
    throw error
  }
}

/** Of the container's first process. */
async function pidOf(engine: Engine, id: string): Promise<number | undefined> {
  const pid = (await inspect(engine, id))?.State.Pid
  return pid === 0 ? undefined : pid
}

/** The engine's own first process stands before the entrypoint, where it has one. */
function entrypointsOf(first: number | undefined): readonly number[] {
  if (first === undefined) return []
  const children = pids().filter((pid) => parentOf(pid) === first)
  return children.length === 0 ? [first] : children
}

function parentOf(pid: number): number {
  const stat = readProc(pid, 'stat')
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
}

/** The process between the engine and a container. */
function shimsOf(name: string): readonly number[] {
  return pids().filter((pid) => {
    const words = readProc(pid, 'cmdline').split('\0')
    return basename(words[0] ?? '').startsWith('containerd-shim') && words.some((word) => word.startsWith(name))
  })
}

function killAllOf(found: readonly number[]): boolean {
  return found.map((pid) => kill(pid, 'SIGKILL')).some(Boolean)
}

async function removeAll(engine: Engine, runIds: readonly string[], repository: string): Promise<void> {
  for (const runId of runIds) {
    for (const { Id } of await listContainers(engine, `dev.sidestep.run=${runId}`))
      await engine.tell('DELETE', `/containers/${Id}`, { force: 'true', v: 'true' })
  }
  const images = await engine.get<readonly { readonly RepoDigests: readonly string[] | null }[]>('/images/json', {
    digests: 'true',
  })
  const own = images
    .flatMap(({ RepoDigests }) => RepoDigests ?? [])
    .filter((name) => name.startsWith(`${repository}@`) || name.startsWith(`${repository}/`))
  for (const name of own) await engine.tell('DELETE', `/images/${name}`, { force: 'true' })
}
