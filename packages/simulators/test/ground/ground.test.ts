import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { Agent, request, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import { UnmetFaultsError, type Fault } from '../../src/ground/faults.ts'
import { Ground, type ServiceGround } from '../../src/ground/ground.ts'
import type { GroundOptions } from '../../src/ground/ground-options.ts'
import { ManualClock } from '../../src/ground/manual-clock.ts'
import { thisOwner } from '../../src/jobs/owner.ts'
import { startSimulator, type SimulatorName } from '../../src/simulator.ts'
import { call, type Answer } from '../support/call.ts'
import { NoteService } from './note-service.ts'

const clock = new ManualClock()
let ground: Ground
let service: NoteService
let given: ServiceGround

async function start(options: GroundOptions = {}): Promise<Ground> {
  return Ground.start(
    (made) => {
      given = made
      service = new NoteService(made)
      return [service]
    },
    { clock, seed: 'a seed', ...options },
  )
}

beforeEach(async () => {
  ground = await start()
})
afterEach(async () => {
  // Each test says itself what is left.
  await ground.close().catch(() => undefined)
})

const at = (path: string): string => `${ground.endpoint}${path}`
const put = async (key: string, body: string): Promise<Answer> => call(at(`/notes/${key}`), { method: 'PUT', body })
const get = async (key: string): Promise<Answer> => call(at(`/notes/${key}`))
const list = async (): Promise<string> => (await call(at('/notes'))).body.toString()

test('a call goes to its operation and is written down', async () => {
  expect(await put('a?x=1', 'text')).toMatchObject({ status: 201, headers: { 'x-note': 'a' } })
  expect((await get('a')).body.toString()).toBe('text')
  const head = await call(at('/notes/a'), { method: 'HEAD' })
  expect(head).toMatchObject({ status: 200, headers: { 'content-length': '4' } })
  expect(head.body).toHaveLength(0)
  expect(await get('none')).toMatchObject({ status: 404, headers: { 'x-try': 'another' } })
  const common = { service: 'notes', at: clock.now(), faults: [], received: 0, sent: 0 }
  expect(ground.calls).toEqual([
    { ...common, operation: 'PutNote', method: 'PUT', path: '/notes/a?x=1', status: 201, received: 4 },
    { ...common, operation: 'GetNote', method: 'GET', path: '/notes/a', status: 200, sent: 4 },
    { ...common, operation: 'GetNote', method: 'HEAD', path: '/notes/a', status: 200 },
    expect.objectContaining({ operation: 'GetNote', status: 404, errorCode: 'NoSuchNote' }),
  ])
  ground.clearCalls()
  expect(ground.calls).toEqual([])
})

test('the date is that of the simulator', async () => {
  await clock.advance(3000)
  expect((await get('x')).headers.date).toBe(new Date(clock.now()).toUTCString())
})

test('what is of no service is refused in the words of the first, and written down', async () => {
  const answer = await call(at('/nothing?x=1'), { method: 'POST', body: 'x' })
  expect(answer.status).toBe(501)
  expect(answer.json()).toEqual({ code: 'UnknownOperation', message: 'POST /nothing is no operation of it' })
  expect(ground.calls).toMatchObject([{ service: 'notes', operation: 'Unknown', status: 501 }])
})

test('a path is kept as it was sent', async () => {
  const socket = connect(Number(new URL(ground.endpoint).port), '127.0.0.1')
  const send = async (line: string): Promise<string> => {
    socket.write(`${line} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx`)
    return String((await once(socket, 'data'))[0])
  }
  expect(await send('PUT /notes/a/../b')).toMatch(/^HTTP\/1.1 201[^]*X-Note: a\/\.\.\/b\r\n/)
  socket.destroy()
})

test('a mistake of the service is a failure of the simulator', async () => {
  const answer = await call(at('/break'))
  expect(answer.status).toBe(500)
  expect(answer.json()).toEqual({
    code: 'NotesBroken',
    message: 'the simulator broke: TypeError: a mistake of the service',
  })
  expect((await call(at('/break?mute'))).json().message).toContain('BreakNote was not answered')
  expect((await call(at('/trip'))).json().message).toContain('operationOf tripped')
  expect(ground.calls[0]?.failure).toMatch(/a mistake of the service\n {4}at NoteService\.serve/)
  ground.clearCalls()
  await expect(ground.close()).rejects.toThrow(
    'the simulator broke in 3 calls; the first: notes.BreakNote: TypeError: a mistake of the service',
  )
  expect(service.closed).toBe(true)
})

describe('faults', () => {
  test.each([
    ['throttle', 429, 'TooManyNotes'],
    ['server-error', 500, 'NotesBroken'],
    ['expired-token', 403, 'NotesExpired'],
    ['capacity', 507, 'NoPaper'],
  ] as const)('%s is answered in the words of the service, and nothing happened', async (kind, status, code) => {
    ground.addFaults({ operation: 'notes.PutNote', kind })
    const answer = await put('a', 'text')
    expect([answer.status, answer.json()]).toEqual([status, { code, message: `as it was asked: ${kind}` }])
    expect(ground.calls).toMatchObject([{ status, errorCode: code, faults: [kind] }])
    expect((await get('a')).status).toBe(404)
    expect((await put('a', 'text')).status).toBe(201)
    await ground.close()
  })

  test('a large body that nobody reads does not break the connection', async () => {
    ground.addFaults({ operation: 'notes.PutNote', kind: 'throttle' })
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const large = 'x'.repeat(900_000)
    const send = async (): Promise<Answer> => call(at('/notes/a'), { method: 'PUT', body: large, agent })
    expect((await send()).status).toBe(429)
    expect((await send()).status).toBe(201)
    expect(ground.calls.map(({ received }) => received)).toEqual([0, 900_000])
    agent.destroy()
  })

  test('reset-before: nothing happened', async () => {
    ground.addFaults({ operation: 'notes.PutNote', kind: 'reset-before' })
    await expect(put('a', 'text')).rejects.toThrow(/socket hang up|ECONNRESET|EPIPE/)
    expect((await get('a')).status).toBe(404)
    expect(ground.calls).toMatchObject([{ status: 0, faults: ['reset-before'], received: 0 }, { status: 404 }])
    await ground.close()
  })

  test('reset-after: it happened, and nobody was told', async () => {
    ground.addFaults({ operation: 'notes.PutNote', kind: 'reset-after' })
    await expect(put('a', 'text')).rejects.toThrow(/socket hang up|ECONNRESET/)
    expect((await get('a')).body.toString()).toBe('text')
    expect(ground.calls).toMatchObject([{ status: 0, faults: ['reset-after'], received: 4, sent: 0 }, { status: 200 }])
    await ground.close()
  })

  test('slow: it happens at once, and the answer comes later', async () => {
    ground.addFaults({ operation: 'notes.PutNote', kind: 'slow', delayMs: 5000 })
    let answered = false
    const slow = put('a', 'text').finally(() => (answered = true))
    await vi.waitFor(async () => expect((await get('a')).status).toBe(200))
    await clock.advance(4999)
    expect([(await get('a')).status, answered, ground.calls[0]?.status]).toEqual([200, false, 0])
    await clock.advance(1)
    expect((await slow).status).toBe(201)
    await ground.close()
  })

  test('slow: who does not wait for it leaves nothing behind', async () => {
    ground.addFaults({ operation: 'notes.PutNote', kind: 'slow', delayMs: 5000 })
    const sent = request(at('/notes/a'), { method: 'PUT' }).end('text')
    const ended = once(sent, 'error')
    await vi.waitFor(() => expect(clock.waiting).toBe(1))
    sent.destroy()
    await vi.waitFor(() => expect(clock.waiting).toBe(0))
    await ended
    await ground.close()
  })

  test('delayed-effect: answered at once, and happens later', async () => {
    ground.addFaults({ operation: 'notes.*', kind: 'delayed-effect', delayMs: 2000, times: 2 })
    expect((await get('a')).status).toBe(404)
    expect((await put('a', 'text')).status).toBe(201)
    expect((await get('a')).status).toBe(404)
    await clock.advance(2000)
    expect((await get('a')).body.toString()).toBe('text')
    expect((await put('b', 'refused later')).status).toBe(201)
    await clock.advance(2000)
    expect(ground.calls.at(-1)).toMatchObject({ status: 201, errorCode: 'NoteRefused', faults: ['delayed-effect'] })
    await ground.close()
  })

  test('delayed-effect: of a simulator that is closed it never happens, and nobody waits for it', async () => {
    ground.addFaults({ operation: 'notes.PutNote', kind: 'delayed-effect', delayMs: 1e9 })
    expect((await put('a', 'text')).status).toBe(201)
    await ground.close()
    expect(clock.waiting).toBe(0)
  })

  test('stale-list: a list shows what was', async () => {
    await put('a', 'old')
    await clock.advance(5000)
    await put('b', 'new')
    ground.addFaults({ operation: 'notes.*', kind: 'stale-list', delayMs: 3000 })
    expect((await get('b')).body.toString()).toBe('new')
    expect([await list(), await list()]).toEqual(['old', 'old,new'])
    expect(ground.calls.map(({ faults }) => faults)).toEqual([[], [], [], ['stale-list'], []])
    await ground.close()
  })

  test('clock-off: the date is wrong, whatever the answer', async () => {
    ground.addFaults(
      { operation: 'notes.GetNote', kind: 'clock-off', delayMs: -600_000 },
      { operation: 'notes.GetNote', kind: 'throttle' },
    )
    const dates = [(await get('a')).headers.date, (await get('a')).headers.date]
    expect(dates).toEqual([clock.now() - 600_000, clock.now()].map((time) => new Date(time).toUTCString()))
    await ground.close()
  })

  test('several meet one call', async () => {
    ground.addFaults(
      { operation: 'notes.PutNote', kind: 'reset-after' },
      { operation: 'notes.PutNote', kind: 'delayed-effect', delayMs: 10 },
    )
    await expect(put('a', 'text')).rejects.toThrow()
    expect((await get('a')).status).toBe(404)
    await clock.advance(10)
    expect((await get('a')).status).toBe(200)
    await ground.close()
  })

  test('one that had no occasion to act waits for the next call', async () => {
    const slow: Fault = { operation: 'notes.*', kind: 'slow' }
    ground.addFaults(slow, { operation: 'notes.*', kind: 'reset-before' })
    await expect(get('a')).rejects.toThrow()
    await vi.waitFor(() => expect(ground.unmetFaults).toEqual([slow]))
    const answer = get('a')
    await vi.waitFor(() => expect(clock.waiting).toBe(1))
    await clock.advance(1000)
    expect((await answer).status).toBe(404)
    await ground.close()
  })

  test('one that never happened is an error, after everything was closed', async () => {
    ground.addFaults({ operation: 'notes.GetNote', kind: 'delayed-effect', times: 3 })
    await get('a')
    const error: unknown = await ground.close().catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(UnmetFaultsError)
    expect(String(error)).toContain('delayed-effect of notes.GetNote: happened 0 of 3 times')
    await expect(get('a')).rejects.toThrow('ECONNREFUSED')
    await expect(access(given.folder)).rejects.toThrow('ENOENT')
    // Asked again, it says the same.
    await expect(ground.close()).rejects.toBe(error)
  })

  test('all that went wrong is told together', async () => {
    ground.addFaults({ operation: 'notes.GetNote', kind: 'throttle' })
    await call(at('/break'))
    service.close = async () => {
      throw new Error('it cannot be ended')
    }
    const error: unknown = await ground.close().catch((reason: unknown) => reason)
    const { errors, message } = error as AggregateError
    expect(errors).toEqual([new Error('it cannot be ended'), expect.any(AggregateError), expect.any(UnmetFaultsError)])
    expect(message).toMatch(/^it cannot be ended\nthe simulator broke in 1 calls;[^]*\nA fault was asked for/)
    await expect(access(given.folder)).rejects.toThrow('ENOENT')
  })

  test('one that was cleared is not missed', async () => {
    ground.addFaults({ operation: 'notes.GetNote', kind: 'throttle' })
    ground.clearFaults()
    expect(ground.unmetFaults).toEqual([])
    expect((await get('a')).status).toBe(404)
    await ground.close()
  })

  test('one of a service that is not here is refused', () => {
    expect(() => ground.addFaults({ operation: 's3.PutObject', kind: 'slow' })).toThrow(
      'a fault slow of s3.PutObject cannot happen here: the services are notes',
    )
  })
})

test('jobs are written down, as their service says', async () => {
  const entry = given.jobs.add({ service: 'notes', name: 'job-1', image: 'host/a@sha256:0', command: ['node'] })
  given.jobs.add({ service: 'notes', name: 'job-2', image: 'host/b@sha256:0', command: [] })
  const [queuedAt] = [clock.now()]
  await clock.advance(1000)
  entry.begun()
  entry.met('interruption')
  await clock.advance(1000)
  entry.begun()
  await clock.advance(1000)
  const end = { exitCode: 0, outOfMemory: false }
  entry.ended(end)
  expect(() => entry.ended(end)).toThrow('ended twice')
  const about = { service: 'notes', image: 'host/a@sha256:0', command: ['node'], queuedAt }
  const times = { begunAt: queuedAt + 1000, endedAt: queuedAt + 3000 }
  expect(ground.jobs).toEqual([
    { ...about, name: 'job-1', ...times, attempts: 2, end, faults: ['interruption'] },
    { ...about, name: 'job-2', image: 'host/b@sha256:0', command: [], attempts: 0, faults: [] },
  ])
  ground.clearJobs()
  expect(ground.jobs).toEqual([])
})

test('a header may have any letter of Latin-1', async () => {
  service.serve = async (exchange) => exchange.send(200, { 'Content-Length': 4, 'Content-Disposition': 'ü' }, 'text')
  expect((await get('a')).headers['content-disposition']).toBe('ü')
})

test('a header that cannot be sent is a mistake that is answered', async () => {
  service.serve = async (exchange) => exchange.send(200, { 'X-Note': '日本' })
  expect((await get('a')).json().message).toContain('Invalid character in header content ["X-Note"]')
  expect(ground.calls).toMatchObject([{ status: 500, failure: expect.stringContaining('X-Note') }])
  await expect(ground.close()).rejects.toThrow('the simulator broke in 1 calls')
})

describe('streams', () => {
  const size = 5_000_000
  let path: string
  beforeEach(async () => {
    path = join(given.folder, 'file')
    await writeFile(path, Buffer.alloc(size, 'streamed'))
  })
  const read = async (method = 'GET', from = path): Promise<Answer> =>
    call(at('/file'), { method, headers: { 'X-Path': from, 'X-Size': size } })
  const begin = async (): Promise<IncomingMessage> => {
    const sent = request(at('/file'), { headers: { 'X-Path': path, 'X-Size': size } }).end()
    return ((await once(sent, 'response')) as [IncomingMessage])[0]
  }

  test('a stream is sent and counted; to HEAD without it', async () => {
    expect((await read()).body.equals(Buffer.alloc(size, 'streamed'))).toBe(true)
    expect(await read('HEAD')).toMatchObject({ status: 200, headers: { 'content-length': `${size}` } })
    expect(ground.calls).toMatchObject([{ sent: size }, { sent: 0 }])
    await ground.close()
  })

  test('it meets the faults that act on answers', async () => {
    ground.addFaults(
      { operation: 'notes.ReadFile', kind: 'reset-after' },
      { operation: 'notes.ReadFile', kind: 'slow', after: 1 },
    )
    await expect(read()).rejects.toThrow(/socket hang up|ECONNRESET/)
    const slow = read()
    await vi.waitFor(() => expect(clock.waiting).toBe(1))
    await clock.advance(1000)
    expect((await slow).body).toHaveLength(size)
    expect(ground.calls).toMatchObject([
      { status: 0, sent: 0 },
      { status: 200, faults: ['slow'] },
    ])
    await ground.close()
  })

  test('who leaves in the middle is no failure', async () => {
    const response = await begin()
    await once(response, 'readable')
    response.destroy()
    await ground.close()
    expect(ground.calls[0]?.sent).toBeLessThan(size)
  })

  test('a file that cannot be read cuts the answer, and is a failure', async () => {
    await expect(read('GET', `${path}-none`)).rejects.toThrow(/socket hang up|ECONNRESET|aborted/)
    await expect(ground.close()).rejects.toThrow(
      'the simulator broke in 1 calls; the first: notes.ReadFile: Error: ENOENT',
    )
  })
})

test('a document is in the call log, and one that is none or too large is not', async () => {
  const post = async (body: string): Promise<Answer> => call(at('/json'), { method: 'POST', body })
  expect((await post('{"a":[1]}')).json()).toEqual({ a: [1] })
  expect((await post('{"a"')).json().message).toContain('SyntaxError')
  expect((await post(`"${'x'.repeat(100)}"`)).json().message).toContain(
    'RangeError: the request has more than 100 bytes',
  )
  expect(ground.calls.map(({ request: document }) => document)).toEqual([{ a: [1] }, undefined, undefined])
})

test('a large body that is read in part leaves the connection to the next request', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const body = JSON.stringify('x'.repeat(10_000_000))
  expect((await call(at('/json'), { method: 'POST', body, agent })).status).toBe(500)
  expect((await call(at('/notes'), { agent })).status).toBe(200)
  agent.destroy()
})

