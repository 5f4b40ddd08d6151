/** Makes runs of this process keep their state in a folder, for as long as it takes. */
export async function withHome<T>(folder: string, use: () => Promise<T>): Promise<T> {
  const before = process.env['SIDESTEP_HOME']
  process.env['SIDESTEP_HOME'] = folder
  try {
    return await use()
  } finally {
    if (before === undefined) delete process.env['SIDESTEP_HOME']
    else process.env['SIDESTEP_HOME'] = before
  }
}
