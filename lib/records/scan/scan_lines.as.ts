/**
 * The byte scanner, in AssemblyScript: `deno task scanner` compiles it into `scan_lines.wasm.ts`.
 *
 * Takes the lines of a window as bytes, and for each finds out whether it is a JSON object with two key fields that
 * are strings, which of the window's distinct keys it has, and where its answer goes. What it is not sure of it marks
 * {@linkcode SLOW}, for the host to judge with `JSON.parse`: it never refuses a line itself.
 *
 * No allocation, no imports; all that is kept between calls is the table of keys. Memory:
 *
 *     fields │ table │ keys │ arena │ lines: five columns and two lists │ text, padded │ output, padded
 *
 * Every line ends in LF, which is no byte of JSON on one line: it stops every loop, so that none asks for the end.
 * Reads of 16 bytes at once may go past the text, into the padding.
 */

/** In the column of slots: the host has to judge the line. */
const SLOW: u32 = 0xffff_ffff;
/** In the column of slots: the line is blank. */
const BLANK: u32 = 0xffff_fffe;
/** In the column of slots: the host has judged that the line is no record. */
const DROPPED: u32 = 0xffff_fffd;
/** Among the answers: the record is left out. */
const REFUSED: u32 = 255;

/** Levels of nesting below the record's own: one bit each in a word. */
const MAX_DEPTH: i32 = 64;
/** Entries that are probed for a key, so that crafted keys that collide do not each cost a walk through the table. */
const MAX_PROBES: i32 = 32;
const PADDING: u32 = 64;

const TAB: u32 = 0x09, LF: u32 = 0x0a, CR: u32 = 0x0d, SPACE: u32 = 0x20, QUOTE: u32 = 0x22, COMMA: u32 = 0x2c;
const COLON: u32 = 0x3a, OPEN_LIST: u32 = 0x5b, BACKSLASH: u32 = 0x5c, CLOSE_LIST: u32 = 0x5d;
const OPEN: u32 = 0x7b, CLOSE: u32 = 0x7d;

// Where things are. Set by `configure` and `reserve`; the host reads them.
let company: u32, companyLength: u32, title: u32, titleLength: u32, output: u32, outputLength: u32;
/** What stands before an answer that is spliced in: `,"seniority":`. */
let prefix: u32, prefixLength: u32;
/** The table's entries are addresses of keys in the arena; `keys` has them by id. */
let table: u32, tableMask: u32, arena: u32, arenaEnd: u32, maxKeys: u32, seed: u64;
export let fields: u32 = 0;
export let keys: u32 = 0;
export let ends: u32 = 0;
export let slots: u32 = 0;
export let spliceStarts: u32 = 0;
export let spliceEnds: u32 = 0;
export let lineIndexes: u32 = 0;
/** For each slot, the id of its key. */
export let slotKeys: u32 = 0;
/** Indexes of the lines that the host has to judge. */
export let slowLines: u32 = 0;
export let text: u32 = 0;
export let out: u32 = 0;
let afterKeys: u32 = 0;

// What the last call found.
export let lineCount: u32 = 0;
export let slowCount: u32 = 0;
export let blankCount: u32 = 0;
export let slotCount: u32 = 0;
/** Whether some line has a CR before its LF. */
export let hasCr: bool = false;
/** Keys that are known: ids are 0, 1, … */
export let keyCount: u32 = 0;
let arenaTop: u32 = 0;
let windowNumber: u32 = 0;

// A key's entry in the arena: six words, and then the bytes of its company and its title.
const KEY_ID: usize = 0, KEY_COMPANY: usize = 4, KEY_TITLE: usize = 8, KEY_HASH: usize = 12;
/** The last window that had the key, and its slot there. */
const KEY_WINDOW: usize = 16, KEY_SLOT: usize = 20;
const KEY_HEADER: u32 = 24;

