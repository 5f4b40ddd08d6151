import { execFile } from 'node:child_process'

import { docker, noEngine } from '@sidestep/containers'
import { describe, expect, it } from 'vitest'

import { all } from '../support/all.ts'
import { until } from '../support/until.ts'
import { IDLE, makeImage, testContainer, testService } from './engine.ts'

const signal = (): AbortSignal => AbortSignal.timeout(60_000)

describe.skipIf(noEngine !== undefined)(
  `containers of an engine${noEngine === undefined ? '' : `: ${noEngine}`}`,
  () => {
    it('run to their end, with their phases, labels and log', async () => {
      const job = await testContainer(`console.log('out'); console.error('err'); console.log(process.env.TOKEN.length)`)
      const handle = await job.submit({ nonce: 'n-1', fingerprint: 'f-1', secrets: { TOKEN: 'hunter2' } })
      expect(handle).toEqual({ id: job.request.name, containerId: expect.stringMatching(/^[0-9a-f]{64}$/) })
      const end = await job.ended()
      expect(end).toMatchObject({ phase: 'succeeded', exitCode: 0, providerState: 'exited' })
      expect(end.phases?.map(({ phase }) => phase)).toEqual(['provisioning', 'running', 'succeeded'])
      expect(new Set(await job.lines())).toEqual(new Set(['out', 'err', '7']))
      expect(await all(job.service.find({ token: job.labels.token }, { signal: signal() }))).toEqual([
        { handle, labels: job.labels, fingerprint: 'f-1', nonce: 'n-1' },
      ])
      const { journalId, runId } = job.labels
      expect(await all(job.service.find({ journalId, runId }, { signal: signal() }))).toHaveLength(1)
      expect(await all(job.service.find({ journalId, runId: 'another' }, { signal: signal() }))).toEqual([])
    })

    it('fail with their exit code, and are not started again', async () => {
      const job = await testContainer(`console.log('once'); process.exit(3)`)
      const handle = await job.submit()
      expect(await job.ended()).toMatchObject({ phase: 'failed', exitCode: 3, reason: 'exit code 3' })
      expect(await job.submit()).toEqual(handle)
      expect(await job.ended()).toMatchObject({ phase: 'failed', exitCode: 3 })
      expect(await job.lines()).toEqual(['once'])
    })

    it('that use more memory than they may are told apart from what else is killed', async () => {
      const hungry = await testContainer(`const kept = []; for (;;) kept.push(Buffer.alloc(8 << 20, 1))`, {
        memoryBytes: 64 * 2 ** 20,
      })
      await hungry.submit()
      expect(await hungry.ended()).toMatchObject({ phase: 'failed', kind: 'oom', exitCode: 137 })
      const killed = await testContainer(IDLE, { init: false })
      await killed.submit()
      await killed.printed('begun')
      // No stop, whatever comes after it.
      await docker(['kill', '--signal', 'WINCH', killed.request.name])
      await docker(['kill', killed.request.name])
      expect(await killed.ended()).toMatchObject({ phase: 'stopped', kind: 'stopped', exitCode: 137 })
    })

    it('are stopped, and killed where they do not stop; a second time is nothing', async () => {
      const obeys = await testContainer(`${IDLE}; process.on('SIGTERM', () => process.exit(0))`)
      const stubborn = await testContainer(`${IDLE}; process.on('SIGTERM', () => {})`)
      for (const job of [obeys, stubborn]) {
        await job.submit()
        await job.printed('begun')
        await job.cancel()
        await job.cancel()
      }
      expect(await obeys.ended()).toMatchObject({ phase: 'succeeded' })
      expect(await stubborn.ended()).toMatchObject({ phase: 'stopped', exitCode: 137 })
    })

    it('that stand still are stopped too', async () => {
      const job = await testContainer(IDLE)
      await job.submit()
      await job.printed('begun')
      await docker(['pause', job.request.name])
      expect(await job.observe()).toMatchObject({ phase: 'running', providerState: 'paused' })
      await job.cancel()
      expect(await job.ended()).toMatchObject({ phase: 'stopped' })
    })

    it('that were removed are gone; one that is there hides none', async () => {
      const job = await testContainer(IDLE)
      const other = await testContainer(IDLE)
      await Promise.all([job.submit(), other.submit()])
      await docker(['rm', '-f', job.request.name])
      const handles = [job.handle!, other.handle!]
      for (let look = 0; look < 2; look += 1) {
        const seen = await job.service.observe(handles, { signal: signal() })
        expect(seen.get(job.request.name)).toMatchObject({ gone: true })
        expect(seen.get(other.request.name)).toMatchObject({ phase: 'running' })
      }
      await job.cancel()
      expect(await job.lines()).toEqual([])
    })

    it('that were created and not started are no jobs yet; the next submit starts them', async () => {
      const job = await testContainer(`console.log(process.env.SIDESTEP_NONCE)`)
      const died = testService()
      const call = died.client.call.bind(died.client)
      // A launcher that ends between the two calls.
      died.client.call = async (method, path, options) => {
        if (path.endsWith('/start')) throw new Error('killed')
        return call(method, path, options)
      }
      await expect(job.submit({ service: died, nonce: 'first', fingerprint: 'f' })).rejects.toThrow('killed')
      expect(await all(job.service.find({ token: job.labels.token }, { signal: signal() }))).toEqual([])
      await job.submit({ nonce: 'second', fingerprint: 'f' })
      expect(await job.ended()).toMatchObject({ phase: 'succeeded' })
      expect(await job.lines()).toEqual(['first'])
    })

    it('that were not started are removed by a cancel', async () => {
      const job = await testContainer(IDLE)
      const containerId = await docker(['create', '--name', job.request.name, job.request.image])
      job.handle = { id: job.request.name, containerId }
      expect(await job.observe()).toMatchObject({ phase: 'provisioning', providerState: 'created' })
      await job.cancel()
      expect(await job.observe()).toMatchObject({ gone: true })
    })

    it('are one, however many launchers create them at once', async () => {
      const job = await testContainer(`console.log('ran')`)
      const submits = [1, 2, 3, 4, 5].map((n) =>
        job.submit({ service: testService(), nonce: `n-${n}`, fingerprint: 'f' }),
      )
      const handles = await Promise.all(submits)
      expect(new Set(handles.map(({ containerId }) => containerId)).size).toBe(1)
      await job.ended()
      expect(await job.lines()).toEqual(['ran'])
    })

    it('of another request are not taken', async () => {
      const job = await testContainer('')
      await job.submit({ fingerprint: 'f-1' })
      await expect(job.submit({ fingerprint: 'f-2' })).rejects.toMatchObject({
        code: 'LAUNCH_CONFLICT',
        kind: 'config',
      })
      const taken = await testContainer('')
      await docker(['create', '--name', taken.request.name, taken.request.image])
      await expect(taken.submit()).rejects.toMatchObject({ code: 'LAUNCH_CONFLICT' })
    })

    it('whose image is not there pull it by its digest', async () => {
      const image = await makeImage('docker-pull', `console.log('pulled')`)
      await docker(['rmi', '-f', await docker(['inspect', '--format', '{{.Id}}', image])])
      const job = await testContainer('', { image })
      await job.submit()
      expect(await job.ended()).toMatchObject({ phase: 'succeeded' })
      expect(await job.lines()).toEqual(['pulled'])
      const unknown = await testContainer('', { image: `${image.split('@')[0]}@sha256:${'0'.repeat(64)}` })
      await expect(unknown.submit()).rejects.toMatchObject({ code: 'IMAGE_UNKNOWN', kind: 'config' })
    })

    it('whose image cannot run the command say so for certain', async () => {
      const job = await testContainer('', { command: ['python3', 'train.py'], init: false })
      await expect(job.submit()).rejects.toMatchObject({ code: 'IMAGE_INVALID', kind: 'config' })
      const withInit = await testContainer('', { command: ['python3', 'train.py'] })
      await withInit.submit()
      expect(await withInit.ended()).toMatchObject({ phase: 'failed', kind: 'config', exitCode: 127 })
      const gpus = await testContainer('', { gpus: 1 })
      await expect(gpus.submit()).rejects.toMatchObject({ code: 'RESOURCES_UNAVAILABLE', kind: 'config' })
      const mounts = [{ source: '/there/is/none', target: '/x', readOnly: true }]
      for (const mistake of [{ mounts }, { network: 'nosuch' }, { user: 'nobodyhere' }, { user: '1:nobodyhere' }]) {
        const mistaken = (await testContainer('', mistake)).submit()
        await expect(mistaken).rejects.toMatchObject({ code: 'CONFIG_INVALID', hint: expect.stringMatching(/\w+/) })
      }
    })

    it('give their log page by page, each line once', async () => {
      const job = await testContainer(`
      for (let n = 0; n < 3000; n += 1) console.log('line ' + n + ' ' + 'x'.repeat(60))
      console.log('y'.repeat(40_000))`)
      await job.submit()
      await job.ended()
      const lines: string[] = []
      let pages = 0
      for (let cursor: string | undefined, more = true; more; pages += 1) {
        const page = await job.service.logs(job.handle!, cursor, { signal: signal() })
        lines.push(...page.lines)
        ;({ cursor, more } = page)
      }
      expect(lines).toHaveLength(3_001)
      expect(lines.slice(0, 3_000).map((line) => Number(line.split(' ')[1]))).toEqual([...lines.keys()].slice(0, 3_000))
      expect(lines.at(-1)).toBe('y'.repeat(40_000))
      expect(pages).toBeGreaterThan(2)
    })

    it('give a long line in one, and what others say meanwhile once, while it is written', async () => {
      const job = await testContainer(`
      process.stdout.write('y'.repeat(40_000))
      setTimeout(() => console.error('meanwhile'), 100)
      process.on('SIGTERM', () => { console.log('end'); process.exit(0) })
      setInterval(() => {}, 1e6)`)
      await job.submit()
      const lines: string[] = []
      let cursor: string | undefined
      const readOn = async (): Promise<readonly string[]> => {
        for (let more = true; more;) {
          const page = await job.service.logs(job.handle!, cursor, { signal: signal() })
          lines.push(...page.lines)
          ;({ cursor, more } = page)
        }
        return lines
      }
      await until('the other line', async () => (await readOn()).length > 0)
      expect(await readOn()).toEqual(['meanwhile'])
      await job.cancel()
      expect(await job.ended()).toMatchObject({ phase: 'succeeded' })
      expect(await readOn()).toEqual(['meanwhile', `${'y'.repeat(40_000)}end`])
      expect(await readOn()).toHaveLength(2)
    })

    it('have the limits, the user and the mounts of their request', async () => {
      const job = await testContainer(
        `import { readFileSync, statfsSync } from 'node:fs'
       console.log(process.getuid(), process.constrainedMemory(), readFileSync('/m/hostname', 'utf8').length > 0)
       const shm = statfsSync('/dev/shm'); console.log(shm.blocks * shm.bsize)`,
        {
          user: '4711:4711',
          memoryBytes: 256 * 2 ** 20,
          cpuCount: 1,
          mounts: [{ source: '/etc', target: '/m', readOnly: true }],
        },
      )
      await job.submit()
      expect(await job.ended()).toMatchObject({ phase: 'succeeded' })
      expect(await job.lines()).toEqual([`4711 ${256 * 2 ** 20} true`, String(2 ** 26)])
    })

    it('go on without the launcher that made them, and are found by the next', async () => {
      const job = await testContainer(IDLE)
      const { labels, request } = job
      const script = `
      import { DockerJobService } from ${JSON.stringify(new URL('../../src/docker/docker-job-service.ts', import.meta.url).href)}
      const service = new DockerJobService(${JSON.stringify({ engine: { host: 'unix:///var/run/docker.sock' }, mounts: [], stopGraceMs: 500, keepContainers: false })})
      await service.submit(${JSON.stringify(request)}, { labels: ${JSON.stringify(labels)}, nonce: 'n', fingerprint: 'f', secrets: {}, signal: AbortSignal.timeout(60_000) })
      process.kill(process.pid, 'SIGKILL')`
      await new Promise<void>((resolve) => {
        execFile(process.execPath, ['--conditions=source', '--input-type=module', '-e', script], () => resolve())
      })
      const [found] = await all(job.service.find({ token: labels.token }, { signal: signal() }))
      expect(found).toMatchObject({ nonce: 'n', handle: { id: request.name } })
      job.handle = found!.handle
      await job.printed('begun')
      expect(await job.submit({ fingerprint: 'f' })).toEqual(found!.handle)
      await job.cancel()
      expect(await job.ended()).toMatchObject({ phase: 'stopped' })
    })
  },
)