test('there are three simulators', async () => {
  await expect(startSimulator('ibm' as SimulatorName)).rejects.toThrow(
    'there is no simulator ibm: it is one of aws, gcp, azure',
  )
})

describe('rates', () => {
  test('calls over the rate are throttled, and meet no fault', async () => {
    await ground.close()
    ground = await start({ rates: { 'notes.GetNote': { perSecond: 2, burst: 1 } } })
    expect((await get('a')).status).toBe(404)
    ground.addFaults({ operation: 'notes.GetNote', kind: 'server-error' })
    expect((await get('a')).status).toBe(429)
    expect(ground.calls.at(-1)).toMatchObject({ status: 429, errorCode: 'TooManyNotes', faults: [] })
    await clock.advance(500)
    expect((await get('a')).status).toBe(500)
    expect((await put('a', 'text')).status).toBe(201)
    await ground.close()
  })

  test('those that a service documents count, unless other ones are given, or none', async () => {
    const documented = { PutNote: { perSecond: 1 }, '*': { perSecond: 1 } }
    const statuses = async (options: GroundOptions): Promise<readonly number[]> => {
      await ground.close()
      ground = await Ground.start((made) => [new NoteService(made, documented)], { clock, ...options })
      const all = [await put('a', 'x'), await put('a', 'x'), await get('a'), await call(at('/notes'))]
      return all.map(({ status }) => status)
    }
    expect(await statuses({})).toEqual([201, 429, 200, 429])
    expect(await statuses({ rates: { 'notes.PutNote': { perSecond: 2 } } })).toEqual([201, 201, 200, 429])
    expect(await statuses({ rates: false })).toEqual([201, 201, 200, 200])
  })

  test('a rate that cannot be leaves nothing behind', async () => {
    await expect(start({ rates: { 's3.PutObject': { perSecond: 1 } } })).rejects.toThrow(
      'there is no service for the rate',
    )
    await expect(access(given.folder)).rejects.toThrow('ENOENT')
    await expect(start({ rates: { 'notes.GetNote': { perSecond: 0 } } })).rejects.toThrow(RangeError)
    await expect(start({ listDelay: 5 } as object)).rejects.toThrow('a simulator has no listDelay: it has port, clock')
    await expect(start({ jobDelays: { start: 5 } as object })).rejects.toThrow('jobDelays has no start: it has startMs')
    await expect(start({ listDelayMs: -1 }).then(async (made) => made.close())).rejects.toThrow(RangeError)
  })
})