// What the line that is being scanned has.
let at: u32 = 0;
let hasEscape: bool = false;
let companyAt: u32 = 0, companyEnd: u32 = 0, companyEscaped: bool = false;
let titleAt: u32 = 0, titleEnd: u32 = 0, titleEscaped: bool = false;
let spliceStart: u32 = 0, spliceEnd: u32 = 0;

/** Makes room for so many bytes of names, which the host then writes at `fields`; see {@linkcode setFields}. */
export function configure(fieldBytes: u32, maximumKeys: u32, arenaBytes: u32, seedBits: u64): void {
  maxKeys = maximumKeys;
  seed = seedBits;
  fields = align(<u32> __heap_base);
  table = align(fields + fieldBytes + PADDING);
  let entries: u32 = 2;
  while (entries < 2 * maximumKeys) entries *= 2;
  tableMask = entries - 1;
  keys = align(table + 4 * entries);
  arena = align(keys + 4 * maximumKeys);
  arenaEnd = arena + arenaBytes;
  afterKeys = align(arenaEnd + PADDING);
  grow(afterKeys);
  forget();
}

/** The names stand at `fields`, one behind another: company, title, output, and the prefix of a new answer. */
export function setFields(companyBytes: u32, titleBytes: u32, outputBytes: u32, prefixBytes: u32): void {
  company = fields;
  companyLength = companyBytes;
  title = company + companyBytes;
  titleLength = titleBytes;
  output = title + titleBytes;
  outputLength = outputBytes;
  prefix = output + outputBytes;
  prefixLength = prefixBytes;
}

/** Makes room for so many lines, bytes of text, and bytes of output. */
export function reserve(lines: u32, textBytes: u32, outBytes: u32): void {
  const column = (4 * lines + 15) & ~15;
  ends = afterKeys;
  slots = ends + column;
  spliceStarts = slots + column;
  spliceEnds = spliceStarts + column;
  lineIndexes = spliceEnds + column;
  slotKeys = lineIndexes + column;
  slowLines = slotKeys + column;
  text = slowLines + column;
  out = align(text + textBytes + PADDING);
  grow(out + outBytes + PADDING);
}

/** Forgets all keys. */
export function forget(): void {
  memory.fill(table, 0, 4 * (tableMask + 1));
  keyCount = 0;
  arenaTop = arena;
  windowNumber = 0;
}

/** Whether so many more keys may not find room. */
export function isNearlyFull(lines: u32): bool {
  return keyCount + lines > maxKeys || arenaTop - arena > (arenaEnd - arena) / 2;
}

/**
 * How many bytes of `text` belong to a window that takes `lines` more lines, and ends with the line that brings it
 * to `bytes` more. 0: all of it, and the window is not full; `lineCount` is how many lines ended.
 */
export function windowEnd(textBytes: u32, lines: u32, bytes: u32): u32 {
  const newline = i8x16.splat(10);
  const end = text + textBytes;
  const full = text + bytes;
  let at = text;
  let count: u32 = 0;
  // The padding may hold anything: what is behind the end is masked out.
  while (at < end) {
    let mask = i8x16.bitmask(i8x16.eq(v128.load(at), newline));
    if (at + 16 > end) mask &= (1 << (end - at)) - 1;
    const ended = <u32> popcnt(mask);
    if (count + ended >= lines || (ended > 0 && at + 16 >= full)) {
      while (mask) {
        const after = at + ctz(mask) + 1;
        if (++count >= lines || after >= full) {
          lineCount = count;
          return after - text;
        }
        mask &= mask - 1;
      }
    } else count += ended;
    at += 16;
  }
  lineCount = count;
  return 0;
}

