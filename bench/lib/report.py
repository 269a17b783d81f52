"""The table on the terminal, the same as Markdown, and everything as JSON."""

import json
import os
import statistics
import time

from figures import Figure
from session import Session

HEAD = ("what", "median", "spread of the rounds", "goal", "", "Switchboard", "against")


def row(figure: Figure) -> tuple[str, ...]:
    if not figure.values:
        return (figure.name, "–", "", figure.shown_goal, "not measured", figure.missing[:60], "")
    return (figure.name, figure.shown, figure.spread, figure.shown_goal, figure.verdict, figure.ours, figure.theirs)


def sections(figures: list[Figure]) -> dict[str, list[Figure]]:
    found: dict[str, list[Figure]] = {}
    for figure in figures:
        found.setdefault(figure.section, []).append(figure)
    return found


def table(figures: list[Figure]) -> str:
    rows = [HEAD] + [row(figure) for figure in figures]
    widths = [max(len(cells[column]) for cells in rows) for column in range(len(HEAD))]

    def line(cells: tuple[str, ...]) -> str:
        return "  " + "  ".join(cell.ljust(width) for cell, width in zip(cells, widths)).rstrip()

    text = [line(HEAD)]
    for title, members in sections(figures).items():
        text += [title] + [line(row(figure)) for figure in members]
    return "\n".join(text)


def markdown(session: Session, facts: dict[str, str], profile: str) -> str:
    parts = [f"# Figures of {time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime(session.began))}", summary(session)]
    for title, members in sections(session.figures).items():
        lines = [f"## {title}", "", "| " + " | ".join(HEAD) + " |", "|" + "---|" * len(HEAD)]
        lines += ["| " + " | ".join(row(figure)) + " |" for figure in members]
        parts.append("\n".join(lines))
    if costs := cpu_costs(session.raw.get("ingest", {})):
        parts.append("## Processor time for each call, µs (medians)\n\n" + costs)
    parts.append("## Machine and versions\n\n" + "\n".join(f"- {name}: {value}" for name, value in facts.items()))
    if profile:
        parts.append("## Profile\n\n" + profile)
    return "\n\n".join(parts) + "\n"


def summary(session: Session) -> str:
    judged = [figure for figure in session.figures if figure.goal is not None]
    missed = sum(figure.verdict == "MISSED" for figure in judged)
    absent = sum(not figure.values for figure in judged)
    kind = "A quick run, to see that everything works: its figures mean little. " if session.quick else ""
    text = (f"{kind}{session.rounds} rounds of {session.seconds:g} s a cell. Stored was compared with acknowledged "
            f"{session.checks} times and differed {session.mismatches} times. Of {len(judged)} goals "
            f"{len(judged) - missed - absent} are reached, {missed} missed, {absent} not measured.")
    if session.raw.get("ingest"):
        text += f" Other programs had {session.disturbance:.0%} of the machine during the cells of load (median)."
    if session.disturbance > 0.1:
        text += " That is too much: rates are low and ratios uneven, so repeat this on a quiet machine."
    return text + "".join(f"\n\n**Failed:** {failure}" for failure in session.failures)


def cpu_costs(results: dict[str, list[dict]]) -> str:
    """Steadier than rates: what each process spends on one stored call; and how undisturbed the cells were."""
    groups: list[str] = []
    for cell in results.values():
        groups += [name for name in cell[0]["cpu_seconds"] if name not in groups]
    groups = [name for name in groups if name != "bench driver"]
    if not groups:
        return ""
    heads = ["cell", *groups, "p50 ms", "p99 ms", "machine busy", "others"]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for name, cell in results.items():
        cells = []
        for group in groups:
            spent = [r["cpu_seconds"][group] / r["acknowledged"] * 1e6 for r in cell if group in r["cpu_seconds"]]
            cells.append(f"{statistics.median(spent):.1f}" if spent else "")
        for key in ("p50_us", "p99_us"):
            values = [r[key] / 1000 for r in cell if key in r]
            cells.append(f"{statistics.median(values):.1f}" if values else "")
        for key in ("busy_share", "others_share"):
            cells.append(f"{statistics.median([r[key] for r in cell]):.0%}")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def write(session: Session, facts: dict[str, str], profile: str) -> list[str]:
    os.makedirs(session.out, exist_ok=True)
    stem = os.path.join(session.out, time.strftime("%Y-%m-%d-%H%M", time.gmtime(session.began)))
    content = {
        "began": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(session.began)), "quick": session.quick,
        "rounds": session.rounds, "seconds": session.seconds, "checks": session.checks, "failures": session.failures,
        "machine": facts, "figures": [figure.as_json() for figure in session.figures], "cells": session.raw,
    }
    texts = {".md": markdown(session, facts, profile), ".json": json.dumps(content, indent=1, ensure_ascii=False) + "\n"}
    for suffix, text in texts.items():
        with open(stem + suffix, "w") as file:
            file.write(text)
    return [stem + suffix for suffix in texts]
