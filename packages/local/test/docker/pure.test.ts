import fc from 'fast-check'
import { PHASES, type LaunchReport } from '@sidestep/core'
import { describe, expect, it } from 'vitest'

import { readLogPage } from '../../src/docker/container-log.ts'
import { labelsOf, marksOf, storeMark } from '../../src/docker/container-labels.ts'
import { CONTAINER_STATES, observationOf } from '../../src/docker/container-state.ts'
import type { Container, ContainerState } from '../../src/docker/container.ts'
import { startError } from '../../src/docker/start-error.ts'
import { EngineError } from '../../src/docker/engine-client.ts'
import type { DockerRequest } from '../../src/docker/request.ts'
import { tellingUnknownStates } from '../../src/docker/unknown-state.ts'

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
    [500, 'no space left on device', 'LAUNCH_FAILED'],
    [409, 'the container is being removed', 'LAUNCH_FAILED'],
  ])('%i %s', (status, message, code) => {
    const error = startError(new EngineError(status, message), request)
    expect(error).toMatchObject({ code, kind: code === 'LAUNCH_FAILED' ? 'infra' : 'config' })
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

  it('is given out whole, whatever the cuts of the network, the pages, and equal times', async () => {
    const lines = fc.array(
      fc.record({
        source: fc.constantFrom(1, 2),
        text: fc.string({ unit: 'grapheme', maxLength: 30 }),
        second: fc.nat(3),
      }),
      { maxLength: 30 },
    )
    await fc.assert(
      fc.asyncProperty(
        lines,
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 60 }),
        async (given, size, page) => {
          const clean = given
            .map((line) => ({ ...line, text: line.text.replaceAll(/[\r\n]/g, '') }))
            .toSorted((a, b) => a.second - b.second)
          const stampOf = (second: number): string => `2026-11-22T10:00:0${second}.000000001Z`
          const read: string[] = []
          let cursor: string | undefined
          for (let more = true; more;) {
            // As the engine does with `since`: what was said at that very time is said again.
            const since = cursor === undefined ? '' : (cursor.split(' ')[0] ?? '')
            const from = clean.filter(({ second }) => stampOf(second) >= since)
            const bytes = Buffer.concat(
              from.map(({ source, second, text }) => frame(source, `${stampOf(second)} ${text}\n`)),
            )
            const got = await readLogPage(cut(bytes, size), cursor, page)
            read.push(...got.lines)
            ;({ cursor, more } = got)
          }
          expect(read).toEqual(clean.map(({ text }) => text))
        },
      ),
      { numRuns: 200 },
    )
  })

  it('has the parts of a long line in one', async () => {
    const bytes = Buffer.concat([
      frame(1, '2026-11-22T10:00:00Z one '),
      frame(2, '2026-11-22T10:00:00Z other\n'),
      frame(1, '2026-11-22T10:00:00Z line\n'),
      frame(1, '2026-11-22T10:00:01Z no end'),
    ])
    const { lines } = await readLogPage(cut(bytes, 5), undefined)
    expect(lines).toEqual(['other', 'one line', 'no end'])
  })
})