/** Scans the lines of `text`, the last of which ends in LF. */
export function scan(textBytes: u32, maxLineBytes: u32): void {
  const textEnd = text + textBytes;
  windowNumber++;
  slowCount = blankCount = slotCount = 0;
  hasCr = false;
  let line: u32 = 0;
  let start = text;
  while (start < textEnd) {
    const isRecord = object(start);
    // Wherever the scan stopped, no LF was passed.
    const end = newlineFrom(at);
    let contentEnd = end;
    if (end > start && load<u8>(end - 1) == CR) {
      contentEnd--;
      hasCr = true;
    }
    let slot = SLOW;
    if (contentEnd - start <= maxLineBytes) {
      if (isRecord) slot = keySlot();
      else if (isBlank(start)) {
        slot = BLANK;
        blankCount++;
      }
    }
    if (slot == SLOW) store<u32>(slowLines + 4 * slowCount++, line);
    const offset = 4 * line;
    store<u32>(ends + offset, end - text);
    store<u32>(slots + offset, slot);
    store<u32>(spliceStarts + offset, spliceStart - text);
    store<u32>(spliceEnds + offset, spliceEnd - text);
    line++;
    start = end + 1;
  }
  lineCount = line;
}

/**
 * Leaves out what is blank or dropped, and CRs before LF; columns and text then hold records only. `lineCount` is
 * how many, `lineIndexes` which line each was. Returns how long the text is.
 */
export function pack(): u32 {
  let kept: u32 = 0;
  let to = text;
  let start = text;
  for (let line: u32 = 0; line < lineCount; line++) {
    const offset = 4 * line;
    const end = text + load<u32>(ends + offset);
    const slot = load<u32>(slots + offset);
    if (slot < DROPPED) {
      const length = (end > start && load<u8>(end - 1) == CR ? end - 1 : end) - start;
      const shift = start - to;
      memory.copy(to, start, length);
      to += length;
      store<u8>(to, LF);
      const packed = 4 * kept++;
      store<u32>(ends + packed, to - text);
      store<u32>(slots + packed, slot);
      store<u32>(spliceStarts + packed, load<u32>(spliceStarts + offset) - shift);
      store<u32>(spliceEnds + packed, load<u32>(spliceEnds + offset) - shift);
      store<u32>(lineIndexes + packed, line);
      to++;
    }
    start = end + 1;
  }
  lineCount = kept;
  return to - text;
}

/**
 * Writes so many records with their answers to `out`: `ends`, `slots`, `spliceStarts` and `spliceEnds` are as `scan`
 * and `pack` left them, `answers` has a byte for each slot. Returns how many bytes; `lineCount` is how many records.
 */
export function encode(records: u32, answers: u32): u32 {
  let to = out;
  /** What stands before `from` has been taken over. */
  let from = text;
  let count: u32 = 0;
  for (let i: u32 = 0; i < records; i++) {
    const offset = 4 * i;
    const answer = <u32> load<u8>(answers + load<u32>(slots + offset));
    if (answer == REFUSED) {
      const start = i == 0 ? text : text + load<u32>(ends + offset - 4) + 1;
      to = copy(to, from, start - from);
      from = text + load<u32>(ends + offset) + 1;
      continue;
    }
    count++;
    const start = text + load<u32>(spliceStarts + offset), end = text + load<u32>(spliceEnds + offset);
    to = copy(to, from, start - from);
    if (start == end) to = copy(to, prefix, prefixLength);
    if (answer >= 100) store<u8>(to++, 0x30 + answer / 100);
    if (answer >= 10) store<u8>(to++, 0x30 + answer / 10 % 10);
    store<u8>(to++, 0x30 + answer % 10);
    from = end;
  }
  if (records > 0) to = copy(to, from, text + load<u32>(ends + 4 * records - 4) + 1 - from);
  lineCount = count;
  return to - out;
}

/** Copies in steps of 16 bytes, and so up to 15 bytes more than it was asked for. Returns the target's end. */
// @ts-ignore: decorator
@inline
function copy(to: u32, from: u32, length: u32): u32 {
  const end = to + length;
  while (to < end) {
    v128.store(to, v128.load(from));
    to += 16;
    from += 16;
  }
  return end;
}

