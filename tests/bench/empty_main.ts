/** Yardstick: what any program takes to start. */
export {};
