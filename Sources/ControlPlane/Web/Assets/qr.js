// A QR code (ISO/IEC 18004) of a text in byte mode, with error correction level M, drawn as SVG.

/** Error correction bytes in each block, by version from 1. */
const CHECK_BYTES = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26];
/** How many blocks there are, by version from 1. */
const BLOCKS = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16];

const sizeOf = (version) => 17 + 4 * version;

/** Where alignment patterns stand, on both axes. */
function alignmentPositions(version) {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const last = sizeOf(version) - 7;
  const step = Math.ceil((last - 6) / (count - 1) / 2) * 2;
  const positions = Array.from({ length: count - 1 }, (_, index) => last - index * step);
  return [6, ...positions.reverse()];
}

/** Modules that carry data: everything but the patterns and the format. */
function dataModules(version) {
  const size = sizeOf(version);
  const aligned = alignmentPositions(version).length;
  const alignment = aligned === 0 ? 0 : (aligned * aligned - 3) * 25 - (aligned - 2) * 2 * 5;
  const finders = 3 * 64;
  const timing = 2 * (size - 16);
  const format = 31 + (version >= 7 ? 36 : 0);
  return size * size - finders - timing - format - alignment;
}

const capacity = (version) => Math.floor(dataModules(version) / 8) - CHECK_BYTES[version - 1] * BLOCKS[version - 1];

// --- Arithmetic in the field of 256 elements with the polynomial 0x11D

const POWERS = new Uint8Array(512);
const LOGARITHMS = new Uint8Array(256);
for (let exponent = 0, value = 1; exponent < 255; exponent += 1) {
  POWERS[exponent] = POWERS[exponent + 255] = value;
  LOGARITHMS[value] = exponent;
  value = (value << 1) ^ (value & 0x80 ? 0x11D : 0);
}
const times = (a, b) => a === 0 || b === 0 ? 0 : POWERS[LOGARITHMS[a] + LOGARITHMS[b]];

/** The check bytes of a block: the remainder by the product of all (x - 2^i). */
function checkBytes(block, count) {
  let generator = [1];
  for (let index = 0; index < count; index += 1) {
    const next = [...generator, 0];
    generator.forEach((factor, place) => { next[place + 1] ^= times(factor, POWERS[index]); });
    generator = next;
  }
  const rest = new Uint8Array(block.length + count);
  rest.set(block);
  for (let place = 0; place < block.length; place += 1) {
    const lead = rest[place];
    if (lead === 0) continue;
    for (let index = 0; index <= count; index += 1) rest[place + index] ^= times(generator[index], lead);
  }
  return rest.slice(block.length);
}

/** Mode, length, bytes, end and padding, cut into blocks, each with its check bytes, woven together. */
function codewords(bytes, version) {
  const room = capacity(version);
  const bits = [];
  const put = (value, width) => { for (let bit = width - 1; bit >= 0; bit -= 1) bits.push((value >> bit) & 1); };
  put(4, 4);
  put(bytes.length, version < 10 ? 8 : 16);
  for (const byte of bytes) put(byte, 8);
  put(0, Math.min(4, room * 8 - bits.length));
  while (bits.length % 8 !== 0) bits.push(0);
  for (let filler = 0xEC; bits.length < room * 8; filler ^= 0xEC ^ 0x11) put(filler, 8);
  const data = Uint8Array.from({ length: room }, (_, index) => parseInt(bits.slice(index * 8, index * 8 + 8).join(''), 2));

  const count = BLOCKS[version - 1];
  const short = Math.floor(room / count);
  const shortBlocks = count - room % count;
  const blocks = [];
  for (let index = 0, start = 0; index < count; index += 1) {
    const end = start + short + (index < shortBlocks ? 0 : 1);
    blocks.push(data.slice(start, end));
    start = end;
  }
  const checks = blocks.map((block) => checkBytes(block, CHECK_BYTES[version - 1]));
  const woven = [];
  for (const rows of [blocks, checks]) {
    const longest = Math.max(...rows.map((row) => row.length));
    for (let place = 0; place < longest; place += 1) {
      for (const row of rows) if (place < row.length) woven.push(row[place]);
    }
  }
  return woven;
}

