"""What happened to an order's appointments, step by step, for whoever shows it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from uuid import UUID

from shared.contracts.orders import (
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentRescheduled,
    AppointmentScheduled,
    AppointmentStep,
    AppointmentStepKind,
)
from shared.eventlog.recorded import Recorded


def appointment_steps(history: Iterable[Recorded]) -> list[AppointmentStep]:
    """The steps among an order's events, in their order, each with the appointment as it was after it."""
    steps: list[AppointmentStep] = []
    latest: dict[UUID, AppointmentStep] = {}
    for recorded in history:
        if (step := _step(recorded, latest)) is not None:
            latest[step.appointment_id] = step
            steps.append(step)
    return steps


def _step(recorded: Recorded, latest: Mapping[UUID, AppointmentStep]) -> AppointmentStep | None:
    match event := recorded.event:
        case AppointmentScheduled():
            return AppointmentStep(
                appointment_id=event.appointment_id,
                step=AppointmentStepKind.SCHEDULED,
                at=recorded.recorded_at,
                starts_at=event.starts_at,
                ends_at=event.ends_at,
                technician=event.technician,
            )
        case AppointmentRescheduled() | AppointmentCancelled() | AppointmentCompleted():
            before = latest.get(event.appointment_id)
            return replace(_after(event, before), at=recorded.recorded_at) if before else None
    return None


def _after(
    event: AppointmentRescheduled | AppointmentCancelled | AppointmentCompleted, before: AppointmentStep
) -> AppointmentStep:
    match event:
        case AppointmentCancelled():
            return replace(before, step=AppointmentStepKind.CANCELLED)
        case AppointmentCompleted():
            return replace(before, step=AppointmentStepKind.COMPLETED)
    moved = (event.starts_at, event.ends_at) != (before.starts_at, before.ends_at)
    return replace(
        before,
        step=AppointmentStepKind.MOVED if moved else AppointmentStepKind.REASSIGNED,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        technician=event.technician if event.reassigned else before.technician,
    )
