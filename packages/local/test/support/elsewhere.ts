import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { LaunchPoint } from '@sidestep/core'
import { expect, onTestFinished } from 'vitest'

import type { Work } from '../runs/fixtures/resumable.ts'
import { shareCompileCache } from './runs.ts'

/** Starts a run of `resumable` in another process, which kills itself at a point of the launch where one is given. */
export function startElsewhere(runId: string, work: Work, point?: LaunchPoint): ChildProcess {
  const program = fileURLToPath(new URL('../runs/fixtures/resumable.ts', import.meta.url))
  const child = spawn(
    process.execPath,
    [program, runId, JSON.stringify(work), ...(point === undefined ? [] : [point])],
    {
      stdio: 'ignore',
    },
  )
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  return child
}

/** Resolves when the process of the run has killed itself at that point. */
export async function killedAt(point: LaunchPoint, runId: string, work: Work): Promise<void> {
  const [, signal] = (await once(startElsewhere(runId, work, point), 'exit')) as [number | null, string | null]
  expect(signal).toBe('SIGKILL')
}

/** From here to the end of the test, this process keeps its state in another folder, as another machine does. */
export async function moveHome({ empty = false } = {}): Promise<string> {
  const before = process.env['SIDESTEP_HOME']
  const path = await mkdtemp(join(tmpdir(), 'sidestep-other-home-'))
  process.env['SIDESTEP_HOME'] = path
  if (!empty) await shareCompileCache(path)
  onTestFinished(async () => {
    if (before === undefined) delete process.env['SIDESTEP_HOME']
    else process.env['SIDESTEP_HOME'] = before
    await rm(path, { recursive: true, force: true, maxRetries: 5 })
  })
  return path
}