// --- The square

const MASKS = [
  (r, c) => (r + c) % 2, (r) => r % 2, (r, c) => c % 3, (r, c) => (r + c) % 3,
  (r, c) => (Math.floor(r / 2) + Math.floor(c / 3)) % 2, (r, c) => (r * c) % 2 + (r * c) % 3,
  (r, c) => ((r * c) % 2 + (r * c) % 3) % 2, (r, c) => ((r + c) % 2 + (r * c) % 3) % 2,
].map((rule) => (row, column) => rule(row, column) === 0);

/** The remainder of a binary polynomial division, appended to the value. */
function protectedBits(value, width, divisor) {
  let rest = value << width;
  for (let bit = 31; bit >= width; bit -= 1) if ((rest >>> bit) & 1) rest ^= divisor << (bit - width);
  return (value << width) | rest;
}

class Square {
  constructor(version) {
    this.version = version;
    this.size = sizeOf(version);
    this.dark = Array.from({ length: this.size }, () => new Uint8Array(this.size));
    this.fixed = Array.from({ length: this.size }, () => new Uint8Array(this.size));
    this.drawPatterns();
  }

  fix(row, column, isDark) {
    if (row < 0 || column < 0 || row >= this.size || column >= this.size) return;
    this.dark[row][column] = isDark ? 1 : 0;
    this.fixed[row][column] = 1;
  }

  /** Rings around a centre: dark where the distance is not one of the light ones. */
  rings(row, column, reach, light) {
    for (let down = -reach; down <= reach; down += 1) {
      for (let across = -reach; across <= reach; across += 1) {
        this.fix(row + down, column + across, !light.includes(Math.max(Math.abs(down), Math.abs(across))));
      }
    }
  }

  drawPatterns() {
    const last = this.size - 1;
    for (let place = 0; place <= last; place += 1) {
      this.fix(6, place, place % 2 === 0);
      this.fix(place, 6, place % 2 === 0);
    }
    for (const [row, column] of [[3, 3], [3, last - 3], [last - 3, 3]]) this.rings(row, column, 4, [2, 4]);
    const positions = alignmentPositions(this.version);
    for (const row of positions) {
      for (const column of positions) {
        const isCorner = (row === 6 && column === 6) || (row === 6 && column === last - 6)
          || (row === last - 6 && column === 6);
        if (!isCorner) this.rings(row, column, 2, [1]);
      }
    }
    this.drawFormat(0);
    if (this.version < 7) return;
    const bits = protectedBits(this.version, 12, 0x1F25);
    for (let bit = 0; bit < 18; bit += 1) {
      const isDark = (bits >>> bit) & 1;
      const [far, near] = [this.size - 11 + bit % 3, Math.floor(bit / 3)];
      this.fix(near, far, isDark);
      this.fix(far, near, isDark);
    }
  }

  /** Level M and the mask, twice. */
  drawFormat(mask) {
    const bits = protectedBits(mask, 10, 0x537) ^ 0x5412;
    const last = this.size - 1;
    for (let bit = 0; bit < 15; bit += 1) {
      const isDark = (bits >>> bit) & 1;
      if (bit < 6) this.fix(bit, 8, isDark);
      else if (bit < 8) this.fix(bit + 1, 8, isDark);
      else if (bit === 8) this.fix(8, 7, isDark);
      else this.fix(8, 14 - bit, isDark);
      if (bit < 8) this.fix(8, last - bit, isDark);
      else this.fix(last - 14 + bit, 8, isDark);
    }
    this.fix(last - 7, 8, true);
  }

