/** What a fault is: something that is done to a running cluster again and again, and undone. */
import type { Random } from '../../src/simulation/random.ts';
import type { Links } from '../links/links.ts';
import type { ReplicaClient } from './client.ts';
import type { TortureCluster } from './cluster.ts';

export interface FaultContext {
  readonly cluster: TortureCluster;
  readonly links: Links;
  readonly random: Random;
  /** False where other faults strike at the same time: then nothing is expected that they could spoil. */
  readonly isAlone?: boolean;
  /** One for each replica, as workloads have them. */
  clients(): readonly ReplicaClient[];
  /** True from the moment on at which all has to be healed: an episode ends then, soon. */
  isOver(): boolean;
  /** Resolves after so long, or when it is over: how long a fault lasts. */
  lasts(ms: number): Promise<void>;
  /** A mark in the run, and a line on the terminal. Returns what marks the end. */
  begin(text: string, replicas: readonly number[]): (text?: string) => void;
  /** Of what lasts no time. */
  once(text: string, replicas: readonly number[]): void;
  /**
   * For what must hold while the fault lasts, beside what the workloads check. `undefined`: it holds.
   * A finding makes the run red.
   */
  expect(what: string, finding: string | undefined): void;
}

/** What the cluster has to be made with for a fault. Needs of several faults are merged. */
export interface Needs {
  /** Replicas run under the preloaded shim (scripts/torture/shim): disk faults and clocks. */
  readonly shim?: boolean;
  /** Each data directory is on a disk of its own of so many bytes. */
  readonly diskBytes?: number;
  /** More of the configuration of each replica. */
  readonly settings?: object;
  /** So many replicas more are laid out, and not started, to be added. */
  readonly spares?: number;
  /** Arguments for node, before the script. */
  readonly nodeArguments?: readonly string[];
  /** Another built `main.js`: negative controls run a planted bug. */
  readonly main?: string;
}

export interface Fault {
  /** As files are called: `partition`. */
  readonly name: string;
  /** As in docs/faults.md: `N5`. */
  readonly id: string;
  readonly title: string;
  readonly needs?: Needs;
  /** Why this host cannot do it, in words; `undefined`: it can. Asked before anything is started. */
  missing?(): Promise<string | undefined>;
  /**
   * One episode, from a whole cluster to a whole cluster: what is done, for how long, and undone. It
   * is called again until the time is over, with pauses between. What it leaves undone because it is
   * over is undone by `heal`.
   */
  episode(context: FaultContext): Promise<void>;
  /** After the last episode, whatever became of it: everything is as it was. Links are healed and
   * replicas started and resumed by the run itself. */
  heal?(context: FaultContext): Promise<void>;
}
