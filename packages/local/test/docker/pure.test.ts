import fc from 'fast-check'
import { PHASES, type LaunchReport } from '@sidestep/core'
import { describe, expect, it } from 'vitest'

import { checkResources } from '../../src/docker/check-resources.ts'
import { readLogPage, sinceOf } from '../../src/docker/container-log.ts'
import { labelsOf, marksOf, storeMark } from '../../src/docker/container-labels.ts'
import { CONTAINER_STATES, observationOf } from '../../src/docker/container-state.ts'
import type { Container, ContainerState } from '../../src/docker/container.ts'
import { startError } from '../../src/docker/start-error.ts'
import { isStop, type EngineEvent } from '../../src/docker/stop-events.ts'
import { textLines } from '../../src/docker/text-lines.ts'
import type { EngineFacts } from '../../src/docker/engine-facts.ts'
import { EngineError } from '../../src/docker/engine-client.ts'
import type { DockerRequest } from '../../src/docker/request.ts'
import { tellingUnknownStates } from '../../src/docker/unknown-state.ts'
import { all } from '../support/all.ts'

const AT = new Date('2026-11-22T10:00:20Z')

function container(state: Partial<ContainerState>): Container {
  return {
    Id: 'c',
    Created: '2026-11-22T10:00:00.123456789Z',
    Config: {},
    State: {
      Status: 'exited',
      ExitCode: 0,
      OOMKilled: false,
      Error: '',
      StartedAt: '2026-11-22T10:00:01.5Z',
      FinishedAt: '2026-11-22T10:00:19Z',
      ...state,
    },
  }
}

describe('the state of a container', () => {
  it.each(Object.entries(CONTAINER_STATES))('%s is %s', (status, meaning) => {
    const ended = status === 'exited' || status === 'stopped' || status === 'dead'
    const { phase, providerState } = observationOf(container({ Status: status }), { at: AT, stopAsked: false })
    expect([phase, providerState]).toEqual([ended ? 'succeeded' : meaning, status])
    expect(PHASES).toContain(phase)
  })

  it('that nobody knows means that it goes on', () => {
    expect(observationOf(container({ Status: 'frozen' }), { at: AT, stopAsked: false })).toMatchObject({
      phase: 'running',
      providerState: 'frozen',
    })
  })

  it.each([
    [{ ExitCode: 1 }, false, { phase: 'failed', exitCode: 1 }, undefined],
    [{ ExitCode: 75 }, false, { phase: 'failed', exitCode: 75 }, undefined],
    [{ ExitCode: 137, OOMKilled: true }, false, { phase: 'failed' }, 'oom'],
    // A process of the step was killed for memory, and the entrypoint said so and went.
    [{ ExitCode: 1, OOMKilled: true }, false, { phase: 'failed' }, 'oom'],
    [{ ExitCode: 0, OOMKilled: true }, false, { phase: 'succeeded' }, undefined],
    // A process of the step was killed for memory, and the step went on until something else ended it.
    [{ ExitCode: 143, OOMKilled: true }, true, { phase: 'stopped', exitCode: 143 }, 'stopped'],
    [{ ExitCode: 143, OOMKilled: true }, false, { phase: 'failed' }, 'infra'],
    [{ ExitCode: 137, OOMKilled: true }, true, { phase: 'stopped' }, 'stopped'],
    [{ ExitCode: 255, OOMKilled: true }, false, { phase: 'failed' }, 'infra'],
    [{ ExitCode: 75, OOMKilled: true }, false, { phase: 'failed', exitCode: 75 }, undefined],
    [{ ExitCode: 137 }, false, { phase: 'failed' }, 'infra'],
    [{ ExitCode: 137 }, true, { phase: 'stopped' }, 'stopped'],
    [{ ExitCode: 143 }, false, { phase: 'failed' }, 'infra'],
    [{ ExitCode: 143 }, true, { phase: 'stopped' }, 'stopped'],
    [{ ExitCode: 255 }, true, { phase: 'failed' }, 'infra'],
    [{ ExitCode: 128, Error: 'no space left on device' }, false, { phase: 'failed' }, 'infra'],
    [{ ExitCode: 127 }, false, { phase: 'failed' }, 'config'],
    [{ Status: 'created', ExitCode: 128, Error: 'cannot start' }, false, { phase: 'failed' }, 'infra'],
  ])('%o, stop asked for: %s', (state, stopAsked, expected, kind) => {
    const observation = observationOf(container(state), { at: AT, stopAsked })
    expect(observation).toMatchObject(expected)
    expect(observation.kind).toBe(kind)
  })

  it('that was for memory says how much there was, and where Node.js itself does not fit', () => {
    const ofLimit = (Memory: number) => {
      const killed = { ...container({ ExitCode: 137, OOMKilled: true }), HostConfig: { Memory } }
      return observationOf(killed, { at: AT, stopAsked: false })
    }
    expect(ofLimit(24 * 2 ** 20)).toMatchObject({
      reason: 'the container used more memory than it may, 24 MiB',
      hint: expect.stringContaining('Node.js and a small step need some 64 MiB') as string,
    })
    expect(ofLimit(2 ** 30).reason).toMatch(/, 1(?:\.0)? GiB$/u)
    expect(ofLimit(2 ** 30).hint).toBe(undefined)
    expect(ofLimit(0).reason).toBe('the container used more memory than it may')
  })

  it('has its phases by the clock of the engine, which is never before them', () => {
    const late = container({ FinishedAt: '2026-11-22T10:00:20.900000001Z' })
    expect(observationOf(late, { at: AT, stopAsked: false })).toMatchObject({
      at: '2026-11-22T10:00:20.900Z',
      phases: [
        { phase: 'provisioning', at: '2026-11-22T10:00:00.123Z' },
        { phase: 'running', at: '2026-11-22T10:00:01.500Z' },
        { phase: 'succeeded', at: '2026-11-22T10:00:20.900Z' },
      ],
    })
    const created = container({
      Status: 'created',
      StartedAt: '0001-01-01T00:00:00Z',
      FinishedAt: '0001-01-01T00:00:00Z',
    })
    expect(observationOf(created, { at: AT, stopAsked: false }).phases).toHaveLength(1)
  })
})

