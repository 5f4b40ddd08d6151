import { fileURLToPath } from 'node:url'

import type { ChildExit } from './child-process.ts'
import { runChild } from './child-process.ts'
import type { BodyOptions, BodyOutcome } from './body.ts'
import { judgeExit } from './judge-exit.ts'
import { watchOutOfMemoryKills } from './oom-kills.ts'
import { isStepMessage, type StepMessage } from './step-messages.ts'

const MIB = 2 ** 20

/** Runs a function step in a child: the bundle once more, this time with the user's module. */
export async function runFunctionBody(options: BodyOptions): Promise<BodyOutcome> {
  const { spec, uri, environment, logs, stop, folder, incarnation } = options
  const outOfMemoryKills = watchOutOfMemoryKills()
  const bundle = fileURLToPath(import.meta.url)
  let message: StepMessage | undefined
  let pid = 0
  const exit: ChildExit = await runChild({
    program: process.execPath,
    args: [
      ...nodeFlags(spec.memoryBytes),
      bundle,
      '--step-process',
      '--spec',
      uri,
      '--incarnation',
      String(incarnation),
    ],
    environment,
    folder,
    logs,
    stop,
    graceMs: spec.graceMs,
    ipc: true,
    onStart: (child) => {
      pid = child.pid ?? 0
      child.on('message', (received) => {
        if (isStepMessage(received)) message ??= received
      })
    },
  })
  if (message?.type === 'returned') return { pid, outputs: message.outputs }
  if (message?.type === 'threw') {
    return {
      pid,
      failure: { kind: message.kind, error: message.error, ...(exit.code === null ? {} : { exitCode: exit.code }) },
    }
  }
  const failure = judgeExit({
    exit,
    tail: logs.tail,
    outOfMemoryKills: outOfMemoryKills(),
    subject: "the step's process",
    mustReturn: true,
  })
  return { pid, failure }
}

/** What a step asked for it may use: Node's own limit for the heap is far below a large machine. */
function nodeFlags(memoryBytes: number | undefined): readonly string[] {
  const heap = memoryBytes === undefined ? [] : [`--max-old-space-size=${Math.ceil(memoryBytes / MIB)}`]
  return ['--enable-source-maps', ...heap]
}