/** Scans a line that should be an object; leaves `at` where it stopped, at LF or before it. */
function object(start: u32): bool {
  at = start;
  companyAt = titleAt = 0;
  spliceStart = spliceEnd = 0;
  let hasOutput = false;
  skipSpace();
  if (load<u8>(at) != OPEN) return false;
  at++;
  skipSpace();
  // An object without fields is no record: it has no key.
  while (true) {
    if (load<u8>(at) != QUOTE) return false;
    let name = at + 1;
    if (!string()) return false;
    let length = at - 1 - name;
    if (hasEscape) {
      if (arenaTop + length > arenaEnd) return false;
      const end = unescape(arenaTop, name, at - 1);
      if (end == 0) return false;
      name = arenaTop;
      length = end - name;
    }
    const isCompany = length == companyLength && isEqual(name, company, length);
    const isTitle = length == titleLength && isEqual(name, title, length);
    const isOutput = length == outputLength && isEqual(name, output, length);
    skipSpace();
    if (load<u8>(at) != COLON) return false;
    at++;
    skipSpace();
    const valueAt = at;
    const first = <u32> load<u8>(at);
    if (first == QUOTE) {
      if (!string()) return false;
    } else if (!value(first)) return false;
    const valueEnd = at;
    if (isCompany) {
      // Where a field stands twice, its last value counts.
      if (first != QUOTE) companyAt = 0;
      else {
        companyAt = valueAt + 1;
        companyEnd = valueEnd - 1;
        companyEscaped = hasEscape;
      }
    }
    if (isTitle) {
      if (first != QUOTE) titleAt = 0;
      else {
        titleAt = valueAt + 1;
        titleEnd = valueEnd - 1;
        titleEscaped = hasEscape;
      }
    }
    if (isOutput) {
      // Where it stands twice, both are replaced: too rare for this.
      if (hasOutput) return false;
      hasOutput = true;
      spliceStart = valueAt;
      spliceEnd = valueEnd;
    }
    skipSpace();
    const next = <u32> load<u8>(at);
    if (next == COMMA) {
      at++;
      skipSpace();
      continue;
    }
    if (next != CLOSE) return false;
    at++;
    if (!hasOutput) spliceStart = spliceEnd = valueEnd;
    break;
  }
  skipSpace();
  return load<u8>(at) == LF && companyAt != 0 && titleAt != 0;
}

/** Passes any value but a string that is the record's own. */
function value(first: u32): bool {
  // The kinds of what is open, a bit each: whether it is an object.
  let open: u64 = 0;
  let depth = 0;
  let next = first;
  while (true) {
    // At a value.
    if (next == QUOTE) {
      if (!string()) return false;
    } else if (next == OPEN) {
      if (depth == MAX_DEPTH) return false;
      at++;
      skipSpace();
      if (load<u8>(at) == CLOSE) at++;
      else {
        depth++;
        open = (open << 1) | 1;
        if (!nameAndColon()) return false;
        next = load<u8>(at);
        continue;
      }
    } else if (next == OPEN_LIST) {
      if (depth == MAX_DEPTH) return false;
      at++;
      skipSpace();
      if (load<u8>(at) == CLOSE_LIST) at++;
      else {
        depth++;
        open <<= 1;
        next = load<u8>(at);
        continue;
      }
    } else if (next == 0x74) { // "true"
      if (load<u32>(at) != 0x65757274) return false;
      at += 4;
    } else if (next == 0x6e) { // "null"
      if (load<u32>(at) != 0x6c6c756e) return false;
      at += 4;
    } else if (next == 0x66) { // "false"
      if (load<u32>(at + 1) != 0x65736c61) return false;
      at += 5;
    } else if (!number()) return false;
    // Behind a value.
    while (true) {
      if (depth == 0) return true;
      skipSpace();
      next = load<u8>(at);
      if (next == COMMA) {
        at++;
        skipSpace();
        if ((open & 1) != 0 && !nameAndColon()) return false;
        next = load<u8>(at);
        break;
      }
      if (next != ((open & 1) != 0 ? CLOSE : CLOSE_LIST)) return false;
      at++;
      depth--;
      open >>= 1;
    }
  }
}

