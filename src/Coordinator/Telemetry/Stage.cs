using System.Diagnostics;
using EdgeFlora.Transport.Telemetry;

namespace EdgeFlora.Coordinator.Telemetry;

/// <summary>Work that is timed, and a span of its trace if that is wanted. Begun on a run's loop, ended by the worker.</summary>
internal sealed class Stage(Activity? span, TimeProvider clock, Action<TimeSpan, string>? record)
{
    private readonly long began = clock.GetTimestamp();

    public void End(string outcome, bool failed = false)
    {
        DetachedSpan.End(span, outcome, failed);
        record?.Invoke(clock.GetElapsedTime(began), outcome);
    }
}
