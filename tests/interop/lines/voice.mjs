// Something like speech, as a WAV file of 48 kHz mono: syllables of harmonics that rise and fall for two seconds, then a
// second of silence, so that DTX has its pauses. The same bytes each time.
const kRate = 48_000, kSeconds = 12;

export function voice() {
  const samples = Buffer.alloc(2 * kRate * kSeconds);
  let phase = 0;
  for (let i = 0; i < kRate * kSeconds; i++) {
    const at = i / kRate, within = at % 3;
    phase += (2 * Math.PI * (140 + 30 * Math.sin(2 * Math.PI * 0.7 * at))) / kRate;
    const syllable = within < 2 ? Math.sin(Math.PI * ((within * 4) % 1)) ** 0.5 : 0;
    let sum = 0;
    for (let harmonic = 1; harmonic <= 12; harmonic++) sum += Math.sin(harmonic * phase) / harmonic;
    samples.writeInt16LE(Math.round(6000 * syllable * sum), 2 * i);
  }
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + samples.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(kRate, 24);
  head.writeUInt32LE(2 * kRate, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]);
}
