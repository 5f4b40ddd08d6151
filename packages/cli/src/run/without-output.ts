import { captureOutput } from './capture-output.ts'

/** Does something that may run the user's code: what that prints to stdout goes to stderr, so the answer stands alone. */
export async function withoutOutput<T>(work: () => Promise<T>): Promise<T> {
  const captured = captureOutput(process.stdout, (text) => void process.stderr.write(text))
  try {
    return await work()
  } finally {
    captured.release()
  }
}
