import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { buildPackages, PackedProject } from '@sidestep/config/packed-project'

import { median, type Report } from './report.ts'

const ROUNDS = 21
const TARGET = 2

/** What is measured, by what is shown. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  'sidestep --version': ['--version'],
  'sidestep step-operator flavor list': ['step-operator', 'flavor', 'list'],
}

const PROJECT_FILE = `components:
  step_operator: { local: { flavor: local } }
  artifact_store: { local: { flavor: local } }
stacks:
  local: { artifact_store: local, step_operators: [local] }
active_stack: local
`

/** An integration as somebody else would publish it: the list must find it, too. */
const INTEGRATION: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({
    name: 'acme-steps',
    version: '1.2.3',
    type: 'module',
    exports: { './integration': './integration.js', './package.json': './package.json' },
    sidestep: { integration: './integration' },
    peerDependencies: { '@sidestep/core': '*' },
  }),
  'integration.js': `import { defineFlavor, defineIntegration } from '@sidestep/core/flavor'
const acme = defineFlavor({
  type: 'step_operator',
  flavor: 'acme',
  summary: 'the machines of acme',
  configSchema: async () => (await import('./operator.js')).schema,
  load: async () => (await import('./operator.js')).AcmeStepOperator,
})
export default defineIntegration({ name: 'acme', flavors: [acme] })
`,
  'operator.js': `throw new Error('a list must not load the operator')\n`,
}

/** What the command line costs to start, beside bare starts of Node.js. */
export async function cliStart(): Promise<Report> {
  await buildPackages()
  const project = new PackedProject()
  try {
    for (const [path, text] of Object.entries(INTEGRATION)) project.write(`acme/${path}`, text)
    await project.install([join(project.folder, 'acme')])
    project.write('sidestep.yaml', PROJECT_FILE)
    const start = starter(project.folder)
    const bin = join(project.folder, 'node_modules/.bin/sidestep')
    const list = start([bin, 'step-operator', 'flavor', 'list']).stdout
    for (const flavor of ['local', 'acme']) {
      if (!list.includes(flavor)) throw new Error(`the list lacks the flavor ${flavor}:\n${list}`)
    }
    start([bin, '--version'])
    const bare: number[] = []
    const took = new Map(Object.keys(COMMANDS).map((name) => [name, [] as number[]]))
    // In turn, so that a machine that changes its speed changes all.
    for (let round = 0; round < ROUNDS; round += 1) {
      bare.push(start(['-e', '0']).ms)
      for (const [name, args] of Object.entries(COMMANDS)) took.get(name)?.push(start([bin, ...args]).ms)
    }
    const bareMs = median(bare)
    return {
      title: 'cli-start: the built command line with all integrations installed, in bare starts of Node.js',
      figures: [...took].map(([what, all]) => ({ what, value: median(all) / bareMs, target: TARGET })),
      notes: [`medians of ${ROUNDS} rounds; a bare start takes ${bareMs.toFixed(0)} ms here, today`],
    }
  } finally {
    project.remove()
  }
}

/** Starts Node.js in a folder, with the variables of a plain shell, and waits for its end. Throws where it fails. */
function starter(cwd: string): (args: readonly string[]) => { readonly ms: number; readonly stdout: string } {
  const { PATH = '', HOME = cwd, TMPDIR = tmpdir() } = process.env
  return (args) => {
    const began = performance.now()
    const stdout = execFileSync(process.execPath, args, { cwd, env: { PATH, HOME, TMPDIR }, encoding: 'utf8' })
    return { ms: performance.now() - began, stdout }
  }
}
