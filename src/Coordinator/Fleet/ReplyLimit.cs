namespace EdgeFlora.Coordinator.Fleet;

/// <summary>
/// A process that is not let in gets one answer in an interval, and of all of them together a bounded number is remembered. Thread-safe.
/// </summary>
internal sealed class ReplyLimit(TimeSpan interval, TimeProvider time)
{
    /// <summary>Strangers that are remembered, so that each gets a bounded number of answers.</summary>
    private const int MaxAnswered = 4096;

    private readonly Lock gate = new();
    private readonly Dictionary<(string Agent, Guid Boot), DateTimeOffset> answered = [];

    /// <summary>Whether a process may be answered now; counts as its answer.</summary>
    public bool Admits(string agent, Guid boot)
    {
        lock (gate)
        {
            DateTimeOffset now = time.GetUtcNow();
            if (answered.TryGetValue((agent, boot), out DateTimeOffset last) && now - last < interval)
            {
                return false;
            }

            if (answered.Count >= MaxAnswered)
            {
                foreach ((string, Guid) old in answered.Where(entry => now - entry.Value >= interval).Select(entry => entry.Key).ToArray())
                {
                    answered.Remove(old);
                }
            }

            return answered.Count < MaxAnswered && (answered[(agent, boot)] = now) == now;
        }
    }
}
