import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'

import type { JobHandle, SubmitOptions } from '@sidestep/core'

import { hold, shown } from '../../hold.ts'
import { calls } from '../../steps.ts'
import { SECRETS, sha256OfText, throwsSecrets, usesSecrets } from '../../steps/secrets.ts'
import type { Check } from '../../test-function.ts'
import { readAttempts } from '../attempt-evidence.ts'
import { bytesOf, everythingWritten, type Written } from '../everything-written.ts'
import { jobServiceOf, type AnyJobService } from '../job-service-of.ts'
import { found } from '../one-job-each.ts'
import { replace } from '../other-launch.ts'
import { call, failureOf, runCase, story, valueOf, type CaseRun } from '../run-case.ts'
import type { StepOperatorSubject } from '../subject.ts'
import { WrittenMeanwhile } from '../written-meanwhile.ts'

const MEND =
  'Write and log nothing of `context.secrets` (in submit(): `secrets`), leave them out of the request that prepare() makes and of the handle, and hand them to the provider from memory or through a pipe, not through a file.'

/** Of pages of a log. */
const MOST_PAGES = 100

export const checks: readonly Check<StepOperatorSubject>[] = [
  {
    name: "secrets reach the step's process as they are and nothing that is written or told, or are refused before anything is created",
    run: async (subject) => {
      const { operator } = await subject.open()
      if (operator.handedSecretSchemes.includes('env')) await handed(subject)
      else await refused(subject)
    },
  },
]

/** A secret, and pieces of it that no quoting changes. */
interface Canary {
  readonly value: string
  readonly pieces: readonly string[]
}

function canary(shape: (pieces: readonly string[]) => string): Canary {
  const pieces = Array.from({ length: 3 }, () => randomBytes(12).toString('hex'))
  return { value: shape(pieces), pieces }
}

async function handed(subject: StepOperatorSubject): Promise<void> {
  const token = canary(([a, b, c]) => `${a}"'\\ $HOME \`${b}\` {inputs.x} ${c}=ü`)
  const key = canary(([a, b, c]) => `-----BEGIN "KEY"-----\n${a}\n  '${b}'\r\n${c}\n-----END "KEY"-----\n`)
  const values = { CONFORMANCE_TOKEN: token.value, CONFORMANCE_KEY: key.value }
  const opened = await subject.open()
  const service = jobServiceOf(opened.operator)
  const sent: Written[] = service === undefined ? [] : noteSent(service)
  const patterns = [token, key].flatMap(patternsOf)
  const temporary = join(subject.place.folder, 'temporary')
  await mkdir(temporary)
  const watch = new WrittenMeanwhile(subject.place.folder, (bytes) => patterns.some((each) => bytes.includes(each)))
  // What is put where files are that nobody keeps is looked at too.
  const run = await withVariables({ ...ofLauncher(values), TMPDIR: temporary }, async () =>
    watch.during(async () => runCase(subject, calls, [call(usesSecrets), call(throwsSecrets)], { opened })),
  )
  const [seen] = valueOf(run)
  const expected = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, sha256OfText(value)]))
  hold(isDeepStrictEqual(seen, expected), () => ({
    seen: `the sha256 of two secrets is in the job ${shown(seen)}\n${story(run.events)}`,
    must: `the step sees its secrets as they are, quotes and line ends too: ${shown(expected)}`,
    mend: 'Hand `context.environment` (in submit(): `secrets`) on as data. Where it has to go through a file or a shell, quote it.',
  }))
  failureOf(run, throwsSecrets)
  const expectNone = ({ where, bytes }: Written): void => {
    hold(!patterns.some((pattern) => Buffer.from(bytes).includes(pattern)), {
      seen: `a secret of a step stands in ${where}`,
      must: 'the values of secrets are in the process of the job, and nowhere else',
      mend: MEND,
    })
  }
  const [meanwhile] = watch.found
  hold(meanwhile === undefined, () => ({
    seen: `a secret of a step stood in the file ${meanwhile} while its job went on`,
    must: 'the values of secrets are in the process of the job, and nowhere else, not for a moment',
    mend: MEND,
  }))
  for await (const written of everythingWritten(run, subject.place.folder)) expectNone(written)
  for (const each of sent) expectNone(each)
  if (service !== undefined) for (const each of await atProvider(run, service)) expectNone(each)
}

