/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/task.h"

#include "worker/frame.h"
#include "worker/run.h"
#include "worker/worker.h"

static const TaskLimits default_limits = {
        .memory_bytes = (size_t)768 << 20, .cpu_s = 20, .wall_ms = 30000, .output_bytes = 4 << 20};

TaskLimits run_limits(const Task *task)
{
        TaskLimits limits = task->limits;
        if (!limits.memory_bytes)
                limits.memory_bytes = default_limits.memory_bytes;
        if (limits.cpu_s <= 0)
                limits.cpu_s = default_limits.cpu_s;
        if (limits.wall_ms <= 0)
                limits.wall_ms = default_limits.wall_ms;
        if (!limits.output_bytes)
                limits.output_bytes = default_limits.output_bytes;
        return limits;
}

bool task_emit(TaskOutput *out, uint8_t type, Span bytes, GError **error)
{
        if (!type)
                return fault(error, FAULT_BUG, "frame type 0: tasks number theirs from 1");
        if (out->over || bytes.len > out->left || bytes.len > TASK_FRAME_MAX) {
                out->over = true;
                return fault(error, FAULT_LIMIT,
                             "frame of %zu bytes: %zu of the task's output limit are left", bytes.len,
                             out->left);
        }
        out->left -= bytes.len;
        if (out->fd >= 0)
                return frame_write(out->fd, FRAME_ANSWER, type, bytes, error);
        if (out->frame)
                out->frame(type, bytes, out->context);
        return true;
}

bool worker_run_here(const Task *task, const TaskInput *in, void (*frame)(uint8_t, Span, void *),
                     void *context, GError **error)
{
        TaskOutput out = {
                .fd = -1, .frame = frame, .context = context, .left = run_limits(task).output_bytes};
        g_autoptr(GError) failure = NULL;
        bool ok = task->run(in, &out, &failure);
        if (out.over)
                return fault(error, FAULT_LIMIT, "task %s: its output is over %zu bytes", task->name,
                             run_limits(task).output_bytes);
        if (!ok && !failure)
                return fault(error, FAULT_BUG, "task %s failed and gave no error", task->name);
        if (!ok)
                g_propagate_error(error, g_steal_pointer(&failure));
        return ok;
}

const char *worker_end_name(WorkerEnd end)
{
        static const char *const names[] = {
                [WORKER_OK] = "ok",
                [WORKER_FAILED] = "failed",
                [WORKER_CRASH] = "crash",
                [WORKER_CPU] = "cpu-limit",
                [WORKER_WALL] = "time-limit",
                [WORKER_MEMORY] = "memory-limit",
                [WORKER_OUTPUT] = "output-limit",
                [WORKER_LOST] = "lost",
        };
        return (size_t)end < G_N_ELEMENTS(names) ? names[end] : "lost";
}