test('a port that is taken', async () => {
  const port = Number(new URL(ground.endpoint).port)
  await expect(start({ port })).rejects.toThrow('EADDRINUSE')
  await expect(access(given.folder)).rejects.toThrow('ENOENT')
})

test('what a killed simulator left is removed by the next, and nothing else', async () => {
  const left = await mkdtemp(join(tmpdir(), 'sidestep-simulator-'))
  const young = await mkdtemp(join(tmpdir(), 'sidestep-simulator-'))
  const { pid } = spawnSync(process.execPath, ['--version'])
  await writeFile(join(left, 'owner'), thisOwner().replace(`_${process.pid}_`, `_${pid}_`))
  await writeFile(join(left, 'objects'), 'x')
  const other = await start()
  await expect(access(left)).rejects.toThrow('ENOENT')
  await access(young)
  expect(await readFile(join(given.folder, 'owner'), 'utf8')).toBe(thisOwner())
  await other.close()
  await rm(young, { recursive: true })
})

test('a given folder stays, without the objects', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ground-test-'))
  const other = await start({ folder: join(folder, 'new') })
  const bucket = given.objects.createBucket('x')
  await bucket.stage(
    (async function* () {
      yield Buffer.from('x')
    })(),
  )
  expect(await readdir(join(folder, 'new'))).toHaveLength(1)
  await other.close()
  expect(await readdir(join(folder, 'new'))).toEqual([])
  await rm(folder, { recursive: true })
})

