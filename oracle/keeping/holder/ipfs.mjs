/**
 * The IPFS node of a holder: Helia with blocks on disk, libp2p over TCP, and bitswap between nodes. It knows no public
 * network: it asks those nodes for blocks that it is told to connect to, and no others.
 */
import './older_node.mjs'

import { join } from 'node:path'

import { withBitswap } from '@helia/bitswap'
import { withLibp2pLight } from '@helia/libp2p'
import { unixfs } from '@helia/unixfs'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { FsBlockstore } from 'blockstore-fs'
import { FsDatastore } from 'datastore-fs'
import { createHeliaLight } from 'helia'
import { balanced } from 'ipfs-unixfs-importer/layout'
import { fixedSize } from 'ipfs-unixfs-importer/chunker'
import { CID } from 'multiformats/cid'

import { Refusal } from './refusal.mjs'
import { blockWalker } from './walk.mjs'

// UnixFS as Kubo and Helia write it now: leaves of 1 MiB, raw, up to 1 024 under a node. `oracle/storage/cid.py` does
// the same, so that a reader can check a file against its CID without asking a node.
const LAYOUT = {
  cidVersion: 1,
  rawLeaves: true,
  chunker: fixedSize({ chunkSize: 1 << 20 }),
  layout: balanced({ maxChildrenPerNode: 1024 })
}

/** An IPFS node that keeps whole files, pinned, within its capacity. */
export class FileKeeper {
  #helia
  #files
  #sizes = new Map()
  #reservedBytes = 0
  #mustClean = false

  constructor (helia, capacityBytes) {
    this.#helia = helia
    this.#files = unixfs(helia)
    this.capacityBytes = capacityBytes
  }

  /**
   * Start a node with its blocks and its identity in a directory.
   *
   * @param {object} options
   * @param {string} options.directory its own
   * @param {number} options.port of libp2p on the loopback interface; 0 for any
   * @param {number} options.capacityBytes of all files together
   * @param {(store: FsBlockstore) => object} [options.around] puts a store around that on disk
   */
  static async start ({ directory, port, capacityBytes, around = store => store }) {
    const blockstore = new FsBlockstore(join(directory, 'blocks'))
    const datastore = new FsDatastore(join(directory, 'data'))
    await blockstore.open()
    await datastore.open()
    const helia = withBitswap(withLibp2pLight(createHeliaLight({ blockstore: around(blockstore), datastore }), {
      addresses: { listen: [`/ip4/127.0.0.1/tcp/${port}`] },
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      services: { identify: identify() },
      connectionManager: { maxConnections: 256 }
    }))
    await helia.start()
    const keeper = new FileKeeper(helia, capacityBytes)
    for await (const pin of helia.pins.ls()) keeper.#sizes.set(pin.cid.toString(), Number(pin.metadata.sizeBytes))
    await helia.gc() // blocks of a file that a killed node had begun to take
    return keeper
  }

  get usedBytes () {
    return [...this.#sizes.values()].reduce((sum, size) => sum + size, 0)
  }

  /** Where other nodes reach this one, and how full it is. */
  standing () {
    return {
      peer: this.#helia.libp2p.peerId.toString(),
      addresses: this.#helia.libp2p.getMultiaddrs().map(String),
      capacity_bytes: this.capacityBytes,
      used_bytes: this.usedBytes,
      files: this.#sizes.size
    }
  }

  list () {
    return [...this.#sizes].map(([cid, sizeBytes]) => ({ cid, size_bytes: sizeBytes }))
  }

  /** Take in a file from a stream of bytes. */
  async add (stream, sizeBytes) {
    return await this.#within(sizeBytes, async () => {
      let taken = 0
      const counted = async function * () {
        for await (const piece of stream) {
          taken += piece.length
          if (taken > sizeBytes) throw new Refusal(413, `more than the ${sizeBytes} bytes that were announced`)
          yield piece
        }
      }
      const cid = await this.#files.addByteStream(counted(), LAYOUT)
      if (taken !== sizeBytes) throw new Refusal(400, `${taken} of the ${sizeBytes} bytes that were announced`)
      if (!this.#sizes.has(cid.toString())) await this.#pin(cid, sizeBytes, AbortSignal.timeout(60_000))
      return { cid: cid.toString(), size_bytes: sizeBytes }
    })
  }

  /** Fetch a file from other nodes by bitswap. Every block is checked against its CID as it comes. */
  async pin (text, sizeBytes, addresses, timeoutMs) {
    const cid = parsed(text)
    if (this.#sizes.has(cid.toString())) return { cid: cid.toString(), size_bytes: this.#sizes.get(cid.toString()) }
    return await this.#within(sizeBytes, async () => {
      const signal = AbortSignal.timeout(timeoutMs)
      const reached = await this.#connect(addresses, signal)
      if (reached === 0) throw new Refusal(502, 'no node that has the file can be reached')
      try {
        await this.#pin(cid, sizeBytes, signal)
      } catch (error) {
        if (error instanceof Refusal) throw error
        throw new Refusal(signal.aborted ? 504 : 502, `the blocks did not come: ${error.message}`)
      }
      return { cid: cid.toString(), size_bytes: sizeBytes }
    })
  }