// @ts-ignore: decorator
@inline
function nameAndColon(): bool {
  if (load<u8>(at) != QUOTE || !string()) return false;
  skipSpace();
  if (load<u8>(at) != COLON) return false;
  at++;
  skipSpace();
  return true;
}

// @ts-ignore: decorator
@inline
function skipSpace(): void {
  while (true) {
    const byte = <u32> load<u8>(at);
    if (byte != SPACE && byte != TAB && byte != CR) return;
    at++;
  }
}

function number(): bool {
  let p = at;
  if (load<u8>(p) == 0x2d) p++;
  if (load<u8>(p) == 0x30) p++;
  else {
    const digits = p;
    while (isDigit(load<u8>(p))) p++;
    if (p == digits) return false;
  }
  if (load<u8>(p) == 0x2e) {
    const digits = ++p;
    while (isDigit(load<u8>(p))) p++;
    if (p == digits) return false;
  }
  if ((load<u8>(p) | 0x20) == 0x65) {
    p++;
    const sign = load<u8>(p);
    if (sign == 0x2b || sign == 0x2d) p++;
    const digits = p;
    while (isDigit(load<u8>(p))) p++;
    if (p == digits) return false;
  }
  at = p;
  return true;
}

// @ts-ignore: decorator
@inline
function isDigit(byte: u32): bool {
  return byte - 0x30 < 10;
}

/**
 * Passes a string, from its first quote to behind its last; leaves in `hasEscape` whether it has one. In line: a
 * tenth of the whole scan.
 */
// @ts-ignore: decorator
@inline
function string(): bool {
  const quote = i8x16.splat(0x22), backslash = i8x16.splat(0x5c), space = i8x16.splat(0x20);
  hasEscape = false;
  let p = at + 1;
  while (true) {
    const bytes = v128.load(p);
    // As signed numbers, control characters and all that is not ASCII are less than a space.
    const mask = i8x16.bitmask(
      v128.or(v128.or(i8x16.eq(bytes, quote), i8x16.eq(bytes, backslash)), i8x16.lt_s(bytes, space)),
    );
    if (mask == 0) {
      p += 16;
      continue;
    }
    p += ctz(mask);
    let byte = <u32> load<u8>(p);
    if (byte == QUOTE) {
      at = p + 1;
      return true;
    }
    if (byte == BACKSLASH) {
      hasEscape = true;
      p++;
      byte = load<u8>(p);
      if (byte == 0x75) {
        if (hex(p + 1) < 0) break;
        p += 5;
      } else if (
        byte == QUOTE || byte == BACKSLASH || byte == 0x2f || byte == 0x62 || byte == 0x66 || byte == 0x6e ||
        byte == 0x72 || byte == 0x74
      ) p++;
      else break;
      continue;
    }
    if (byte < SPACE) break;
    do {
      const length = sequence(p, byte);
      if (length == 0) {
        at = p;
        return false;
      }
      p += length;
      byte = load<u8>(p);
    } while (byte >= 0x80);
  }
  at = p;
  return false;
}

/** Length of the UTF-8 sequence at `p`; 0 if it is invalid. */
// @ts-ignore: decorator
@inline
function sequence(p: u32, lead: u32): u32 {
  const second = <u32> load<u8>(p + 1);
  if (lead < 0xe0) return lead >= 0xc2 && isContinuation(second) ? 2 : 0;
  if (!isContinuation(second) || !isContinuation(load<u8>(p + 2))) return 0;
  if (lead < 0xf0) {
    // Neither longer than need be nor a surrogate.
    if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f)) return 0;
    return 3;
  }
  if (!isContinuation(load<u8>(p + 3))) return 0;
  if (lead > 0xf4 || (lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f)) return 0;
  return 4;
}

