import { type Band, blankBand, countAlive, flip, hashOf } from "../../../src/core/board.ts";
import type { JobState } from "../../../src/core/job.ts";
import type { FaultyEffect } from "../../../src/peer/machine.ts";
import type { JobAnswer, JobRequest } from "../../../src/wire/job-message.ts";
import { A, B, inCluster, rule, type Stage, tells } from "./stage.ts";

const SIZE = 16;
const TURNS = 100;
const JOB = 7;
const SESSION = 2;

/** Three cells in a row, and what they are a turn later: three in a column. */
const LYING = boardOf([7, 8], [8, 8], [9, 8]);
const STANDING = boardOf([8, 7], [8, 8], [8, 9]);

/** As many cells, somewhere else. */
const ELSEWHERE = boardOf([1, 1], [2, 1], [3, 1]);

const BEGIN: Extract<JobRequest, { readonly kind: "process-gol" }> = {
  kind: "process-gol",
  pace: 0,
  turns: TURNS,
  topology: "torus",
  board: LYING,
};
const FOLLOW: JobRequest = { kind: "count-alive", job: JOB, since: null };

function boardOf(...cells: readonly (readonly [number, number])[]): Band {
  const board = blankBand(SIZE);
  for (const [x, y] of cells) flip(board, x, y);
  return board;
}

function asks(stage: Stage, port: number, requestId: number, request: JobRequest): void {
  stage.step(port, { kind: "calls", session: SESSION, calls: [{ requestId, request }] });
}

function answers(requestId: number, answer: JobAnswer): FaultyEffect {
  return { kind: "answers", session: SESSION, answers: [{ requestId, answer }] };
}

function stands(turn: number, state: JobState = "running", alive = 3, term = 1): FaultyEffect {
  return answers(2, { kind: "count-alive", term, job: JOB, turn, alive, state });
}

function shows(turn: number, band: Band): FaultyEffect {
  const standing = { term: 1, job: JOB, turn, alive: 3, state: "running" } as const;
  return answers(2, { kind: "screenshot", ...standing, y: 0, rows: SIZE, band });
}

function marks(turn: number, board: Band): FaultyEffect {
  return tells({ kind: "job-marked", job: JOB, mark: { turn, alive: countAlive(board), hash: hashOf(board) } });
}

function completes(turn: number): FaultyEffect {
  return tells({ kind: "round-completed", job: JOB, turn, slices: 2 });
}

const jobBegun = tells({ kind: "job-begun", job: JOB, size: SIZE, turns: TURNS, alive: 3 });
const begun = answers(1, { kind: "process-gol", term: 1, job: JOB });
const unknown = answers(3, { kind: "error", code: "no-job", text: "there is no such job" });

/** A program begins a job, by which two boards may be meant where two were asked for. */
function begins(stage: Stage, ...others: readonly Band[]): void {
  asks(stage, A, 1, BEGIN);
  for (const board of others) asks(stage, B, 1, { ...BEGIN, board });
  stage.does(A, jobBegun, begun);
}

rule("boards-are-right", {
  breaks: {
    "a mark has other cells": [
      (stage) => {
        begins(stage);
        stage.does(A, marks(1, LYING));
      },
      /peer 7001 has marked job 7 at turn 1 with 3 cells/,
    ],
    "a mark has too many": [
      (stage) => {
        begins(stage);
        stage.does(A, marks(2, boardOf([1, 1], [1, 2], [1, 3], [5, 5])));
      },
      /with 4 cells, .*, where there are 3/,
    ],
    "a program is told of too few": [
      (stage) => {
        begins(stage);
        stage.does(A, stands(5, "running", 2));
      },
      /peer 7001 answers count-alive of job 7 with 2 cells at turn 5, where there are 3/,
    ],
    "a program is shown another board": [
      (stage) => {
        begins(stage);
        stage.does(A, shows(3, LYING));
      },
      /screenshot of job 7 with 3 cells at turn 3, where there are 3, or with others/,
    ],
    "it becomes none of those that it may be": [
      (stage) => {
        begins(stage, ELSEWHERE);
        stage.does(A, marks(1, STANDING));
        stage.does(B, marks(2, ELSEWHERE));
      },
      /peer 7002 has marked job 7 at turn 2/,
    ],
  },
  holds: {
    "it is what it should be": (stage) => {
      begins(stage);
      stage.does(A, marks(1, STANDING), stands(1));
      stage.does(B, marks(2, LYING), shows(2, LYING), shows(1, STANDING));
    },
    "cells were turned over": (stage) => {
      begins(stage);
      asks(stage, A, 3, { kind: "flip", job: JOB, board: LYING });
      stage.does(A, marks(1, LYING));
    },
    "it is one of those that it may be": (stage) => {
      begins(stage, ELSEWHERE);
      stage.does(A, marks(2, ELSEWHERE));
    },
  },
});

