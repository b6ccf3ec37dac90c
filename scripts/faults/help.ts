/** `scripts/fault --help`. */
export const HELP = `usage: scripts/fault ACTION ... [--data DIR | --compose]

Does something to the running cluster, says what it did, and how to undo it. A REPLICA, A and B are
numbers, or "leader".

processes
  kill REPLICA             SIGKILL; it stays down until it is restarted
  restart REPLICA          starts it again; one that runs is stopped gracefully first
  pause REPLICA            SIGSTOP: it keeps its connections, and is silent
  resume REPLICA           SIGCONT

links between the replicas; clients reach every replica all the same
  partition A,B C ...      nothing passes between these sides; who is not named is one side more.
                           In the place of earlier cuts; what follows adds to what is there
  isolate REPLICA          cut off from all others
  cut A B                  what A says to B is lost; one way
  slow A B MS [JITTER]     each message between them is MS late, or up to JITTER more; each way
  slow A MS                the same for all links of A; "slow all MS [JITTER]" for all there are
  drop PERCENT [A [B]]     so many messages are lost; of all links, of those of A, between A and B
  duplicate PERCENT [A [B]]
                           so many messages come again, some of them late
  flap A B PERIOD          nothing passes for PERIOD ms, then all does, and so on

clocks and disks; containers have no clocks of their own
  skew REPLICA MS|xRATE    its clock is off by 5000 or -5000 ms from now on, or runs at x1.05; 0 ends it
  fill-disk REPLICA        its disk has no room left, or counts as full; nothing is filled
  corrupt REPLICA          stops it, damages a file of its data, starts it

  heal                     undoes all of it: links, processes, clocks, disks
  status                   what each replica does and hears, who leads, which links have rules

for scripts of your own, as those in scripts/stories
  leader                   who leads, by its number
  url REPLICA              where clients reach it

  --data DIR   the cluster of "npm run cluster -- --data DIR"; ./data
  --compose    the cluster of "docker compose up"; taken by itself where no other runs

docs/fault-scripts.md says what happens behind each of them.`;