/** The pieces as they are, and as they stand in the base64 of whatever they are part of: that begins anew with every third byte. */
function patternsOf({ pieces }: Canary): readonly string[] {
  return pieces.flatMap((piece) => [piece, ...[0, 1, 2].map((before) => inBase64(piece, before))])
}

/** The characters that are the same whatever stands around the text. `before`: how many bytes, from the last third one on. */
function inBase64(text: string, before: number): string {
  const encoded = Buffer.concat([Buffer.alloc(before), Buffer.from(text)]).toString('base64')
  return encoded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + text.length) * 8) / 6))
}

/** Requests and handles of a service, as they come by. */
function noteSent(service: AnyJobService): Written[] {
  const sent: Written[] = []
  const { submit } = service
  replace(service, 'submit', async (request: object, options: SubmitOptions) => {
    sent.push({ where: 'the request that prepare() made', bytes: bytesOf(request) })
    sent.push({ where: 'the labels of a job', bytes: bytesOf(options.labels) })
    const handle: JobHandle = await Reflect.apply(submit, service, [request, options])
    sent.push({ where: 'the handle of a job', bytes: bytesOf(handle) })
    return handle
  })
  return sent
}

/** What the provider tells about the jobs of a run. */
async function atProvider(
  { runId, operator, timeoutFactor }: CaseRun<unknown>,
  service: AnyJobService,
): Promise<readonly Written[]> {
  const jobs = await found(service, { runId }, timeoutFactor)
  const signal = AbortSignal.timeout(service.createTimeoutMs)
  const handles = jobs.map(({ handle }) => handle)
  const observations = handles.length === 0 ? [] : [...(await service.observe(handles, { signal }))]
  const told: Written[] = [
    { where: 'what find() gives', bytes: bytesOf(jobs) },
    { where: 'what observe() gives', bytes: bytesOf(observations) },
  ]
  if (!operator.capabilities.logs) return told
  for (const handle of handles) {
    let cursor: string | undefined
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const read = await service.logs(handle, cursor, { signal })
      told.push({ where: "the provider's log of a job", bytes: bytesOf(read) })
      cursor = read.cursor
      if (!read.more) break
    }
  }
  return told
}

async function refused(subject: StepOperatorSubject): Promise<void> {
  const values = Object.fromEntries(Object.keys(SECRETS).map((name) => [name, randomBytes(12).toString('hex')]))
  const run = await withVariables(ofLauncher(values), async () => runCase(subject, calls, [call(usesSecrets)]))
  const { code, kind, message } = failureOf(run, usesSecrets)
  const attempts = await readAttempts(run.runId, run)
  hold(code === 'SECRET_MISSING' && kind === 'config' && attempts.every(({ creates }) => creates.length === 0), () => ({
    seen: `a step with a secret of the launcher failed with ${code}, kind ${kind}: ${message}\n${story(run.events)}`,
    must: 'an operator that does not declare `env` in `handedSecretSchemes` gets no such secret: SECRET_MISSING, before anything is created',
    mend: 'Leave it to core, or declare `env` where the operator hands the environment on without writing it anywhere.',
  }))
}

/** Values of the step's variables, by those of the launcher. */
function ofLauncher(values: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const sources = Object.entries(SECRETS).map(([name, reference]) => [reference.slice('env:'.length), values[name]])
  return Object.fromEntries(sources) as Readonly<Record<string, string>>
}

/** The launcher has these variables, for as long as it takes. */
async function withVariables<T>(values: Readonly<Record<string, string>>, use: () => Promise<T>): Promise<T> {
  const before = Object.keys(values).map((name) => [name, process.env[name]] as const)
  Object.assign(process.env, values)
  try {
    return await use()
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  }
}
