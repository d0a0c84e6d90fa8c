// Loaded into a process before anything else (`node --import`): its wall clock jumps at every SIGUSR2, to an hour ahead, to an hour
// behind, and back. The monotonic clock and timers go on as ever.
const hourMs = 3_600_000;
const jumps = [hourMs, -hourMs, 0];
const System = Date;
let offset = 0;

process.on("SIGUSR2", () => {
  offset = jumps.shift() ?? 0;
  jumps.push(offset);
  process.stderr.write(`clock: ${offset}\n`);
});

globalThis.Date = class extends System {
  constructor(...parts) {
    if (parts.length === 0) super(System.now() + offset);
    else super(...parts);
  }

  static now() {
    return System.now() + offset;
  }
};
