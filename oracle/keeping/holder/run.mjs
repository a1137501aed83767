/** Runs a node from its command line until it is told to end. */
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'

import { serve } from './control.mjs'
import { FileKeeper } from './ipfs.mjs'

/**
 * Options: --directory, --token-file, --port (of the control API), --libp2p-port, --capacity-bytes. Writes one line of
 * JSON once it serves. Ends on SIGTERM or SIGINT, and when its standard input ends: a node never outlives who started
 * it.
 *
 * @param {(store: object, directory: string) => object} [around] puts a store around that on disk
 */
export async function run (around = store => store) {
  const option = { type: 'string' }
  const { values } = parseArgs({
    options: {
      directory: option,
      'token-file': option,
      port: option,
      'libp2p-port': option,
      'capacity-bytes': option
    }
  })
  const { directory } = values
  const token = (await readFile(values['token-file'], 'utf8')).trim()
  if (token.length < 32) throw new Error(`the token in ${values['token-file']} is shorter than 32 characters`)
  const keeper = await FileKeeper.start({
    directory,
    port: Number(values['libp2p-port'] ?? 0),
    capacityBytes: Number(values['capacity-bytes']),
    around: store => around(store, directory)
  })
  const server = await serve(keeper, { port: Number(values.port ?? 0), token })
  console.log(JSON.stringify({ port: server.address().port, ...keeper.standing() }))

  let isEnding = false
  const end = async () => {
    if (isEnding) return
    isEnding = true
    server.close()
    server.closeAllConnections()
    await keeper.stop()
    process.exit(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, end)
  process.stdin.on('end', end).on('error', end).resume()
}
