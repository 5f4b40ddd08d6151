import { execFileSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { mkdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'

import { isRunning } from '@sidestep/core/process'
import { describe, expect, it } from 'vitest'

import { fingerprintOf, TestHome } from './support/jobs.ts'
import { until } from './support/until.ts'

describe('a local job', () => {
  it('runs its command in a folder of its own and leaves a record of its end', async () => {
    const home = await TestHome.create()
    const job = await home.start(`console.log(process.cwd()); console.error('to stderr')`)
    expect(await job.ended()).toMatchObject({ phase: 'succeeded', exitCode: 0, providerState: 'exited' })
    const { phases = [] } = await job.observe()
    expect(phases.map(({ phase }) => phase)).toEqual(['queued', 'running', 'succeeded'])
    expect(phases.map(({ at }) => at)).toEqual(phases.map(({ at }) => at).toSorted())
    expect(await job.output()).toBe(`${job.folder.work}\nto stderr\n`)
    expect(await job.exit()).toMatchObject({ reason: 'exited', exitCode: 0 })
    expect(statSync(job.request.folder).mode & 0o777).toBe(0o700)
  })

  it('runs the Node.js of the launcher, also where a program asks for `node`', async () => {
    const home = await TestHome.create()
    const job = await home.start(
      `import { execFileSync } from 'node:child_process'
       console.log(process.execPath, execFileSync('node', ['-p', 'process.execPath'], { encoding: 'utf8' }))`,
    )
    await job.ended()
    expect((await job.output()).split(/\s+/).filter(Boolean)).toEqual([process.execPath, process.execPath])
  })

  it('tells the exit code of a command that fails, and the signal of one that is killed', async () => {
    const home = await TestHome.create()
    const failed = await home.start(`process.exit(3)`)
    const killed = await home.start(`process.kill(process.pid, 'SIGSEGV')`)
    expect(await failed.ended()).toMatchObject({ phase: 'failed', exitCode: 3, reason: 'exit code 3' })
    expect(await killed.ended()).toMatchObject({ phase: 'failed', reason: 'killed by SIGSEGV' })
  })

  it('says that the program cannot be started', async () => {
    const home = await TestHome.create()
    const job = await home.start('', { command: ['no-such-program'] })
    expect(await job.ended()).toMatchObject({
      phase: 'failed',
      kind: 'infra',
      reason: expect.stringContaining('ENOENT'),
    })
  })

  it('says that the bundle is not there', async () => {
    const home = await TestHome.create()
    const job = await home.start('', { bundle: { path: '/no/such/bundle.mjs', uri: 's3://x/y.mjs', sha256: '' } })
    expect(await job.ended()).toMatchObject({
      phase: 'failed',
      kind: 'infra',
      reason: expect.stringContaining('bundle.mjs'),
    })
  })

  it('takes the bundle from a store in a folder where the file itself is gone', async () => {
    const home = await TestHome.create()
    const job = await home.request(`console.log('from the store')`)
    const { path } = job.request.bundle
    const request = { ...job.request, bundle: { path: '/no/such.mjs', uri: `file://${path}`, sha256: '' } }
    await job.submit({ request })
    expect(await job.ended()).toMatchObject({ phase: 'succeeded' })
    expect(await job.output()).toBe('from the store\n')
  })

  it('outlives the launcher: the supervisor and the command lead sessions of their own', async () => {
    const home = await TestHome.create()
    const job = await home.start(`console.log('pid', process.pid); setInterval(() => {}, 1e6)`)
    const pid = Number(await job.printed(/pid (\d+)/))
    const { supervisor } = await job.record()
    const session = (of: number): number =>
      Number(execFileSync('ps', ['-o', 'sid=', '-p', String(of)], { encoding: 'utf8' }))
    expect([session(supervisor.pid), session(pid)]).toEqual([supervisor.pid, pid])
    process.kill(supervisor.pid, 'SIGHUP')
    expect(await job.observe()).toMatchObject({ phase: 'running' })
    await job.cancel()
    await job.ended()
  })

  it('has an environment that holds nothing of the launcher beyond the allow-list', async () => {
    const home = await TestHome.create()
    process.env['SIDESTEP_TEST_CANARY'] = process.env['LAUNCHER_CANARY'] = 'canary'
    process.env['LC_TEST'] = process.env['https_proxy'] = 'kept'
    try {
      const job = await home.request(`console.log(JSON.stringify(process.env))`, {
        environment: { MODE: 'test', TZ: 'Asia/Tokyo' },
      })
      await job.submit({ nonce: 'n-1', secrets: { TOKEN: 'hush' } })
      await job.ended()
      const environment = JSON.parse(await job.output()) as Record<string, string>
      const inherited = [
        'PATH',
        'HOME',
        'TMPDIR',
        'LANG',
        'LC_TEST',
        'LC_ALL',
        'LC_CTYPE',
        'https_proxy',
        'HTTPS_PROXY',
        'http_proxy',
        'HTTP_PROXY',
        'no_proxy',
        'NO_PROXY',
        'all_proxy',
        'ALL_PROXY',
        'NODE_USE_ENV_PROXY',
        'NODE_EXTRA_CA_CERTS',
        'NODE_USE_SYSTEM_CA',
        'SSL_CERT_FILE',
        'SSL_CERT_DIR',
        'CURL_CA_BUNDLE',
        'REQUESTS_CA_BUNDLE',
      ]
      const own = Object.fromEntries(Object.entries(environment).filter(([name]) => !inherited.includes(name)))
      expect(own).toEqual({
        MODE: 'test',
        TZ: 'Asia/Tokyo',
        TOKEN: 'hush',
        SIDESTEP_NONCE: 'n-1',
        SIDESTEP_PARENT_FD: '3',
        SIDESTEP_SIGNALS_GROUP: '1',
        SIDESTEP_JOB_TOKEN: job.labels.token,
        SIDESTEP_JOB_FOLDER: job.request.folder,
      })
      expect(environment).toMatchObject({ LC_TEST: 'kept', https_proxy: 'kept', HOME: process.env['HOME'] })
    } finally {
      for (const name of ['SIDESTEP_TEST_CANARY', 'LAUNCHER_CANARY', 'LC_TEST', 'https_proxy'])
        Reflect.deleteProperty(process.env, name)
    }
  })

  it('has a supervisor that starts from what was compiled for an earlier one, and does not share that', async () => {
    // What supervisors of other tests compile meanwhile would be among it.
    const home = await TestHome.create({ compilesAlone: true })
    /** Runs a job to the very end, and tells when each compiled module was written. */
    const compiled = async (): Promise<Record<string, number>> => {
      const source = `import { getCompileCacheDir } from 'node:module'; console.log(String(getCompileCacheDir()))`
      const job = await home.start(source)
      const { supervisor } = await job.record()
      await until('the end of the supervisor', () => !isRunning(supervisor))
      expect(await job.output()).toBe('undefined\n')
      const cache = job.folder.compileCache
      const files = readdirSync(cache, { recursive: true, encoding: 'utf8' }).map((name) => join(cache, name))
      return Object.fromEntries(files.map((file) => [file, statSync(file).mtimeMs]))
    }
    const first = await compiled()
    expect(Object.keys(first).length).toBeGreaterThan(1)
    expect(await compiled()).toEqual(first)
  })

  it('never writes a secret or a nonce that lost into a file', async () => {
    const home = await TestHome.create()
    const job = await home.request(`if (process.env.TOKEN !== 'canary-7f3a') process.exit(1)`, {
      secretNames: ['TOKEN'],
    })
    await job.submit({ secrets: { TOKEN: 'canary-7f3a' } })
    expect(await job.ended()).toMatchObject({ phase: 'succeeded' })
    // The script itself, which holds the canary to compare, is the only file that does.
    const found = execFileSync('grep', ['-rlF', 'canary-7f3a', home.path], { encoding: 'utf8' }).trim().split('\n')
    expect(found.toSorted()).toEqual([job.request.bundle.path, job.folder.bundle].toSorted())
  })
})

describe('submit', () => {
  it('makes one job of a token, however many ask at once', async () => {
    const home = await TestHome.create()
    const job = await home.request(`
      import { appendFileSync } from 'node:fs'
      appendFileSync('../../../starts', process.env.SIDESTEP_NONCE + '\\n')`)
    const nonces = ['n-1', 'n-2', 'n-3', 'n-4']
    const handles = await Promise.all(nonces.map((nonce) => job.submit({ nonce })))
    expect(handles).toEqual(nonces.map(() => job.handle))
    expect(await job.ended()).toMatchObject({ phase: 'succeeded' })
    const { nonce } = await job.record()
    expect(nonces).toContain(nonce)
    expect(await readFile(join(home.path, 'starts'), 'utf8')).toBe(`${nonce}\n`)
  })

  it('gives the handle of the job that exists, running or ended', async () => {
    const home = await TestHome.create()
    const job = await home.start(`setInterval(() => {}, 1e6)`)
    const first = await job.record()
    expect(await job.submit({ nonce: 'later' })).toEqual(job.handle)
    await job.cancel()
    await job.ended()
    expect(await job.submit({ nonce: 'even later' })).toEqual(job.handle)
    expect(await job.record()).toEqual(first)
  })

  it('goes on where a launcher died between request and job', async () => {
    const home = await TestHome.create()
    const job = await home.request(`console.log('ran')`)
    const aborted = job.submit({ signal: AbortSignal.abort(new Error('launcher gone')) })
    await expect(aborted).rejects.toThrow('launcher gone')
    await job.submit()
    expect(await job.ended()).toMatchObject({ phase: 'succeeded' })
    expect(await job.output()).toBe('ran\n')
  })

  it('refuses a token whose job was made from another request', async () => {
    const home = await TestHome.create()
    const job = await home.start(`console.log('the first')`)
    const other = job.submit({ request: { ...job.request, environment: { OTHER: '1' } } })
    await expect(other).rejects.toMatchObject({
      code: 'LAUNCH_CONFLICT',
      kind: 'config',
      hint: expect.stringContaining('new run'),
    })
    expect(await job.ended()).toMatchObject({ phase: 'succeeded' })
    expect((await job.record()).fingerprint).toBe(fingerprintOf(job.request))
  })

  it('says why no supervisor came', async () => {
    const home = await TestHome.create()
    const job = await home.request('')
    // Cannot be linked to, and is no job either.
    await mkdir(job.request.folder, { recursive: true })
    await symlink('nowhere', job.folder.job)
    await expect(job.submit()).rejects.toMatchObject({ code: 'LAUNCH_FAILED', kind: 'infra' })
  })

  it('refuses secrets that no process can be given', async () => {
    const home = await TestHome.create()
    const job = await home.request('')
    const submitted = job.submit({ secrets: { HUGE: 'x'.repeat(200_000) } })
    await expect(submitted).rejects.toMatchObject({ code: 'CONFIG_INVALID', kind: 'config' })
  })
})

it('the supervisor ends with its job', async () => {
  const home = await TestHome.create()
  const job = await home.start('')
  await job.ended()
  const { supervisor } = await job.record()
  await expect.poll(() => isRunning(supervisor), { timeout: 5_000 }).toBe(false)
})