rule("marks-go-forward", {
  breaks: {
    "an earlier turn comes later": [
      (stage) => stage.does(A, marks(2, LYING), marks(1, LYING)),
      /peer 7001 marks job 7 at turn 1, after 2/,
    ],
  },
  holds: {
    "each tells of its own": (stage) => {
      stage.does(A, marks(1, LYING), marks(1, LYING), marks(2, LYING));
      stage.does(B, marks(1, LYING));
    },
  },
});

rule("turns-go-forward", {
  breaks: {
    "an earlier turn is told later": [
      (stage) => stage.does(A, stands(5), stands(4)),
      /peer 7001 tells turn 4 of job 7, after turn 5/,
    ],
    "what has ended runs again": [
      (stage) => stage.does(A, stands(5, "finished"), stands(5)),
      /peer 7001 tells that job 7 is running, after its end/,
    ],
  },
  holds: {
    "it stands still, and the next leader is behind": (stage) => {
      stage.does(A, stands(4), stands(5), stands(5));
      stage.does(B, stands(3, "running", 3, 2));
      stage.does(A, tells({ kind: "office-entered", term: 1, waitedMs: 0 }), stands(3));
    },
  },
});

rule("begun-jobs-are-kept", {
  breaks: {
    "it is gone": [
      (stage) => {
        begins(stage);
        asks(stage, B, 3, FOLLOW);
        stage.does(B, unknown);
      },
      /peer 7002 knows no job 7, which has begun and not ended/,
    ],
  },
  holds: {
    "it has ended, or nobody was told that it has begun": (stage) => {
      asks(stage, A, 3, FOLLOW);
      stage.does(A, unknown);
      begins(stage);
      stage.does(A, stands(100, "finished"));
      asks(stage, A, 3, FOLLOW);
      stage.does(A, unknown);
    },
  },
});

rule("answers-are-asked-for", {
  breaks: {
    "nobody asked": [
      (stage) => stage.does(A, begun),
      /peer 7001 answers request 1 with process-gol, which was not asked/,
    ],
    "it is answered twice": [
      (stage) => {
        begins(stage);
        stage.does(A, begun);
      },
      /which was not asked/,
    ],
    "an earlier life was asked": [
      (stage) => {
        asks(stage, A, 1, BEGIN);
        stage.crash(A, inCluster());
        stage.does(A, begun);
      },
      /which was not asked/,
    ],
  },
  holds: {
    "each once, whatever it is": (stage) => {
      begins(stage);
      asks(stage, A, 3, FOLLOW);
      stage.does(A, unknown);
    },
  },
});

rule("rounds-go-forward", {
  breaks: {
    "a round counts twice": [
      (stage) => stage.does(A, completes(64), completes(64)),
      /peer 7001 completes job 7 at turn 64, after turn 64/,
    ],
  },
  holds: {
    "a later office goes on from a mark": (stage) => {
      stage.does(A, completes(64), completes(128));
      stage.does(B, completes(64));
      stage.does(A, tells({ kind: "office-entered", term: 3, waitedMs: 0 }), completes(100));
    },
  },
});
