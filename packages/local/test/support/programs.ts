/** Says its pid and does nothing for ever. */
export const IDLE = `console.log('pid', process.pid); setInterval(() => {}, 1e6)`

/** Like {@link IDLE}, and does not care about SIGTERM. */
export const STUBBORN: string = `process.on('SIGTERM', () => {}); ${IDLE}`

/** Ends its process group when the supervisor is gone, as the real entrypoint does. */
export const WATCHES_PARENT = `
  import { Socket } from 'node:net'
  const pipe = new Socket({ fd: Number(process.env.SIDESTEP_PARENT_FD), readable: true, writable: false })
  pipe.on('end', () => process.kill(0, 'SIGKILL')).resume().unref()`

/** Starts another Node.js process; \`options\` are those of \`spawn\`. */
export function startsChild(source: string, options: string = `{ stdio: 'inherit' }`): string {
  return `
    import { spawn } from 'node:child_process'
    spawn(process.execPath, ['--input-type=module', '-e', ${JSON.stringify(source)}], ${options})`
}
