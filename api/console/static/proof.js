// Checks that an event stands in a sealed log: the same check as `mingzhang verify` makes, small enough to be read.
// It needs no network and no page; proof_page.js shows what it finds. The formats are those of docs/log-format.md
// (header, payload, leaf), RFC 6962 (tree) and C2SP's texts (signed-note, tlog-checkpoint, tlog-cosignature,
// tlog-proof, tlog-tiles). Bytes are Uint8Array; whatever is wrong is thrown as a ProofError with a code.

import * as ed25519 from "./vendor/noble/ed25519/index.js";
import { sha256, sha512 } from "./vendor/noble/hashes/sha2.js";

ed25519.hashes.sha512 = sha512;

export class ProofError extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

const utf8 = new TextEncoder();
const HASH_BYTES = 32;
const TILE_WIDTH = 256;

// ---- texts and bytes

export function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function fromHex(text) {
  if (typeof text !== "string" || !/^([0-9a-f]{2})*$/.test(text)) throw new ProofError("hex");
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

function fromBase64(text) {
  let raw;
  try {
    raw = atob(text);
  } catch {
    throw new ProofError("base64");
  }
  // The same bytes could otherwise be written in several ways.
  if (btoa(raw) !== text) throw new ProofError("base64");
  return Uint8Array.from(raw, (letter) => letter.charCodeAt(0));
}

function concatenated(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function equal(one, other) {
  return toHex(one) === toHex(other);
}

function decimal(text, code) {
  const value = /^(0|[1-9][0-9]{0,18})$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(value)) throw new ProofError(code);
  return value;
}

// ---- an event: its header, its payload, its leaf

// {header, payload}: the bytes that are hashed; {leaf}: what the leaf is said to be; {proof}: where it brings one.
export function readEvent(text) {
  let said;
  try {
    said = JSON.parse(text);
  } catch {
    throw new ProofError("event");
  }
  if (said === null || typeof said.payload !== "string" || typeof said.header_hex !== "string") {
    throw new ProofError("event");
  }
  const event = { header: fromHex(said.header_hex), payload: utf8.encode(said.payload), leaf: null, proof: null };
  if (said.leaf !== undefined) event.leaf = fromHex(said.leaf);
  if (said.position !== undefined) event.position = said.position;
  if (Array.isArray(said.hashes) && Number.isSafeInteger(said.index) && typeof said.checkpoint === "string") {
    event.proof = { index: said.index, hashes: said.hashes.map(hashOfHex), note: readNote(said.checkpoint) };
  }
  return event;
}

// What a header says (docs/log-format.md): {position, recordedAt (microseconds since 1970 UTC), topic, tags, key}.
export function readHeader(header) {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const strict = new TextDecoder("utf-8", { fatal: true });
  let at = 0;
  const bytes = (length) => {
    if (at + length > header.length) throw new ProofError("header");
    at += length;
    return header.subarray(at - length, at);
  };
  const number = () => (bytes(4), view.getUint32(at - 4));
  const long = () => (bytes(8), view.getBigInt64(at - 8));
  try {
    if (strict.decode(bytes(3)) !== "MZ1") throw new ProofError("header");
    const [position, recordedAt] = [long(), long()];
    const sized = () => strict.decode(bytes(number()));
    const topic = sized();
    const tags = [];
    for (let left = number(); left > 0; left--) tags.push(sized());
    const key = toHex(bytes(number()));
    if (at !== header.length) throw new ProofError("header");
    return { position, recordedAt, topic, tags, key };
  } catch (error) {
    throw error instanceof ProofError ? error : new ProofError("header");
  }
}

export function leafHash(header, payload) {
  return sha256(concatenated(Uint8Array.of(0), header, payload));
}

function nodeHash(left, right) {
  return sha256(concatenated(Uint8Array.of(1), left, right));
}

// ---- the tree (RFC 6962 section 2.1, RFC 9162 sections 2.1.3.2 and 2.1.4.2)
// Sizes pass 2^31, so halves are taken by arithmetic and not by shifting bits.

const isOdd = (number) => number % 2 === 1;
const half = (number) => Math.floor(number / 2);

// From a leaf up to the root: {root, path: [{sibling, isLeft, reached}]}; isLeft where the sibling stands on the left.
export function walk(leaf, index, size, hashes) {
  if (!(index >= 0 && index < size)) throw new ProofError("no_such_leaf");
  const path = [];
  let [at, last, reached] = [index, size - 1, leaf];
  for (const sibling of hashes) {
    if (last === 0) throw new ProofError("too_long");
    const isLeft = isOdd(at) || at === last;
    reached = isLeft ? nodeHash(sibling, reached) : nodeHash(reached, sibling);
    path.push({ sibling, isLeft, reached });
    while (isLeft && !isOdd(at) && at > 0) [at, last] = [half(at), half(last)];
    [at, last] = [half(at), half(last)];
  }
  if (last !== 0) throw new ProofError("too_short");
  return { root: reached, path };
}

// That the tree `second` with the root `later` begins with the tree `first` with the root `earlier`.
export function checkConsistency(first, second, earlier, later, proof) {
  if (!(first >= 0 && first <= second)) throw new ProofError("smaller");
  if (first === 0 || first === second) {
    if (proof.length) throw new ProofError("too_long");
    if (!equal(earlier, first === 0 ? sha256(new Uint8Array()) : later)) throw new ProofError("forked");
    return;
  }
  const isWhole = Number.isInteger(Math.log2(first));
  // A first tree that is whole is itself where the proof begins.
  const [begin, ...rest] = isWhole ? [earlier, ...proof] : proof;
  if (!begin) throw new ProofError("too_short");
  let [at, last] = [first - 1, second - 1];
  while (isOdd(at)) [at, last] = [half(at), half(last)];
  let [old, reached] = [begin, begin];
  for (const sibling of rest) {
    if (last === 0) throw new ProofError("too_long");
    if (isOdd(at) || at === last) {
      old = nodeHash(sibling, old);
      reached = nodeHash(sibling, reached);
      while (!isOdd(at) && at > 0) [at, last] = [half(at), half(last)];
    } else {
      reached = nodeHash(reached, sibling);
    }
    [at, last] = [half(at), half(last)];
  }
  if (last !== 0) throw new ProofError("too_short");
  if (!equal(old, earlier) || !equal(reached, later)) throw new ProofError("forked");
}

// The consistency proof, made from tiles; `fetchTile(path)` gives a tile's bytes, or null where it is not to be had.
export async function consistencyProof(first, second, fetchTile) {
  const proof = [];
  if (first === 0 || first === second) return proof;
  let [start, end, isWhole] = [0, second, true];
  while (first !== end) {
    const middle = start + splitOf(end - start);
    if (first <= middle) {
      proof.push(await rangeRoot(middle, end, second, fetchTile));
      end = middle;
    } else {
      proof.push(await rangeRoot(start, middle, second, fetchTile));
      [start, isWhole] = [middle, false];
    }
  }
  if (!isWhole) proof.push(await rangeRoot(start, end, second, fetchTile));
  return proof.reverse();
}

// The largest power of two below the size.
function splitOf(size) {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

// The root over the leaves [start, end), where start is a multiple of the largest power of two that fits in.
async function rangeRoot(start, end, size, fetchTile) {
  const length = splitOf(end - start + 1);
  const left = await subtreeRoot(start, length, size, fetchTile);
  return start + length === end ? left : nodeHash(left, await rangeRoot(start + length, end, size, fetchTile));
}

async function subtreeRoot(start, length, size, fetchTile) {
  const height = Math.log2(length);
  const level = Math.floor(height / 8);
  const below = TILE_WIDTH ** level;
  const first = start / below;
  const [tile, at] = [Math.floor(first / TILE_WIDTH), first % TILE_WIDTH];
  const width = Math.min(Math.floor(size / below) - tile * TILE_WIDTH, TILE_WIDTH);
  const path = tilePath(level, tile);
  const data = (width < TILE_WIDTH && (await fetchTile(`${path}.p/${width}`))) || (await fetchTile(path));
  const end = at + length / below;
  if (!data || data.length < end * HASH_BYTES) throw new ProofError("tile");
  let hashes = [];
  for (let nth = at; nth < end; nth++) hashes.push(data.subarray(nth * HASH_BYTES, (nth + 1) * HASH_BYTES));
  while (hashes.length > 1) {
    hashes = hashes.flatMap((hash, nth) => (isOdd(nth) ? [nodeHash(hashes[nth - 1], hash)] : []));
  }
  return hashes[0];
}

// 1234067 at level 0 is tile/0/x001/x234/067.
function tilePath(level, index) {
  const digits = String(index).padStart(Math.ceil(String(index).length / 3) * 3, "0");
  const groups = digits.match(/.{3}/g);
  return `tile/${level}/` + groups.map((group, nth) => (nth === groups.length - 1 ? group : `x${group}`)).join("/");
}

// ---- notes, keys, checkpoints, proof files

// {text, signatures: [{name, id (hex), signed}]}
export function readNote(whole) {
  const parted = whole.lastIndexOf("\n\n");
  const below = whole.slice(parted + 2);
  if (parted < 0 || !below.endsWith("\n") || whole.length > 1_000_000) throw new ProofError("note");
  if (/[\u0000-\u0009\u000b-\u001f]/.test(whole)) throw new ProofError("note");
  const lines = below.slice(0, -1).split("\n");
  if (lines.length > 64) throw new ProofError("note");
  return { text: whole.slice(0, parted + 1), signatures: lines.map(readSignature) };
}

function readSignature(line) {
  const [, name, signed] = /^— ([^\s+]+) (\S+)$/u.exec(line) ?? [];
  if (!name) throw new ProofError("note");
  const raw = fromBase64(signed);
  if (raw.length < 5) throw new ProofError("note");
  return { name, id: toHex(raw.subarray(0, 4)), signed: raw.subarray(4) };
}

// {origin, size, root}
export function readCheckpoint(note) {
  const lines = note.text.split("\n");
  if (lines.length !== 4 || lines[3] !== "" || !lines[0]) throw new ProofError("checkpoint");
  return { origin: lines[0], size: decimal(lines[1], "checkpoint"), root: hashOfBase64(lines[2]) };
}

// {index, hashes, note} of a .tlog-proof file
export function readProof(text) {
  const parted = text.indexOf("\n\n");
  const [first, ...lines] = text.slice(0, Math.max(parted, 0)).split("\n");
  if (parted < 0 || first !== "c2sp.org/tlog-proof@v1") throw new ProofError("proof");
  if (lines[0]?.startsWith("extra ")) lines.shift();
  const [index, ...hashes] = lines;
  if (!index?.startsWith("index ")) throw new ProofError("proof");
  const note = readNote(text.slice(parted + 2));
  return { index: decimal(index.slice(6), "proof"), hashes: hashes.map(hashOfBase64), note };
}

function hashOfBase64(text) {
  return hashOf(fromBase64(text));
}

function hashOfHex(text) {
  return hashOf(fromHex(text));
}

function hashOf(raw) {
  if (raw.length !== HASH_BYTES) throw new ProofError("hash");
  return raw;
}

// The public keys, one a line, written name+hash+base64: [{name, id (hex), kind: "log" | "witness", bytes}]
export function readKeys(text) {
  return text.split("\n").map((line) => line.trim()).filter((line) => line).map(readKey);
}

function readKey(line) {
  const [name, id, ...rest] = line.split("+");
  const typed = fromBase64(rest.join("+"));
  const kind = { 1: "log", 4: "witness" }[typed[0]];
  if (!name || /\s/u.test(name) || !kind || typed.length !== 33) throw new ProofError("key");
  if (id !== toHex(sha256(concatenated(utf8.encode(`${name}\n`), typed)).subarray(0, 4))) throw new ProofError("key");
  return { name, id, kind, bytes: typed.subarray(1) };
}

// Every signature with the key that it claims: [{name, id, kind, isRight, at}]; kind is null where no key is known,
// at is when a witness looked (seconds since 1970 UTC).
export function signers(note, keys) {
  return note.signatures.map((one) => {
    const key = keys.find((candidate) => candidate.name === one.name && candidate.id === one.id);
    const found = { name: one.name, id: one.id, kind: key?.kind ?? null, isRight: false, at: null };
    if (!key) return found;
    if (key.kind === "log") return { ...found, isRight: isSigned(one.signed, note.text, key) };
    if (one.signed.length !== 72) return found;
    const at = new DataView(one.signed.buffer, one.signed.byteOffset).getBigUint64(0);
    const text = `cosignature/v1\ntime ${at}\n${note.text}`;
    return { ...found, at, isRight: isSigned(one.signed.subarray(8), text, key) };
  });
}

function isSigned(signature, text, key) {
  try {
    return ed25519.verify(signature, utf8.encode(text), key.bytes, { zip215: false });
  } catch {
    return false;
  }
}

// Signed by the log under its own name, and no known key's signature is wrong.
function isSealedBy(found, origin) {
  const known = found.filter((one) => one.kind !== null);
  return known.every((one) => one.isRight) && known.some((one) => one.kind === "log" && one.name === origin);
}

// ---- the check, step by step

// Each step is {name, isRight, code?, found?, stated?, ...}: what was reckoned here, and what is stated. Nothing is
// thrown. A text that cannot be read makes one step "read", with `input` saying which.
export function checkEvent({ event: eventText, proof: proofText, keys: keysText }) {
  const read = {};
  const readers = {
    event: () => readEvent(eventText),
    proof: () => (proofText.trim() ? readProof(proofText) : (read.event?.proof ?? raise("no_proof"))),
    checkpoint: () => readCheckpoint(read.proof.note),
    keys: () => readKeys(keysText),
  };
  for (const [input, reader] of Object.entries(readers)) {
    try {
      read[input] = reader();
    } catch (error) {
      return { steps: [{ name: "read", isRight: false, input, code: codeOf(error) }] };
    }
  }
  const leaf = leafHash(read.event.header, read.event.payload);
  return {
    ...read,
    steps: [bytesStep(read.event, read.proof), leafStep(leaf, read.event), pathStep(leaf, read), signatureStep(read)],
  };
}

function raise(code) {
  throw new ProofError(code);
}

function codeOf(error) {
  if (error instanceof ProofError) return error.code;
  throw error;
}

function bytesStep(event, proof) {
  try {
    const says = readHeader(event.header);
    const [found, stated] = [String(says.position), String(proof.index + 1)];
    const isRight = found === stated && (event.position === undefined || String(event.position) === found);
    return { name: "bytes", isRight, says, found, stated };
  } catch (error) {
    return { name: "bytes", isRight: false, code: codeOf(error) };
  }
}

function leafStep(leaf, event) {
  const [found, stated] = [toHex(leaf), event.leaf && toHex(event.leaf)];
  return { name: "leaf", isRight: stated === null || found === stated, found, stated };
}

function pathStep(leaf, { proof, checkpoint }) {
  const stated = toHex(checkpoint.root);
  try {
    const { root, path } = walk(leaf, proof.index, checkpoint.size, proof.hashes);
    const found = toHex(root);
    return { name: "path", isRight: found === stated, found, stated, path };
  } catch (error) {
    return { name: "path", isRight: false, code: codeOf(error), stated };
  }
}

function signatureStep({ proof, checkpoint, keys }) {
  const found = signers(proof.note, keys);
  const isRight = isSealedBy(found, checkpoint.origin);
  const code = isRight ? undefined : keys.length ? "signature" : "no_key";
  return { name: "signature", isRight, code, signers: found, checkpoint };
}

// A checkpoint that was kept outside, compared with that of the proof: the log of the one must begin with that of the
// other. Where their sizes differ that takes tiles, from `site`: {checkpoint(), tile(path)}, each giving null for what
// is not to be had. isRight is null where the site has nothing of this log, so that nothing is known.
export async function checkKept(keptText, { checkpoint, keys }, site) {
  const step = { name: "kept", stated: inWords(checkpoint) };
  try {
    const note = readNote(keptText);
    const kept = readCheckpoint(note);
    step.found = inWords(kept);
    if (kept.origin !== checkpoint.origin) throw new ProofError("other_log");
    if (!isSealedBy(signers(note, keys), kept.origin)) throw new ProofError("signature");
    const [earlier, later] = kept.size <= checkpoint.size ? [kept, checkpoint] : [checkpoint, kept];
    if (earlier.size !== later.size) await checkSite(site, later);
    const proof = await consistencyProof(earlier.size, later.size, site.tile);
    checkConsistency(earlier.size, later.size, earlier.root, later.root, proof);
    return { ...step, isRight: true };
  } catch (error) {
    const code = codeOf(error);
    return { ...step, isRight: ["offline", "tile"].includes(code) ? null : false, code };
  }
}

function inWords(checkpoint) {
  return `${checkpoint.size} · ${toHex(checkpoint.root)}`;
}

async function checkSite(site, later) {
  const text = await site.checkpoint();
  const held = text === null ? null : readCheckpoint(readNote(text));
  if (held?.origin !== later.origin) throw new ProofError("offline");
  if (held.size < later.size) throw new ProofError("rolled_back");
}