  /** Bytes of a file that it has, from the disk. */
  read (text, offset, length) {
    const cid = parsed(text)
    const sizeBytes = this.#sizes.get(cid.toString())
    if (sizeBytes === undefined) throw new Refusal(404, 'this node does not have that file')
    if (offset > sizeBytes) throw new Refusal(416, `the file has ${sizeBytes} bytes`)
    return this.#files.cat(cid, { offset, length: Math.min(length, sizeBytes - offset), offline: true })
  }

  async remove (text) {
    const cid = parsed(text)
    if (!this.#sizes.has(cid.toString())) throw new Refusal(404, 'this node does not have that file')
    await this.#forget(cid)
  }

  async stop () {
    await this.#helia.stop()
  }

  async #within (sizeBytes, taking) {
    const freeBytes = this.capacityBytes - this.usedBytes - this.#reservedBytes
    if (sizeBytes > freeBytes) throw new Refusal(507, `${sizeBytes} bytes do not fit in the ${freeBytes} that are free`)
    this.#reservedBytes += sizeBytes
    try {
      return await taking()
    } catch (error) {
      this.#mustClean = true
      throw error
    } finally {
      this.#reservedBytes -= sizeBytes
      await this.#clean()
    }
  }

  async #connect (addresses, signal) {
    const dialled = addresses.map(each => this.#helia.libp2p.dial(multiaddr(each), { signal }))
    return (await Promise.allSettled(dialled)).filter(each => each.status === 'fulfilled').length
  }

  /** Read a file, so that all its blocks are here, and pin it then: of a pin that ends half-made, blocks would stay. */
  async #pin (cid, sizeBytes, signal) {
    let taken = 0
    for await (const piece of this.#files.cat(cid, { signal })) {
      taken += piece.length
      if (taken > sizeBytes) throw new Refusal(413, `the file is larger than ${sizeBytes} bytes`)
    }
    if (taken !== sizeBytes) throw new Refusal(409, `the file has ${taken} bytes, not ${sizeBytes}`)
    await ended(this.#helia.pins.add(cid, { signal, walker: blockWalker, metadata: { sizeBytes } }))
    this.#sizes.set(cid.toString(), sizeBytes)
  }

  async #forget (cid) {
    this.#sizes.delete(cid.toString())
    try {
      // What a broken disk has lost is not asked of others, only to be removed.
      await ended(this.#helia.pins.rm(cid, { offline: true, walker: blockWalker }))
    } catch (error) {
      console.error(`${cid} is forgotten, and blocks of it may stay on the disk: ${error.message}`)
    }
    this.#mustClean = true
    await this.#clean()
  }

  /** Remove blocks that belong to no file, once no file is being taken in whose blocks are not pinned yet. */
  async #clean () {
    if (!this.#mustClean || this.#reservedBytes !== 0) return
    this.#mustClean = false
    await this.#helia.gc()
  }
}

/** Resolves once a sequence has come to its end. */
async function ended (sequence) {
  for await (const _ of sequence); // eslint-disable-line no-unused-vars
}

function parsed (text) {
  try {
    return CID.parse(text).toV1()
  } catch {
    throw new Refusal(400, 'that is no CID')
  }
}
