/** Whether this is the build that counts what deciding takes: 1 or 0, given to the compiler as `COUNTS` (asconfig.json). */
declare const COUNTS: i32;
