import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { fencesOf } from '@sidestep/config/fences'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { OldNodeProject } from './project.ts'

// What somebody does who has nothing but the packages and docs/prove-your-flavor.md.
const PAGE = resolve(import.meta.dirname, '../../../docs/prove-your-flavor.md')
const fences = fencesOf(readFileSync(PAGE, 'utf8'))

const OPERATOR = 'src/nice-step-operator.ts'
const WRONG_OPERATOR = 'src/promising-step-operator.ts'
const TEST = 'test/nice-step-operator.test.ts'

const project = new OldNodeProject()
beforeAll(async () => {
  const manifest = createRequire(import.meta.url)('vitest/package.json') as { readonly version: string }
  await project.install([`vitest@${manifest.version}`])
  for (const file of [OPERATOR, WRONG_OPERATOR, TEST]) project.write(file, listing(file))
}, 300_000)
afterAll(() => project.remove())

/** The file of the page that begins with this name. */
function listing(file: string): string {
  const found = fences.find(({ language, text }) => language === 'ts' && text.startsWith(`// ${file}\n`))
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

/** Fits these names alone. */
function pattern(names: readonly string[]): string {
  return `^(?:${names.map((name) => name.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`)).join('|')})$`
}

test('the files of the page compile against the packed declarations', async () => {
  project.write('all.ts', `import './${TEST}'\nimport './${WRONG_OPERATOR}'\n`)
  expect(await project.compile('all.ts')).toEqual({ exitCode: 0, stdout: '', stderr: '' })
})

// Each runner gets every other check, at the same time: so all of them run, and both runners, in half the time.
test('its operator passes the suite, under node:test and under vitest', { timeout: 300_000 }, async () => {
  const names = await namesOfChecks()
  const [even, odd] = [0, 1].map((rest) => names.filter((_, index) => index % 2 === rest)) as [string[], string[]]
  expect(Math.min(even.length, odd.length)).toBeGreaterThan(5)
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
    numPendingTests: even.length,
  })
})

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
  const args = ['--preserve-status', '--signal=TERM', '3', 'sidestep', 'simulate', 'aws', '--output', 'json']
  const { exitCode, stdout, stderr } = await project.run('timeout', args)
  expect(exitCode, stderr).toBe(0)
  const [first = '', last = ''] = stdout.split('\n')
  expect(JSON.parse(first)).toMatchObject({ simulator: 'aws', services: ['s3'] })
  expect(JSON.parse(last)).toEqual({ calls: {}, error: null })
})
