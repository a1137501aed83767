/**
 * The HTTP API of a node, on the loopback interface. Anyone reads; what changes anything needs the bearer token.
 *
 *     GET    /ipfs                                     who it is, where, and how full
 *     GET    /ipfs/CID?offset=&length=                 bytes of a file that it has
 *
 *     GET    /v0/files                                 the files that it has
 *     POST   /v0/files               bytes             takes a file in; needs Content-Length
 *     POST   /v0/pins                {cid, size_bytes, addresses, timeout_ms}   fetches it from other nodes
 *     DELETE /v0/files/CID                             forgets it
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { pipeline } from 'node:stream/promises'

import { Refusal } from './refusal.mjs'

const MOST_JSON_BYTES = 1 << 16
const MOST_ADDRESSES = 32
const MOST_TIMEOUT_MS = 600_000
const FILE = /^\/(?:v0\/files|ipfs)\/([a-zA-Z0-9]{10,120})$/

/** Serve a keeper; resolves with the server once it listens. */
export async function serve (keeper, { port, token }) {
  const wanted = digest(`Bearer ${token}`)
  const server = createServer(async (request, response) => {
    try {
      if (!isOpen(request) && !timingSafeEqual(digest(request.headers.authorization ?? ''), wanted)) {
        throw new Refusal(401, 'wrong token')
      }
      await answer(keeper, request, response)
    } catch (error) {
      if (response.headersSent) {
        response.destroy()
      } else {
        if (!(error instanceof Refusal)) console.error(`${request.method} failed: ${error.message}`)
        const status = error instanceof Refusal ? error.status : 500
        // The rest of a body that nobody reads would hold the connection up.
        response.writeHead(status, { 'content-type': 'application/json', connection: 'close' })
        response.end(JSON.stringify({ error: status === 500 ? 'the node failed' : error.message }))
      }
    }
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server
}

async function answer (keeper, request, response) {
  const url = new URL(request.url, 'http://node')
  const what = `${request.method} ${url.pathname}`
  const file = FILE.exec(url.pathname)?.[1]
  if (what === 'GET /ipfs') {
    say(response, keeper.standing())
  } else if (what === 'GET /v0/files') {
    say(response, keeper.list())
  } else if (what === 'POST /v0/files') {
    say(response, await keeper.add(request, whole(request.headers['content-length'], 1)))
  } else if (what === 'POST /v0/pins') {
    const { cid, size_bytes: sizeBytes, addresses, timeout_ms: timeoutMs } = await json(request)
    if (!Array.isArray(addresses) || addresses.length > MOST_ADDRESSES || !addresses.every(isAddress)) {
      throw new Refusal(400, `give at most ${MOST_ADDRESSES} addresses`)
    }
    say(response, await keeper.pin(String(cid), whole(sizeBytes, 1), addresses, whole(timeoutMs, 1, MOST_TIMEOUT_MS)))
  } else if (isOpen(request) && file !== undefined) {
    const offset = whole(url.searchParams.get('offset') ?? 0, 0)
    const length = whole(url.searchParams.get('length') ?? Number.MAX_SAFE_INTEGER, 1)
    const bytes = keeper.read(file, offset, length)
    response.writeHead(200, { 'content-type': 'application/octet-stream' })
    await pipeline(bytes, response)
  } else if (request.method === 'DELETE' && file !== undefined) {
    await keeper.remove(file)
    say(response, {})
  } else {
    throw new Refusal(404, 'there is nothing there')
  }
}

function isOpen (request) {
  return request.method === 'GET' && request.url.startsWith('/ipfs')
}

function say (response, content) {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(content))
}

async function json (request) {
  const pieces = []
  let length = 0
  for await (const piece of request) {
    length += piece.length
    if (length > MOST_JSON_BYTES) throw new Refusal(413, `more than ${MOST_JSON_BYTES} bytes`)
    pieces.push(piece)
  }
  try {
    return Object(JSON.parse(Buffer.concat(pieces).toString()))
  } catch {
    throw new Refusal(400, 'that is no JSON')
  }
}

function whole (value, least, most = Number.MAX_SAFE_INTEGER) {
  const number = Number(value)
  if (value === null || !Number.isSafeInteger(number) || number < least || number > most) {
    throw new Refusal(400, `${value} is no whole number from ${least} to ${most}`)
  }
  return number
}

function isAddress (value) {
  return typeof value === 'string' && /^\/ip4\/[0-9.]{7,15}\/tcp\/\d{1,5}\/p2p\/[a-zA-Z0-9]{20,80}$/.test(value)
}

function digest (text) {
  return createHash('sha256').update(text).digest()
}