// @ts-ignore: decorator
@inline
function isContinuation(byte: u32): bool {
  return (byte & 0xc0) == 0x80;
}

/** The number in four hexadecimal digits; negative if they are not hexadecimal. */
function hex(p: u32): i32 {
  let value = 0;
  for (let i: u32 = 0; i < 4; i++) {
    const byte = <u32> load<u8>(p + i);
    const letter = (byte | 0x20) - 0x61;
    if (isDigit(byte)) value = (value << 4) | <i32> (byte - 0x30);
    else if (letter < 6) value = (value << 4) | <i32> (letter + 10);
    else return -1;
  }
  return value;
}

/** Writes a valid string's text without its escapes. Returns the end; 0 where it has a lone surrogate. */
function unescape(to: u32, from: u32, end: u32): u32 {
  while (from < end) {
    let byte = <u32> load<u8>(from++);
    if (byte == BACKSLASH) {
      byte = load<u8>(from++);
      if (byte == 0x75) {
        let unit = <u32> hex(from);
        from += 4;
        if ((unit & 0xf800) == 0xd800) {
          if (unit >= 0xdc00 || from + 6 > end || load<u16>(from) != 0x755c) return 0;
          const low = <u32> hex(from + 2);
          if ((low & 0xfc00) != 0xdc00) return 0;
          from += 6;
          unit = 0x10000 + ((unit & 0x3ff) << 10) + (low & 0x3ff);
        }
        if (unit < 0x80) store<u8>(to++, unit);
        else if (unit < 0x800) {
          store<u8>(to++, 0xc0 | (unit >> 6));
          store<u8>(to++, 0x80 | (unit & 0x3f));
        } else {
          if (unit < 0x10000) store<u8>(to++, 0xe0 | (unit >> 12));
          else {
            store<u8>(to++, 0xf0 | (unit >> 18));
            store<u8>(to++, 0x80 | ((unit >> 12) & 0x3f));
          }
          store<u8>(to++, 0x80 | ((unit >> 6) & 0x3f));
          store<u8>(to++, 0x80 | (unit & 0x3f));
        }
        continue;
      }
      if (byte == 0x62) byte = 0x08;
      else if (byte == 0x66) byte = 0x0c;
      else if (byte == 0x6e) byte = 0x0a;
      else if (byte == 0x72) byte = 0x0d;
      else if (byte == 0x74) byte = 0x09;
    }
    store<u8>(to++, byte);
  }
  return to;
}

/** The slot of the line's key among the window's; {@linkcode SLOW} where there is no room for a new one. */
function keySlot(): u32 {
  let companyLength = companyEnd - companyAt, titleLength = titleEnd - titleAt;
  const bytesAt = arenaTop + KEY_HEADER;
  if (bytesAt + companyLength + titleLength > arenaEnd) return SLOW;
  if (companyEscaped || titleEscaped) {
    const middle = unescape(bytesAt, companyAt, companyEnd);
    if (middle == 0) return SLOW;
    const end = unescape(middle, titleAt, titleEnd);
    if (end == 0) return SLOW;
    companyAt = bytesAt;
    companyLength = middle - bytesAt;
    titleAt = middle;
    titleLength = end - middle;
  }
  const hash = mix(mix(seed, companyAt, companyLength), titleAt, titleLength);
  const short = <u32> (hash >> 32);
  let index = <u32> hash & tableMask;
  for (let probe = 0; probe < MAX_PROBES; probe++) {
    const entry = table + 4 * index;
    const key = load<u32>(entry);
    if (key == 0) {
      if (keyCount == maxKeys) return SLOW;
      store<u32>(entry, arenaTop);
      store<u32>(keys + 4 * keyCount, arenaTop);
      return newKey(companyLength, titleLength, short);
    }
    if (
      load<u32>(key, KEY_HASH) == short && load<u32>(key, KEY_COMPANY) == companyLength &&
      load<u32>(key, KEY_TITLE) == titleLength
    ) {
      const known = key + KEY_HEADER;
      if (isEqual(known, companyAt, companyLength) && isEqual(known + companyLength, titleAt, titleLength)) {
        return load<u32>(key, KEY_WINDOW) == windowNumber ? load<u32>(key, KEY_SLOT) : newSlot(key);
      }
    }
    index = (index + 1) & tableMask;
  }
  return SLOW;
}

