/** The library that is loaded before a replica's own, and what is said to it while the replica runs. */
export class Shim {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** For the process that is to run under it. */
  environment(): Readonly<Record<string, string>> {
    return {};
  }
}
