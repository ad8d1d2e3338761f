import { rm } from 'node:fs/promises';
import { startChild } from '@lockstep/host';
import type { Ending, RunningChild } from '@lockstep/host';
import type { News, Settings } from './messages.ts';

/** A machine of a job: what starts it each time. */
export interface Machine {
  readonly id: string;
  /** A folder that is the machine's alone, for one boot. */
  readonly makeFolder: () => Promise<string>;
  readonly settings: (folder: string) => Settings;
}

/** What the crew tells about its machines. */
export interface CrewEvents {
  news(id: string, news: News): void;
  /** A machine's process has ended though nobody wanted it to; it is started again. */
  died(id: string, ending: Ending): void;
  /** They end again and again, and nothing comes of it. */
  gaveUp(id: string, ending: Ending): void;
}

/** So many times may machines end, between two steps forward, for each that there is. */
const DEATHS_PER_MACHINE = 4;

/** The wait before a process is started again: one that can't even start must not keep the others from work. */
const RESTART_AFTER_MS = 100;

/** The processes of a job: starts them, and starts them again when they are killed. */
export class Crew {
  readonly #program: string;
  readonly #events: CrewEvents;
  readonly #running = new Map<string, RunningChild>();
  #deaths = 0;
  #size = 0;
  #isOver = false;

  constructor(program: string, events: CrewEvents) {
    this.#program = program;
    this.#events = events;
  }

  /** The processes that run now, by their machines. */
  get pids(): ReadonlyMap<string, number> {
    return new Map([...this.#running].map(([id, { pid }]) => [id, pid]));
  }

  async start(machine: Machine): Promise<void> {
    this.#size++;
    await this.#boot(machine);
  }

  /** The job has come further: deaths until now have done no harm. */
  noteProgress(): void {
    this.#deaths = 0;
  }

  /** Ends all processes; resolves when they are gone. */
  async end(): Promise<void> {
    this.#isOver = true;
    const children = [...this.#running.values()];
    for (const child of children) child.kill();
    await Promise.all(children.map(({ ended }) => ended));
  }

  async #boot(machine: Machine): Promise<void> {
    const folder = await machine.makeFolder();
    if (this.#isOver) return;
    const child = startChild<Settings, News>({
      program: this.#program,
      settings: machine.settings(folder),
      nodeOptions: ['--enable-source-maps'],
      received: (news) => {
        if (!this.#isOver) this.#events.news(machine.id, news);
      },
    });
    this.#running.set(machine.id, child);
    void child.ended.then(async (ending) => {
      this.#running.delete(machine.id);
      if (!this.#isOver) await this.#bury(machine, folder, ending);
    });
  }

  async #bury(machine: Machine, folder: string, ending: Ending): Promise<void> {
    if (++this.#deaths > DEATHS_PER_MACHINE * this.#size) return this.#events.gaveUp(machine.id, ending);
    this.#events.died(machine.id, ending);
    await rm(folder, { recursive: true, force: true });
    await new Promise((resolve) => setTimeout(resolve, RESTART_AFTER_MS));
    await this.#boot(machine);
  }
}