function newKey(companyLength: u32, titleLength: u32, hash: u32): u32 {
  const key = arenaTop, bytesAt = key + KEY_HEADER;
  store<u32>(key, keyCount++, KEY_ID);
  store<u32>(key, companyLength, KEY_COMPANY);
  store<u32>(key, titleLength, KEY_TITLE);
  store<u32>(key, hash, KEY_HASH);
  // Where they were unescaped, they stand there already.
  memory.copy(bytesAt, companyAt, companyLength);
  memory.copy(bytesAt + companyLength, titleAt, titleLength);
  arenaTop = align(bytesAt + companyLength + titleLength);
  return newSlot(key);
}

function newSlot(key: u32): u32 {
  store<u32>(key, windowNumber, KEY_WINDOW);
  store<u32>(key, slotCount, KEY_SLOT);
  store<u32>(slotKeys + 4 * slotCount, load<u32>(key, KEY_ID));
  return slotCount++;
}

/** Mixes bytes into a hash; reads up to seven bytes past them. */
// @ts-ignore: decorator
@inline
function mix(hash: u64, p: u32, length: u32): u64 {
  const end = p + length;
  hash = (hash ^ length) * 0x9e3779b97f4a7c15;
  while (p + 8 <= end) {
    hash = (hash ^ load<u64>(p)) * 0x9fb21c651e98df25;
    hash ^= hash >> 32;
    p += 8;
  }
  if (p < end) {
    hash = (hash ^ (load<u64>(p) & (((<u64> 1) << (8 * (end - p))) - 1))) * 0x9fb21c651e98df25;
    hash ^= hash >> 32;
  }
  hash *= 0xd6e8feb86659fd93;
  return hash ^ (hash >> 32);
}

/** Whether bytes are equal; reads up to seven bytes past them. */
// @ts-ignore: decorator
@inline
function isEqual(a: u32, b: u32, length: u32): bool {
  const end = a + length;
  while (a + 8 <= end) {
    if (load<u64>(a) != load<u64>(b)) return false;
    a += 8;
    b += 8;
  }
  return a == end || ((load<u64>(a) ^ load<u64>(b)) << (64 - 8 * (end - a))) == 0;
}

// @ts-ignore: decorator
@inline
function newlineFrom(p: u32): u32 {
  if (load<u8>(p) == LF) return p;
  const newline = i8x16.splat(10);
  while (true) {
    const mask = i8x16.bitmask(i8x16.eq(v128.load(p), newline));
    if (mask != 0) return p + ctz(mask);
    p += 16;
  }
}

function isBlank(p: u32): bool {
  while (true) {
    const byte = <u32> load<u8>(p++);
    if (byte == LF) return true;
    // What the parse stage takes for blank: vertical tab and form feed too.
    if (byte != SPACE && (byte < TAB || byte > CR)) return false;
  }
}

// @ts-ignore: decorator
@inline
function align(address: u32): u32 {
  return (address + 15) & ~15;
}

function grow(end: u32): void {
  const pages = (end + 0xffff) >>> 16;
  const have = <u32> memory.size();
  if (pages > have && memory.grow(pages - have) < 0) unreachable();
}
