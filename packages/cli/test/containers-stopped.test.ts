import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'

import { NODE_BASE, noEngine, REGISTRY } from '@sidestep/containers'
import { startOciRegistry } from '@sidestep/simulators'
import { describe, expect, onTestFinished, test } from 'vitest'

import {
  containersOf,
  containerStack,
  createContainerProject,
  imagesOf,
  runOfContainers,
} from './helpers/container-project.ts'
import type { Project } from './helpers/project.ts'
import { sidestep, sidestepEach, startSidestep, type Started } from './helpers/sidestep.ts'
import { until } from './helpers/until.ts'

const WAIT_MS = 60_000

/** A step in an image of a Dockerfile or without one; it waits for ever where it is told to. */
function pipeline(docker: object, mark = ''): string {
  return `
import { pipeline, step } from '@sidestep/core'

const work = step({ name: 'work', stepOperator: true, docker: ${JSON.stringify(docker)} }, async (waits: boolean) => {
  console.log('at work${mark}')
  if (waits) await new Promise((resolve) => setTimeout(resolve, 120_000))
  return process.env.MARK ?? 'none'
})

export default pipeline('works', async (input: { waits?: boolean } | undefined) => work(input?.waits ?? false))
`
}

function start(args: readonly string[], { folder }: Project): Started {
  return startSidestep(args, { cwd: folder })
}

/** How many processes have a text among their arguments: those of containers, too. */
function processesWith(text: string): number {
  const ids = readdirSync('/proc').filter((name) => /^\d+$/u.test(name))
  return ids.filter((id) => {
    try {
      return Number(id) !== process.pid && readFileSync(`/proc/${id}/cmdline`, 'utf8').includes(text)
    } catch {
      // It has ended meanwhile.
      return false
    }
  }).length
}

describe.skipIf(noEngine !== undefined)(`with containers${noEngine === undefined ? '' : `: ${noEngine}`}`, () => {
  test('Ctrl-C and kill -9 while an image is built; the run goes on afterwards', { timeout: 180_000 }, async () => {
    const built = runOfContainers()
    const mark = randomBytes(6).toString('hex')
    const stack = { registry: `${REGISTRY}/tests-cli`, builder: { flavor: 'docker' } }
    const project = await createContainerProject({
      'sidestep.yaml': containerStack(stack),
      'pipeline.ts': pipeline({ dockerfile: 'Dockerfile' }),
      Dockerfile: `FROM ${NODE_BASE}\nENV MARK=${mark}\nRUN ["node", "-e", "console.log('begun'); setTimeout(() => {}, 4000)", "${mark}"]\n`,
    })
    onTestFinished(() => project.remove())
    const begun = (run: Started) => until('the build', () => /image: #\d+ begun/u.test(run.stderr()), WAIT_MS)

    const stopped = start(['run', 'pipeline.ts', '--id', built], project)
    await begun(stopped)
    expect(processesWith(mark)).toBeGreaterThan(0)
    stopped.child.kill('SIGINT')
    const { code, stderr } = await stopped.finished
    expect(code).toBe(130)
    expect(stderr).toMatch(/\nwork +stopped/u)
    await until('the end of what ran in the build', () => processesWith(mark) === 0, WAIT_MS)

    const killed = start(['runs', 'resume', built], project)
    await begun(killed)
    killed.child.kill('SIGKILL')
    await killed.finished

    const { stdout, code: resumed } = await sidestep(['runs', 'resume', built], { cwd: project.folder })
    expect(stdout.trim()).toBe(mark)
    expect(resumed).toBe(0)
    const [images = []] = await imagesOf([built], 'work', project)
    expect(images.filter((image) => image !== undefined && image !== null)).toEqual([
      expect.stringMatching(/tests-cli\/sidestep@sha256:/u),
    ])
    expect(await containersOf(built, { ended: true })).toBe('')
  })

  test('Ctrl-C while an image is pulled, and while the step runs', { timeout: 180_000 }, async () => {
    const pulled = runOfContainers()
    await using registry = await startOciRegistry()
    const project = await createContainerProject({
      'sidestep.yaml': containerStack({ registry: `${registry.host}/steps` }),
      'pipeline.ts': pipeline({}, randomBytes(6).toString('hex')),
    })
    onTestFinished(() => project.remove())
    const { stdout, code } = await sidestep(['plan', 'pipeline.ts', '--build'], { cwd: project.folder })
    expect(stdout).toContain(`image: ${registry.host}/steps/sidestep@sha256:`)
    expect(code).toBe(0)

    registry.setFaults({ bytesPerSecond: 4_000 })
    const pulling = start(['run', 'pipeline.ts', '--id', pulled, '--input', '{"waits": true}'], project)
    await until('the pull', () => pulling.stderr().includes('provisioning (pulling)'), WAIT_MS)
    pulling.child.kill('SIGINT')
    const left = await pulling.finished
    expect(left.code).toBe(130)
    expect(left.stderr).toMatch(/\nwork +stopped/u)
    expect(left.stderr).not.toContain('at work')
    expect(await containersOf(pulled, { ended: true })).toBe('')

    registry.setFaults({})
    const running = start(['runs', 'resume', pulled], project)
    await until('the step', () => running.stderr().includes('[work] at work'), WAIT_MS)
    expect(await containersOf(pulled)).not.toBe('')
    running.child.kill('SIGINT')
    const { code: ended, stderr } = await running.finished
    expect(ended).toBe(130)
    expect(stderr).toContain('cancelling 1 job')
    expect(await containersOf(pulled)).toBe('')
  })

  test(
    'what cannot be is said by plan, and fails a run before there is a container',
    { timeout: 120_000 },
    async () => {
      const failed = runOfContainers()
      const silent = { operator: { host: 'unix:///nowhere/docker.sock' } }
      const project = await createContainerProject({
        'sidestep.yaml': containerStack(
          { registry: `${REGISTRY}/tests-cli`, builder: { flavor: 'docker' } },
          { daemonless: { builder: {} }, baseless: { builder: { parentImage: `${REGISTRY}/none/such:1` } }, silent },
        ),
        'pipeline.ts': pipeline({ dockerfile: 'env/Dockerfile' }),
        'plain.ts': pipeline({}),
        'env/Dockerfile': `FROM ${NODE_BASE}\n\n# What it needs.\nRUN ["node", "-e", "console.log('no cake'); process.exit(3)"]\n`,
      })
      onTestFinished(() => project.remove())
      const [failing, daemonless, baseless, engineless] = await sidestepEach(
        [
          ['run', 'pipeline.ts', '--id', failed],
          ['plan', 'pipeline.ts', '--stack', 'daemonless'],
          ['plan', 'plain.ts', '--stack', 'baseless', '--build'],
          ['plan', 'plain.ts', '--stack', 'silent'],
        ],
        { cwd: project.folder },
      )
      expect(failing).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(
          /env\/Dockerfile:4: RUN \["node".*\n {2}no cake\n {2}.*exit code: 3\n\n {2}hint: Correct the line/u,
        ),
      })
      expect(daemonless).toMatchObject({
        code: 2,
        stdout: expect.stringContaining('docker.dockerfile needs the image builder docker'),
      })
      expect(baseless).toMatchObject({
        code: 2,
        stdout: expect.stringContaining(`there is no image ${REGISTRY}/none/such:1`),
      })
      expect(engineless).toMatchObject({
        code: 1,
        stdout: expect.stringContaining('the engine unix:///nowhere/docker.sock gave no answer'),
      })
      expect(await containersOf(failed, { ended: true })).toBe('')
    },
  )
})
