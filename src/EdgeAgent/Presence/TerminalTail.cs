using EdgeFlora.Contracts.Presence;

namespace EdgeFlora.EdgeAgent.Presence;

/// <summary>The last lines of a terminal. Any thread may add some.</summary>
internal sealed class TerminalTail
{
    private readonly Lock gate = new();
    private readonly Queue<string> lines = [];

    /// <summary>Oldest first; another object whenever a line was added.</summary>
    public IReadOnlyList<string> Lines { get; private set; } = [];

    public void Add(string line)
    {
        lock (gate)
        {
            lines.Enqueue(line.Length <= Heartbeat.LongestLine ? line : line[..Heartbeat.LongestLine]);
            if (lines.Count > Heartbeat.MostLines)
            {
                lines.Dequeue();
            }

            Lines = [.. lines];
        }
    }
}
