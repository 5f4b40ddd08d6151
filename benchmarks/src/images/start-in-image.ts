import { median } from '../report.ts'
import type { ImagesBenchmark } from './code-change.ts'
import { ROUNDS } from './contest.ts'
import { runProgram } from './run-program.ts'

/** Runs in the container: starts both in turn, and prints what each took, in milliseconds. */
const SCRIPT = `
const { spawnSync } = require('node:child_process')
const took = (args) => {
  const began = performance.now()
  const { status, stderr } = spawnSync(process.execPath, args)
  if (status !== 0) throw new Error(String(stderr))
  return performance.now() - began
}
const bare = [], code = []
for (let round = 0; round <= ${ROUNDS * 3}; round += 1) {
  bare.push(took(['-e', '0']))
  code.push(took(['/opt/sidestep/step.mjs', '--list-steps']))
}
process.stdout.write(JSON.stringify({ bare: bare.slice(1), code: code.slice(1) }))
`

/** What a pulled image needs until the user's module is loaded, beside a bare start of Node.js in the same container. */
export async function startInImage(
  { docker }: ImagesBenchmark,
  image: string,
): Promise<{ readonly bareMs: number; readonly codeMs: number }> {
  const args = ['run', '--rm', '--pull', 'always', '--network', 'none', image, 'node', '-e', SCRIPT]
  const { stdout } = await runProgram(docker, args, { cwd: '/' })
  await runProgram(docker, ['rmi', '--force', image], { cwd: '/' })
  const { bare, code } = JSON.parse(stdout) as { bare: number[]; code: number[] }
  return { bareMs: median(bare), codeMs: median(code) }
}
