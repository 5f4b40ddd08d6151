// Writes the intents of attempts 1, 2, … and prints each number once it is promised to be durable.
import { Journal } from '../../src/journal/journal.ts'
import { SidestepError } from '../../src/errors.ts'
import { launcherRecord, runRecord } from './records.ts'

const [home = '', runId = '', sizeBytes = '100', count = 'Infinity'] = process.argv.slice(2)

try {
  using journal = await Journal.open(home)
  await journal.addRun({ record: runRecord({ runId }), storeUri: 'file:///store' })
  const writer = await journal.launcher(runId, launcherRecord(1))
  for (let attempt = 1; attempt <= Number(count); attempt += 1) {
    const key = { runId, stepRunId: 'train-0', attempt }
    await writer.beginAttempt(key, { stepName: 'train', operator: 'gpu', token: `token-${attempt}` })
    await writer.intent(key, { attempt, text: 'x'.repeat(Number(sizeBytes)) })
    writer.event({ attempt })
    await writer.flush()
    process.stdout.write(`${attempt}\n`)
  }
} catch (error) {
  if (!SidestepError.isInstance(error)) throw error
  const { code, kind, message, hint } = error
  process.stdout.write(`${JSON.stringify({ code, kind, message, hint })}\n`)
}
