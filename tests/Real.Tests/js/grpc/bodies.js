// The codec of batch bodies, written from docs/protocol.md. Entries are { key, quarters }, keys and codes are BigInt.
// node bodies.js FILE encodes and decodes the lines of bodies.golden, and says how many there are and which came out otherwise.
'use strict';
const fs = require('fs');

const IPv4 = 0x00ff000000000000n;
const FLOORS = [0n, 1n << 32n];
const codeOf = (key) => BigInt.asUintN(64, key - IPv4);
const keyOf = (code) => BigInt.asUintN(64, code + IPv4);
const isIPv4 = (entry) => codeOf(entry.key) < FLOORS[1];
const log2 = (number) => BigInt(number.toString(2).length - 1);
const sum = (numbers) => numbers.reduce((a, b) => a + b, 0n);

function keyOfAddress(address) {
  if (address.includes('.')) {
    return IPv4 + address.split('.').reduce((key, octet) => key * 256n + BigInt(octet), 0n);
  }
  const [head, tail] = address.split('::').map((half) => (half ? half.split(':') : []));
  const groups = tail ? [...head, ...Array(8 - head.length - tail.length).fill('0'), ...tail] : head;
  return groups.slice(0, 4).reduce((key, group) => key * 65536n + BigInt('0x' + group), 0n);
}

function addressOf(key) {
  const of = (from, parts, width, base) => Array.from({ length: parts }, (_, i) => ((from >> BigInt((parts - 1 - i) * width)) & ((1n << BigInt(width)) - 1n)).toString(base));
  return codeOf(key) < FLOORS[1] ? of(codeOf(key), 4, 8, 10).join('.') : of(key, 4, 16, 16).join(':') + '::';
}

function leb128(number) {
  const octets = [];
  for (; number >= 128n; number >>= 7n) {
    octets.push(Number(number & 127n) | 128);
  }
  return [...octets, Number(number)];
}

function gapsOf(entries, floor) {
  return entries
    .map((entry) => ({ code: codeOf(entry.key), quarters: BigInt(entry.quarters) }))
    .sort((a, b) => (a.code < b.code ? -1 : 1))
    .map(({ code, quarters }) => {
      const gap = code - floor;
      floor = code + 1n;
      return { code, gap, m: quarters === 4n ? null : quarters < 4n ? quarters : quarters - 1n };
    });
}

function encodeList(entries, floor) {
  const gaps = gapsOf(entries, floor);
  const n = BigInt(gaps.length);
  if (!gaps.length) {
    return [0];
  }
  const octets = gaps.flatMap(({ gap, m }) => (m === null ? leb128(gap * 2n) : [...leb128(gap * 2n + 1n), ...leb128(m - 1n)]));
  const middle = log2(((gaps[gaps.length - 1].code - floor) / n) | 1n);
  const p0 = middle > 1n ? middle - 1n : 0n;
  const others = sum(gaps.filter(({ m }) => m !== null).map(({ m }) => 2n * log2(m) + 1n));
  const size = (p) => sum(gaps.map(({ gap }) => gap >> p)) + n * (2n + p) + others;
  const parameter = [p0, p0 + 1n, p0 + 2n].filter((p) => p <= 63n).reduce((best, p) => (size(p) < size(best) ? p : best));
  if (1n + (size(parameter) + 7n) / 8n >= BigInt(octets.length)) {
    return [...leb128(n * 2n), ...octets];
  }
  const zeros = (count) => '0'.repeat(Number(count));
  const lowest = (number, count) => (count ? (number & ((1n << count) - 1n)).toString(2).padStart(Number(count), '0') : '');
  const bits = gaps.map(({ gap, m }) => zeros(gap >> parameter) + '1' + lowest(gap, parameter) + (m === null ? '0' : '1' + zeros(log2(m)) + '1' + lowest(m, log2(m)))).join('');
  const packed = bits.padEnd(Math.ceil(bits.length / 8) * 8, '0').match(/.{8}/g).map((octet) => parseInt(octet, 2));
  return [...leb128(n * 2n + 1n), Number(parameter), ...packed];
}

function encode({ attempts, bad }) {
  const lists = [attempts, bad].flatMap((list) => [list.filter(isIPv4), list.filter((entry) => !isIPv4(entry))]);
  return Buffer.from([1, ...lists.flatMap((list, i) => encodeList(list, FLOORS[i % 2]))]);
}

function decode(body) {
  let at = 1;
  const number = () => {
    for (let value = 0n, shift = 0n; ; shift += 7n) {
      const octet = BigInt(body[at++]);
      value |= (octet & 127n) << shift;
      if (octet < 128n) {
        return value;
      }
    }
  };
  const list = (floor) => {
    const head = number();
    const isBits = head & 1n;
    const parameter = isBits ? Number(body[at++]) : 0;
    let bit = at * 8;
    const next = () => (body[bit >> 3] >> (7 - (bit++ & 7))) & 1;
    const unary = () => {
      let zeros = 0n;
      for (; !next(); zeros++) {}
      return zeros;
    };
    const lowest = (count) => {
      let value = 0n;
      for (let i = 0; i < count; i++) {
        value = value * 2n + BigInt(next());
      }
      return value;
    };
    const gamma = () => {
      const k = unary();
      return (1n << k) | lowest(Number(k));
    };
    const entries = Array.from({ length: Number(head >> 1n) }, () => {
      const first = isBits ? (unary() << BigInt(parameter)) | lowest(parameter) : number();
      const gap = isBits ? first : first >> 1n;
      const other = isBits ? next() : Number(first & 1n);
      const m = !other ? null : isBits ? gamma() : number() + 1n;
      const key = keyOf(floor + gap);
      floor += gap + 1n;
      return { key, quarters: Number(m === null ? 4n : m < 4n ? m : m + 1n) };
    });
    at = isBits ? (bit + 7) >> 3 : at;
    return entries;
  };
  const lists = body[0] === 1 ? [0, 1, 0, 1].map((family) => list(FLOORS[family])) : [];
  const counts = lists.length ? { attempts: [...lists[0], ...lists[1]], bad: [...lists[2], ...lists[3]] } : null;
  if (!counts || !encode(counts).equals(body)) {
    throw new Error('not a body');
  }
  return counts;
}

module.exports = { keyOfAddress, addressOf, encode, decode };

if (require.main === module) {
  const wrong = [];
  const lines = fs.readFileSync(process.argv[2], 'utf8').split('\n').filter((line) => line.trim() && !line.startsWith('#'));
  for (const line of lines) {
    const [attempts, bad, octets] = line.split('|').map((part) => part.trim());
    const read = (list) => list.split(' ').filter(Boolean).map((entry) => entry.split('=')).map(([address, quarters]) => ({ key: keyOfAddress(address), quarters: Number(quarters) }));
    const counts = { attempts: read(attempts), bad: read(bad) };
    const again = encode(decode(Buffer.from(octets, 'hex')));
    if (encode(counts).toString('hex') !== octets || again.toString('hex') !== octets) {
      wrong.push({ line, encoded: encode(counts).toString('hex') });
    }
  }
  process.stdout.write(JSON.stringify({ lines: lines.length, wrong }) + '\n');
}
