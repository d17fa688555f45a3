// A machine that has other things to do: programs that want all of its processors.
import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'

/** Milliseconds after which they end by themselves, should nobody end them. */
const LONGEST_MS = 4 * 60_000

/** Runs as many busy loops as there are processors while something is done. @template T @param {() => Promise<T>} doing */
export async function whileBusy(doing) {
  const loop = `const end = Date.now() + ${LONGEST_MS}; while (Date.now() < end) {}`
  const loops = Array.from({ length: availableParallelism() }, () => spawn(process.execPath, ['-e', loop], { stdio: 'ignore' }))
  try {
    return await doing()
  } finally {
    for (const each of loops) each.kill('SIGKILL')
  }
}