describe('a state that nobody knows', () => {
  it('is told once, after what was reported', () => {
    const reports: LaunchReport[] = []
    const report = tellingUnknownStates({ report: (event: object) => void reports.push(event as LaunchReport) })
    const observed = (providerState: string) => {
      const observation = { phase: 'running', providerState, at: AT.toISOString() } as const
      report({ type: 'observed', observation })
    }
    for (const state of ['running', 'frozen', 'frozen', 'paused', 'melting']) observed(state)
    expect(reports.map(({ type }) => type)).toEqual([
      'observed',
      'observed',
      'warning',
      'observed',
      'observed',
      'observed',
    ])
    expect(reports[2]).toMatchObject({ message: expect.stringContaining('"frozen"') })
  })
})

describe('an event', () => {
  const kill = (signal?: string): EngineEvent => ({
    Action: 'kill',
    timeNano: 0,
    Actor: { Attributes: signal === undefined ? {} : { signal } },
  })
  it.each([
    [kill('15'), 143, true],
    [kill('9'), 137, true],
    // Whoever asked for a stop that did not come did not end the container.
    [kill('15'), 137, false],
    [kill('10'), 137, false],
    [kill('1'), 143, false],
    // Podman does not say which.
    [kill(), 137, true],
    [{ Action: 'stop', timeNano: 0 }, 137, true],
    [{ Action: 'start', timeNano: 0 }, 137, false],
  ])('%o, exit code %i: a stop that was asked for is %s', (event, exitCode, expected) => {
    expect(isStop(event, exitCode)).toBe(expected)
  })
})

describe('labels', () => {
  it('are read as they were written', () => {
    const marks = {
      labels: { runId: 'r', stepRunId: 's', attempt: 3, token: 't', journalId: 'j' },
      fingerprint: 'f',
      nonce: 'n',
      store: storeMark('{}'),
    }
    expect(marksOf(labelsOf(marks))).toEqual(marks)
    expect(marksOf({ maintainer: 'me' })).toBeUndefined()
    expect(marksOf(null)).toBeUndefined()
  })
})

