namespace EdgeFlora.Learning.Tests.Given;

/// <summary>A clock that stands still until a test lets all waiting timers fire.</summary>
internal sealed class PushedTime : TimeProvider
{
    private readonly Lock gate = new();
    private readonly List<Waiting> timers = [];

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Waiting(this, callback, state);
        lock (gate)
        {
            timers.Add(timer);
        }

        return timer;
    }

    public void FireAll()
    {
        Waiting[] due;
        lock (gate)
        {
            due = [.. timers];
        }

        foreach (Waiting timer in due)
        {
            timer.Fire();
        }
    }

    private sealed class Waiting(PushedTime clock, TimerCallback callback, object? state) : ITimer
    {
        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
            lock (clock.gate)
            {
                clock.timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
