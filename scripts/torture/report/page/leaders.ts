/**
 * What each replica says of itself, one lane each: its colour is that of the replica that it takes
 * for the leader; a leader is full, a follower thin, a candidate hatched. Below, its ballots.
 */
import { find, make } from './dom.ts';
import {
  clipToPlot,
  drawTimeScale,
  faultLines,
  fitText,
  hatch,
  shadeFaults,
  write,
} from './ink.ts';
import { seriesColour } from './palette.ts';
import type { ReplicaSamples } from './payload.ts';
import { replicaIndex } from './replica-lines.ts';
import {
  ballotSteps,
  lastBefore,
  roleSegments,
  silenceUs,
  type RoleSegment,
  type Step,
} from './replica-series.ts';
import type { Chart, Pen, Stage } from './stage.ts';
import { clockText, countText } from './time-text.ts';

const LANE_PX = 44;
const BAR_PX = 22;
const LABEL_GAP_PX = 8;

interface Lane {
  readonly samples: ReplicaSamples;
  readonly segments: readonly RoleSegment[];
  readonly steps: readonly Step[];
}

export function leadersChart(stage: Stage): Chart {
  const { replicas, faults, endUs } = stage.run.header;
  const lanes = replicas.map((samples) => ({
    samples,
    segments: roleSegments(samples),
    steps: ballotSteps(samples),
  }));
  drawLegend(stage);
  return {
    id: 'leaders',
    marginTop: 4,
    marginBottom: 20,
    height: () => lanes.length * LANE_PX + 24,
    draw(pen) {
      shadeFaults(pen, faults, endUs);
      drawTimeScale(pen, pen.plot.bottom + 14);
      for (const [index, lane] of lanes.entries()) {
        drawLane(pen, stage, lane, pen.plot.top + index * LANE_PX);
      }
    },
    describe(pen, x, y) {
      const lane = lanes[Math.floor((y - pen.plot.top) / LANE_PX)];
      const us = pen.us(x);
      const own = lane === undefined ? [] : sampleLines(lane.samples, us);
      const title = `replica ${lane?.samples.replica ?? ''} at ${clockText(us, 1000)}`;
      return { title, lines: [...own, ...faultLines(faults, endUs, us, 0)] };
    },
  };
}

function sampleLines(samples: ReplicaSamples, us: number): readonly (readonly [string, string])[] {
  const at = lastBefore(samples.timeUs, us);
  const isSilent = at < 0 || us - (samples.timeUs[at] ?? 0) > silenceUs(samples);
  if (isSilent) return [['', 'no answer']];
  const memory = samples.residentMiB[at] ?? null;
  return [
    ['Role', samples.role[at] ?? ''],
    ['Leader', String(samples.leader[at] ?? 'none known')],
    ['Ballot', (samples.ballot[at] ?? '') || 'none'],
    ['Chosen up to', countText(samples.chosenUpTo[at] ?? 0)],
    ['Memory', memory === null ? 'not known' : `${countText(memory)} MiB`],
  ];
}

function drawLane(pen: Pen, stage: Stage, { samples, segments, steps }: Lane, top: number): void {
  const { context, palette, plot, span } = pen;
  context.textAlign = 'right';
  write(pen, `r ${samples.replica}`, plot.left - 8, top + 16, palette.muted);
  context.textAlign = 'left';
  context.save();
  clipToPlot(pen);
  context.fillStyle = palette.grid;
  context.fillRect(plot.left, top + 1 + BAR_PX / 2, plot.right - plot.left, 1);
  for (const segment of segments) {
    if (segment.toUs < span.fromUs || segment.fromUs > span.toUs) continue;
    drawSegment(pen, stage, samples.replica, segment, top + 1);
  }
  drawSteps(pen, steps, top + BAR_PX + 2);
  context.restore();
}

function drawSegment(
  pen: Pen,
  stage: Stage,
  replica: number,
  { fromUs, toUs, role, leader }: RoleSegment,
  y: number,
): void {
  const { context, palette, plot, theme } = pen;
  const x = Math.max(pen.x(fromUs), plot.left);
  const width = Math.max(Math.min(pen.x(toUs), plot.right) - x, 1.5);
  const believed = role === 'candidate' ? replica : leader;
  const colour =
    believed === null ? palette.muted : seriesColour(theme, replicaIndex(stage, believed));
  const isThin = role !== 'leader' && role !== 'candidate';
  context.fillStyle = role === 'candidate' ? hatch(context, colour) : colour;
  if (isThin) context.fillRect(x, y + BAR_PX - 6, width, 5);
  else context.fillRect(x, y, width, BAR_PX);
  const text = fitText(context, segmentText(role, leader), width - 10);
  if (text === '') return;
  if (role === 'candidate') {
    context.fillStyle = palette.card;
    context.fillRect(x + 3, y + 3, context.measureText(text).width + 5, BAR_PX - 6);
  }
  write(pen, text, x + 5, y + 13, role === 'leader' ? palette.onColour : palette.text);
}

function segmentText(role: string, leader: number | null): string {
  if (role === 'leader' || role === 'candidate') return role;
  return leader === null ? `${role}, no leader known` : `${role} of ${leader}`;
}

/** Each change of the ballot is a tick; its text stands where there is room. */
function drawSteps(pen: Pen, steps: readonly Step[], y: number): void {
  const { context, palette, span, plot } = pen;
  let free = plot.left;
  for (const { atUs, text } of steps) {
    if (atUs < span.fromUs || atUs > span.toUs) continue;
    const x = pen.x(atUs);
    context.fillStyle = palette.text;
    context.fillRect(x, y, 1.5, 12);
    if (x < free) continue;
    write(pen, text, x + 4, y + 11, palette.muted);
    free = x + context.measureText(text).width + 4 + LABEL_GAP_PX;
  }
}

function drawLegend(stage: Stage): void {
  const legend = find('leaders-legend', HTMLElement);
  for (const { replica } of stage.run.header.replicas) {
    const entry = make('span', `replica ${replica}`);
    const swatch = make('canvas', '', 'swatch');
    swatch.dataset['replica'] = String(replicaIndex(stage, replica));
    entry.prepend(swatch, ' ');
    legend.append(entry);
  }
  const text =
    'the colour is the leader that it believes in; full: it leads, thin: it follows, hatched: candidate, none: no answer; ticks: a new ballot (round.leader)';
  legend.append(make('span', text, 'muted'));
}
