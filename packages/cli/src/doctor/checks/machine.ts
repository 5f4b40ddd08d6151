import { messageOf } from '@sidestep/core/project'
import { ask } from '../ask.ts'
import type { Check } from '../check.ts'

/** The CLI itself refuses an older one. */
export const nodeCheck: Check = {
  name: 'Node.js',
  tried: 'which one runs this',
  run: () => [{ state: 'ok', found: `${process.versions.node}, ${process.execPath}` }],
}

/** Only steps with requirements need it. */
export const npmCheck: Check = {
  name: 'npm',
  tried: 'npm --version',
  run: async ({ cwd }) => {
    const hint =
      'Steps with requirements need npm: install Node.js with it (https://nodejs.org), or add its folder to PATH.'
    try {
      const { exitCode, stdout, stderr } = await ask('npm', ['--version'], { cwd })
      if (exitCode === 0) return [{ state: 'ok', found: stdout.trim() }]
      return [{ state: 'warning', found: stderr.trim() || `it ended with exit code ${exitCode}`, hint }]
    } catch (error) {
      return [{ state: 'warning', found: messageOf(error), hint }]
    }
  },
}