  /** In pairs of columns from the right, upwards and downwards in turn. */
  place(words) {
    let bit = 0;
    let isUpwards = true;
    for (let right = this.size - 1; right > 0; right -= 2) {
      if (right === 6) right -= 1;
      for (let step = 0; step < this.size; step += 1) {
        const row = isUpwards ? this.size - 1 - step : step;
        for (const column of [right, right - 1]) {
          if (this.fixed[row][column]) continue;
          this.dark[row][column] = bit < words.length * 8 ? (words[bit >> 3] >> (7 - bit % 8)) & 1 : 0;
          bit += 1;
        }
      }
      isUpwards = !isUpwards;
    }
  }

  toggle(mask) {
    for (let row = 0; row < this.size; row += 1) {
      for (let column = 0; column < this.size; column += 1) {
        if (!this.fixed[row][column] && MASKS[mask](row, column)) this.dark[row][column] ^= 1;
      }
    }
  }

  /** How hard it is to read: long runs, blocks, what looks like a finder, and an uneven share of dark. */
  penalty() {
    const lines = [...this.dark.map((row) => [...row])];
    for (let column = 0; column < this.size; column += 1) lines.push(this.dark.map((row) => row[column]));
    let sum = 0;
    for (const line of lines) {
      const text = line.join('');
      for (const run of text.match(/0{5,}|1{5,}/g) ?? []) sum += run.length - 2;
      for (const look of ['10111010000', '00001011101']) sum += 40 * (text.split(look).length - 1);
    }
    let dark = 0;
    for (let row = 0; row < this.size; row += 1) {
      for (let column = 0; column < this.size; column += 1) {
        const here = this.dark[row][column];
        dark += here;
        if (row + 1 < this.size && column + 1 < this.size && this.dark[row + 1][column] === here
          && this.dark[row][column + 1] === here && this.dark[row + 1][column + 1] === here) sum += 3;
      }
    }
    return sum + 10 * Math.floor(Math.abs(dark * 20 / this.size ** 2 - 10));
  }
}

/**
 * The code's modules, rows of 0 and 1.
 * @throws RangeError when the text is too long
 */
export function encodeQR(text) {
  const bytes = new TextEncoder().encode(text);
  let version = 1;
  while (version <= CHECK_BYTES.length && capacity(version) * 8 < 4 + (version < 10 ? 8 : 16) + bytes.length * 8) {
    version += 1;
  }
  if (version > CHECK_BYTES.length) throw new RangeError(`${bytes.length} bytes do not fit into a QR code`);
  const square = new Square(version);
  square.place(codewords(bytes, version));
  let best = { mask: 0, penalty: Infinity };
  for (let mask = 0; mask < MASKS.length; mask += 1) {
    square.toggle(mask);
    square.drawFormat(mask);
    const penalty = square.penalty();
    if (penalty < best.penalty) best = { mask, penalty };
    square.toggle(mask);
  }
  square.toggle(best.mask);
  square.drawFormat(best.mask);
  return square.dark;
}

/** The code as an SVG image, dark on light in every colour scheme, since that is what cameras read. */
export function drawQR(text, label) {
  const rows = encodeQR(text);
  const side = rows.length + 8;
  const space = 'http://www.w3.org/2000/svg';
  const picture = document.createElementNS(space, 'svg');
  picture.setAttribute('viewBox', `0 0 ${side} ${side}`);
  picture.setAttribute('role', 'img');
  picture.setAttribute('aria-label', label);
  picture.setAttribute('shape-rendering', 'crispEdges');
  const paper = document.createElementNS(space, 'rect');
  for (const [name, value] of [['width', side], ['height', side], ['fill', '#fff']]) paper.setAttribute(name, value);
  const path = document.createElementNS(space, 'path');
  const marks = rows.flatMap((row, y) => [...row].flatMap((dark, x) => dark ? [`M${x + 4} ${y + 4}h1v1h-1z`] : []));
  path.setAttribute('d', marks.join(''));
  path.setAttribute('fill', '#000');
  picture.append(paper, path);
  return picture;
}
