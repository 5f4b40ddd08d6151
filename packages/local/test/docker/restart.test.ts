import { noEngine } from '@sidestep/containers'
import { noOwnEngine, OwnEngine } from '@sidestep/containers/own-engine'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { all } from '../support/all.ts'
import { IDLE, testContainer, testImage, testService } from './engine.ts'

const WHY_NOT = noEngine ?? noOwnEngine

describe.skipIf(WHY_NOT !== undefined)(
  `an engine that is restarted${WHY_NOT === undefined ? '' : `: ${WHY_NOT}`}`,
  () => {
    let engine: OwnEngine
    let image: string

    beforeAll(async () => {
      engine = await OwnEngine.start()
      image = await engine.load(await testImage())
    }, 120_000)
    afterAll(async () => engine[Symbol.asyncDispose](), 60_000)

    it.each(['SIGTERM', 'SIGKILL'] as const)(
      'by %s: not seen while it is away, and then it was its end',
      async (how) => {
        const { host } = engine
        const service = testService({ engine: { host } })
        const job = await testContainer(IDLE, { image }, { service, host })
        const waiting = await testContainer(IDLE, { image }, { service, host })
        await job.submit()
        await job.printed('begun')
        await engine.kill(how)
        await expect(job.observe()).rejects.toMatchObject({ kind: 'infra' })
        await expect(job.cancel()).rejects.toMatchObject({ kind: 'infra' })
        await expect(waiting.submit()).rejects.toMatchObject({ kind: 'infra', code: 'LAUNCH_FAILED' })
        await expect(
          all(service.find({ token: job.labels.token }, { signal: AbortSignal.timeout(5_000) })),
        ).rejects.toMatchObject({ kind: 'infra' })
        await engine.start()
        const end = await job.ended()
        expect(end).toMatchObject({ phase: 'failed', kind: 'infra' })
        expect(end.gone).toBeUndefined()
        // What was lost with the engine is created once.
        await waiting.submit()
        await waiting.printed('begun')
        await waiting.cancel()
        expect(await waiting.ended()).toMatchObject({ phase: 'stopped' })
      },
      120_000,
    )
  },
)
