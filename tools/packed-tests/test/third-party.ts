import type { OldNodeProject } from './project.ts'

const manifest = {
  name: 'my-steps',
  version: '1.0.0',
  type: 'module',
  exports: { '.': './index.js', './integration': './integration.js' },
  sidestep: { integration: './integration' },
  peerDependencies: { '@sidestep/core': '>=0.0.0', zod: '^4.0.0' },
}

const operator = `import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { BaseStepOperator, SidestepError } from '@sidestep/core'

export class ThroughStepOperator extends BaseStepOperator {
  static FLAVOR = 'through'

  async launch(info, command, context) {
    const folder = resolve('.sidestep/through', info.runId, info.stepRunId, String(info.attempt))
    await context.prepareEnvironment(folder)
    context.signal.throwIfAborted()
    const env = { PATH: process.env.PATH, ...context.environment }
    const child = spawn(this.config.program, command, { cwd: folder, env, stdio: 'ignore' })
    context.signal.addEventListener('abort', () => child.kill())
    const [exitCode] = await once(child, 'exit')
    if (exitCode !== 0) {
      throw new SidestepError('it ended with ' + exitCode, { code: 'JOB_FAILED', kind: 'step' })
    }
  }
}
`

const flavor = `import { defineFlavor } from '@sidestep/core/flavor'

export const through = defineFlavor({
  type: 'step_operator',
  flavor: 'through',
  summary: 'runs steps through another program',
  configSchema: async () => {
    const { z } = await import('zod')
    return z.strictObject({ program: z.string().describe('Gets the command as its arguments.') })
  },
  load: async () => (await import('./operator.js')).ThroughStepOperator,
})
`

const integration = `import { defineIntegration } from '@sidestep/core/flavor'
import { through } from './through.js'

export default defineIntegration({ name: 'my-steps', flavors: [through] })
`

const index = `import { ThroughStepOperator } from './operator.js'

export { through } from './through.js'

export class ClassStepOperator extends ThroughStepOperator {
  static FLAVOR = 'class'
}
`

/** Writes a package with an integration, as somebody else would publish it: plain JavaScript with peer dependencies. */
export function writeThirdParty(project: OldNodeProject, folder: string): void {
  project.write(`${folder}/package.json`, JSON.stringify(manifest))
  project.write(`${folder}/operator.js`, operator)
  project.write(`${folder}/through.js`, flavor)
  project.write(`${folder}/integration.js`, integration)
  project.write(`${folder}/index.js`, index)
}
