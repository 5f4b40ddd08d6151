import { stat } from 'node:fs/promises'
import { join } from 'node:path'

import { docker, noEngine } from '@sidestep/containers'
import { Stack, type RunEvent } from '@sidestep/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { docker as dockerOperator, localArtifactStore } from '../../src/index.ts'
import { temporaryHome } from '../support/runs.ts'
import { CommitBuilder } from './fixtures/commit-builder.ts'

describe.skipIf(noEngine !== undefined)(`runs on containers${noEngine === undefined ? '' : `: ${noEngine}`}`, () => {
  let home: Awaited<ReturnType<typeof temporaryHome>>
  let fixtures: typeof import('./fixtures/pipelines.ts')
  let stack: Stack

  beforeAll(async () => {
    home = await temporaryHome()
    fixtures = await import('./fixtures/pipelines.ts')
    stack = new Stack({
      name: 'containers',
      artifactStore: localArtifactStore({ path: join(home.path, 'store') }),
      imageBuilder: new CommitBuilder({}),
      stepOperators: { here: dockerOperator({ network: 'none' }) },
    })
  })
  afterAll(async () => home.remove())

  it('store what the step returns, as files of the user, and leave no container', async () => {
    const run = fixtures.squares.start(7, { stack })
    const events: RunEvent[] = []
    for await (const event of run.events()) events.push(event)
    expect(await run.result()).toMatchObject({ square: 49, uid: process.getuid?.() })
    expect(JSON.stringify(events)).toContain('sidestep-')
    const { uid } = await stat(join(home.path, 'store', 'runs', run.id))
    expect(uid).toBe(process.getuid?.())
    expect(await docker(['ps', '-aq', '--filter', `label=dev.sidestep.run=${run.id}`])).toBe('')
  }, 120_000)

  it('are told apart that the engine killed for memory; a program that the step outlives is not its end', async () => {
    await expect(fixtures.meals.run('itself', { stack })).rejects.toMatchObject({ kind: 'oom' })
    expect(await fixtures.meals.run('a child', { stack })).toBe('SIGKILL')
  }, 120_000)

  it('run commands of any kind, and leave their containers where that is asked for', async () => {
    const keeps = new Stack({
      name: 'keeps',
      artifactStore: localArtifactStore({ path: join(home.path, 'store') }),
      imageBuilder: new CommitBuilder({}),
      stepOperators: { here: dockerOperator({ network: 'none', keepContainers: true }) },
    })
    const run = fixtures.uppers.start(undefined, { stack: keeps })
    const { text } = await run.result()
    expect(String(text)).toBeDefined()
    const containers = async (): Promise<string> =>
      docker(['ps', '-a', '--format', '{{.State}}', '--filter', `label=dev.sidestep.run=${run.id}`])
    expect(await containers()).toBe('exited')
    // A step that fails; whoever launches next on that store removes what was left.
    await expect(fixtures.squares.run(-1, { stack })).rejects.toMatchObject({ code: 'STEP_FAILED', kind: 'step' })
    expect(await containers()).toBe('')
  }, 120_000)
})