test('a request that is cut changes nothing, and is no failure', async () => {
  const sent = request(at('/notes/a'), { method: 'PUT', headers: { 'Content-Length': 100 } })
  sent.write('half')
  const ended = once(sent, 'error')
  await vi.waitFor(() => expect(ground.calls[0]?.received).toBe(4))
  sent.destroy()
  await ended
  expect((await get('a')).status).toBe(404)
  await ground.close()
  expect(ground.calls[0]).toMatchObject({ status: 0, received: 4 })
})

test('closing ends calls that go on', async () => {
  const sent = request(at('/notes/a'), { method: 'PUT', headers: { 'Content-Length': 100 } })
  sent.write('half')
  const ended = once(sent, 'error')
  await vi.waitFor(() => expect(ground.calls[0]?.received).toBe(4))
  await ground.close()
  await ended
})

test('connections are kept, and many calls go on at once', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  const answers = await Promise.all(
    Array.from({ length: 200 }, async (_, index) =>
      call(at(`/notes/${index}`), { method: 'PUT', body: `${index}`, agent }),
    ),
  )
  expect(answers.every(({ status }) => status === 201)).toBe(true)
  expect((await list()).split(',')).toHaveLength(200)
  const [socket] = Object.values(agent.freeSockets).flat()
  expect(socket?.destroyed).toBe(false)
  agent.destroy()
})