describe('what the engine refuses', () => {
  const request = { name: 'sidestep-1', image: 'r@sha256:1', gpus: 1 } as unknown as DockerRequest
  it.each([
    [400, 'OCI runtime create failed: exec: "node": executable file not found in $PATH: unknown', 'IMAGE_INVALID'],
    [500, 'exec /usr/local/bin/node: exec format error', 'IMAGE_INVALID'],
    [500, 'could not select device driver "" with capabilities: [[gpu]]', 'RESOURCES_UNAVAILABLE'],
    [400, 'invalid mount config for type "bind": bind source path does not exist: /x', 'CONFIG_INVALID'],
    [400, 'Minimum memory limit allowed is 6MB', 'CONFIG_INVALID'],
    [404, 'network nosuch not found', 'CONFIG_INVALID'],
    [500, 'unable to find user nobodyhere: no matching entries in passwd file', 'CONFIG_INVALID'],
    [500, 'unable to find group none: no matching entries in group file', 'CONFIG_INVALID'],
    [500, 'no space left on device', 'LAUNCH_FAILED'],
    [404, 'No such container: sidestep-1', 'LAUNCH_FAILED'],
    [409, 'the container is being removed', 'LAUNCH_FAILED'],
  ])('%i %s', (status, message, code) => {
    const error = startError(new EngineError(status, message), request)
    const kind = code === 'LAUNCH_FAILED' ? 'infra' : 'config'
    expect(error).toMatchObject({ code, kind, hint: expect.stringMatching(/\w+/) })
  })
})

describe('a log', () => {
  const frame = (source: number, text: string): Buffer => {
    const payload = Buffer.from(text)
    const head = Buffer.alloc(8)
    head[0] = source
    head.writeUInt32BE(payload.length, 4)
    return Buffer.concat([head, payload])
  }
  async function* cut(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }

  interface Part {
    readonly source: number
    readonly text: string
    readonly time: number
  }
  const stampOf = (time: number): string => `2026-11-22T10:00:0${Math.floor(time / 10)}.${time % 10}00000000Z`
  /** As the engine does with `since`: by the time of each part, and to the second at the least. */
  const bytesOf = (parts: readonly Part[], since: string): Buffer =>
    Buffer.concat(
      parts
        .filter(({ time }) => Math.floor(Date.parse(stampOf(time)) / 1_000) >= Number(since))
        .map(({ source, time, text }) => frame(source, `${stampOf(time)} ${text}`)),
    )

  /** What two programs say at once, cut into parts. An engine writes the time of a line's first part on all of them. */
  const logs = fc
    .record({
      lines: fc.array(
        fc.record({
          source: fc.constantFrom(1, 2),
          parts: fc.array(fc.string({ unit: 'grapheme', maxLength: 8 }), { minLength: 1, maxLength: 4 }),
        }),
        { maxLength: 25 },
      ),
      turns: fc.infiniteStream(fc.boolean()),
      steps: fc.infiniteStream(fc.constantFrom(0, 0, 0, 1, 7)),
      timeOfFirst: fc.boolean(),
      lastHasEnd: fc.boolean(),
    })
    .map(({ lines, turns, steps, timeOfFirst, lastHasEnd }) => {
      const queues = [1, 2].map((source) =>
        lines
          .filter((line) => line.source === source)
          .flatMap(({ parts }, n, { length }) =>
            parts.map((text, at) => {
              const isLast = at === parts.length - 1
              const clean = text.replaceAll(/[\r\n]/g, '')
              const hasEnd = isLast && (lastHasEnd || n < length - 1)
              return { source, text: `${clean}${hasEnd ? '\n' : ''}`, first: at === 0, isLast }
            }),
          ),
      )
      const log: Part[] = []
      const whole: string[] = []
      const open: Record<number, { time: number; text: string }> = {}
      let time = 0
      while (queues.some((queue) => queue.length > 0)) {
        const [some, other] = turns.next().value === true ? queues : queues.toReversed()
        const part = some?.shift() ?? other?.shift()
        if (part === undefined) break
        time = Math.min(time + (steps.next().value ?? 0), 99)
        const { source, text, first } = part
        const line = first ? { time, text: '' } : (open[source] ?? { time, text: '' })
        line.text += text
        open[source] = line
        log.push({ source, text, time: timeOfFirst ? line.time : time })
        if (!text.endsWith('\n')) continue
        whole.push(line.text.slice(0, -1))
        delete open[source]
      }
      return { log, whole, rest: Object.values(open).map(({ text }) => text) }
    })

  it('is given out whole, whatever the cuts of the network, the pages, the parts of lines, and their times', async () => {
    const sizes = fc.record({ cut: fc.integer({ min: 1, max: 40 }), page: fc.integer({ min: 1, max: 40 }) })
    const readers = fc.array(fc.nat(8), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(logs, sizes, readers, async ({ log, whole, rest }, sizeOf, grows) => {
        const read: string[] = []
        let cursor: string | undefined
        let written = 0
        const readAll = async (ended: boolean): Promise<void> => {
          for (let more = true; more;) {
            const bytes = bytesOf(log.slice(0, written), sinceOf(cursor))
            const got = await readLogPage(cut(bytes, sizeOf.cut), cursor, { ended, pageSize: sizeOf.page })
            read.push(...got.lines)
            ;({ cursor, more } = got)
          }
        }
        // It is read while it is written, and then to its end, more than once.
        for (const parts of grows) {
          written += parts
          await readAll(false)
        }
        written = log.length
        await readAll(true)
        await readAll(true)
        expect(read.slice(0, whole.length)).toEqual(whole)
        expect(read.slice(whole.length).toSorted()).toEqual(rest.toSorted())
      }),
      { numRuns: 100 },
    )
  })

  it('has the parts of a long line in one, and waits for its end while it is written', async () => {
    const bytes = Buffer.concat([
      frame(1, '2026-11-22T10:00:00Z one '),
      frame(2, '2026-11-22T10:00:00Z other\n'),
      frame(1, '2026-11-22T10:00:00Z line\n'),
      frame(1, '2026-11-22T10:00:01Z no end'),
    ])
    const early = await readLogPage(cut(bytes, 5), undefined, { ended: false })
    expect(early.lines).toEqual(['other', 'one line'])
    const late = await readLogPage(cut(bytes, 5), early.cursor, { ended: true })
    expect(late.lines).toEqual(['no end'])
    expect((await readLogPage(cut(bytes, 5), late.cursor, { ended: true })).lines).toEqual([])
  })
})

