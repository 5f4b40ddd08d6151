import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { fencesOf } from '@sidestep/config/fences'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { OldNodeProject } from './project.ts'

// What somebody does who has nothing but the packages and docs/prove-your-flavor.md.
const PAGES = resolve(import.meta.dirname, '../../../docs')
const fences = fencesOf(readFileSync(join(PAGES, 'prove-your-flavor.md'), 'utf8'))
// The page proves the store of this one.
const otherFences = fencesOf(readFileSync(join(PAGES, 'writing-flavors.md'), 'utf8'))

const OPERATOR = 'src/nice-step-operator.ts'
const WRONG_OPERATOR = 'src/promising-step-operator.ts'
const TEST = 'test/nice-step-operator.test.ts'
const STORE_TEST = 'test/sqlite-store.test.ts'
const REGISTRY_TEST = 'test/open-registry.test.ts'
const FILES = [OPERATOR, WRONG_OPERATOR, TEST, STORE_TEST, 'src/open-registry.ts', REGISTRY_TEST]

/** How many checks of an operator are run: spread over all of them. Default: every one. */
const SAMPLE = Number(process.env['SIDESTEP_PACKED_CHECKS'] ?? Number.POSITIVE_INFINITY)
/** Where images can be pushed to, by the variable that tests with containers have. */
const REGISTRY = process.env['SIDESTEP_TEST_REGISTRY']

const project = new OldNodeProject()
beforeAll(async () => {
  const manifest = createRequire(import.meta.url)('vitest/package.json') as { readonly version: string }
  await project.install([`vitest@${manifest.version}`])
  for (const file of FILES) project.write(file, listing(file))
  for (const file of ['sqlite-store.ts', 'sqlite-runtime.ts']) project.write(file, listing(file, otherFences))
}, 300_000)
afterAll(() => project.remove())

/** The file of a page that begins with this name. */
function listing(file: string, among = fences): string {
  const found = among.find(({ language, text }) => language === 'ts' && text.startsWith(`// ${file}\n`))
  if (found === undefined) throw new Error(`the page has no ${file}`)
  return found.text
}

/** The words of the command of the page that begins so. */
function command(beginning: string): [program: string, ...args: string[]] {
  const lines = fences.filter(({ language }) => language === 'sh').flatMap(({ text }) => text.split('\n'))
  const found = lines.find((line) => line.startsWith(beginning))
  if (found === undefined) throw new Error(`the page has no command ${beginning}`)
  return found.replace(/^npx /, '').split(' ') as [string, ...string[]]
}

/** The names of all tests that the suite gives. */
async function namesOfChecks(): Promise<readonly string[]> {
  const script = `import { stepOperatorConformance } from '@sidestep/conformance'
const names = []
stepOperatorConformance({ test: (name) => names.push(name), create: () => {} })
console.log(JSON.stringify(names))`
  const { stdout, stderr } = await project.run('node', ['--input-type=module', '--eval', script])
  expect(stderr).toBe('')
  return JSON.parse(stdout) as readonly string[]
}

/** So many of them, at equal distances; the first one always. */
function sampleOf(names: readonly string[], count: number): readonly string[] {
  const every = Math.max(1, names.length / count)
  return names.filter((_, index) => Math.floor(index / every) !== Math.floor((index - 1) / every))
}

