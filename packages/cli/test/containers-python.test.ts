import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { noEngine, REGISTRY } from '@sidestep/containers'
import { debianImage, noDebianImages } from '@sidestep/containers/debian-image'
import { describe, expect, onTestFinished, test } from 'vitest'

import {
  containersOf,
  containerStack,
  createContainerProject,
  networkEnvironment,
  runOfContainers,
} from './helpers/container-project.ts'
import { startSidestep } from './helpers/sidestep.ts'
import { until } from './helpers/until.ts'

const missing = noEngine ?? noDebianImages

const PIPELINE = (parentImage: string): string => `
import { commandStep, file, pipeline, step } from '@sidestep/core'

const read = step({ name: 'read' }, () => [3, 4, 5])
const measure = commandStep({
  name: 'measure',
  stepOperator: true,
  command: ['python3', 'measure.py', '{inputs.rows}', '{outputs.summary}'],
  files: ['measure.py'],
  inputs: { rows: file<number[]>('rows.json') },
  outputs: { summary: file<{ mean: number; python: string; ownNode: string[] }>('summary.json') },
  docker: { parentImage: '${parentImage}' },
})

export default pipeline('measures', async () => {
  const { summary } = await measure({ rows: await read() })
  return summary
})
`

const SCRIPT = `
import json, os, statistics, sys, time

with open('/gates/starts', 'a') as starts:
    starts.write('x')
print('measuring', flush=True)
while not os.path.exists('/gates/open'):
    time.sleep(0.05)
with open(sys.argv[1]) as rows, open(sys.argv[2], 'w') as summary:
    usual = [os.path.join(folder, 'node') for folder in ('/bin', '/usr/bin', '/usr/local/bin')]
    own = [path for path in usual if os.path.exists(path)]
    json.dump({'mean': statistics.mean(json.load(rows)), 'python': sys.version, 'ownNode': own}, summary)
`

describe.skipIf(missing !== undefined)(`an image with Python${missing === undefined ? '' : `: ${missing}`}`, () => {
  test(
    'runs a script of Python without a Node.js of its own; a killed launcher finds its container again',
    { timeout: 240_000 },
    async () => {
      // What Node.js itself needs of a system is there; an image for Python, such as PyTorch's, has it.
      const python = await debianImage({ name: 'python3', variant: 'extract', packages: ['python3', 'libstdc++6'] })
      const run = runOfContainers()
      const project = await createContainerProject({ 'pipeline.ts': PIPELINE(python), 'measure.py': SCRIPT })
      onTestFinished(() => project.remove())
      const gates = join(project.folder, 'gates')
      await mkdir(gates)
      const operator = { mounts: [{ source: gates, target: '/gates' }] }
      await writeFile(
        join(project.folder, 'sidestep.yaml'),
        containerStack({ registry: `${REGISTRY}/tests-cli`, operator }),
      )
      const options = { cwd: project.folder, environment: networkEnvironment() }

      const killed = startSidestep(['run', 'pipeline.ts', '--id', run], options)
      await until('the script', () => killed.stderr().includes('[measure] measuring'), 120_000)
      killed.child.kill('SIGKILL')
      await killed.finished
      const container = await containersOf(run)
      expect(container).toMatch(/^[0-9a-f]{12}$/u)

      const resumed = startSidestep(['runs', 'resume', run, '--output', 'json'], options)
      await until('the adoption', () => resumed.stderr().includes('[measure] -- running'), 60_000)
      expect(await containersOf(run, { ended: true })).toBe(container)
      await writeFile(join(gates, 'open'), '')
      const { stdout, stderr, code } = await resumed.finished
      expect(code, stderr).toBe(0)
      const { result } = JSON.parse(stdout) as { readonly result: unknown }
      expect(result).toEqual({ mean: 4, python: expect.stringMatching(/^3\./u), ownNode: [] })
      expect(await readFile(join(gates, 'starts'), 'utf8')).toBe('x')
    },
  )
})
