import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import type { JobRunner } from '../../src/jobs/job.ts'
import { outcome, start, testFolder } from './jobs.ts'

/** What jobs run on, for all tests of a file. */
export interface Setting {
  readonly runner: JobRunner
  /** Its entrypoint is `node`, its command `/opt/sidestep/step.mjs`, which runs the module in `CODE`. */
  readonly image: string
}

/** What `/opt/sidestep/step.mjs` of the image is. */
export const STEP = `await import('data:text/javascript,' + encodeURIComponent(process.env.CODE))`

const BIG = 10 * 1024 * 1024

/** What is the same of containers and processes. */
export function sameOfBoth(setting: () => Setting): void {
  const run = async (code: string, changes: object = {}) => {
    const { runner, image } = setting()
    return outcome(runner, { image, environment: { CODE: code }, ...changes })
  }

  test('a job runs the command of its image, or its own, and tells its lines and its exit code', async () => {
    const ended = await run(
      `console.log('out'); console.error('err'); process.stdout.write('no end'); process.exitCode = 3`,
    )
    expect(ended).toEqual({ exitCode: 3, outOfMemory: false, stdout: ['out', 'no end'], stderr: ['err'] })
    const own = await run('', { command: ['node', '-p', '6 * 7'] })
    expect(own).toMatchObject({ exitCode: 0, stdout: ['42'] })
  })

  test('variables and words come as they are', async () => {
    const value = 'one\ntwo = "three" $HOME \\ €'
    const { runner, image } = setting()
    const environment = { VALUE: value, EMPTY: '' }
    const ended = await outcome(runner, {
      image,
      environment,
      command: [
        'node',
        '-p',
        'JSON.stringify([process.env.VALUE, process.env.EMPTY, process.argv.slice(1)])',
        'a b',
        '*',
        '',
      ],
    })
    expect(JSON.parse(ended.stdout[0] ?? '')).toEqual([value, '', ['a b', '*', '']])
  })

  test('a line of 10 MB comes whole, and so do bytes that are no text', async () => {
    const ended = await run(`
      process.stdout.write('€'.repeat(${BIG / 2}) + '\\r\\n')
      process.stdout.write(Buffer.from([0x61, 0xff, 0x00, 0x62, 0x0a, 0xc3]))`)
    const [big = '', ...rest] = ended.stdout
    expect(big.length).toBe(BIG / 2)
    expect(/^€+$/.test(big)).toBe(true)
    expect(rest).toEqual(['a\uFFFD\0b', '\uFFFD'])
  })

  test('every one of many lines comes, in order, also the last ones of a job that ends at once', async () => {
    const ended = await run(
      `process.stdout.write(Array.from({ length: 50_000 }, (_, n) => 'line ' + n + '\\n').join(''), () => process.exit(0))`,
    )
    expect(ended.stdout).toEqual(Array.from({ length: 50_000 }, (_, n) => `line ${n}`))
  })

  test('folders are seen at their places, and what is written into them is here', async () => {
    const folder = await testFolder()
    await mkdir(join(folder, 'output'))
    const { runner, image } = setting()
    const ended = await outcome(runner, {
      image,
      folders: { '/opt/ml': folder },
      environment: {
        OUT: '/opt/ml/output',
        CODE: `
        import { writeFileSync } from 'node:fs'
        writeFileSync(process.env.OUT + '/answer', '42')
        writeFileSync([process.env.SIDESTEP_FS_ROOT ?? '', 'opt', 'ml', 'fixed'].join('/'), 'too')`,
      },
    })
    expect(ended).toMatchObject({ exitCode: 0 })
    expect(await readFile(join(folder, 'output', 'answer'), 'utf8')).toBe('42')
    expect(await readFile(join(folder, 'fixed'), 'utf8')).toBe('too')
  })

  test('a job reaches 127.0.0.1 of this machine', async () => {
    const { createServer } = await import('node:http')
    const server = createServer((_, response) => response.end('here')).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.on('listening', resolve))
    const { port } = server.address() as { port: number }
    try {
      const ended = await run(`console.log(await (await fetch('http://127.0.0.1:${port}')).text())`)
      expect(ended.stdout).toEqual(['here'])
    } finally {
      server.close()
    }
  })

  test('stop lets a job end by itself, within its grace', async () => {
    const { runner, image } = setting()
    const job = start(runner, {
      image,
      environment: {
        CODE: `
      process.on('SIGTERM', () => setTimeout(() => { console.log('saved'); process.exit(7) }, 100))
      setInterval(() => {}, 1000); console.log('ready')`,
      },
    })
    await job.printed('ready')
    expect(await job.begun).toBe(true)
    await Promise.all([job.stop(), job.stop()])
    expect(await job.ended).toEqual({ exitCode: 7, outOfMemory: false })
    expect(job.stdout).toEqual(['ready', 'saved'])
    await job.stop()
    await job.kill()
  })

  test('one that does not listen is killed after its grace, and one that is killed ends at once', async () => {
    const { runner, image } = setting()
    const environment = {
      CODE: `process.on('SIGTERM', () => console.log('no')); setInterval(() => {}, 1000); console.log('ready')`,
    }
    const [stopped, killed] = [
      start(runner, { image, environment, graceMs: 300 }),
      start(runner, { image, environment }),
    ]
    await Promise.all([stopped.printed('ready'), killed.printed('ready')])
    const begin = performance.now()
    await Promise.all([stopped.stop(), killed.kill()])
    expect(performance.now() - begin).toBeGreaterThan(299)
    expect(await stopped.ended).toEqual({ exitCode: 137, signal: 'SIGKILL', outOfMemory: false })
    expect(await killed.ended).toEqual({ exitCode: 137, signal: 'SIGKILL', outOfMemory: false })
    expect(stopped.stdout).toEqual(['ready', 'no'])
    expect(killed.stdout).toEqual(['ready'])
  })

  test('a job that is stopped before it began never begins', async () => {
    const { runner, image } = setting()
    const job = start(runner, { image, environment: { CODE: `console.log('ran')` } })
    await job.stop()
    expect(await job.begun).toBe(false)
    expect(await job.ended).toEqual({
      exitCode: null,
      outOfMemory: false,
      startError: 'it was stopped before it began',
    })
    expect(job.stdout).toEqual([])
  })

  test('a command that is not there, an image that is not there, a folder that is not there', async () => {
    const { runner, image } = setting()
    const [command, unknown, folder] = await Promise.all([
      outcome(runner, { image, command: ['no-such-program', 'x'] }),
      outcome(runner, { image: image.replace(/[0-9a-f]{64}$/, '0'.repeat(64)) }),
      outcome(runner, { image, folders: { '/opt/ml': '/no/such/folder' } }),
    ])
    expect(command).toMatchObject({ exitCode: null, startError: expect.stringContaining('no-such-program') })
    expect(unknown).toMatchObject({ exitCode: null, startError: expect.stringMatching(/0{64}/) })
    expect(folder).toMatchObject({ exitCode: null, startError: expect.stringContaining('/no/such/folder') })
  })

  test('what cannot be is refused, and nothing starts', () => {
    const { runner, image } = setting()
    const refused = (changes: object) => () => start(runner, { image, ...changes })
    expect(refused({ name: 'a/b' })).toThrow(RangeError)
    expect(refused({ image: 'host/team/app:1' })).toThrow(/no image by its digest/)
    expect(refused({ folders: { '/opt/ml/': '/tmp' } })).toThrow(/write it as \/opt\/ml/)
    expect(refused({ folders: { '/a': '/tmp', '/a/b': '/tmp' } })).toThrow(/lies in \/a/)
    expect(refused({ folders: { '/a': 'tmp' } })).toThrow(/no absolute path/)
    expect(refused({ memoryBytes: 0 })).toThrow(/0 bytes/)
    expect(refused({ cpus: Number.NaN })).toThrow(/NaN cores/)
    expect(refused({ graceMs: -1 })).toThrow(/-1 milliseconds/)
  })

  test('many jobs run at once', async () => {
    const { runner, image } = setting()
    const ends = await Promise.all(
      Array.from({ length: 6 }, async (_, n) => outcome(runner, { image, environment: { CODE: `console.log(${n})` } })),
    )
    expect(ends.map(({ stdout }) => stdout)).toEqual(Array.from({ length: 6 }, (_, n) => [String(n)]))
  })
}