/** Fits these names alone. */
function pattern(names: readonly string[]): string {
  return `^(?:${names.map((name) => name.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`)).join('|')})$`
}

test('the files of the page compile against the packed declarations', async () => {
  project.write('all.ts', FILES.map((file) => `import './${file}'\n`).join(''))
  expect(await project.compile('all.ts')).toEqual({ exitCode: 0, stdout: '', stderr: '' })
})

// Each runner gets every other check, at the same time: so all of them run, and both runners, in half the time.
test('its operator passes the suite, under node:test and under vitest', { timeout: 300_000 }, async () => {
  const all = await namesOfChecks()
  const names = sampleOf(all, SAMPLE)
  const [even, odd] = [0, 1].map((rest) => names.filter((_, index) => index % 2 === rest)) as [string[], string[]]
  expect(names).toHaveLength(Math.min(SAMPLE, all.length))
  project.write(`with-vitest/${OPERATOR}`, listing(OPERATOR))
  project.write(`with-vitest/${TEST}`, listing(TEST).replace("from 'node:test'", "from 'vitest'"))
  const [node, ...nodeArgs] = command('node --test')
  const [vitest, ...vitestArgs] = command('npx vitest run')
  const report = ['--reporter=json', `--outputFile=${join(project.folder, 'vitest.json')}`]
  const [byNode, byVitest] = await Promise.all([
    project.run(node, ['--test-reporter=tap', `--test-name-pattern=${pattern(even)}`, ...nodeArgs]),
    project.run(vitest, [...vitestArgs, '--root', 'with-vitest', ...report, '-t', pattern(odd)]),
  ])
  expect(byNode.stdout).toMatch(new RegExp(`^# pass ${even.length}\\n# fail 0$`, 'm'))
  expect(byNode.exitCode).toBe(0)
  expect(byVitest.exitCode, byVitest.stderr).toBe(0)
  expect(JSON.parse(readFileSync(join(project.folder, 'vitest.json'), 'utf8'))).toMatchObject({
    success: true,
    numPassedTests: odd.length,
    numPendingTests: all.length - odd.length,
  })
})

test('the store passes the suite, but for the one check that the pages name', { timeout: 120_000 }, async () => {
  const { exitCode, stdout } = await project.run('node', ['--test', '--test-reporter=tap', STORE_TEST])
  expect(exitCode).toBe(1)
  expect(stdout.match(/^not ok .*/gm)).toEqual([
    expect.stringContaining('artifact store: a large stream of unknown length goes in and comes out with flat memory'),
  ])
  expect(stdout.match(/^ok /gm)?.length).toBeGreaterThan(25)
})

test.skipIf(REGISTRY === undefined)(
  `the registry passes the suite${REGISTRY === undefined ? ': no registry answers' : ''}`,
  { timeout: 120_000 },
  async () => {
    const test = listing(REGISTRY_TEST).replace("process.env['TEST_REGISTRY']", JSON.stringify(REGISTRY))
    project.write(REGISTRY_TEST, test)
    const { exitCode, stdout } = await project.run('node', ['--test', '--test-reporter=tap', REGISTRY_TEST])
    expect(exitCode, stdout).toBe(0)
    expect(stdout).toMatch(/^# fail 0$/m)
  },
)

test('the mistake of the page is found, in the words of the page', { timeout: 120_000 }, async () => {
  const file = 'test/promising-step-operator.test.ts'
  const words = listing(TEST).replaceAll('NiceStepOperator', 'PromisingStepOperator')
  project.write(file, words.replace('nice-step-operator.ts', 'promising-step-operator.ts'))
  const args = ['--test', '--test-reporter=tap', '--test-name-pattern=does not declare', file]
  const { exitCode, stdout } = await project.run('node', args)
  expect(exitCode).toBe(1)
  expect(stdout).toMatch(/^# pass 0\n# fail 1$/m)
  const finding = fences.find(({ language, text }) => language === 'text' && text.includes('mend: '))
  for (const line of finding?.text.trimEnd().split('\n') ?? ['nothing']) expect(stdout).toContain(line.trim())
})

test('sidestep simulate finds the packed simulators', async () => {
  const args = ['--preserve-status', '--signal=TERM', '10', 'sidestep', 'simulate', 'aws', '--output', 'json']
  const { exitCode, stdout, stderr } = await project.run('timeout', args)
  expect(exitCode, stderr).toBe(0)
  const [first = '', last = ''] = stdout.split('\n')
  expect(JSON.parse(first)).toMatchObject({
    simulator: 'aws',
    services: expect.arrayContaining(['s3', 'sagemaker', 'ecr']) as string[],
  })
  expect(JSON.parse(last)).toEqual({ calls: {}, jobs: [], error: null })
})