describe('lines of a text', () => {
  it('are whole, whatever the cuts', async () => {
    async function* cut(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
    }
    const lines = fc.array(fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => text.trim() !== ''))
    await fc.assert(
      fc.asyncProperty(lines, fc.integer({ min: 1, max: 9 }), fc.constantFrom('', '\n'), async (given, size, end) => {
        const texts = given.map((text) => text.replaceAll(/[\r\n]/g, 'x'))
        const bytes = Buffer.from(texts.join('\n\n') + end)
        expect(await all(textLines(cut(bytes, size)))).toEqual(texts)
      }),
    )
  })
})

describe('memory', () => {
  const check = (memory: string): void =>
    checkResources(
      { stepName: 'count', config: { resourceSettings: { memory }, dockerSettings: {} } } as unknown as Parameters<
        typeof checkResources
      >[0],
      {},
      { memoryBytes: 2 ** 33, cpuCount: 2 } as EngineFacts,
    )

  it('too small for any container asks for more, and too large for the machine for less', () => {
    expect(() => check('4MiB')).toThrow(
      expect.objectContaining({
        code: 'RESOURCES_UNAVAILABLE',
        message: "the step count asks for memory: '4MiB', and a container has at least 6MiB",
        hint: expect.stringMatching(/^Ask for more/u) as string,
      }),
    )
    expect(() => check('900GiB')).toThrow(
      expect.objectContaining({
        message: expect.stringContaining("what the engine's machine does not have: memory: '900GiB'") as string,
        hint: expect.stringMatching(/^Ask for less/u) as string,
      }),
    )
    expect(check('1GiB')).toBe(undefined)
  })
})
