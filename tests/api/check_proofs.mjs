// Runs proof.js outside a browser: reads cases as a JSON array from standard input, writes what it found of each.
// argv[2] is proof.js. A page from a plain-http address has no crypto.subtle, so neither has this.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

Object.defineProperty(globalThis, "crypto", { value: undefined });
const { checkEvent, checkKept, checkConsistency, consistencyProof, fromHex, readKeys, signers, readNote, toHex } = await import(pathToFileURL(process.argv[2]));

const site = ({ checkpoint = null, tiles = {} }) => ({
  checkpoint: async () => checkpoint,
  tile: async (path) => (path in tiles ? fromHex(tiles[path]) : null),
});

const doing = {
  event: (one) => checkEvent(one).steps.map(({ name, isRight, code, input }) => ({ name, isRight, code, input })),
  says: (one) => {
    const { position, recordedAt, topic, tags, key } = checkEvent(one).steps[0].says;
    return { position: String(position), recordedAt: String(recordedAt), topic, tags, key };
  },
  signers: (one) => signers(readNote(one.note), readKeys(one.keys)).map((found) => ({ ...found, at: found.at && String(found.at) })),
  consistency: async (one) => (await consistencyProof(one.first, one.second, site(one).tile)).map(toHex),
  consistent: (one) => {
    try {
      checkConsistency(one.first, one.second, fromHex(one.old), fromHex(one.new), one.proof.map(fromHex));
      return true;
    } catch (error) {
      return error.code;
    }
  },
  kept: async (one) => {
    const { isRight, code } = await checkKept(one.kept, checkEvent(one), site(one));
    return { isRight, code };
  },
};

const found = [];
for (const one of JSON.parse(readFileSync(0, "utf8"))) found.push((await doing[one.do](one)) ?? null);
console.log(JSON.stringify(found));
